import { readFile, writeFile } from 'node:fs/promises';
import t from 'tap';
import { startAiCrm } from '../../simulator/ai-crm.js';
import { documentedCollectors, readDocumented } from '../../src/ai-crm/documented.js';
import { aiCrmDocuments } from '../../src/config/ai-crm-documents.js';
import { Secret } from '../../src/config/secret.js';
import type { AiCrmConfig } from '../../src/config/sections/ai-crm-section.js';
import type { HttpSettings } from '../../src/config/sections/http-options.js';
import { aiCrmSubjects } from '../../src/config/sections/tracking-section.js';
import { catalogue } from '../../src/metrics/catalogue.js';
import type { Sample } from '../../src/metrics/definition.js';
import { Recorder } from '../../src/metrics/recorder.js';
import { ask } from '../support/ask.js';
import { config } from '../support/config.js';
import { ManualClock } from '../support/manual-clock.js';
import { straightDataAccess } from '../support/straight-data-access.js';

const golden = 'test/fixtures/golden/documented-ai-crm.txt';
const never = new AbortController().signal;
const { intervals, thresholds } = config();

const aiCrmAt = (url: string): AiCrmConfig => ({
  url,
  api: 'documented',
  timeoutSeconds: 10,
  requestsPerHour: 500,
  freezeLimitRatio: 0.02,
  sampleTask: { title: 'a', description: 'b' },
  headers: new Map(),
  tls: { insecureSkipVerify: false },
  maxBodyBytes: 1 << 20,
});

function render(samples: readonly Sample[]): string {
  const recorder = new Recorder(catalogue, { processMetrics: false });
  recorder.record('test', samples);
  return recorder.renderOwn('text');
}

const seriesOf = (samples: readonly Sample[]) =>
  samples.map(({ series: { definition, key }, value }) => `${definition.name}${key} ${value}`);

t.test('the documented AI-CRM after an hour: its scrape matches the golden file', async (t) => {
  const clock = new ManualClock();
  const aiCrm = await startAiCrm({ clock });
  t.teardown(() => aiCrm.stop());
  aiCrm.world.advanceTo(clock.nowSeconds() + 3600);
  const data = straightDataAccess();
  const collectors = documentedCollectors({
    aiCrm: aiCrmAt(aiCrm.urls.backend),
    intervals,
    thresholds,
    client: data.client,
  });
  t.match(collectors, [
    { name: 'ai_crm:metrics', intervalSeconds: 300, timeoutSeconds: 70 },
    { name: 'ai_crm:agents_metrics', intervalSeconds: 120, timeoutSeconds: 70 },
    { name: 'ai_crm:business_metrics', intervalSeconds: 300, timeoutSeconds: 70 },
  ]);
  const collected = await Promise.all(collectors.map((collector) => collector.collect(never)));
  const scrape = render(collected.flatMap(({ samples }) => samples)).replace(
    /^aicrm_source_duration_seconds\{(.*)\} .*$/gm,
    'aicrm_source_duration_seconds{$1} <seconds>',
  );
  if (process.env['UPDATE_GOLDEN'] !== undefined) await writeFile(golden, scrape);
  t.equal(
    scrape,
    await readFile(golden, 'utf8'),
    `run with UPDATE_GOLDEN=1 to renew ${golden}, and read the difference`,
  );
  const readings = collected.flatMap(({ readings = [] }) => readings);
  t.strictSame(
    readings.flatMap((reading) => (reading.subject === 'source' ? [[reading.name, reading.up, reading.notices]] : [])),
    [
      ['ai_crm_metrics', true, []],
      ['ai_crm_agents_metrics', true, []],
      ['ai_crm_business_metrics', true, []],
    ],
  );
  t.match(
    readings.filter(({ subject }) => subject === 'measure'),
    [
      {
        name: 'agent response',
        message: /^slowest is [a-z-]+ with [\d.]+ s; warning above 3 s, critical above 7\.5 s$/,
      },
      { name: 'PM analysis', level: 'healthy', message: /^0\.03\d s; warning above 5 s, critical above 12\.5 s$/ },
    ],
  );
  t.ok(data.asked.every(({ usesLogin, http }) => usesLogin === false && http.auth === undefined));
});

t.test('only documents with collected subjects are requested, and only these subjects are read', async (t) => {
  const named = (...subjects: AiCrmConfig['collect'] & object) =>
    documentedCollectors({
      aiCrm: aiCrmAt('http://a.test'),
      intervals,
      thresholds,
      client: straightDataAccess().client,
      subjects,
    }).map(({ name }) => name);
  t.strictSame(named('agents'), ['ai_crm:agents_metrics']);
  t.strictSame(named('tasks'), ['ai_crm:business_metrics']);
  t.strictSame(named('users'), ['ai_crm:metrics', 'ai_crm:business_metrics']);
  t.strictSame(named('database'), []);
  const { samples } = await readDocumented(
    'ai_crm_business_metrics',
    { tasks: { todo: 1 }, users: { total: 2 }, pm_gateway: { average_analysis_time_ms: 3 } },
    { thresholds, subjects: ['tasks'] },
  );
  t.strictSame(seriesOf(samples), ['aicrm_tasks{column="To Do"} 1']);
});

t.test('AI-CRM gets the login and the headers of the configuration', async (t) => {
  const asked: unknown[] = [];
  const client = {
    ask: (request: unknown) => (
      asked.push(request),
      Promise.resolve({ statusCode: 200, headers: [], body: Buffer.from('{}'), durationSeconds: 0 })
    ),
  };
  const aiCrm: AiCrmConfig = {
    ...aiCrmAt('http://a.test/api'),
    login: { kind: 'token', token: new Secret('x') },
    headers: new Map([['x-a', new Secret('b')]]),
  };
  await documentedCollectors({ aiCrm, intervals, thresholds, client })[1]?.collect(never);
  t.match(asked, [
    {
      source: 'ai_crm_agents_metrics',
      url: 'http://a.test/api/agents/metrics',
      timeoutSeconds: 10,
      usesLogin: true,
      http: {
        followRedirects: false,
        headers: new Map([
          ['accept', {}],
          ['x-a', {}],
        ]),
      },
    },
  ]);
  const { http } = asked[0] as { readonly http: HttpSettings };
  t.equal(http.headers.get('accept')?.reveal(), 'application/json');
});

t.test('a missing document is a failure that names the setting, and a found one tells its series', async (t) => {
  const readingOf = async (statusCode: number, document: unknown) => {
    const body = Buffer.from(JSON.stringify(document));
    const client = { ask: async () => ({ statusCode, headers: [], body, durationSeconds: 0 }) };
    const [metrics] = documentedCollectors({ aiCrm: aiCrmAt('http://a.test'), intervals, thresholds, client });
    return (await metrics?.collect(never))?.readings?.find(({ subject }) => subject === 'source');
  };
  t.match(await readingOf(404, {}), {
    up: false,
    reason: 'status',
    message: '404: AI-CRM has no /metrics; to read the API of its web backend, set ai_crm.api to real',
  });
  t.match(await readingOf(200, {}), { up: true, message: '0 series' });
});

t.test('what AI-CRM does not know is absent, and causes no other problem', async (t) => {
  for (const document of [
    {},
    { timestamp: 'now' },
    [],
    null,
    'text',
    5,
    { agents: [], tasks: 'none', users: null, pm_gateway: 7 },
  ]) {
    for (const { name } of aiCrmDocuments) {
      t.match(
        await readDocumented(name, document, { thresholds }),
        {
          samples: { length: 0 },
          readings: { length: 0 },
          notices: ['the document has none of the documented fields'],
        },
        JSON.stringify(document),
      );
    }
  }
  const { samples, notices } = await readDocumented(
    'ai_crm_agents_metrics',
    {
      total_agents: -1,
      agents: {
        a: { open_tasks: '3', tasks_completed: null, success_rate_percent: 80, response_time_ms: 'slow' },
        b: 'broken',
      },
    },
    { thresholds },
  );
  t.strictSame(seriesOf(samples), [
    'aicrm_agent_tasks{agent="a",state="open"} 3',
    'aicrm_agent_success_ratio{agent="a"} 0.8',
  ]);
  t.strictSame(notices, [
    'aicrm_agents: value of $.total_agents is negative',
    'aicrm_agent_tasks: value of $.agents.*.tasks_completed is null',
    'aicrm_agent_last_response_seconds: value of $.agents.*.response_time_ms is text',
  ]);
});

t.test('a ratio of zero events is absent, not 0', async (t) => {
  const agents = {
    idle: { tasks_completed: 0, tasks_failed: 0, success_rate_percent: 0 },
    bad: { tasks_completed: 0, tasks_failed: 2, success_rate_percent: 0 },
  };
  t.strictSame(
    seriesOf((await readDocumented('ai_crm_agents_metrics', { agents }, { thresholds })).samples).filter((series) =>
      series.includes('ratio'),
    ),
    ['aicrm_agent_success_ratio{agent="bad"} 0'],
  );
  const gateway = { analyses_total: 0, analyses_failed_total: 0, average_analysis_time_ms: 0 };
  const { samples, readings } = await readDocumented(
    'ai_crm_business_metrics',
    { pm_gateway: gateway },
    { thresholds },
  );
  t.strictSame(seriesOf(samples), [
    'aicrm_pm_gateway_analyses_total{result="success"} 0',
    'aicrm_pm_gateway_analyses_total{result="failure"} 0',
  ]);
  t.strictSame(readings, []);
});

t.test('successes are computed when the document has only the total and the failures', async (t) => {
  const successes = async (gateway: unknown) =>
    (await readDocumented('ai_crm_business_metrics', { pm_gateway: gateway }, { thresholds })).samples.find(
      ({ series }) => series.labels['result'] === 'success',
    )?.value;
  t.equal(await successes({ analyses_total: 10, analyses_failed_total: 3 }), 7);
  t.equal(await successes({ analyses_total: 10, analyses_failed_total: 3, analyses_succeeded_total: 6 }), 6);
  for (const gateway of [
    { analyses_total: 10 },
    { analyses_total: 3, analyses_failed_total: 10 },
    { analyses_total: '10', analyses_failed_total: 1 },
  ])
    t.equal(await successes(gateway), undefined);
});

t.test('times are compared with their thresholds, and the slowest agent counts for all', async (t) => {
  const agents = {
    quick: { response_time_ms: 100 },
    slow: { response_time_ms: 4000 },
    steady: { response_time_ms: 2900 },
  };
  t.match((await readDocumented('ai_crm_agents_metrics', { agents }, { thresholds })).readings, [
    {
      subject: 'measure',
      name: 'agent response',
      level: 'warning',
      message: 'slowest is slow with 4 s; warning above 3 s, critical above 7.5 s',
    },
  ]);
  t.match(
    (
      await readDocumented(
        'ai_crm_business_metrics',
        { pm_gateway: { average_analysis_time_ms: 12_501 } },
        { thresholds },
      )
    ).readings,
    [{ name: 'PM analysis', level: 'critical', message: '12.501 s; warning above 5 s, critical above 12.5 s' }],
  );
});

const guide = await readFile('docs/ai-crm-json.md', 'utf8');

t.test("the guide for AI-CRM's developers has every field that is read, and its examples are complete", async (t) => {
  for (const { name, path, fields } of aiCrmDocuments) {
    const [, section = ''] = guide.split(`\n## \`${path}\`\n`);
    const [chapter = ''] = section.split('\n## ');
    const rows = chapter
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .map((line) => line.slice(2, -2).split(' | '));
    const written = fields.map(({ field, type, unit, meaning, mapping: { definition, labels } }) => {
      const shown = [...labels]
        .map(([label, rule]) => `${label}="${rule.kind === 'text' ? rule.text : '…'}"`)
        .join(',');
      return [`\`${field}\``, type, unit, `\`${definition.name}${shown === '' ? '' : `{${shown}}`}\``, meaning];
    });
    t.strictSame(rows, written, path);
    const example: unknown = JSON.parse(/```json\n([^`]*)```/.exec(chapter)?.[1] ?? '');
    for (const { field, mapping } of fields) {
      const subjects = aiCrmSubjects.filter((subject) =>
        fields.some((each) => each.field === field && each.subject === subject),
      );
      const { samples, notices } = await readDocumented(name, example, { thresholds, subjects });
      t.strictSame(notices, []);
      const fixed = [...mapping.labels].filter(([, rule]) => rule.kind === 'text');
      t.ok(
        samples.some(
          ({ series }) =>
            series.definition === mapping.definition &&
            fixed.every(([label, rule]) => rule.kind === 'text' && series.labels[label] === rule.text),
        ),
        field,
      );
    }
  }
});

t.test('the guide has every field of the simulated AI-CRM', async (t) => {
  const aiCrm = await startAiCrm();
  t.teardown(() => aiCrm.stop());
  for (const { path } of aiCrmDocuments) {
    const document: unknown = JSON.parse((await ask(`${aiCrm.urls.backend}${path}`)).text);
    for (const field of fieldsOf(document))
      t.ok(field === 'timestamp' || guide.includes(`\`${field}\``), `${path} ${field}`);
  }
});

/** The paths of all values, with `<name>` for keys that are names. */
function fieldsOf(value: unknown, path: readonly string[] = []): readonly string[] {
  if (typeof value !== 'object' || value === null) return [path.join('.')];
  const isByName = ['agents', 'by_tier', 'feature_usage'].includes(path.at(-1) ?? '');
  return [
    ...new Set(Object.entries(value).flatMap(([key, inner]) => fieldsOf(inner, [...path, isByName ? '<name>' : key]))),
  ];
}
