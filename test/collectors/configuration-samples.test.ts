import t, { type Test } from 'tap';
import {
  configurationSamples,
  ownDefinitions,
  responseThresholdsInUse,
} from '../../src/collectors/configuration-samples.js';
import { loadConfig } from '../../src/config/load.js';
import { catalogue } from '../../src/metrics/catalogue.js';
import { Recorder } from '../../src/metrics/recorder.js';
import { config, httpComponent, thresholdsWith } from '../support/config.js';
import { configuredCollectors } from '../support/configured-collectors.js';
import { samplesIn } from '../support/exposition.js';

/** The dependencies of data sources and transactions in a configuration: `source shop: backend, postgres`. */
async function dependencies(t: Test, monitoring: string): Promise<readonly string[]> {
  const config = await loadConfig('monitoring.yml', {
    environment: {},
    directory: t.testdir({ 'monitoring.yml': `host: {enabled: false}\n${monitoring}` }),
  });
  const collectors = await configuredCollectors(config);
  const recorder = new Recorder(catalogue, { processMetrics: false });
  recorder.record('configuration', configurationSamples(config, collectors));
  const found = new Map<string, string[]>();
  for (const [series, value] of samplesIn(recorder.renderOwn('text'))) {
    const [, label = '', name = '', other = ''] =
      /^aicrm_(source|transaction)_depends_on\{\w+="([^"]+)",depends_on="([^"]+)"\}$/.exec(series) ?? [];
    if (label === '') continue;
    t.equal(value, 1);
    found.set(`${label} ${name}`, [...(found.get(`${label} ${name}`) ?? []), other]);
  }
  return [...found].map(([who, others]) => `${who}: ${others.sort().join(', ')}`).sort();
}

const metrics = 'metrics: [{name: shop_orders, help: Orders of the shop., path: "$.orders"}]';
const columns = 'metrics: [{name: shop_sessions, help: Sessions of the shop., value: n}]';

t.test('a source depends on every component with the same host and port, however the host is called', async (t) => {
  t.same(
    await dependencies(
      t,
      `
endpoints:
  site: http://127.0.0.1:8080/
  api: {url: "http://LOCALHOST:8080/api/health"}
  port: tcp://[::1]:8080
  other: http://localhost:8081/
  secure: https://shop.example/health
  plain: http://shop.example/health
json_sources:
  numbers: {url: "http://localhost:8080/numbers.json", ${metrics}}
  tls: {url: "https://shop.example:443/numbers.json", ${metrics}}
  alone: {url: "http://elsewhere.example/", ${metrics}}
`,
    ),
    ['source numbers: api, port, site', 'source tls: secure'],
  );
});

t.test('a source also depends on the dependencies of these components, directly or not', async (t) => {
  t.same(
    await dependencies(
      t,
      `
endpoints:
  gateway: {url: "https://crm.example/", depends_on: [backend]}
  backend: {url: "http://10.0.0.1:8000/health", depends_on: [pool, redis]}
  pool: {url: "tcp://10.0.0.2:6432", depends_on: [postgres]}
  postgres: tcp://10.0.0.3:5432
  redis: redis://10.0.0.4
  unrelated: http://10.0.0.5/
json_sources:
  numbers: {url: "https://crm.example/numbers.json", ${metrics}}
`,
    ),
    ['source numbers: backend, gateway, pool, postgres, redis'],
  );
});

t.test('an SQL source depends on the components at the address of its database', async (t) => {
  t.same(
    await dependencies(
      t,
      `
endpoints:
  postgres: postgres://watcher:x@DB.example/crm
  port: tcp://db.example:5432
  replica: postgres://watcher:x@db.example:5433/crm
sql_sources:
  sessions: {url: "postgresql://reader:x@db.example:5432/crm?sslmode=disable", query: "SELECT 1 AS n", ${columns}}
`,
    ),
    ['source sessions: port, postgres'],
  );
});

t.test('a transaction depends on the components that its steps ask, cleanup included', async (t) => {
  t.same(
    await dependencies(
      t,
      `
endpoints:
  shop: http://shop.example/
  login: http://login.example/
  mail: http://mail.example/
  other: http://other.example/
transactions:
  buy:
    steps:
      - {name: log_in, url: "http://login.example/in", json: {}, capture: {token: $.token}}
      - {name: buy, url: "http://shop.example/buy/{{token}}"}
    cleanup:
      - {name: forget, url: "http://mail.example/forget"}
`,
    ),
    ['transaction buy: login, mail, shop'],
  );
});

t.test(
  "AI-CRM's own sources and the login depend on the components at its address, silences on a watched Alertmanager",
  async (t) => {
    const found = await dependencies(
      t,
      `
endpoints:
  backend: {url: "http://crm.example:8000/health", depends_on: [postgres]}
  postgres: postgres://watcher:x@db.example/crm
  alertmanager: http://alertmanager.example:9093/-/healthy
ai_crm: {url: "http://crm.example:8000", login: {username: a, password: b}}
alertmanager: {url: "http://alertmanager.example:9093"}
`,
    );
    t.same(
      found.filter((line) => !line.startsWith('source ai_crm_')),
      ['source alertmanager: alertmanager'],
    );
    const own = found.filter((line) => line.startsWith('source ai_crm_'));
    t.ok(
      own.every((line) => line.endsWith(': backend, postgres')),
      'all have the same',
    );
    for (const name of ['login', 'tasks', 'database', 'pm_gateway', 'metrics'])
      t.ok(
        own.some((line) => line.startsWith(`source ai_crm_${name}:`)),
        name,
      );
  },
);

t.test('components in ai_crm.components count too, for everything that asks AI-CRM', async (t) => {
  const found = await dependencies(
    t,
    `
endpoints:
  gateway: https://crm.example/api/health
  other: https://other.example/
ai_crm: {url: "http://10.0.0.1:8000", login: {token: x}, components: [gateway]}
transactions: {assign: {steps: [{name: list, url: "http://10.0.0.1:8000/tasks"}]}}
`,
  );
  t.ok(found.includes('transaction assign: gateway'));
  t.ok(found.includes('source ai_crm_login: gateway'));
});

t.test('without a matching component there is no dependency', async (t) => {
  t.same(
    await dependencies(
      t,
      `
endpoints: {frontend: "http://localhost:3000/"}
ai_crm: {url: "http://localhost:8000", login: {token: x}}
json_sources: {numbers: {url: "http://localhost:9000/", ${metrics}}}
`,
    ),
    [],
  );
});

t.test(
  'labels and links of a component are only on its info metric; objective and certificate limits have their own',
  async (t) => {
    const directory = t.testdir({
      'monitoring.yml': `
endpoints:
  shop:
    url: http://shop.example/
    severity: warning
    labels: {team: crm, tier: 2}
    group: Web shop
    description: Where people buy
    runbook_url: https://wiki.example/shop?page=1#down
    slo: {availability_percent: 99.9}
    thresholds: {certificate_expiry_days: {warning: 30, critical: 7}}
`,
    });
    const loaded = await loadConfig('monitoring.yml', { environment: {}, directory });
    const recorder = new Recorder(catalogue, { processMetrics: false });
    recorder.record('configuration', configurationSamples(loaded, []));
    const about = /^aicrm_(?:component_info|slo_objective_ratio|threshold_seconds\{threshold="certificate_expiry")/;
    t.same(
      Object.fromEntries([...samplesIn(recorder.renderOwn('text'))].filter(([series]) => about.test(series))),
      Object.fromEntries([
        [
          'aicrm_component_info{component="shop",target="http://shop.example",kind="http",severity="warning",label_team="crm",label_tier="2",group="Web shop",description="Where people buy",runbook_url="https://wiki.example/shop?page=1#down"}',
          1,
        ],
        ['aicrm_threshold_seconds{threshold="certificate_expiry",severity="warning"}', 14 * 86_400],
        ['aicrm_threshold_seconds{threshold="certificate_expiry",severity="critical"}', 3 * 86_400],
        ['aicrm_threshold_seconds{threshold="certificate_expiry",severity="warning",component="shop"}', 30 * 86_400],
        ['aicrm_threshold_seconds{threshold="certificate_expiry",severity="critical",component="shop"}', 7 * 86_400],
        ['aicrm_slo_objective_ratio', 0.995],
        ['aicrm_slo_objective_ratio{component="shop"}', 99.9 / 100],
      ]),
    );
  },
);

t.test('each component has its timeout and its dependencies, and thresholds have their unit', async (t) => {
  const directory = t.testdir({
    'monitoring.yml': `
endpoints:
  shop: {url: "http://shop.example/", timeout: 7s, depends_on: [db]}
  db: {url: "tcp://db.example:5432", timeout: 3s}
`,
  });
  const recorder = new Recorder(catalogue, { processMetrics: false });
  const loaded = await loadConfig('monitoring.yml', { environment: {}, directory });
  recorder.record('configuration', configurationSamples(loaded, []));
  const found = samplesIn(recorder.renderOwn('text'));
  for (const [series, value] of [
    ['aicrm_component_timeout_seconds{component="shop"}', 7],
    ['aicrm_component_timeout_seconds{component="db"}', 3],
    ['aicrm_component_depends_on{component="shop",depends_on="db"}', 1],
    ['aicrm_threshold_seconds{threshold="response_time",severity="warning"}', 2],
    ['aicrm_threshold_ratio{threshold="cpu_usage",severity="critical"}', 0.95],
  ] as const)
    t.equal(found.get(series), value, series);
});

t.test('the response histogram has the thresholds of all components as bounds', (t) => {
  const thresholds = thresholdsWith({ warning: 2, critical: 5 });
  const patient = httpComponent('b', 'http://b.test/', {
    thresholds: { responseTimeSeconds: { warning: 7, critical: 9 } },
  });
  const components = [httpComponent('a', 'http://a.test/'), patient];
  t.same(responseThresholdsInUse(config({ thresholds, components })), [2, 5, 7, 9]);
  t.end();
});

t.test('metrics of the configuration are defined once, and those of the exporter are left out', async (t) => {
  const directory = t.testdir({
    'monitoring.yml': `
endpoints: {}
json_sources:
  shop: {url: "http://shop.example/", ${metrics}}
  other: {url: "http://other.example/", ${metrics}}
  crm: {url: "http://crm.example/", preset: ai_crm_metrics}
sql_sources:
  sessions: {url: "postgresql://reader:x@db.example/crm", query: "SELECT 1 AS n", ${columns}}
`,
  });
  const loaded = await loadConfig('monitoring.yml', { environment: {}, directory });
  t.same(
    ownDefinitions(loaded).map(({ name }) => name),
    ['shop_orders', 'shop_sessions'],
  );
});
