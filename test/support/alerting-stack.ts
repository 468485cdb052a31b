import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type RunningAiCrm, startAiCrm } from '../../simulator/ai-crm.js';
import { demoRequestsPerHour } from '../../simulator/demo/demo-config.js';
import type { ServiceName } from '../../simulator/faults.js';
import { demoLogins } from '../../simulator/population.js';
import { portNames } from '../../simulator/servers.js';
import { type RunningAlertmanager, startAlertmanager } from './alertmanager.js';
import { ask } from './ask.js';
import { main, startMain } from './main-program.js';
import type { RunningProgram } from './programs.js';
import { type RunningPrometheus, startPrometheus } from './prometheus.js';
import { closedPort } from './raw-server.js';
import { shortened, shortenedDuration } from './shortened.js';
import { type HttpSink, httpSink, type SmtpSink, smtpSink } from './sinks.js';
import { until } from './until.js';
import { type MonitoringPrograms, older } from './versions.js';

/** One alert in a notification of one channel. */
export interface Notification {
  readonly channel: 'email' | 'slack' | 'webhook' | 'console';
  readonly status: 'firing' | 'resolved';
  /** The whole text for people. */
  readonly text: string;
  readonly atMilliseconds: number;
}

/** Component → team. */
type Teams = Readonly<Partial<Record<ServiceName, string>>>;

export interface StackOptions {
  /** The shipped times are divided by this. */
  readonly factor: number;
  /** The number of AI-CRMs, 1 by default. Each has its own exporter and job. */
  readonly crms?: number;
  /** The content of `alert_thresholds`. */
  readonly thresholds?: object;
  /** The team of each component. Each team has its own webhook. */
  readonly teams?: Teams;
  /** The versions of Prometheus and Alertmanager, the older ones by default. */
  readonly programs?: MonitoringPrograms;
  /** The storage of Prometheus, which stays after the end. By default it is a temporary folder. */
  readonly storage?: string;
}

/** Options of the exporter that a test can change. */
export interface ConfigurationChanges {
  readonly thresholds?: object;
  /** The password for the mail server. */
  readonly password?: string;
  /** Components in maintenance by the configuration. */
  readonly maintenance?: readonly string[] | 'all' | 'none';
}

export interface WatchedCrm {
  readonly job: string;
  readonly aiCrm: RunningAiCrm;
  /** The exporter; a new one after `restart`. */
  readonly exporter: RunningProgram;
  readonly exporterUrl: string;
  /** Writes the configuration of the exporter again, without a reload. */
  configure(changes: ConfigurationChanges): Promise<void>;
  /** Runs a command of the command line with the exporter's configuration. */
  run(...args: readonly string[]): ReturnType<typeof main>;
  /** Starts the exporter again after it was killed. */
  restart(): Promise<void>;
}

/**
 * Everything from the failed component to the person: simulated AI-CRMs, exporters, Prometheus, Alertmanager, and receivers for all
 * channels.
 */
export interface AlertingStack {
  readonly crms: readonly [WatchedCrm, ...WatchedCrm[]];
  readonly prometheus: RunningPrometheus;
  readonly alertmanager: RunningAlertmanager;
  readonly smtp: SmtpSink;
  readonly slack: HttpSink;
  readonly webhook: HttpSink;
  /** The receiver of each team's webhook. */
  readonly teamWebhooks: ReadonlyMap<string, HttpSink>;
  /** The notifications of all channels so far, in the order of time. */
  notifications(): readonly Notification[];
  /** The lines of the console channel, which the first exporter prints. */
  printed(): readonly string[];
  /** Reloads Alertmanager with the routes of the first configuration. */
  reloadRoutes(): Promise<void>;
  stop(): Promise<void>;
}

const rulesFolder = 'prometheus/rules';
const user = { username: 'monitor@crm.test', password: 'open sesame' };

/** Starts everything on loopback with the shipped rules, routes and templates, and waits until Prometheus evaluates rules. */
export async function startAlertingStack({
  factor,
  crms: count = 1,
  thresholds = {},
  teams = {},
  programs = older,
  storage,
}: StackOptions): Promise<AlertingStack> {
  const directory = await mkdtemp(join(tmpdir(), 'alerting-'));
  const stops: (() => Promise<unknown>)[] = [() => rm(directory, { recursive: true, force: true })];
  const stop = async () => {
    for (const each of stops.splice(0).reverse()) await each();
  };
  try {
    const [smtp, slack, webhook, alertmanagerPort, consolePort] = await Promise.all([
      smtpSink(user),
      httpSink(),
      httpSink(),
      closedPort(),
      closedPort(),
    ]);
    stops.push(
      () => smtp.stop(),
      () => slack.stop(),
      () => webhook.stop(),
    );
    const teamWebhooks = new Map<string, HttpSink>();
    for (const team of new Set(Object.values(teams))) {
      const sink = await httpSink();
      teamWebhooks.set(team, sink);
      stops.push(() => sink.stop());
    }
    const surroundings = {
      factor,
      teams,
      teamUrls: new Map([...teamWebhooks].map(([team, { url }]) => [team, url])),
      smtpPort: smtp.port,
      slackUrl: slack.url,
      webhookUrl: webhook.url,
      alertmanagerPort,
      consolePort,
    };
    const watch = async (index: number) => {
      const crm = await watchedCrm(
        index,
        { thresholds, password: user.password, maintenance: 'none' },
        { ...surroundings, directory },
      );
      stops.push(() => crm.stop());
      return crm;
    };
    const first = await watch(0);
    const others: StartedCrm[] = [];
    // One after the other: many simultaneous starts would slow each other down.
    for (let index = 1; index < count; index += 1) others.push(await watch(index));
    const crms = [first, ...others] as const;
    const routes = join(directory, 'alertmanager');
    await mkdir(routes);
    const alertmanager = await startAlertmanager(await renderRoutes(first, routes, factor, programs), {
      programs,
      directory: routes,
      port: alertmanagerPort,
      args: [`--data.maintenance-interval=${shortenedDuration('10s', factor)}`],
    });
    stops.push(() => alertmanager.stop());
    const rules = (await readdir(rulesFolder)).filter((file) => file.endsWith('.yml'));
    const files = Object.fromEntries(
      await Promise.all(
        rules.map(async (file) => [file, shortened(await readFile(join(rulesFolder, file), 'utf8'), factor)] as const),
      ),
    );
    const shipped = parse(await readFile('prometheus/prometheus.yml', 'utf8')) as ShippedConfig;
    const prometheusPort = await closedPort();
    const prometheus = await startPrometheus(
      shortened(prometheusConfig({ crms, prometheusPort, alertmanagerPort, rules, shipped }), factor),
      {
        programs,
        files,
        port: prometheusPort,
        ...(storage !== undefined && { storage }),
        args: [
          `--query.lookback-delta=${shortenedDuration('5m', factor)}`,
          `--rules.alert.resend-delay=${shortenedDuration('1m', factor)}`,
          `--rules.alert.for-grace-period=${shortenedDuration('10s', factor)}`,
        ],
      },
    );
    stops.push(() => prometheus.stop());
    // The watchdog rule is the last part to work. When it fires, every failure is noticed.
    await until(
      'the watchdog fires',
      async () => (await prometheus.query('ALERTS{alertname="AiCrmWatchdog", alertstate="firing"}')).length > 0,
      60,
    );
    return {
      crms,
      prometheus,
      alertmanager,
      smtp,
      slack,
      webhook,
      teamWebhooks,
      notifications: () =>
        [...mailed(smtp), ...posted('slack', slack), ...posted('webhook', webhook), ...console(first.printed())].sort(
          (a, b) => a.atMilliseconds - b.atMilliseconds,
        ),
      printed: first.printed,
      reloadRoutes: async () => alertmanager.reconfigure(await renderRoutes(first, routes, factor, programs)),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface StartedCrm extends WatchedCrm {
  readonly directory: string;
  printed(): readonly string[];
  stop(): Promise<void>;
}

async function watchedCrm(
  index: number,
  first: Required<ConfigurationChanges>,
  surroundings: Surroundings & { readonly directory: string },
): Promise<StartedCrm> {
  const job = index === 0 ? 'ai-crm' : `ai-crm-${index + 1}`;
  const directory = join(surroundings.directory, job);
  await mkdir(directory);
  // Ports outside the range that the system assigns: while one port refuses connections, no other program can take it.
  const ports = Object.fromEntries(
    await Promise.all(portNames.map(async (name) => [name, await closedPort()] as const)),
  );
  const aiCrm = await startAiCrm({ ports, requestsPerHour: demoRequestsPerHour });
  const exporterPort = index === 0 ? surroundings.consolePort : await closedPort();
  const exporterUrl = `http://127.0.0.1:${exporterPort}`;
  const given = { ...first };
  const configure = async (changes: ConfigurationChanges) => {
    Object.assign(given, changes);
    await writeFile(join(directory, 'monitoring.yml'), monitoring(aiCrm, job, given, surroundings));
  };
  await configure({});
  const launched = async () => {
    const program = startMain([
      '--config.file',
      join(directory, 'monitoring.yml'),
      '--web.listen-address',
      `127.0.0.1:${exporterPort}`,
      '--log.format',
      'json',
    ]);
    // By then it has made its first probes. Some of them may hang.
    await until(
      'the exporter is ready',
      async () => program.hasEnded() || (await ask(`${exporterUrl}/-/ready`).catch(() => undefined))?.status === 200,
      120,
    );
    if (program.hasEnded()) throw new Error(program.output());
    return program;
  };
  const exporters = [await launched()];
  return {
    job,
    aiCrm,
    get exporter() {
      return exporters.at(-1)!;
    },
    exporterUrl,
    directory,
    configure,
    run: (...args) => main(args, { cwd: directory }),
    restart: async () => void exporters.push(await launched()),
    printed: () =>
      exporters.flatMap((program) => program.output().split('\n')).filter((line) => line.includes('"alertname"')),
    stop: async () => {
      await exporters.at(-1)?.stop();
      await aiCrm.stop();
    },
  };
}

/** The routes from `alertmanager-config` with shorter times. Templates and secrets are written into the folder. */
async function renderRoutes(
  { run }: WatchedCrm,
  folder: string,
  factor: number,
  { alertmanagerVersion }: MonitoringPrograms,
): Promise<string> {
  const { exitCode, stderr } = await run(
    'alertmanager-config',
    '--output.dir',
    folder,
    '--alertmanager.version',
    alertmanagerVersion,
  );
  if (exitCode !== 0) throw new Error(`alertmanager-config failed: ${stderr}`);
  return shortened(await readFile(join(folder, 'alertmanager.yml'), 'utf8'), factor);
}

interface Surroundings {
  readonly factor: number;
  readonly teams: Teams;
  readonly teamUrls: ReadonlyMap<string, string>;
  readonly smtpPort: number;
  readonly slackUrl: string;
  readonly webhookUrl: string;
  readonly consolePort: number;
  readonly alertmanagerPort: number;
}

/** The dependencies of each component of the simulated AI-CRM, as in its exporter's configuration. */
export const dependencies: Readonly<Partial<Record<ServiceName, readonly ServiceName[]>>> = {
  backend: ['postgres'],
  pm_gateway: ['backend'],
  database: ['backend', 'postgres'],
  monitoring: ['postgres', 'redis'],
  gateway: ['backend'],
};

/** The components of the demo, so that dependants of the database fail with it, and one channel of each kind. */
function monitoring(
  { urls, caFile }: RunningAiCrm,
  job: string,
  { thresholds, password, maintenance }: Required<ConfigurationChanges>,
  { smtpPort, slackUrl, webhookUrl, teams, teamUrls, factor, consolePort, alertmanagerPort }: Surroundings,
): string {
  const seconds = (shipped: number) => Math.max(1, shipped / factor);
  const watched = (name: ServiceName, url: string, more: object = {}) => ({
    url,
    timeout: seconds(10),
    depends_on: dependencies[name] ?? [],
    ...(teams[name] === undefined ? {} : { labels: { team: teams[name] } }),
    ...more,
  });
  return JSON.stringify({
    endpoints: {
      frontend: watched('frontend', `${urls.frontend}/`),
      backend: watched('backend', `${urls.backend}/health`, { expect: { json: true } }),
      pm_gateway: watched('pm_gateway', `${urls.backend}/pm/health`, { expect: { json: true } }),
      database: watched('database', `${urls.backend}/db/health`, { expect: { json: true } }),
      monitoring: watched('monitoring', `${urls.monitoring}/health/detailed`, { expect: { json: true } }),
      gateway: watched('gateway', `${urls.gateway}/api/health`, {
        expect: { json: true },
        tls: { ca_file: caFile, server_name: 'localhost' },
      }),
      postgres: watched('postgres', urls.postgres),
      redis: watched('redis', urls.redis),
    },
    // AI-CRM's own data sources, which fail together with it.
    ai_crm: {
      url: urls.backend,
      login: { username: demoLogins.admin.username, password: demoLogins.admin.password },
      api: 'real',
      requests_per_hour: 1000 * factor,
      freeze_limit_percent: Math.min(49, 2 * factor),
    },
    transactions: {
      read_tasks: { base_url: urls.backend, steps: [{ name: 'list_tasks', path: '/tasks', use_login: true }] },
    },
    check_intervals: {
      health_checks: seconds(30),
      system_metrics: seconds(60),
      agent_performance: seconds(120),
      detailed_analysis: seconds(300),
    },
    retry_interval: seconds(5),
    // Adjacent minutes, so that the maintenance lasts while it is in the configuration.
    ...(maintenance === 'none'
      ? {}
      : { maintenance_windows: [{ components: maintenance, cron: '* * * * *', duration: '1m' }] }),
    alert_thresholds: thresholds,
    // The load of this test machine must not cause alerts.
    host: { enabled: false },
    alertmanager: { url: `http://127.0.0.1:${alertmanagerPort}`, job, interval: seconds(15) },
    alert_channels: {
      email: {
        smtp_server: '127.0.0.1',
        smtp_port: smtpPort,
        username: user.username,
        password,
        from: 'ai-crm@crm.test',
        recipients: ['ops@crm.test'],
        use_tls: false,
      },
      slack: { webhook_url: `${slackUrl}/services/T0/B0/secret`, channel: '#ops' },
      webhook: { url: `${webhookUrl}/hook` },
      ...Object.fromEntries(
        [...teamUrls].map(([team, url]) => [`webhook_${team}`, { url: `${url}/hook`, labels: { team } }]),
      ),
      console: { url: `http://127.0.0.1:${consolePort}/alerts` },
    },
  });
}

/** Only the times of the shipped `prometheus.yml` are used. */
interface ShippedConfig {
  readonly global: object;
  readonly scrape_configs: readonly { readonly job_name: string }[];
}

function prometheusConfig({
  crms,
  prometheusPort,
  alertmanagerPort,
  rules,
  shipped,
}: {
  readonly crms: readonly WatchedCrm[];
  readonly prometheusPort: number;
  readonly alertmanagerPort: number;
  readonly rules: readonly string[];
  readonly shipped: ShippedConfig;
}): string {
  const exporterJob = shipped.scrape_configs.find(({ job_name: name }) => name === 'ai-crm');
  return JSON.stringify({
    global: shipped.global,
    rule_files: rules,
    alerting: { alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${alertmanagerPort}`] }] }] },
    scrape_configs: [
      ...crms.map(({ job, exporterUrl }) => ({
        ...exporterJob,
        job_name: job,
        static_configs: [{ targets: [new URL(exporterUrl).host] }],
      })),
      { job_name: 'prometheus', static_configs: [{ targets: [`127.0.0.1:${prometheusPort}`] }] },
      { job_name: 'alertmanager', static_configs: [{ targets: [`127.0.0.1:${alertmanagerPort}`] }] },
    ],
  });
}

function mailed({ mails }: SmtpSink): readonly Notification[] {
  return mails.map(({ subject, raw, atMilliseconds }) => ({
    channel: 'email',
    status: /RESOLVED/.test(subject) ? 'resolved' : 'firing',
    text: `${subject}\n${raw}`,
    atMilliseconds,
  }));
}

function posted(channel: 'slack' | 'webhook', { requests }: HttpSink): readonly Notification[] {
  return requests.map(({ body, atMilliseconds }) => {
    const text = JSON.stringify(body);
    const isResolved = channel === 'webhook' ? /^\{[^[]*"status":"resolved"/.test(text) : /RESOLVED/.test(text);
    return { channel, status: isResolved ? 'resolved' : 'firing', text, atMilliseconds };
  });
}

function console(lines: readonly string[]): readonly Notification[] {
  return lines.map((line) => {
    const { status, ts } = JSON.parse(line) as { readonly status: Notification['status']; readonly ts: string };
    return { channel: 'console', status, text: line, atMilliseconds: Date.parse(ts) };
  });
}
