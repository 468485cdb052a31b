import { inspect } from 'node:util';
import t from 'tap';
import { loadConfig } from '../../src/config/load.js';
import { maskedConfig } from '../../src/config/masked-config.js';
import { OwnMetrics } from '../../src/config/own-metrics.js';
import { Secret } from '../../src/config/secret.js';
import type { AiCrmConfig } from '../../src/config/sections/ai-crm-section.js';
import { resolveJsonSources } from '../../src/config/sections/json-sources-section.js';
import { tasks } from '../../src/metrics/business-metrics.js';

const file = `
check_intervals: {detailed_analysis: 7m}
json_sources:
  shop:
    url: https://me:s3cret@shop.test/orders?key=s3cret
    headers: {X-Key: s3cret}
    body: s3cret
    method: POST
    metrics:
      - {name: shop_orders, help: Orders., path: "$.orders[*]", value: count, labels: {state: $.state, site: {parent: 2, path: $.site}}}
      - {name: shop_fill_ratio, help: Fill., path: $.fill, scale: percent, words: {FULL: 1, true: "0.5"}, labels: {row: {key: 1}, shop: {text: main}}}
      - {name: aicrm_tasks, path: $.open, labels: {column: {text: To Do}}}
  agents: {url: "http://crm.test/agents/metrics", preset: ai_crm_agents_metrics, interval: 5s, max_series: 9}
`;

const load = (t: { testdir: (files: Readonly<Record<string, string>>) => string }) =>
  loadConfig(undefined, { environment: {}, directory: t.testdir({ 'monitoring.yml': file }) });

t.test('sources have their defaults, their units and the definitions of their metrics', async (t) => {
  const { jsonSources } = await load(t);
  const [shop, agents] = jsonSources;
  t.match(shop, {
    name: 'shop',
    url: 'https://shop.test/orders?key=s3cret',
    target: 'https://shop.test/orders',
    usesLogin: false,
    intervalSeconds: 420,
    timeoutSeconds: 10,
    maxSeries: 1000,
    http: { method: 'POST', maxBodyBytes: 10 << 20, auth: { kind: 'basic', username: 'me' } },
  });
  t.match(shop?.metrics[0], {
    definition: { name: 'shop_orders', type: 'gauge', area: 'configured', help: 'Orders.', labels: ['state', 'site'] },
    path: '$.orders[*]',
    value: { kind: 'count' },
    scale: 1,
  });
  t.strictSame(
    shop?.metrics[0]?.labels,
    new Map([
      ['state', { kind: 'path', path: '$.state' }],
      ['site', { kind: 'parent', levels: 2, path: '$.site' }],
    ]),
  );
  t.match(shop?.metrics[1], { scale: 0.01, value: { kind: 'path', path: '$' } });
  t.strictSame(
    shop?.metrics[1]?.words,
    new Map([
      ['full', 1],
      ['true', 0.5],
    ]),
  );
  t.equal(shop?.metrics[2]?.definition, tasks, 'a metric of the catalogue keeps its definition');
  t.match(agents, { intervalSeconds: 5, timeoutSeconds: 5, maxSeries: 9, metrics: { length: 6 } });
});

t.test('the masked form has the keys of the file, the name of a preset too, and no secret', async (t) => {
  const masked = maskedConfig(await load(t)) as {
    readonly json_sources: Readonly<Record<string, { readonly preset?: string; readonly metrics: readonly unknown[] }>>;
  };
  t.notMatch(JSON.stringify(masked), 's3cret');
  t.match(masked.json_sources['shop'], {
    url: 'https://<secret>@shop.test/orders?<secret>',
    method: 'POST',
    headers: { 'X-Key': '<secret>' },
    use_login: false,
    interval: 420,
    timeout: 10,
    max_series: 1000,
  });
  t.notOk('expect' in (masked.json_sources['shop'] ?? {}));
  t.strictSame(masked.json_sources['shop']?.metrics[1], {
    name: 'shop_fill_ratio',
    help: 'Fill.',
    type: 'gauge',
    path: '$.fill',
    value: '$',
    words: { FULL: 1, true: 0.5 },
    scale: 'percent',
    labels: { row: { key: 1 }, shop: { text: 'main' } },
  });
  t.match(masked.json_sources['shop']?.metrics[0], {
    value: 'count',
    labels: { state: '$.state', site: { parent: 2, path: '$.site' } },
  });
  t.equal(masked.json_sources['agents']?.preset, 'ai_crm_agents_metrics');
  t.notMatch(inspect((await load(t)).jsonSources, { depth: null }).replace('key=s3cret', ''), 's3cret');
});

const aiCrm = (
  url: string,
  login: AiCrmConfig['login'] = { kind: 'token', token: new Secret('hunter2') },
): AiCrmConfig => ({
  url,
  api: 'auto',
  ...(login === undefined ? {} : { login }),
  timeoutSeconds: 10,
  requestsPerHour: 500,
  freezeLimitRatio: 0.02,
  sampleTask: { title: 'a', description: 'b' },
  headers: new Map(),
  tls: { insecureSkipVerify: false },
  maxBodyBytes: 1 << 20,
});

t.test('the login of AI-CRM goes to AI-CRM and nowhere else', async (t) => {
  const problems = async (url: string, crm: AiCrmConfig | null | undefined, more = {}) => {
    const told: string[] = [];
    const report = (path: readonly unknown[], message: string) => void told.push(`${path.join('.')}: ${message}`);
    const context = {
      source: null,
      directory: '.',
      componentNames: new Set<string>(),
      nowSeconds: 0,
      isSound: () => true,
      environment: {},
      suggestComponent: () => '',
      report,
      warn: report,
    };
    const sources = await resolveJsonSources(
      { a: { url, use_login: true, preset: 'ai_crm_metrics', ...more } },
      { defaultIntervalSeconds: 60, aiCrm: crm, ownMetrics: new OwnMetrics() },
      context,
    );
    t.equal(sources[0]?.usesLogin, true);
    return told;
  };
  t.strictSame(await problems('http://crm.test:8000/metrics', aiCrm('http://crm.test:8000/api')), []);
  t.strictSame(await problems('https://crm.test/metrics', aiCrm('https://crm.test:443')), []);
  t.strictSame(await problems('http://a.test/', null), [], 'a problem of ai_crm is not reported here again');
  t.strictSame(await problems('http://a.test/', undefined), ['json_sources.a.use_login: needs ai_crm.login']);
  const { login: _login, ...withoutLogin } = aiCrm('http://a.test');
  t.strictSame(await problems('http://a.test/', withoutLogin), ['json_sources.a.use_login: needs ai_crm.login']);
  for (const url of ['http://a.test/', 'https://crm.test:8000/', 'http://crm.test/', 'http://crm.test.a.test:8000/']) {
    t.strictSame(
      await problems(url, aiCrm('http://crm.test:8000')),
      ['json_sources.a.use_login: the login is for http://crm.test:8000 and must not go elsewhere'],
      url,
    );
  }
  for (const more of [{ auth: { bearer: { token: 'x' } } }, { headers: { AUTHORIZATION: 'x' } }]) {
    t.strictSame(await problems('http://crm.test:8000/', aiCrm('http://crm.test:8000'), more), [
      'json_sources.a.use_login: other credentials are given, too: use only one of them',
    ]);
  }
});
