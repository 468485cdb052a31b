import { systemClock } from '../../src/base/clock.js';
import { ExporterError } from '../../src/base/errors.js';
import type {
  ComponentReading,
  HostReading,
  MeasureReading,
  Reading,
  SourceReading,
  TransactionReading,
} from '../../src/collector.js';
import type { Config } from '../../src/config/config.js';
import { Secret } from '../../src/config/secret.js';
import { ordinary } from '../../src/config/sections/about-component.js';
import type { ComponentConfig, HttpComponent } from '../../src/config/sections/endpoints-section.js';
import { resolveThresholds } from '../../src/config/sections/thresholds-section.js';
import { GivenSettings } from '../../src/config/settings.js';
import { Heartbeats } from '../../src/heartbeats/heartbeats.js';
import type { ProbeReport, ProbeRequest, Service } from '../../src/http/service.js';
import type { MaintenanceCalendar } from '../../src/maintenance/maintenance-calendar.js';
import { agents, agentTasks } from '../../src/metrics/agent-metrics.js';
import { taskCompletion, tasks, tasksCompleted, tasksCreated, users } from '../../src/metrics/business-metrics.js';
import { catalogue } from '../../src/metrics/catalogue.js';
import { componentInfo, componentLastResponse, componentUp } from '../../src/metrics/component-metrics.js';
import { type Sample, set } from '../../src/metrics/definition.js';
import { closing, type ExpositionFormat } from '../../src/metrics/exposition.js';
import { Recorder } from '../../src/metrics/recorder.js';
import { AvailabilityHistory } from '../../src/status/history.js';
import { Latest } from '../../src/status/latest.js';
import { type Overview, overviewOf } from '../../src/status/overview.js';
import { RecordedLog } from './recorded-log.js';

/** The time of every fixture's last probe. */
export const nowSeconds = 1_795_421_730;

/** Part of every secret of the fixture. It may not appear in any answer. */
export const secretText = 'hunter2-never-show-me';

/** A component as in a configuration. */
export function component(name: string, change: Partial<HttpComponent> = {}): ComponentConfig {
  return {
    name,
    target: `http://${name}.example:8000/health`,
    kind: 'http',
    url: `http://${name}.example:8000/health`,
    intervalSeconds: 30,
    timeoutSeconds: 5,
    dependsOn: [],
    thresholds: {},
    ...ordinary,
    http: {
      method: 'GET',
      headers: new Map([['x-api-key', new Secret(secretText)]]),
      expect: { jsonStatus: true, jsonValues: new Map() },
      auth: { kind: 'bearer', token: new Secret(secretText) },
      tls: { insecureSkipVerify: false },
      followRedirects: false,
      maxBodyBytes: 1 << 20,
    },
    ...change,
  };
}

/** A configuration of these components with the document's thresholds. */
export function configOf(components: readonly ComponentConfig[]): Config {
  return {
    source: 'monitoring.yml',
    given: new GivenSettings({ alert_channels: { slack: { webhook_url: secretText } } }),
    components,
    componentNames: components.map(({ name }) => name),
    intervals: {
      healthChecksSeconds: 30,
      systemMetricsSeconds: 60,
      detailedAnalysisSeconds: 300,
      agentPerformanceSeconds: 120,
    },
    retryIntervalSeconds: 5,
    retries: 2,
    concurrency: 50,
    thresholds: resolveThresholds({}, () => {}),
    slo: { availabilityRatio: 0.995 },
    maintenanceWindows: [],
    host: { enabled: true, rootfs: '/' },
    probe: { allowedTargets: [], modules: new Map() },
    jsonSources: [],
    sqlSources: [],
    requestSources: [],
    transactions: [],
    heartbeats: [],
    alertChannels: [{ kind: 'slack', name: 'slack', enabled: true, settings: { webhook_url: new Secret(secretText) } }],
    tracking: { performance_metrics: {}, business_metrics: {}, security_monitoring: {} },
    name: 'AI-CRM',
    retentionSeconds: 7 * 86_400,
    warnings: [],
  };
}

/** The reading of a healthy component. */
export function reading(name: string, change: Partial<ComponentReading> = {}): ComponentReading {
  return {
    subject: 'component',
    name,
    target: `http://${name}.example:8000/health`,
    kind: 'http',
    level: 'healthy',
    up: true,
    reason: null,
    message: '200 with status "healthy"',
    responseSeconds: 0.038,
    phases: { dns: 0.001, connect: 0.002, first_byte: 0.034, transfer: 0.001 },
    statusCode: 200,
    responseBytes: 42,
    ipProtocol: 4,
    checks: [],
    failuresInARow: 0,
    headers: [['content-type', 'application/json']],
    log: [`connected to ${name}.example`, 'answer 200'],
    ...change,
  };
}

/** The reading of a component that refuses connections. */
export function refused(name: string, failuresInARow = 3): ComponentReading {
  const { statusCode: _code, responseBytes: _bytes, ...rest } = reading(name);
  return {
    ...rest,
    level: 'critical',
    up: false,
    reason: 'connect',
    message: 'connection refused',
    responseSeconds: 0.0008,
    phases: { dns: 0.0004 },
    failuresInARow,
  };
}

/** The reading of a resource of the host. */
export function hostReading(name: string, usageRatio: number, change: Partial<HostReading> = {}): HostReading {
  const resource = name === 'cpu' || name === 'memory' ? name : 'disk';
  return {
    subject: 'host',
    name,
    resource,
    level: 'healthy',
    usageRatio,
    message: `${Math.round(usageRatio * 100)} % used`,
    ...change,
  };
}

/** A reading inside AI-CRM, within its threshold. */
export function measureReading(name: string, change: Partial<MeasureReading> = {}): MeasureReading {
  return { subject: 'measure', name, level: 'healthy', message: '24 ms of 3 s', ...change };
}

/** A successful transaction of three steps. */
export function transactionReading(name: string, change: Partial<TransactionReading> = {}): TransactionReading {
  return {
    subject: 'transaction',
    name,
    level: 'healthy',
    up: true,
    reason: null,
    failedStep: null,
    message: '3 steps went as expected',
    durationSeconds: 0.298,
    steps: [
      { name: 'log in', durationSeconds: 0.231, reason: null },
      { name: 'suggest', durationSeconds: 0.021, reason: null },
      { name: 'analyse', durationSeconds: 0.046, reason: null },
    ],
    ...change,
  };
}

/** A source that answered. */
export function sourceReading(name: string, change: Partial<SourceReading> = {}): SourceReading {
  return { subject: 'source', name, up: true, reason: null, message: '1,204 tasks', notices: [], ...change };
}

/** A source that refuses this account. */
export function forbidden(name: string): SourceReading {
  return sourceReading(name, {
    up: false,
    reason: 'auth',
    message: '403: the account may not read this; log in with an account of role admin',
  });
}

/** A source that is off, because this account may not read it and the configuration does not require it. */
export function off(name: string): SourceReading {
  return sourceReading(name, { isOff: true, message: 'not collected: needs role admin, the account has role user' });
}

/** `ai_crm` and a transaction as in a configuration. */
export const withAiCrm: Partial<Config> = {
  aiCrm: {
    url: 'http://backend.example:8000',
    api: 'auto',
    login: { kind: 'password', username: 'monitor', password: new Secret(secretText) },
    timeoutSeconds: 10,
    requestsPerHour: 500,
    freezeLimitRatio: 0.02,
    sampleTask: { title: 'Fix login', description: 'The login fails.' },
    headers: new Map(),
    tls: { insecureSkipVerify: false },
    maxBodyBytes: 1 << 20,
  },
  transactions: [{ name: 'delegate', intervalSeconds: 300, timeoutSeconds: 30, steps: [], cleanup: [] }],
};

/** The readings of AI-CRM's own collectors in a healthy state. */
export const ownReadings: readonly Reading[] = [
  transactionReading('delegate'),
  measureReading('agent response'),
  measureReading('PM analysis', { message: '16 ms of 5 s' }),
  measureReading('database', { message: 'answers in 6 ms' }),
  sourceReading('ai_crm_tasks'),
  sourceReading('ai_crm_agents', { message: '62 agents' }),
  sourceReading('ai_crm_users', { message: '120 accounts' }),
];

/** The samples of these collectors. */
export const ownSamples: readonly Sample[] = [
  ...Object.entries({ Archived: 310, Done: 640, 'In Progress': 57, 'To Do': 197 }).map(([column, count]) =>
    set(tasks, { column }, count),
  ),
  set(tasksCreated, {}, 12),
  set(tasksCompleted, {}, 7),
  set(taskCompletion, {}, 0.7891),
  set(agents, {}, 62),
  ...['coordinator', 'coder', 'tester'].map((agent, i) => set(agentTasks, { agent, state: 'open' }, i)),
  ...Object.entries({ active: 104, total: 120, verified: 98 }).map(([state, count]) => set(users, { state }, count)),
];

/** The parts of a fixture. By default everything is healthy. */
export interface FixtureOptions {
  readonly components: readonly ComponentConfig[];
  /** Further configuration. */
  readonly config?: Partial<Config>;
  /** Series besides those of the components. */
  readonly samples?: readonly Sample[];
  /** Readings, each from its own collector. */
  readonly readings: readonly Reading[];
  /** Collectors with a failed run, by name, with the error. */
  readonly failed?: Readonly<Record<string, string>>;
  /** Names of components and jobs in maintenance. */
  readonly maintenance?: readonly string[] | 'all';
  /** The age of the runs. */
  readonly ageSeconds?: number;
  readonly reload?: () => Promise<void>;
  readonly probe?: (request: ProbeRequest, signal: AbortSignal) => Promise<ProbeReport>;
  readonly metrics?: Service['metrics'];
  readonly receiveAlerts?: Service['receiveAlerts'];
  readonly ready?: boolean;
  readonly history?: AvailabilityHistory;
  /** Heartbeat jobs, already configured. */
  readonly heartbeats?: Heartbeats;
}

/** A service with the real recorder, `Latest` and `overviewOf`, fed with hand-made readings. */
export function fixtureService(
  options: FixtureOptions,
): Service & { readonly latest: Latest; readonly recorder: Recorder } {
  const config = { ...configOf(options.components), ...options.config };
  const latest = new Latest();
  const recorder = new Recorder(catalogue, { processMetrics: false });
  const calendar: MaintenanceCalendar = {
    isActive: (name) =>
      options.maintenance === 'all' || (name !== null && options.maintenance?.includes(name) === true),
  };
  const heartbeats = options.heartbeats ?? new Heartbeats({ clock: systemClock, log: new RecordedLog() });
  const run = { endedAtSeconds: nowSeconds - (options.ageSeconds ?? 12), durationSeconds: 0.04, intervalSeconds: 30 };
  for (const found of options.readings) {
    const collector = `${found.subject}:${found.name}`;
    const samples = found.subject === 'component' ? samplesOf(found) : [];
    latest.accept({ ...run, collector, success: true, collected: { samples, readings: [found] } });
    recorder.record(collector, samples);
  }
  recorder.record('samples', options.samples ?? []);
  for (const [collector, error] of Object.entries(options.failed ?? {}))
    latest.accept({ ...run, collector, success: false, error });
  return {
    latest,
    recorder,
    config: () => config,
    history: () => options.history ?? new AvailabilityHistory(),
    overview: (): Overview => overviewOf(config, latest, calendar, nowSeconds, heartbeats.readings(nowSeconds)),
    heartbeats,
    metrics: options.metrics ?? ((format) => recorder.render(format)),
    snapshot: () => recorder.snapshot(),
    figures: () => recorder,
    isReady: () => options.ready ?? true,
    receiveAlerts: options.receiveAlerts ?? (() => {}),
    reload: options.reload ?? (async () => {}),
    probe: options.probe ?? (async ({ target }) => probeOf(target, latest)),
  };
}

function probeOf(target: string, latest: Latest): ProbeReport {
  if (target.includes('://'))
    throw new ExporterError('refused_target', `target ${target} is not allowed`, { expose: true });
  const found = latest.components().get(target);
  if (found === undefined) throw new ExporterError('bad_request', `unknown target ${target}`, { expose: true });
  return reportOf(found);
}

/** The report of a probe with this reading. */
export function reportOf(found: ComponentReading): ProbeReport {
  const recorder = new Recorder(catalogue, { processMetrics: false });
  recorder.record('probe', samplesOf(found));
  return { reading: found, render: (format: ExpositionFormat) => recorder.renderOwn(format) + closing(format) };
}

function samplesOf({ name, target, kind, up, responseSeconds }: ComponentReading): readonly Sample[] {
  return [
    set(componentInfo, { component: name, target, kind }, 1),
    set(componentUp, { component: name }, up ? 1 : 0),
    set(componentLastResponse, { component: name }, responseSeconds),
  ];
}

/** The four components of the monitoring document. */
export const documented: readonly ComponentConfig[] = [
  component('backend', { dependsOn: ['database'] }),
  component('frontend', { dependsOn: ['backend'] }),
  component('pm_gateway', { dependsOn: ['backend', 'database'] }),
  component('database'),
];

/** Healthy readings of the host. */
export const calmHost: readonly HostReading[] = [
  hostReading('cpu', 0.23),
  hostReading('memory', 0.61, { message: '9.8 GiB of 16 GiB in use' }),
  hostReading('/', 0.437, { message: '44 GiB of 100 GiB used' }),
];
