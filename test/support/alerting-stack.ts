import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { startAiCrm, type RunningAiCrm } from '../../src/demo/ai-crm.js';
import { startAlertmanager, type RunningAlertmanager } from './alertmanager.js';
import { ask } from './ask.js';
import { main, startMain } from './main-program.js';
import type { RunningProgram } from './programs.js';
import { startPrometheus, type RunningPrometheus } from './prometheus.js';
import { closedPort } from './raw-server.js';
import { shortened, shortenedDuration } from './shortened.js';
import { httpSink, smtpSink, type HttpSink, type SmtpSink } from './sinks.js';
import { until } from './until.js';
import { older, type MonitoringPrograms } from './versions.js';

/** What one channel was told about one alert. */
export interface Notification {
  readonly channel: 'email' | 'slack' | 'webhook' | 'console';
  readonly status: 'firing' | 'resolved';
  /** Everything that it says, for people. */
  readonly text: string;
  readonly atMilliseconds: number;
}

/** How the stack is set up. */
export interface StackOptions {
  /** By what every shipped time is divided; 1 for the shipped ones. */
  readonly factor: number;
  /** What is under `alert_thresholds`. */
  readonly thresholds?: object;
  /** The Prometheus and the Alertmanager; the older ones without. */
  readonly programs?: MonitoringPrograms;
}

/** All there is from the failing component to the person: simulated AI-CRM, exporter, Prometheus, Alertmanager, and where the channels end. */
export interface AlertingStack {
  readonly aiCrm: RunningAiCrm;
  readonly exporter: RunningProgram;
  readonly exporterUrl: string;
  readonly prometheus: RunningPrometheus;
  readonly alertmanager: RunningAlertmanager;
  readonly smtp: SmtpSink;
  readonly directory: string;
  /** What each channel was told so far, by the time it was. */
  notifications(): readonly Notification[];
  /** Writes the exporter's configuration anew, and that of Alertmanager with it; the exporter is not told. */
  configure(changes: { readonly thresholds?: object; readonly password?: string }): Promise<void>;
  /** Has Alertmanager read the configuration that `configure` wrote. */
  reloadRoutes(): Promise<void>;
  /** Runs a command of the exporter's command line with its configuration. */
  run(...args: readonly string[]): ReturnType<typeof main>;
  stop(): Promise<void>;
}

const rulesFolder = 'prometheus/rules';
const user = { username: 'monitor@crm.test', password: 'open sesame' };

/** Starts everything on loopback with the shipped rules, routes and templates, and waits until Prometheus evaluates. */
export async function startAlertingStack({ factor, thresholds = {}, programs = older }: StackOptions): Promise<AlertingStack> {
  const directory = await mkdtemp(join(tmpdir(), 'alerting-'));
  const [aiCrm, smtp, slack, webhook, exporterPort, alertmanagerPort] = await Promise.all([startAiCrm(), smtpSink(user), httpSink(), httpSink(), closedPort(), closedPort()]);
  const stops: (() => Promise<unknown>)[] = [() => aiCrm.stop(), () => smtp.stop(), () => slack.stop(), () => webhook.stop(), () => rm(directory, { recursive: true, force: true })];
  const stop = async () => {
    for (const each of stops.splice(0).reverse()) await each();
  };
  try {
    const given = { thresholds, password: user.password };
    const routes = join(directory, 'alertmanager');
    await mkdir(routes);
    const configure = async (changes: { readonly thresholds?: object; readonly password?: string }) => {
      Object.assign(given, changes);
      const channels = { smtpPort: smtp.port, slackUrl: slack.url, webhookUrl: webhook.url };
      await writeFile(join(directory, 'monitoring.yml'), monitoring(aiCrm, { ...given, ...channels, factor, exporterPort, alertmanagerPort }));
      return renderRoutes(directory, routes, factor, programs);
    };
    const firstRoutes = await configure({});
    const exporter = startMain(['--config.file', join(directory, 'monitoring.yml'), '--web.listen-address', `127.0.0.1:${exporterPort}`, '--log.format', 'json']);
    stops.push(() => exporter.stop());
    const exporterUrl = `http://127.0.0.1:${exporterPort}`;
    await until('the exporter is ready', async () => exporter.output().includes('ai-crm-exporter: ') || (await ask(`${exporterUrl}/-/ready`).catch(() => undefined))?.status === 200, 30);
    if (exporter.output().includes('ai-crm-exporter: ')) throw new Error(exporter.output());
    const alertmanager = await startAlertmanager(firstRoutes, { programs, directory: routes, port: alertmanagerPort });
    stops.push(() => alertmanager.stop());
    const rules = (await readdir(rulesFolder)).filter((file) => file.endsWith('.yml'));
    const files = Object.fromEntries(await Promise.all(rules.map(async (file) => [file, shortened(await readFile(join(rulesFolder, file), 'utf8'), factor)] as const)));
    const prometheus = await startPrometheus(shortened(prometheusConfig({ exporterPort, alertmanagerPort, rules, shipped: parse(await readFile('prometheus/prometheus.yml', 'utf8')) as ShippedConfig }), factor), {
      programs,
      files,
      args: [`--query.lookback-delta=${shortenedDuration('5m', factor)}`, `--rules.alert.resend-delay=${shortenedDuration('1m', factor)}`],
    });
    stops.push(() => prometheus.stop());
    // The rule that always fires is the last thing to come to life: from here on everything that should be noticed is.
    await until('the watchdog fires', async () => (await prometheus.query('ALERTS{alertname="AiCrmWatchdog", alertstate="firing"}')).length > 0, 60);
    return {
      aiCrm,
      exporter,
      exporterUrl,
      prometheus,
      alertmanager,
      smtp,
      directory,
      notifications: () => [...mailed(smtp), ...posted('slack', slack), ...posted('webhook', webhook), ...printed(exporter)].sort((a, b) => a.atMilliseconds - b.atMilliseconds),
      configure: async (changes) => void (await configure(changes)),
      reloadRoutes: async () => alertmanager.reconfigure(await renderRoutes(directory, routes, factor, programs)),
      run: (...args) => main(args, { cwd: directory }),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The routes of `alertmanager-config` with shorter times; templates and secrets are in the folder then. */
async function renderRoutes(directory: string, folder: string, factor: number, { alertmanagerVersion }: MonitoringPrograms): Promise<string> {
  const { exitCode, stderr } = await main(['alertmanager-config', '--output.dir', folder, '--alertmanager.version', alertmanagerVersion], { cwd: directory });
  if (exitCode !== 0) throw new Error(`alertmanager-config failed: ${stderr}`);
  return shortened(await readFile(join(folder, 'alertmanager.yml'), 'utf8'), factor);
}

interface Surroundings {
  readonly thresholds: object;
  readonly password: string;
  readonly smtpPort: number;
  readonly slackUrl: string;
  readonly webhookUrl: string;
  readonly factor: number;
  readonly exporterPort: number;
  readonly alertmanagerPort: number;
}

/** The components of the demo, so that what depends on the database fails with it, and one channel of each kind. */
function monitoring({ urls, caFile }: RunningAiCrm, { thresholds, password, smtpPort, slackUrl, webhookUrl, factor, exporterPort, alertmanagerPort }: Surroundings): string {
  const seconds = (shipped: number) => Math.max(1, shipped / factor);
  return JSON.stringify({
    endpoints: {
      frontend: `${urls.frontend}/`,
      backend: { url: `${urls.backend}/health`, expect: { json: true }, depends_on: ['postgres'] },
      pm_gateway: { url: `${urls.backend}/pm/health`, expect: { json: true }, depends_on: ['backend'] },
      database: { url: `${urls.backend}/db/health`, expect: { json: true }, depends_on: ['backend', 'postgres'] },
      monitoring: { url: `${urls.monitoring}/health/detailed`, expect: { json: true }, depends_on: ['postgres', 'redis'] },
      gateway: { url: `${urls.gateway}/api/health`, expect: { json: true }, tls: { ca_file: caFile, server_name: 'localhost' }, depends_on: ['backend'] },
      postgres: urls.postgres,
      redis: urls.redis,
    },
    check_intervals: { health_checks: seconds(30), system_metrics: seconds(60), agent_performance: seconds(120), detailed_analysis: seconds(300) },
    retry_interval: seconds(5),
    alert_thresholds: thresholds,
    // What this machine has to do while it tests is nobody's alarm.
    host: { enabled: false },
    alertmanager: { url: `http://127.0.0.1:${alertmanagerPort}`, job: 'ai-crm', interval: seconds(15) },
    alert_channels: {
      email: { smtp_server: '127.0.0.1', smtp_port: smtpPort, username: user.username, password, from: 'ai-crm@crm.test', recipients: ['ops@crm.test'], use_tls: false },
      slack: { webhook_url: `${slackUrl}/services/T0/B0/secret`, channel: '#ops' },
      webhook: { url: `${webhookUrl}/hook` },
      console: { url: `http://127.0.0.1:${exporterPort}/alerts` },
    },
  });
}

/** What of the shipped `prometheus.yml` is taken over: its times. */
interface ShippedConfig {
  readonly global: object;
  readonly scrape_configs: readonly { readonly job_name: string }[];
}

function prometheusConfig({ exporterPort, alertmanagerPort, rules, shipped }: { readonly exporterPort: number; readonly alertmanagerPort: number; readonly rules: readonly string[]; readonly shipped: ShippedConfig }): string {
  const exporterJob = shipped.scrape_configs.find(({ job_name: name }) => name === 'ai-crm');
  return JSON.stringify({
    global: shipped.global,
    rule_files: rules,
    alerting: { alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${alertmanagerPort}`] }] }] },
    scrape_configs: [
      { ...exporterJob, static_configs: [{ targets: [`127.0.0.1:${exporterPort}`] }] },
      { job_name: 'alertmanager', static_configs: [{ targets: [`127.0.0.1:${alertmanagerPort}`] }] },
    ],
  });
}

function mailed({ mails }: SmtpSink): readonly Notification[] {
  return mails.map(({ subject, raw, atMilliseconds }) => ({ channel: 'email', status: /RESOLVED/.test(subject) ? 'resolved' : 'firing', text: `${subject}\n${raw}`, atMilliseconds }));
}

function posted(channel: 'slack' | 'webhook', { requests }: HttpSink): readonly Notification[] {
  return requests.map(({ body, atMilliseconds }) => {
    const text = JSON.stringify(body);
    const isResolved = channel === 'webhook' ? /^\{[^[]*"status":"resolved"/.test(text) : /RESOLVED/.test(text);
    return { channel, status: isResolved ? 'resolved' : 'firing', text, atMilliseconds };
  });
}

/** The lines that the console channel wrote to the exporter's log. */
function printed({ output }: RunningProgram): readonly Notification[] {
  return output()
    .split('\n')
    .flatMap((line): Notification[] => {
      if (!line.includes('"alertname"')) return [];
      const { status, ts } = JSON.parse(line) as { readonly status: Notification['status']; readonly ts: string };
      return [{ channel: 'console', status, text: line, atMilliseconds: Date.parse(ts) }];
    });
}
