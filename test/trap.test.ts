import t, { type Test } from 'tap';
import { demoLogins } from '../simulator/population.js';
import { PoliteDataAccess } from '../src/access/polite-access.js';
import { AiCrmMemory } from '../src/ai-crm/operation.js';
import type { Collector } from '../src/collector.js';
import { createCollectors } from '../src/collectors/all-collectors.js';
import { Secret } from '../src/config/secret.js';
import type { AiCrmConfig } from '../src/config/sections/ai-crm-section.js';
import { CurrentSilences } from '../src/maintenance/silences.js';
import { catalogue } from '../src/metrics/catalogue.js';
import { Recorder } from '../src/metrics/recorder.js';
import { probeHttp } from '../src/net/http-client.js';
import { createResolver } from '../src/net/resolve.js';
import { TlsContexts } from '../src/net/tls.js';
import { type RunResult, RunSamples } from '../src/schedule/run.js';
import { Scheduler } from '../src/schedule/scheduler.js';
import { sourceCollector } from '../src/sources/source-collector.js';
import { ask } from './simulator/ask.js';
import { config, httpComponent } from './support/config.js';
import { aiCrm, question } from './support/data.js';
import { samplesIn } from './support/exposition.js';
import { type FrozenCrm, type Seen, startFrozenCrm } from './support/frozen-crm.js';
import { ManualClock } from './support/manual-clock.js';
import { RecordedLog } from './support/recorded-log.js';

/**
 * The operational trap: while the real backend works on a data request it answers nobody. These tests run the exporter's own collectors
 * against it, over real connections, for simulated hours.
 */
// Hours are simulated over real connections in about 25 s. A busy machine takes longer.
t.setTimeout(300_000);

const { username, password } = demoLogins.enterprise;
const stepSeconds = 0.25;
const dataPaths: Readonly<Record<string, number>> = {
  '/tasks': 120,
  '/agents': 120,
  '/analytics/task-completion': 300,
  '/analytics/agent-performance': 300,
};
const isHealth = ({ path }: Seen) => path.endsWith('/health');

/** An exporter that probes and asks this AI-CRM. It counts its running requests, so that the test knows when it is idle. */
async function startExporter(
  crm: FrozenCrm,
  clock: ManualClock,
  section: Partial<AiCrmConfig>,
  options: { readonly paceFactor?: number; readonly isReal?: boolean } = {},
) {
  let underWay = 0;
  const counted = async <T>(work: Promise<T>): Promise<T> => {
    underWay += 1;
    return work.finally(() => (underWay -= 1));
  };
  const components = ['backend', 'pm', 'db'].map((name) =>
    httpComponent(name, `${crm.url}${name === 'backend' ? '' : `/${name}`}/health`),
  );
  const collect = options.isReal === true ? (['tasks', 'agents', 'pm_gateway', 'database'] as const) : [];
  const settings = config({
    components,
    aiCrm: aiCrm({
      url: crm.url,
      api: 'real',
      collect,
      login: { kind: 'password', username, password: new Secret(password) },
      ...section,
    }),
  });
  const prober = { resolve: createResolver(), tlsContexts: new TlsContexts(), userAgent: 'test' };
  const log = new RecordedLog();
  const data = new PoliteDataAccess({ prober, clock, log, probe: (...args) => counted(probeHttp(...args)) });
  data.configure(settings);
  const own = await createCollectors({
    config: settings,
    prober,
    data,
    healthGates: data,
    host: null,
    calendar: { isActive: () => false, reasonFor: () => undefined },
    silences: new CurrentSilences(),
    clock,
    log,
    memories: new Map(),
    aiCrmMemory: new AiCrmMemory(),
    logCounts: new Map(),
    isVerbose: false,
  });
  const watching = own.map(
    (collector): Collector => ({
      ...collector,
      collect: (signal) =>
        collector.name.startsWith('component:') ? counted(collector.collect(signal)) : collector.collect(signal),
    }),
  );
  const asking = Object.entries(dataPaths).map(([path, intervalSeconds]) =>
    sourceCollector(
      {
        name: `test${path}`,
        source: path,
        intervalSeconds: intervalSeconds / (options.paceFactor ?? 1),
        timeoutSeconds: Math.min(60, intervalSeconds / (options.paceFactor ?? 1)),
        place: crm.url,
      },
      async (signal) => {
        const { statusCode, durationSeconds } = await data.client.ask(
          question(path, { source: path, url: `${crm.url}${path}` }),
          signal,
        );
        return { samples: [], message: `${statusCode}`, durationSeconds };
      },
    ),
  );
  const recorder = new Recorder(catalogue, { processMetrics: false });
  const runSamples = new RunSamples();
  const levels = new Set<string>();
  /** When each component first was not HEALTHY. */
  const troubleAt: number[] = [];
  const messages = new Set<string>();
  const onResult = (result: RunResult) => {
    if (result.success && result.collected.isPostponed === true)
      return recorder.count(result.collector, result.collected.samples);
    recorder.record(result.collector, runSamples.of(result));
    if (!result.success) return void messages.add(result.error);
    for (const reading of result.collected.readings ?? []) {
      if (reading.subject === 'component') levels.add(reading.level);
      if (reading.subject === 'component' && reading.level !== 'healthy') troubleAt.push(clock.monotonicSeconds());
      if (reading.subject === 'source') messages.add(reading.message);
    }
  };
  const scheduler = new Scheduler({ clock, concurrency: 1000, onResult, random: () => 0.4 });
  scheduler.start([...watching, ...(options.isReal === true ? [] : asking)]);
  const settle = async () => {
    // Idle means: all running requests have reached the simulated backend and wait there for the clock. It is checked several times in a
    // row, because more may follow.
    const deadline = performance.now() + 20_000;
    for (let quiet = 0; quiet < 5; ) {
      await new Promise((resolve) => setImmediate(resolve));
      quiet = underWay === crm.held() ? quiet + 1 : 0;
      if (performance.now() > deadline) throw new Error(`${underWay} requests are under way, ${crm.held()} are held`);
    }
  };
  return {
    data,
    levels,
    troubleAt,
    messages,
    log,
    values: () => samplesIn(recorder.renderOwn('text')),
    /** Lets time pass. */
    async run(seconds: number) {
      for (let passed = 0; passed < seconds; passed += stepSeconds) {
        await settle();
        clock.advance(stepSeconds);
      }
      await settle();
    },
    async stop() {
      const stopped = scheduler.stop();
      await settle();
      await stopped;
    },
  };
}

async function setup(t: Test, options: { readonly freezeSeconds: number; readonly requestsPerHour?: number }) {
  const clock = new ManualClock();
  const crm = await startFrozenCrm(clock, options);
  t.teardown(() => crm.stop());
  return { clock, crm };
}

/** The slowest answer to a health probe that did not time out. */
const slowestHealth = ({ seen }: FrozenCrm) =>
  Math.max(
    ...seen
      .filter((request) => isHealth(request) && request.isAnswered)
      .map(({ atSeconds, doneSeconds }) => (doneSeconds ?? 0) - atSeconds),
  );

/** The most requests with one Authorization within any hour. */
function mostInAnHour(requests: readonly Seen[]): number {
  const counts = requests.map(
    ({ atSeconds, authorization }) =>
      requests.filter(
        (other) =>
          other.authorization === authorization && other.atSeconds >= atSeconds && other.atSeconds < atSeconds + 3600,
      ).length,
  );
  return Math.max(0, ...counts);
}

t.test('a backend that freezes for 8 s on each data request is never slow because of us', async (t) => {
  const { clock, crm } = await setup(t, { freezeSeconds: 8 });
  const exporter = await startExporter(crm, clock, {});
  await exporter.run(3600);
  const data = crm.seen.filter((request) => !isHealth(request));
  const health = crm.seen.filter(isHealth);
  t.same(crm.most, { data: 1, besideData: 0 }, 'at most one data request, and no other request beside it');
  t.ok(slowestHealth(crm) < 0.5, `the slowest health sample took ${slowestHealth(crm)} s`);
  t.same([...exporter.levels], ['healthy']);
  const freezing = data.filter(({ path }) => path in dataPaths && path !== '/agents');
  t.ok(freezing.length >= 7 && freezing.length * 8 <= 3600 * 0.02 + 8, `${freezing.length} requests of 8 s`);
  t.ok(data.filter(({ path }) => path === '/agents').length >= 28, 'requests that do not freeze go on');
  t.ok(health.length >= 340, `${health.length} health probes of 360`);
  t.ok(mostInAnHour(data) <= 500);
  const values = exporter.values();
  for (const component of ['backend', 'pm', 'db']) {
    t.equal(values.get(`aicrm_component_probes_discounted_total{component="${component}",cause="backend_busy"}`), 0);
    t.equal(
      values.get(`aicrm_component_response_seconds_bucket{component="${component}",le="0.5"}`),
      values.get(`aicrm_component_probes_total{component="${component}"}`),
    );
  }
  for (const path of Object.keys(dataPaths)) t.equal(values.get(`aicrm_source_up{source="${path}"}`), 1, path);
  t.equal(
    values.get('aicrm_source_requests_total{source="ai_crm"}'),
    data.length,
    'every request is counted, the login too',
  );
  t.equal(data.filter(({ path }) => path === '/auth/login').length, 1);
  await exporter.stop();
});

t.test("the collectors of AI-CRM's own numbers keep these limits for an hour", async (t) => {
  const { clock, crm } = await setup(t, { freezeSeconds: 8 });
  const exporter = await startExporter(crm, clock, {}, { isReal: true });
  await exporter.run(3600);
  const data = crm.seen.filter((request) => !isHealth(request));
  t.same(crm.most, { data: 1, besideData: 0 });
  t.same([...exporter.levels], ['healthy']);
  t.ok(slowestHealth(crm) < 0.5, `the slowest health sample took ${slowestHealth(crm)} s`);
  t.ok(mostInAnHour(data) <= 500, `${mostInAnHour(data)} requests in an hour`);
  const values = exporter.values();
  for (const source of ['tasks', 'agents', 'agent_response', 'pm_gateway', 'database', 'login'])
    t.equal(values.get(`aicrm_source_up{source="ai_crm_${source}"}`), 1, source);
  for (const subject of ['tasks', 'agents', 'pm_gateway', 'database'])
    t.ok(values.get(`aicrm_collector_success{collector="ai_crm:${subject}"}`) === 1, subject);
  t.equal(values.get('aicrm_agents'), 62);
  t.ok(crm.seen.filter(isHealth).length >= 300, 'health is still probed');
  const { length } = crm.seen.filter(({ path }) => path.startsWith('/tasks'));
  t.ok(length >= 8 && length <= 12, `/tasks was asked ${length} times, 8 s each`);
  await exporter.stop();
});

t.test('a backend that freezes for 93 s and never sends its data is left alone, and not reported', async (t) => {
  const { clock, crm } = await setup(t, { freezeSeconds: 93 });
  const exporter = await startExporter(crm, clock, {});
  await exporter.run(3600);
  t.same([...exporter.levels], ['healthy'], 'no wrong level');
  t.equal(crm.most.data, 1);
  const asked = crm.seen.filter((request) => request.authorization !== '' && request.path !== '/agents');
  t.equal(asked.length, 1, 'it was frozen once in an hour');
  const values = exporter.values();
  t.ok((values.get('aicrm_component_probes_discounted_total{component="backend",cause="backend_busy"}') ?? 0) > 0);
  t.equal(values.get('aicrm_component_probe_failures_total{component="backend",reason="timeout"}'), 0);
  t.equal(values.get('aicrm_source_up{source="/tasks"}'), 0);
  t.ok(
    ['/tasks', '/analytics/task-completion', '/analytics/agent-performance'].some(
      (source) => (values.get(`aicrm_source_failures_total{source="${source}",reason="timeout"}`) ?? 0) > 0,
    ),
  );
  t.ok(exporter.log.messages('debug').length <= asked.length, 'one line for each at most');
  crm.freezeSeconds = 0.2;
  await exporter.run(1800);
  t.equal(exporter.values().get('aicrm_source_up{source="/tasks"}'), 1, 'it goes on after fifty times the freeze');
  await exporter.stop();
});

t.test('a real outage is reported, at once or when the effect of a request ends', async (t) => {
  const { clock, crm } = await setup(t, { freezeSeconds: 8 });
  const exporter = await startExporter(crm, clock, {});
  await exporter.run(300);
  // The backend freezes for good, from the next data request on.
  crm.freezeSeconds = 100_000;
  const before = crm.seen.length;
  await exporter.run(420);
  const cause = crm.seen
    .slice(before)
    .find(
      ({ path, doneSeconds, atSeconds }) =>
        path in dataPaths && path !== '/agents' && (doneSeconds ?? 1e9) - atSeconds > 20,
    );
  const since = cause?.atSeconds ?? Number.NaN;
  t.ok(exporter.levels.has('critical'));
  t.ok(
    (exporter.troubleAt[0] ?? 1e9) <= since + 95 + 10 + 5,
    `asked at ${since} s, reported at ${exporter.troubleAt[0]} s`,
  );
  t.equal(
    crm.seen.filter(({ path, atSeconds }) => path in dataPaths && path !== '/agents' && atSeconds > since).length,
    0,
    'and it is not asked again',
  );
  await exporter.stop();
});

t.test('the hourly budget holds through 401, 429, tokens that expire and a restart', async (t) => {
  const { clock, crm } = await setup(t, { freezeSeconds: 1 });
  crm.expiresInSeconds = 900;
  const exporter = await startExporter(crm, clock, { requestsPerHour: 20 }, { paceFactor: 6 });
  await exporter.run(1000);
  crm.restart();
  await exporter.run(2600);
  const data = crm.seen.filter((request) => !isHealth(request));
  t.ok(mostInAnHour(data) <= 20, `${mostInAnHour(data)} requests with one Authorization in an hour`);
  t.ok(new Set(data.map(({ authorization }) => authorization)).size >= 5, 'there were several tokens');
  t.ok(data.filter(({ path }) => path === '/auth/login').length <= 8, 'but no login in a loop');
  t.ok([...exporter.messages].some((message) => /own budget of 20 requests an hour/.test(message)));
  t.equal(slowestHealth(crm) < 0.5, true);
  await exporter.stop();
});

t.test('a fixed token has one budget across restarts of the exporter, and a 429 is obeyed', async (t) => {
  const { clock, crm } = await setup(t, { freezeSeconds: 1, requestsPerHour: 30 });
  const body = { username_or_email: username, password, remember_me: true };
  const { access_token: token } = JSON.parse((await ask(`${crm.url}/auth/login`, { method: 'POST', body })).body) as {
    access_token: string;
  };
  const section = { login: { kind: 'token', token: new Secret(token) }, requestsPerHour: 20 } as const;
  for (let start = 1; start <= 6; start++) {
    const exporter = await startExporter(crm, clock, section, { paceFactor: 6 });
    await exporter.run(600);
    await exporter.stop();
  }
  const ours = () => crm.seen.filter(({ authorization }) => authorization === `Bearer ${token}`);
  t.ok(mostInAnHour(ours()) <= 20, `${mostInAnHour(ours())} requests in an hour with five restarts`);
  const generous = await startExporter(crm, clock, { ...section, requestsPerHour: 500 }, { paceFactor: 6 });
  await generous.run(1200);
  const { length } = ours();
  t.ok(generous.values().get('aicrm_source_rate_limit_remaining{source="ai_crm"}') === 0);
  await generous.run(600);
  t.equal(ours().length, length, 'nothing is sent while no requests remain');
  await generous.stop();
});
