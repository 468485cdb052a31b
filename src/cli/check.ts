import { writeFile } from 'node:fs/promises';
import { ClientTokens } from '../access/client-tokens.js';
import { PoliteDataAccess } from '../access/polite-access.js';
import { AiCrmMemory } from '../ai-crm/operation.js';
import { type Clock, systemClock } from '../base/clock.js';
import { createLog } from '../base/create-log.js';
import { ExporterError, whyUnwritable } from '../base/errors.js';
import { exitCodeOf } from '../base/level.js';
import { readVersion } from '../base/version.js';
import type { Collector } from '../collector.js';
import { createCollectors } from '../collectors/all-collectors.js';
import type { Config } from '../config/config.js';
import { loadConfig } from '../config/load.js';
import type { Needs } from '../config/resolving.js';
import { reportedHeartbeats } from '../heartbeats/heartbeats.js';
import { createHostSource } from '../host/host-collectors.js';
import { createCalendar } from '../maintenance/maintenance-calendar.js';
import { CurrentSilences } from '../maintenance/silences.js';
import { catalogue } from '../metrics/catalogue.js';
import { type Figures, Recorder } from '../metrics/recorder.js';
import type { HttpProber } from '../net/http-client.js';
import { createResolver } from '../net/resolve.js';
import { TlsContexts } from '../net/tls.js';
import { Limiter, type RunResult, runOnce } from '../schedule/run.js';
import { Latest } from '../status/latest.js';
import { overviewOf } from '../status/overview.js';
import { componentsNamed, componentsText } from './maintenance.js';
import { type CommandSurroundings, type CommonOptions, checkParts, heartbeatFileOf } from './options.js';
import { renderReport } from './report.js';

/** Flags of `check`. */
export interface CheckOptions extends CommonOptions {
  readonly component?: readonly string[];
  readonly without?: readonly (typeof checkParts)[number][];
  readonly json?: true;
  readonly html?: string;
  readonly 'storage.path'?: string;
}

/** The newest readings and their samples, because the report has no Prometheus to ask. */
class LatestWithFigures extends Latest {
  readonly #recorder = new Recorder(catalogue, { processMetrics: false });
  readonly #known = new Set(catalogue.map(({ name }) => name));

  /** The families of the catalogue. The report does not use metrics that a configuration adds. */
  get figures(): Figures {
    return this.#recorder;
  }

  override accept(result: RunResult): void {
    super.accept(result);
    if (!result.success || result.collected.isPostponed === true) return;
    this.#recorder.record(
      result.collector,
      result.collected.samples.filter(({ series }) => this.#known.has(series.definition.name)),
    );
  }
}

/**
 * Longest wait in seconds for the next run of a collector. Some need two readings, such as the CPU's, and others wait
 * for their turn.
 */
const worthWaitingSeconds = 2;

/**
 * Probes everything once, without what the flags leave out, and prints the report. Returns the exit code of the level
 * (Nagios convention). Throws `ExporterError` for an invalid configuration, an unknown component, and a page that
 * cannot be written.
 */
export async function check(
  options: CheckOptions,
  { environment, directory, out, errors }: CommandSurroundings,
): Promise<number> {
  const { version } = readVersion(environment);
  const config = selected(
    await loadConfig(options['config.file'], { environment, directory, needs: needsOf(options) }),
    options,
  );
  const log = createLog({
    level: options['log.level'] === 'info' ? 'warn' : options['log.level'],
    format: options['log.format'],
  });
  const silences = new CurrentSilences();
  const calendar = await createCalendar(config.maintenanceWindows, silences);
  const prober: HttpProber = {
    resolve: createResolver(),
    tlsContexts: new TlsContexts(),
    userAgent: `ai-crm-exporter/${version}`,
  };
  const tokens = new ClientTokens({ prober });
  const data = new PoliteDataAccess({ prober, clock: systemClock, log, tokens });
  data.configure(config);
  const collectors = await createCollectors({
    config,
    prober,
    data,
    healthGates: data,
    host: config.host.enabled ? createHostSource(config.host) : null,
    calendar,
    silences,
    clock: systemClock,
    log,
    memories: new Map(),
    aiCrmMemory: new AiCrmMemory(),
    logCounts: new Map(),
    tokens,
    isVerbose: options.verbose === true,
  });
  const latest = await runAll(collectors, config, systemClock);
  const { figures } = latest;
  const now = systemClock.nowSeconds();
  const heartbeats = await reportedHeartbeats(config.heartbeats, heartbeatFileOf(options, environment), now);
  if (heartbeats.length < config.heartbeats.length)
    errors.write('jobs are left out: give the folder in which the exporter keeps their reports with --storage.path\n');
  const overview = overviewOf(config, latest, calendar, now, heartbeats);
  if (options.html !== undefined) {
    const { renderStatusPage } = await import('../http/page/status-page.js');
    await writePage(options.html, renderStatusPage({ overview, config, figures, version, links: false }));
  }
  if (options.json === true) {
    const { statusDocument } = await import('../http/status-document.js');
    out.write(`${JSON.stringify(statusDocument({ overview, config, figures, version }), null, 2)}\n`);
  } else {
    const verbose = options.verbose === true;
    const all = options.component === undefined;
    out.write(
      renderReport(
        overview,
        all
          ? { verbose }
          : { verbose, subject: componentsText([...config.components, ...config.heartbeats].map(({ name }) => name)) },
      ),
    );
  }
  return exitCodeOf(overview.level);
}

/** Sections that do not affect the probe or the verdict of a component. */
const besideComponents: ReadonlySet<unknown> = new Set([
  ...checkParts,
  'name',
  'maintenance_windows',
  'alertmanager',
  'prometheus',
  'alert_channels',
  'grafana_url',
  'runbooks_url',
  'probe',
]);

/** Only jobs need these tokens. */
const tokensOfJobs: ReadonlySet<unknown> = new Set(['heartbeats', 'heartbeat_token', 'heartbeat_token_file']);

/**
 * The options that a check reads. Secrets of parts that are left out may be missing. The login of AI-CRM is needed
 * while one of the parts that use it is left.
 */
function needsOf({ component, without = [] }: CheckOptions): Needs {
  if (component !== undefined)
    return ([section, name]) =>
      !besideComponents.has(section) &&
      !tokensOfJobs.has(section) &&
      (section !== 'endpoints' || component.includes(String(name)));
  const leftOut = new Set<unknown>(without);
  const isLoginUsed = ['ai_crm', 'json_sources', 'transactions'].some((part) => !leftOut.has(part));
  return ([section]) => (!leftOut.has(section) && !tokensOfJobs.has(section)) || (section === 'ai_crm' && isLoginUsed);
}

/**
 * The configuration without what the flags leave out. `--component` leaves out everything else, also maintenance
 * windows, because its user wants the real state of the component.
 */
function selected(config: Config, { component, without = [] }: CheckOptions): Config {
  // The report shows only the present, so it needs no history of Prometheus.
  const { aiCrm, alertmanager, prometheus: _history, ...rest } = config;
  const keeps = (part: (typeof checkParts)[number]) => component === undefined && !without.includes(part);
  const names = component === undefined ? 'all' : componentsNamed({ component }, config);
  return {
    ...rest,
    ...(names === 'all'
      ? { ...(alertmanager === undefined ? {} : { alertmanager }) }
      : {
          maintenanceWindows: [],
          components: config.components
            .filter(({ name }) => names.includes(name))
            .map((one) => ({ ...one, dependsOn: one.dependsOn.filter((name) => names.includes(name)) })),
        }),
    host: { ...config.host, enabled: config.host.enabled && keeps('host') },
    ...(aiCrm !== undefined && keeps('ai_crm') ? { aiCrm } : {}),
    jsonSources: keeps('json_sources') ? config.jsonSources : [],
    sqlSources: keeps('sql_sources') ? config.sqlSources : [],
    requestSources: keeps('request_sources') ? config.requestSources : [],
    transactions: keeps('transactions') ? config.transactions : [],
    heartbeats:
      names === 'all'
        ? keeps('heartbeats')
          ? config.heartbeats
          : []
        : config.heartbeats.filter(({ name }) => names.includes(name)),
  };
}

async function runAll(
  collectors: readonly Collector[],
  { concurrency }: Config,
  clock: Clock,
): Promise<LatestWithFigures> {
  const latest = new LatestWithFigures();
  const limiter = new Limiter(concurrency);
  const runToEnd = async (collector: Collector): Promise<void> => {
    for (let run = 1; ; run++) {
      const result = await runOnce(collector, clock).result;
      const { againInSeconds: again, isPostponed = false } = result.success ? result.collected : {};
      if (!isPostponed) latest.accept(result);
      // A run that needs two readings is repeated once. A postponed run is repeated until its turn comes; its deadline
      // limits the wait.
      if (again === undefined || again > worthWaitingSeconds || (run > 1 && !isPostponed)) return;
      await new Promise<void>((resolve) => setTimeout(resolve, again * 1000));
    }
  };
  const runEach = (some: readonly Collector[]) =>
    Promise.all(
      some.map(
        (collector) =>
          new Promise<void>((resolve) => limiter.start((ended) => void runToEnd(collector).then(ended).then(resolve))),
      ),
    );
  await runEach(collectors.filter(({ isLast }) => isLast !== true));
  await runEach(collectors.filter(({ isLast }) => isLast === true));
  return latest;
}

async function writePage(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    throw new ExporterError('usage', `--html: ${file}: ${whyUnwritable(error)}`, { cause: error });
  }
}
