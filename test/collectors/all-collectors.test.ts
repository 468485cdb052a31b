import t, { type Test } from 'tap';
import type { ClientTokens } from '../../src/access/client-tokens.js';
import type { HealthGate } from '../../src/access/lanes.js';
import type { PoliteDataAccess } from '../../src/access/polite-access.js';
import type { Lateness } from '../../src/base/lateness.js';
import { ProbeFailure } from '../../src/base/reason.js';
import type { Collector, ComponentReading } from '../../src/collector.js';
import { sharedServers } from '../../src/collectors/all-collectors.js';
import type { Config } from '../../src/config/config.js';
import { loadConfig } from '../../src/config/load.js';
import { Secret } from '../../src/config/secret.js';
import type { HostSource } from '../../src/host/host-source.js';
import { config, httpComponent, httpSettings, tcpComponent } from '../support/config.js';
import { configuredCollectors } from '../support/configured-collectors.js';
import { ManualClock } from '../support/manual-clock.js';
import { closedPort, httpAnswer, rawServer } from '../support/raw-server.js';

type Others = NonNullable<Parameters<typeof configuredCollectors>[1]>;

/** What the collector of this name collects in one run. */
const collected = (collectors: readonly Collector[], name: string) =>
  collectors.find((collector) => collector.name === name)?.collect(AbortSignal.timeout(5000));

/** A configuration with this text. */
const loaded = (t: Test, text: string): Promise<Config> =>
  loadConfig(undefined, { environment: {}, directory: t.testdir({ 'monitoring.yml': `endpoints: {}\n${text}\n` }) });

t.test('after the first failure of a component all others are probed soon, except those in maintenance', async (t) => {
  const url = `http://127.0.0.1:${await closedPort()}/`;
  const components = ['a', 'b', 'c', 'maintained'].map((name) => httpComponent(name, url));
  const maintenanceWindows = [
    { name: 'always', components: ['maintained'], cron: '* * * * *', durationSeconds: 3600, timeZone: 'UTC' },
  ];
  const collectors = await configuredCollectors(config({ components, maintenanceWindows }));
  const asked: unknown[] = [];
  for (const name of ['a', 'a', 'b']) {
    asked.push((await collected(collectors, `component:${name}`))?.alsoSoon);
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
    'request_sources: {a: {access_log: /var/log/a.log}}': ['requests:a'],
    'transactions: {a: {steps: [{name: a, url: "http://a.test/"}]}}': ['transaction:a'],
  };
  t.same(await names('endpoints: {}'), own);
  for (const [text, wanted] of Object.entries(parts)) {
    const isAsked = !text.startsWith('endpoints') && !/^(?:sql|request)/.test(text);
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

t.test('the host, the history and AI-CRM have collectors if they are watched', async (t) => {
  const names = async (text: string, others?: Others) =>
    (await configuredCollectors(await loaded(t, text), others)).map(({ name }) => name);
  const host = { host: {} as HostSource };
  t.same(await names('', host), ['cpu', 'memory', 'filesystem', 'network', 'system', 'maintenance']);
  const prometheus = 'prometheus: {url: "http://p.test/"}';
  t.same(await names(prometheus, { onHistory: () => {} }), ['maintenance', 'history']);
  t.same(await names(prometheus), ['maintenance'], 'nobody shows it');
  t.same(await names('', { onHistory: () => {} }), ['maintenance']);
  const aiCrm = await names('ai_crm: {url: "http://crm.test/", login: {token: x}}');
  t.ok(aiCrm.includes('ai_crm:tasks'), aiCrm.join());
});

t.test('the history goes to those who show it', async (t) => {
  const server = await rawServer((socket) => {
    const value = [1_795_420_800, '0.5'];
    const result = [{ metric: { component: 'a' }, values: [value] }];
    socket.end(httpAnswer(JSON.stringify({ status: 'success', data: { resultType: 'matrix', result } })));
  });
  t.teardown(() => server.stop());
  const shown: unknown[] = [];
  const collectors = await configuredCollectors(
    await loaded(t, `prometheus: {url: "http://127.0.0.1:${server.port}/"}`),
    { onHistory: (history) => void shown.push(history?.day.has('a')) },
  );
  await collected(collectors, 'history');
  t.same(shown, [true]);
});

t.test('components and jobs are in maintenance, and the silences of a configured Alertmanager count', async (t) => {
  const text = 'heartbeats: {sync: 1h}\nmaintenance_windows: [{name: always, cron: "* * * * *", duration: 1h}]';
  const server = await rawServer((socket) => void socket.end(httpAnswer('[]')));
  t.teardown(() => server.stop());
  for (const [more, message] of [
    ['', undefined],
    [`alertmanager: {url: "http://127.0.0.1:${server.port}/"}`, /^0 silences/],
  ] as const) {
    const settings = { ...(await loaded(t, `${text}\n${more}`)), components: [httpComponent('a', 'http://a.test/')] };
    const found = await collected(await configuredCollectors(settings), 'maintenance');
    const samples = found?.samples.filter(({ series }) => series.definition.name === 'aicrm_component_maintenance');
    t.same(
      samples?.map(({ series, value }) => [series.key, value]),
      [
        ['{component="a"}', 1],
        ['{component="sync"}', 1],
      ],
    );
    if (message === undefined) t.equal(found?.readings, undefined);
    else t.match(found?.readings, [{ message }]);
  }
});

/** A server whose answers take this long by the clock, and its component `a`. */
async function slowServer(t: Test, seconds: number) {
  const clock = new ManualClock();
  const requests: string[] = [];
  const server = await rawServer((socket, request) => {
    requests.push(request);
    clock.advance(seconds);
    socket.end(httpAnswer('{}'));
  });
  t.teardown(() => server.stop());
  const url = `http://127.0.0.1:${server.port}/`;
  return { clock, requests, url, component: httpComponent('a', url) };
}

/** Says that this process always was late. */
const alwaysLate = {
  watch: () => ({ lost: { totalSeconds: 60, longestSeconds: 60 }, end: () => {} }),
} as unknown as Lateness;

t.test('a slow answer does not count if a late exporter may have made it slow', async (t) => {
  const { clock, component } = await slowServer(t, 3);
  const patient = { ...component, name: 'b', thresholds: { responseTimeSeconds: { warning: 5, critical: 9 } } };
  const settings = config({ components: [component, patient] });
  const late = await configuredCollectors(settings, { clock, lateness: alwaysLate });
  t.match(await collected(late, 'component:a'), { isPostponed: true, readings: undefined });
  t.match(await collected(late, 'component:b'), { readings: [{ up: true, responseSeconds: 3 }] });
  const inTime = await configuredCollectors(settings, { clock });
  t.match(await collected(inTime, 'component:a'), { readings: [{ level: 'warning' }] });
});

t.test('a timeout of a transaction does not count if this exporter was late', async (t) => {
  const clock = new ManualClock();
  const ask = async () => {
    clock.advance(8);
    throw new ProbeFailure('timeout', 'no answer');
  };
  const data = { client: { ask } } as unknown as PoliteDataAccess;
  const settings = await loaded(t, 'transactions: {a: {timeout: 9s, steps: [{name: a, url: "http://a.test/"}]}}');
  for (const [others, wanted] of [
    [{}, { readings: [{ reason: 'timeout', durationSeconds: 8 }] }],
    [{ lateness: alwaysLate }, { isPostponed: true, readings: undefined }],
  ] as const) {
    const collectors = await configuredCollectors(settings, { ...others, data, clock });
    t.match(await collected(collectors, 'transaction:a'), wanted);
  }
});

t.test('a probe waits for a data request on its server', async (t) => {
  const { requests, url, component } = await slowServer(t, 0);
  const settings = { ...(await loaded(t, `transactions: {a: {steps: [{name: a, url: "${url}"}]}}`)) };
  const busy = { beginProbe: () => undefined, endProbe: () => false };
  const collectors = await configuredCollectors(
    { ...settings, components: [component] },
    { healthGates: { gateFor: () => busy } },
  );
  t.match(await collected(collectors, 'component:a'), { isPostponed: true, againInSeconds: 1 });
  t.same(requests, []);
});

t.test('probes use the tokens of the exporter, and write a log only if someone reads it', async (t) => {
  const { requests, url } = await slowServer(t, 0);
  const oauth2 = { tokenUrl: url, clientId: 'c' } as NonNullable<ReturnType<typeof httpSettings>['oauth2']>;
  const settings = config({ components: [httpComponent('a', url, { http: httpSettings({ oauth2 }) })] });
  const tokens: Pick<ClientTokens, 'asking'> = { asking: (_credentials, ask) => ask(new Secret('t0ken')) };
  for (const isVerbose of [true, false]) {
    const collectors = await configuredCollectors(settings, { tokens: tokens as ClientTokens, isVerbose });
    const [reading] = (await collected(collectors, 'component:a'))?.readings ?? [];
    t.match(reading, { up: true, log: isVerbose ? [/GET/, /connected/, /answered 200/] : [] });
    t.equal((reading as ComponentReading | undefined)?.log.length, isVerbose ? 3 : 0);
  }
  t.match(requests, [/authorization: Bearer t0ken/i, /authorization: Bearer t0ken/i]);
});

t.test('an SQL source connects to its database', async (t) => {
  const url = `postgresql://me@127.0.0.1:${await closedPort()}/db`;
  const metrics = 'metrics: [{name: shop_orders, help: Orders., value: n}]';
  const settings = await loaded(t, `sql_sources: {a: {url: "${url}", query: "select 1 as n", ${metrics}}}`);
  const found = await collected(await configuredCollectors(settings), 'sql:a');
  t.match(found?.readings, [{ reason: 'connect' }]);
});
