import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config/load.js';
import type { Kind } from '../../src/config/option.js';
import { referenceOf, withThresholdRows } from '../../src/config/reference.js';
import { configJsonSchema, documentKind } from '../../src/config/settings.js';

const reference = await readFile('src/config/reference.yml', 'utf8');
/** With the examples switched on: each `#` without a space after it is removed. */
const withExamples = reference.replace(/^( *)#(?=[^\s#])/gm, '$1');
const environment = {
  GATEWAY_API_KEY: 'a',
  GATEWAY_PASSWORD: 'b',
  CLIENT_SECRET: 'c',
  PROXY_PASSWORD: 'd',
  CRM_TOKEN: 'c',
  SMTP_PASSWORD: 'd',
  WEBHOOK_TOKEN: 'e',
  CACHE_PASSWORD: 'f',
  ORDERS_PASSWORD: 'g',
  CRM_PASSWORD: 'h',
  WATCHDOG_ID: 'i',
  HEARTBEAT_TOKEN: 'j',
  AWS_ACCESS_KEY: 'k',
};

type JsonSchema = { readonly [key: string]: unknown };

const isRecord = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The paths of all options in a JSON Schema. `*` stands for a name chosen by the user or a list item. */
function optionsOf(schema: unknown, path: readonly string[] = []): readonly string[] {
  if (!isRecord(schema)) return [];
  const found: string[] = [];
  for (const [key, option] of Object.entries(isRecord(schema['properties']) ? schema['properties'] : {})) {
    found.push([...path, key].join(' '), ...optionsOf(option, [...path, key]));
  }
  for (const branch of Array.isArray(schema['anyOf']) ? schema['anyOf'] : []) found.push(...optionsOf(branch, path));
  found.push(
    ...optionsOf(schema['additionalProperties'], [...path, '*']),
    ...optionsOf(schema['items'], [...path, '*']),
  );
  return found;
}

/** The paths of all options in a document, in the same form. `known` are the existing ones. */
function optionsUsed(value: unknown, known: ReadonlySet<string>, path: readonly string[] = []): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item) => optionsUsed(item, known, [...path, '*']));
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const own = [...path, key];
    const next = known.has(own.join(' ')) ? own : [...path, '*'];
    return [next.join(' '), ...optionsUsed(inner, known, next)];
  });
}

t.test('the reference without changes equals the defaults', async (t) => {
  const config = await loadConfig('src/config/reference.yml', { environment: {}, directory: '.' });
  const defaults = await loadConfig(undefined, { environment: {}, directory: t.testdir({}) });
  t.strictSame(config, { ...defaults, source: 'src/config/reference.yml' });
});

t.test('the examples of the reference load', async (t) => {
  const directory = t.testdir({ 'monitoring.yml': withExamples });
  for (const folder of ['secrets', 'tls'])
    await cp(join('test/fixtures/config', folder), join(directory, folder), { recursive: true });
  const config = await loadConfig(undefined, { environment, directory });
  t.match(
    config.components.map(({ name }) => name),
    [
      'backend',
      'frontend',
      'pm_gateway',
      'database',
      'gateway',
      'reports',
      'tasks',
      'analytics',
      'admin',
      'orders',
      'invoices',
      'partner',
      'office',
      'portal',
      'postgres',
      'memcached',
      'mailboxes',
      'broker',
      'mail',
      'live',
      'planner',
      'router',
      'name_server',
      'crm_database',
      'orders_database',
      'cache',
    ],
  );
  t.match(
    config.sqlSources.map(({ name }) => name),
    ['orders', 'sessions'],
  );
  t.match(
    config.requestSources.map(({ name, kind }) => [name, kind]),
    [
      ['nginx', 'access_log'],
      ['frontend', 'stub_status'],
    ],
  );
  t.equal(config.maintenanceWindows.length, 3);
  t.match(config.heartbeats, [
    { name: 'nightly_backup', everySeconds: 86_400, graceSeconds: 7200, severity: 'critical' },
    { name: 'sync', everySeconds: 900, graceSeconds: 90 },
  ]);
  t.match(
    config.alertChannels.map(({ name, enabled }) => [name, enabled]),
    [
      ...[
        'email',
        'email_gateway',
        'slack',
        'slack_reports',
        'webhook',
        'console',
        'watchdog',
        'pagerduty',
        'opsgenie',
      ],
      ...['teams', 'telegram', 'discord', 'pushover', 'sns', 'receiver'],
    ].map((name) => [name, true]),
  );
  t.equal(config.grafanaUrl, 'https://grafana.example.com');
  t.equal(config.runbooksUrl, 'https://monitoring.example.com:10059/runbooks');
  t.match(config.transactions, [
    {
      name: 'assign_task',
      steps: [{ name: 'log_in' }, { name: 'suggest_agent' }, { name: 'analyse' }, { name: 'list_tasks' }],
      cleanup: [{ name: 'log_out' }],
    },
  ]);
  t.match(config.jsonSources, [
    { name: 'shop', metrics: { length: 6 } },
    { name: 'documented', metrics: { length: 6 } },
  ]);
  t.match(config.prometheus, { url: 'http://localhost:9090', job: 'ai-crm', http: { auth: { kind: 'basic' } } });
  t.match(config.alertmanager, {
    url: 'https://alerts.example.com/alertmanager',
    job: 'ai-crm',
    http: { auth: { kind: 'basic' } },
  });
  t.match(config.aiCrm, {
    url: 'https://crm.example.com/api',
    login: { kind: 'password' },
    collect: ['tasks', 'agents', 'database'],
  });
});

t.test('the reference has every option', async (t) => {
  const options = new Set(optionsOf(configJsonSchema()));
  t.ok(options.size > 100, 'the schema was read');
  const used = new Set(optionsUsed(parse(withExamples), options));
  const httpOptions = [...options]
    .filter((option) => option.startsWith('endpoints * '))
    .map((option) => option.slice('endpoints * '.length));
  const missing = [...options].filter((option) => {
    if (used.has(option)) return false;
    // Modules and sources have the options of endpoints, which the reference explains once.
    const ofModule = /^(?:(?:probe modules|json_sources|sql_sources) \*|alertmanager|prometheus) (.*)$/.exec(
      option,
    )?.[1];
    if (ofModule !== undefined && httpOptions.includes(ofModule)) return false;
    // Steps of transactions have them, too, and cleanup steps have the options of other steps.
    const ofStep = /^transactions \* (?:steps|cleanup) \* (.*)$/.exec(option)?.[1];
    if (
      ofStep !== undefined &&
      (httpOptions.includes(ofStep) ||
        used.has(`transactions * steps * ${ofStep}`) ||
        reference.includes(`or ${ofStep} with `))
    )
      return false;
    // Every channel has selectors; one example is enough.
    if (/^alert_channels \w+ (?:components|labels|groups)\b/.test(option))
      return !reference.includes('#slack_reports:');
    // A threshold is a number or a mapping; one example of a mapping is enough.
    if (/ (?:warning|critical)$/.test(option)) return !used.has('alert_thresholds disk_usage_percent critical');
    // Of two exclusive options one can only be mentioned.
    return !reference.includes(`or ${option.split(' ').at(-1)} with `);
  });
  t.strictSame(missing, []);
});

t.test(
  'the reference and the table of thresholds are generated from the declarations (else: npm run schema)',
  async (t) => {
    t.equal(reference, referenceOf(await readFile('src/config/reference-examples.yml', 'utf8')));
    const thresholds = await readFile('docs/thresholds.md', 'utf8');
    t.equal(thresholds, withThresholdRows(thresholds));
    t.match(thresholds, /^\| `cpu_usage_percent` \| 80 \| 95 \|/m);
  },
);

t.test('every option has a help text', (t) => {
  const check = (kind: Kind<unknown>, path: string): void => {
    for (const [key, option] of Object.entries(kind.options ?? {})) {
      t.match(option.help, /^\S.*[.:]$/s, `${path} ${key}`);
      check(option.kind, `${path} ${key}`);
    }
    for (const inner of [...(kind.kinds ?? []), ...(kind.each === undefined ? [] : [kind.each])]) check(inner, path);
  };
  check(documentKind, '');
  t.end();
});

t.test('the JSON Schema for editors is the one that the code generates (else: npm run schema)', async (t) => {
  const committed: unknown = JSON.parse(await readFile('src/config/monitoring.schema.json', 'utf8'));
  t.strictSame(committed, JSON.parse(JSON.stringify(configJsonSchema())));
});
