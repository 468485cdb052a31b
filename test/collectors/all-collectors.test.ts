import t from 'tap';
import type { HealthGate } from '../../src/access/lanes.js';
import { sharedServers } from '../../src/collectors/all-collectors.js';
import { loadConfig } from '../../src/config/load.js';
import { config, httpComponent, tcpComponent } from '../support/config.js';
import { configuredCollectors } from '../support/configured-collectors.js';
import { closedPort } from '../support/raw-server.js';

t.test('after the first failure of a component all others are probed soon, except those in maintenance', async (t) => {
  const url = `http://127.0.0.1:${await closedPort()}/`;
  const components = ['a', 'b', 'c', 'maintained'].map((name) => httpComponent(name, url));
  const maintenanceWindows = [
    { name: 'always', components: ['maintained'], cron: '* * * * *', durationSeconds: 3600, timeZone: 'UTC' },
  ];
  const collectors = await configuredCollectors(config({ components, maintenanceWindows }));
  const asked: unknown[] = [];
  for (const name of ['a', 'a', 'b']) {
    const collected = await collectors
      .find((collector) => collector.name === `component:${name}`)
      ?.collect(AbortSignal.timeout(5000));
    asked.push(collected?.alsoSoon);
  }
  t.same(asked, [['component:b', 'component:c'], undefined, undefined], 'once for all of them');
});

t.test('a configuration gives the collectors of what it has, and no other', async (t) => {
  const names = async (text: string) => {
    // Without `endpoints` a configuration has those of a usual AI-CRM.
    const whole = text.startsWith('endpoints') ? text : `endpoints: {}\n${text}`;
    const directory = t.testdir({ 'monitoring.yml': `${whole}\n` });
    const loaded = await loadConfig(undefined, { environment: {}, directory });
    return (await configuredCollectors(loaded)).map(({ name }) => name);
  };
  const own = ['maintenance'];
  const parts = {
    'endpoints: {a: "http://a.test/", b: "http://b.test/"}': ['component:a', 'component:b'],
    'json_sources: {a: {url: "http://a.test/", preset: ai_crm_metrics}}': ['json:a'],
    'sql_sources: {a: {url: "postgres://me@a.test/db", query: "select 1 as n", metrics: [{name: shop_orders, help: Orders., value: n}]}}':
      ['sql:a'],
    'transactions: {a: {steps: [{name: a, url: "http://a.test/"}]}}': ['transaction:a'],
  };
  t.same(await names('endpoints: {}'), own);
  for (const [text, wanted] of Object.entries(parts)) {
    const isAsked = !text.startsWith('endpoints') && !text.startsWith('sql');
    t.same(await names(text), [...wanted, ...own, ...(isAsked ? ['data_access'] : [])], text);
  }
});

t.test('only an HTTP component of an exporter that sends data requests has a gate', async (t) => {
  const gates = { gateFor: (_name: string, url: string) => ({ url }) as unknown as HealthGate };
  const http = httpComponent('a', 'https://a.test/');
  const slow = httpComponent('b', 'http://b.test/', {
    thresholds: { responseTimeSeconds: { warning: 7, critical: 9 } },
  });
  const tcp = tcpComponent('c', 80);
  const { transactions } = await loadConfig(undefined, {
    environment: {},
    directory: t.testdir({ 'monitoring.yml': 'transactions: {a: {steps: [{name: a, url: "http://a.test/"}]}}\n' }),
  });
  const { thresholds } = config();
  const of = sharedServers(config({ transactions, thresholds }), gates);
  t.match(of(http), { gate: { url: 'https://a.test/' }, warningSeconds: thresholds.responseTimeSeconds.warning });
  t.match(of(slow), { gate: { url: 'http://b.test/' }, warningSeconds: 7 });
  t.equal(of(tcp), undefined);
  t.equal(sharedServers(config(), gates)(http), undefined, 'without data requests');
});
