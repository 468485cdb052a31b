import { inspect } from 'node:util';
import t from 'tap';
import { loadConfig } from '../../src/config/load.js';
import { maskedConfig } from '../../src/config/masked-config.js';
import { isSecretPath } from '../../src/config/placement.js';
import { Secret } from '../../src/config/secret.js';
import { aiCrmDefaults } from '../../src/config/sections/ai-crm-section.js';

const environment = { TOKEN: 's3cret-token', PORT: '8081', CONCURRENCY: '7' };
const loadRich = () => loadConfig('rich.yml', { environment, directory: 'test/fixtures/config' });

t.test('the masked form has no secret of the configuration', async (t) => {
  const text = JSON.stringify(maskedConfig(await loadRich()));
  // All secrets of the fixture contain "s3cret", those in files "-from-file"; keys and certificates are PEM.
  for (const secret of ['s3cret', '-from-file', 'BEGIN', 'b=c'])
    t.notOk(text.includes(secret), `${secret} does not show`);
});

t.test('expected values and query texts are masked, in whatever form they are written', async (t) => {
  const expected = 'expect: {status: 200, body_regex: hunter2, json: {$.a: hunter2, $.b: [hunter2, 4711, true]}}';
  const directory = t.testdir({
    'monitoring.yml': `endpoints:
  api: {url: "http://crm.test/", ${expected}}
probe: {modules: {m: {${expected}}}}
transactions: {t: {steps: [{name: a, url: "http://crm.test/", ${expected}}]}}
sql_sources:
  plain: &source
    url: postgres://reader@db.test/crm
    query: |
      select "Own name", 7 from orders -- hunter2
      where a = 'hunter2' and b = 'it''s hunter2' and c = E'\\'hunter2' /* hunter2 /* hunter2 */ */
      and d = $$hunter2$$ and e = $x$hunter2 $$ '$x$ and f = U&'hunter2' and g = B'1'
    metrics: [{name: n_total, type: counter, help: h, value: n}]
  prefixed: {<<: *source, query: "select n'hunter2', x from t where e = e'hunter2\\\\\\\\'"}
`,
  });
  const masked = maskedConfig(await loadConfig('monitoring.yml', { environment: {}, directory })) as {
    sql_sources: Record<string, { query: string }>;
    endpoints: Record<string, { expect: unknown }>;
  };
  const text = JSON.stringify(masked);
  t.notMatch(text, 'hunter2');
  t.notMatch(text, '4711');
  t.strictSame(masked.endpoints['api']?.expect, {
    status: 200,
    body_regex: '<secret>',
    json: { '$.a': '<secret>', '$.b': '<secret>' },
  });
  t.equal(masked.sql_sources['plain']?.query, '<secret>');
});

t.test('credentials and queries of URLs are masked wherever a URL is allowed', async (t) => {
  const directory = t.testdir({
    'monitoring.yml': `$schema: "https://me:hunter2@schema.test/a?hunter2"
endpoints: {api: "http://me:hunter2%2F@crm.test/", db: "postgres://me:p#hunter2@db.test/crm?application_name=hunter2"}
request_sources: {page: {stub_status: "http://me:hunter2@crm.test/status?hunter2"}}
transactions: {t: {base_url: "http://crm.test", steps: [{name: a, path: "/a?hunter2#hunter2", json: {b: [hunter2]}}]}}
alert_channels: {console: {enabled: false, url: "http://me:hunter2@exporter.test/alerts?hunter2"}}
`,
  });
  const masked = maskedConfig(await loadConfig('monitoring.yml', { environment: {}, directory })) as {
    endpoints: Record<string, { url: string }>;
  };
  t.notMatch(JSON.stringify(masked), 'hunter2');
  t.equal(masked.endpoints['api']?.url, 'http://<secret>@crm.test/');
  t.equal(masked.endpoints['db']?.url, 'postgres://<secret>@db.test/crm?<secret>');
});

t.test('a value with a harmless name is shown only if it is a header', async (t) => {
  const directory = t.testdir({
    'monitoring.yml': `endpoints:
  api:
    url: http://crm.test/
    headers: {Host: crm.internal, X-Own: hunter2}
    expect: {json: {accept: hunter2}}
    auth: {oauth2: {token_url: "https://login.test/", client_id: a, client_secret: b, endpoint_params: {host: hunter2}}}
`,
  });
  const masked = maskedConfig(await loadConfig('monitoring.yml', { environment: {}, directory })) as {
    endpoints: Record<string, unknown>;
  };
  t.match(masked.endpoints['api'], {
    headers: { Host: 'crm.internal', 'X-Own': '<secret>' },
    expect: { json: { accept: '<secret>' } },
    auth: { oauth2: { endpoint_params: { host: '<secret>' } } },
  });
});

t.test('text that looks like a user and password is masked in a URL without a scheme, too', async (t) => {
  const directory = t.testdir({ 'monitoring.yml': '$schema: "me:hunter2@schema.test/a"' });
  const masked = maskedConfig(await loadConfig('monitoring.yml', { environment: {}, directory })) as {
    readonly $schema: string;
  };
  t.equal(masked.$schema, '<secret>@schema.test/a');
});

t.test('a secret prints as a mask, as text and as JSON', (t) => {
  const secret = new Secret('hunter2');
  t.equal(`${secret}`, '<secret>');
  t.equal(JSON.stringify({ secret }), '{"secret":"<secret>"}');
  t.equal(inspect(secret), '<secret>');
  t.equal(secret.reveal(), 'hunter2');
  t.end();
});

t.test('only sections of the file are shown, with their interval and timeout', async (t) => {
  const directory = t.testdir({
    'empty.yml': 'retries: 1',
    'rich.yml': `prometheus: {url: "http://prometheus.test", interval: 3}
request_sources: {nginx: {stub_status: "http://crm.test/status", interval: 20}}
`,
  });
  const shown = async (file: string) =>
    maskedConfig(await loadConfig(file, { environment: {}, directory })) as Readonly<Record<string, unknown>>;
  const empty = await shown('empty.yml');
  for (const key of ['prometheus', 'alertmanager', 'sql_sources', 'request_sources', 'json_sources', 'transactions'])
    t.notOk(key in empty, key);
  t.match(await shown('rich.yml'), {
    prometheus: { url: 'http://prometheus.test', interval: 3, timeout: 3 },
    request_sources: { nginx: { stub_status: 'http://crm.test/status', interval: 20, timeout: 10 } },
  });
});

t.test('values of secret options are never quoted in a message', (t) => {
  const paths: (string | number)[][] = [
    ['endpoints', 'a', 'auth', 'basic', 'password'],
    ['endpoints', 'headers', 'headers', 'X-Key'],
    ['endpoints', 'a', 'body'],
    ['endpoints', 'a', 'expect', 'json', 'x', 0],
    ['probe', 'modules', 'm', 'expect', 'body_regex'],
    ['sql_sources', 's', 'query'],
    ['transactions', 't', 'steps', 0, 'json', 'password'],
    ['ai_crm', 'login', 'username'],
    ['alertmanager', 'auth'],
    ['alert_channels', 'slack', 'webhook_url'],
    ['alert_channels', 'email', 'unknown'],
  ];
  for (const path of paths) t.ok(isSecretPath(path), path.join('.'));
  const harmless = [
    ['endpoints', 'password', 'timeout'],
    ['endpoints', 'a', 'auth', 'basic', 'password_file'],
    ['json_sources', 's', 'metrics', 0, 'labels', 'token'],
    ['alert_channels', 'email', 'smtp_port'],
    ['alert_channels', 'slack', 'webhook_url_file'],
  ];
  for (const path of harmless) t.notOk(isSecretPath(path), path.join('.'));
  t.end();
});

t.test('no secret is visible when the configuration itself is printed by mistake', async (t) => {
  const config = await loadRich();
  for (const text of [
    inspect(config, { depth: null, showHidden: true }),
    JSON.stringify(config),
    String(config.components[0]),
  ]) {
    // The query of a URL is the only secret part that is not a Secret.
    t.notMatch(text.replaceAll('key=s3cret-query', ''), /s3cret|-from-file|PRIVATE KEY/);
  }
});

t.test('the masked configuration has the keys and units of the file', async (t) => {
  const masked = maskedConfig(await loadRich()) as Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  t.strictSame(masked['endpoints']?.['backend'], {
    url: 'https://<secret>@crm.test:8443/health?<secret>',
    interval: 90,
    timeout: 0.5,
    depends_on: [],
    severity: 'critical',
    thresholds: { response_time_ms: { warning: 400, critical: 1000 }, error_rate_percent: { warning: 1, critical: 2 } },
    method: 'POST',
    http_version: 1.1,
    headers: { Accept: 'application/json', 'X-Api-Key': '<secret>', 'X-Build': '<secret>' },
    body: '<secret>',
    expect: { status: 204, body_regex: '<secret>', json: false },
    tls: {
      ca_file: 'tls/ca.pem',
      cert_file: 'tls/client.pem',
      key_file: 'tls/client.key',
      server_name: 'crm.internal',
      insecure_skip_verify: false,
    },
    follow_redirects: false,
    max_body_bytes: 2048,
    page: false,
  });
  t.strictSame(masked['endpoints']?.['db'], {
    url: 'tcp://[fe80::1]:5432',
    interval: 5,
    timeout: 5,
    depends_on: [],
    severity: 'critical',
    thresholds: {},
  });
  t.match(masked['endpoints']?.['postgres'], {
    url: 'postgresql://<secret>@db.test/crm?<secret>',
    tls: { ca_file: 'tls/ca.pem' },
  });
  t.match(masked['endpoints']?.['redis'], {
    url: 'rediss://[::1]/2',
    auth: { basic: { username: '', password_file: 'secrets/password' } },
  });
  t.strictSame(masked['sql_sources']?.['orders'], {
    url: 'postgres://db.test:5433/shop',
    auth: { basic: { username: 'reader', password: '<secret>' } },
    tls: { insecure_skip_verify: false },
    query: '<secret>',
    interval: 300,
    timeout: 5,
    max_rows: 1000,
    max_series: 1000,
    metrics: [{ name: 'shop_orders_total', help: 'Orders.', type: 'counter', value: 'n', labels: { state: "it's" } }],
  });
  t.match(masked['alert_thresholds'], {
    cpu_usage_percent: { warning: 97, critical: 97 },
    error_rate_percent: { warning: 5, critical: 10 },
  });
  t.match(masked, {
    source: 'rich.yml',
    retry_interval: 2,
    retries: 0,
    concurrency: 7,
    retention_days: 7,
    slo: { availability_percent: 99.9 },
  });
  t.strictSame(masked['alert_channels']?.['webhook'], {
    enabled: true,
    url: '<secret>',
    headers: { Authorization: '<secret>' },
  });
  t.strictSame(masked['alertmanager'], {
    url: 'http://alerts.test:9093/am/',
    job: 'crm',
    interval: 3,
    timeout: 3,
    headers: { 'X-Tenant': '<secret>' },
    auth: { bearer: { token_file: 'secrets/token' } },
    tls: { insecure_skip_verify: false },
  });
  t.strictSame(masked['alert_channels']?.['watchdog'], { enabled: true, url: '<secret>' });
  t.equal(masked['grafana_url'], 'https://grafana.test/boards/');
  t.strictSame(masked['ai_crm'], {
    url: 'http://[::1]:8000/api//',
    api: 'real',
    login: { username: 'monitor@crm.test', password_file: 'secrets/password' },
    collect: ['tasks', 'database', 'tasks'],
    timeout: 5,
    requests_per_hour: 900,
    freeze_limit_percent: 2,
    sample_task: { title: 'Test', description: aiCrmDefaults.sampleTask.description },
    headers: { 'X-Api-Key': '<secret>' },
    tls: { server_name: 'crm.internal', insecure_skip_verify: false },
    max_body_bytes: 4096,
  });
  t.strictSame(masked['maintenance_windows']?.[0 as never], {
    name: 'update',
    components: ['backend', 'db'],
    time_zone: 'Europe/Berlin',
    cron: '0 2 * * 6',
    duration: 7200,
  });
});

t.test('credentials of proxies and of OAuth 2.0 clients are not shown anywhere', async (t) => {
  const oauth2 = {
    token_url: 'https://login.test/token',
    client_id: 'monitor',
    client_secret: 's3cret',
    endpoint_params: { audience: 's3cret' },
    proxy_url: 'http://me:s3cret@proxy.test:3128',
  };
  const settings = {
    endpoints: {
      a: { url: 'https://crm.test', auth: { oauth2 }, proxy_url: 'http://me:s3cret@proxy.test:3128' },
      b: { url: 'https://crm.test', proxy_url: 'environment' },
    },
  };
  const directory = t.testdir({ 'monitoring.yml': JSON.stringify(settings) });
  const environment = { HTTPS_PROXY: 'http://me:s3cret@proxy.test:3128' };
  const config = await loadConfig(undefined, { environment, directory });
  const masked = maskedConfig(config) as { readonly endpoints: Readonly<Record<string, object>> };
  t.match(masked.endpoints['a'], {
    proxy_url: 'http://<secret>@proxy.test:3128',
    auth: {
      oauth2: {
        token_url: 'https://login.test/token',
        client_id: 'monitor',
        client_secret: '<secret>',
        endpoint_params: { audience: '<secret>' },
        proxy_url: 'http://<secret>@proxy.test:3128',
      },
    },
  });
  t.match(masked.endpoints['b'], { proxy_url: 'environment' });
  const encoded = Buffer.from('me:s3cret').toString('base64');
  for (const text of [JSON.stringify(masked), JSON.stringify(config.components), inspect(config, { depth: 9 })])
    t.notOk(text.includes('s3cret') || text.includes(encoded));
});
