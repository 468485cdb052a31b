import { ClientTokens } from './access/client-tokens.js';
import { PoliteDataAccess } from './access/polite-access.js';
import { AiCrmMemory } from './ai-crm/operation.js';
import type { Clock } from './base/clock.js';
import { messageOf } from './base/errors.js';
import { Lateness } from './base/lateness.js';
import { levels } from './base/level.js';
import type { Log } from './base/log.js';
import { failureReasons, reasonWords } from './base/reason.js';
import type { Version } from './base/version.js';
import { createCollectors } from './collectors/all-collectors.js';
import {
  configurationSamples,
  ownDefinitions,
  responseThresholdsInUse,
  thresholdBounds,
} from './collectors/configuration-samples.js';
import { OnDemandProbes } from './collectors/on-demand.js';
import type { Config } from './config/config.js';
import { formatPath, type Problem } from './config/problem.js';
import type { HeartbeatFile } from './heartbeats/heartbeat-file.js';
import { Heartbeats } from './heartbeats/heartbeats.js';
import { realOutside } from './host/filesystems.js';
import { createHostSource } from './host/host-collectors.js';
import { AlertConsole, type AlertNotification, consoleLevel } from './http/alert-console.js';
import type { ProbeReport, ProbeRequest, Service } from './http/service.js';
import { createCalendar, type ExplainingCalendar } from './maintenance/maintenance-calendar.js';
import { CurrentSilences } from './maintenance/silences.js';
import { agentResponse, pmAnalysis } from './metrics/agent-metrics.js';
import { catalogue } from './metrics/catalogue.js';
import { componentResponse, overallStatus, partStatus } from './metrics/component-metrics.js';
import { set } from './metrics/definition.js';
import { buildInfo, failureReasonInfo, reloadSuccessful, reloadSuccessTime } from './metrics/exporter-metrics.js';
import { closing, type Exposition, type ExpositionFormat } from './metrics/exposition.js';
import { type Figures, Recorder } from './metrics/recorder.js';
import type { HttpProber } from './net/http-client.js';
import { createResolver } from './net/resolve.js';
import { TlsContexts } from './net/tls.js';
import type { ComponentMemory } from './probes/component-collector.js';
import { type RunResult, RunSamples } from './schedule/run.js';
import { Scheduler } from './schedule/scheduler.js';
import type { LogCounts } from './sources/request-source.js';
import { AvailabilityHistory } from './status/history.js';
import { Latest } from './status/latest.js';
import { countingParts, type Overview, overviewOf, wholeLevel } from './status/overview.js';
import { RunLog } from './status/run-log.js';

/** What an exporter needs from outside. */
interface AppOptions {
  /** Reads the configuration, at start and at every reload. Throws an exposed `ExporterError`. */
  readonly loadConfig: () => Promise<Config>;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: Version;
  /** Keeps reports of jobs across restarts; absent: a restart loses them. */
  readonly heartbeatFile?: HeartbeatFile;
}

/** All parts that belong to one configuration and are replaced with it. */
interface Generation {
  readonly config: Config;
  readonly calendar: ExplainingCalendar;
  readonly scheduler: Scheduler;
  readonly onDemand: OnDemandProbes;
  readonly collectorCount: number;
}

/** Owners of series that no collector sets. */
const statusOwner = 'status';
const heartbeatOwner = 'heartbeats';
const configurationOwner = 'configuration';
const exporterOwner = 'exporter';

/** Builds the parts of the exporter from a configuration, and starts, replaces and stops them. */
export class App implements Service {
  readonly #recorder = new Recorder(catalogue, { processMetrics: true });
  readonly #runSamples = new RunSamples();
  readonly #latest = new Latest();
  readonly #history = new AvailabilityHistory();
  readonly #memories = new Map<string, ComponentMemory>();
  readonly #aiCrmMemory = new AiCrmMemory();
  readonly #logCounts: LogCounts = new Map();
  readonly #silences = new CurrentSilences();
  readonly heartbeats: Heartbeats;
  readonly #options: AppOptions;
  readonly #prober: HttpProber;
  /** One for the life of the process: a reload must not forget used budgets, nor log in again. */
  readonly #data: PoliteDataAccess;
  readonly #tokens: ClientTokens;
  readonly #runLog: RunLog;
  readonly #alertConsole: AlertConsole;
  /** One for the life of the process: it knows which file systems hang. */
  readonly #outside = realOutside();
  readonly #lateness: Lateness;
  #generation: Generation | undefined;
  #reloading: Promise<void> = Promise.resolve();
  #waitingReload: Promise<void> | undefined;
  #isStopped = false;

  constructor(options: AppOptions) {
    this.#options = options;
    this.#prober = {
      resolve: createResolver(),
      tlsContexts: new TlsContexts(),
      userAgent: `ai-crm-exporter/${options.version.version}`,
    };
    this.#tokens = new ClientTokens({ prober: this.#prober, clock: options.clock });
    this.#data = new PoliteDataAccess({
      prober: this.#prober,
      clock: options.clock,
      log: options.log,
      tokens: this.#tokens,
    });
    this.#lateness = new Lateness(options.clock);
    const { clock, log, heartbeatFile } = options;
    this.heartbeats = new Heartbeats({ clock, log, ...(heartbeatFile && { file: heartbeatFile }) });
    this.#runLog = new RunLog(options.log);
    this.#alertConsole = new AlertConsole(options.log);
    this.#recorder.count(exporterOwner, AlertConsole.zeros());
  }

  /** Loads the configuration and starts to measure. Throws the error of `loadConfig`. */
  start(): Promise<void> {
    // Counts as the first reload, so an early reload waits for it.
    this.#reloading = this.#options.loadConfig().then((config) => this.#take(config));
    return this.#reloading;
  }

  /**
   * Ends all measurements; measured values can still be read. A configuration that is still loading, possibly from a
   * hanging file system, is ignored.
   */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#generation?.scheduler.stop();
    await this.heartbeats.stop();
  }

  /**
   * Waits for a running reload, then loads the configuration. An invalid one leaves the old one active. All waiting
   * reloads share one load, because it has not read anything yet.
   */
  reload(): Promise<void> {
    if (this.#waitingReload !== undefined) return this.#waitingReload;
    this.#waitingReload = this.#reloading
      .catch(() => {})
      .then(() => {
        this.#waitingReload = undefined;
        return this.#reloadNow();
      });
    this.#reloading = this.#waitingReload;
    return this.#waitingReload;
  }

  config(): Config {
    return this.#running().config;
  }

  overview(): Overview {
    const { config, calendar } = this.#running();
    const now = this.#options.clock.nowSeconds();
    return overviewOf(config, this.#latest, calendar, now, this.heartbeats.readings(now));
  }

  history(): AvailabilityHistory {
    return this.#history;
  }

  async metrics(format: ExpositionFormat): Promise<Exposition> {
    this.#recordWhole();
    return this.#recorder.render(format);
  }

  snapshot() {
    this.#recordWhole();
    return this.#recorder.snapshot();
  }

  figures(): Figures {
    return this.#recorder;
  }

  isReady(): boolean {
    return this.#generation !== undefined && this.#latest.collectors().length >= this.#generation.collectorCount;
  }

  receiveAlerts(notification: AlertNotification): void {
    this.#recorder.count(exporterOwner, this.#alertConsole.receive(notification, consoleLevel(this.config())));
  }

  async probe({ target, module, timeoutSeconds }: ProbeRequest, signal: AbortSignal): Promise<ProbeReport> {
    const { reading, recorder } = await this.#running().onDemand.probe(target, module, timeoutSeconds, signal);
    return { reading, render: (format) => recorder.renderOwn(format) + closing(format) };
  }

  #running(): Generation {
    if (this.#generation === undefined) throw new Error('the exporter has not been started');
    return this.#generation;
  }

  async #reloadNow(): Promise<void> {
    const { log, loadConfig } = this.#options;
    try {
      await this.#take(await loadConfig());
      if (this.#isStopped) return;
      log.info('configuration reloaded', { file: this.config().source ?? 'built-in defaults' });
    } catch (error) {
      this.#recordReload(false);
      log.error('configuration not reloaded, the old one stays in force', { error: messageOf(error) });
      throw error;
    }
  }

  /** All new parts are built before old ones stop, so a failure leaves the old ones running. */
  async #take(config: Config): Promise<void> {
    const { clock, log } = this.#options;
    const calendar = await createCalendar(config.maintenanceWindows, this.#silences);
    const host = config.host.enabled ? createHostSource(config.host, this.#outside) : null;
    const collectors = await createCollectors({
      config,
      prober: this.#prober,
      data: this.#data,
      healthGates: this.#data,
      host,
      calendar,
      silences: this.#silences,
      clock,
      log,
      memories: this.#memories,
      aiCrmMemory: this.#aiCrmMemory,
      logCounts: this.#logCounts,
      tokens: this.#tokens,
      lateness: this.#lateness,
      onHistory: (history) => this.#history.replace(history),
      isVerbose: false,
    });
    const scheduler = new Scheduler({
      clock,
      concurrency: config.concurrency,
      onResult: (result) => this.#accept(result),
    });

    await this.#generation?.scheduler.stop();
    await this.heartbeats.configure(config.heartbeats);
    if (this.#isStopped) return;
    this.#logWarnings(config);
    const names = new Set(collectors.map(({ name }) => name));
    this.#recorder.retain(new Set([...names, statusOwner, heartbeatOwner, configurationOwner, exporterOwner]));
    this.#recorder.define(ownDefinitions(config));
    this.#recorder.useBounds(componentResponse, responseThresholdsInUse(config));
    this.#recorder.useBounds(agentResponse, thresholdBounds(config.thresholds.agentResponseTimeSeconds));
    this.#recorder.useBounds(pmAnalysis, thresholdBounds(config.thresholds.taskProcessingTimeSeconds));
    this.#runSamples.retain(names);
    this.#latest.retain(names);
    this.#runLog.retain(names);
    const components = new Set(config.components.map(({ name }) => name));
    this.#history.retain(components);
    for (const name of this.#memories.keys()) if (!components.has(name)) this.#memories.delete(name);
    this.#recorder.record(configurationOwner, configurationSamples(config, collectors));
    this.#generation = {
      config,
      calendar,
      scheduler,
      onDemand: new OnDemandProbes(config, {
        prober: this.#prober,
        clock,
        healthGates: this.#data,
        lateness: this.#lateness,
        tokens: this.#tokens,
      }),
      collectorCount: collectors.length,
    };
    if (config.prometheus === undefined) this.#history.replace(undefined);
    if (config.alertmanager === undefined) this.#silences.replace([], undefined);
    this.#recordReload(true);
    this.#data.configure(config);
    scheduler.start(collectors);
  }

  /** Logs warnings that the previous configuration did not have, even if at another position. */
  #logWarnings({ source, warnings }: Config): void {
    const textOf = ({ path, message }: Problem) => `${formatPath(path)}: ${message}`;
    const known = new Set(this.#generation?.config.warnings.map(textOf));
    for (const warning of warnings.filter((each) => !known.has(textOf(each)))) {
      const { line, column, path, message } = warning;
      this.#options.log.warn('configuration has a warning', {
        at: `${source}:${line}:${column}`,
        option: formatPath(path),
        detail: message,
      });
    }
  }

  #accept(result: RunResult): void {
    if (result.success && result.collected.isPostponed === true) {
      this.#recorder.count(result.collector, result.collected.samples);
      return;
    }
    this.#recorder.record(result.collector, this.#runSamples.of(result));
    this.#latest.accept(result);
    this.#history.accept(result, this.#running().calendar);
    this.#runLog.accept(result);
  }

  /** The levels of jobs and the overall level are computed when needed, because they change with time too. */
  #recordWhole(): void {
    const { config, calendar } = this.#running();
    const nowSeconds = this.#options.clock.nowSeconds();
    const jobs = this.heartbeats.readings(nowSeconds);
    const whole = wholeLevel(config, this.#latest, calendar, nowSeconds, jobs);
    const parts = countingParts(config, this.#latest, calendar, nowSeconds, jobs);
    this.#recorder.record(heartbeatOwner, this.heartbeats.samples(nowSeconds));
    this.#recorder.record(
      statusOwner,
      levels.flatMap((status) => [
        set(overallStatus, { status }, status === whole ? 1 : 0),
        ...parts.map(({ kind, name, level }) =>
          set(partStatus, { kind, part: name, status }, status === level ? 1 : 0),
        ),
      ]),
    );
  }

  #lastReloadSeconds = 0;

  #recordReload(isSuccess: boolean): void {
    const { version, revision, nodeVersion } = this.#options.version;
    if (isSuccess) this.#lastReloadSeconds = this.#options.clock.nowSeconds();
    this.#recorder.record(exporterOwner, [
      set(buildInfo, { version, node_version: nodeVersion, ...(revision === undefined ? {} : { revision }) }, 1),
      set(reloadSuccessful, {}, isSuccess ? 1 : 0),
      set(reloadSuccessTime, {}, this.#lastReloadSeconds),
      ...failureReasons.map((reason) => set(failureReasonInfo, { reason, words: reasonWords[reason] }, 1)),
    ]);
  }
}
