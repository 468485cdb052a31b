import type { Clock } from '../base/clock.js';
import { ExporterError, whyUnwritable } from '../base/errors.js';
import { type Level, levels } from '../base/level.js';
import type { Log } from '../base/log.js';
import { Pace } from '../base/pace.js';
import { type AboutComponent, infoLabelsOf } from '../config/sections/about-component.js';
import type { HeartbeatConfig } from '../config/sections/heartbeats-section.js';
import { type Sample, set } from '../metrics/definition.js';
import {
  heartbeatDeadline,
  heartbeatEvery,
  heartbeatExitStatus,
  heartbeatGrace,
  heartbeatInfo,
  heartbeatLastFailure,
  heartbeatLastReport,
  heartbeatLastSuccess,
  heartbeatReportKinds,
  heartbeatReports,
  heartbeatRunning,
  heartbeatRuntime,
  heartbeatStarted,
  heartbeatStatus,
  heartbeatsKept,
} from '../metrics/heartbeat-metrics.js';
import type { HeartbeatFile } from './heartbeat-file.js';
import {
  afterReport,
  deadlineOf,
  type HeartbeatReport,
  type HeartbeatState,
  heartbeatVerdict,
  newHeartbeat,
} from './heartbeat-state.js';

/** A job with its current state. */
export interface HeartbeatReading {
  readonly name: string;
  readonly level: Level;
  /** One line for people. Never contains a secret of the exporter; the job's own message is at its end. */
  readonly message: string;
  /** Its worst level. */
  readonly severity: 'warning' | 'critical';
  readonly about: AboutComponent;
  readonly everySeconds: number;
  readonly graceSeconds: number;
  /** Deadline for the next successful end, in Unix seconds. */
  readonly deadlineSeconds: number;
  readonly state: HeartbeatState;
}

interface HeartbeatsParts {
  readonly clock: Clock;
  readonly log: Log;
  /** Keeps reports across restarts. Absent: a restart loses them. */
  readonly file?: HeartbeatFile;
}

/** Maximum number of reports of one job per second; others are refused. */
const maxPerSecond = 10;

/** Maximum wait of a report for the disk, so that a hanging disk does not make a job fail. */
const diskPatienceSeconds = 2;

/** After a failed write the next attempt follows with the next report, or after this time. */
const retrySeconds = 60;

/**
 * The reports of jobs. Levels are computed when needed, because they change with time. With a file, a report is written
 * to disk before it is answered; if the write fails, the report stays in memory.
 */
export class Heartbeats {
  readonly #parts: HeartbeatsParts;
  readonly #pace: Pace;
  #configs: readonly HeartbeatConfig[] = [];
  #states = new Map<string, HeartbeatState>();
  #isLoaded = false;
  #writing: Promise<void> = Promise.resolve();
  #waitingWrite: Promise<void> | undefined;
  /** Whether the disk has the same content as memory; undefined before the first write. */
  #isKept: boolean | undefined;
  #cancelRetry = () => {};

  constructor(parts: HeartbeatsParts) {
    this.#parts = parts;
    this.#pace = new Pace(maxPerSecond, parts.clock);
  }

  /** Applies the jobs of a configuration. Known jobs keep their state, others are forgotten. */
  async configure(configs: readonly HeartbeatConfig[]): Promise<void> {
    const now = this.#parts.clock.nowSeconds();
    if (configs.length > 0 && !this.#isLoaded) await this.#load(now);
    this.#configs = configs;
    this.#states = new Map(configs.map(({ name }) => [name, this.#states.get(name) ?? newHeartbeat(now)]));
    // New jobs are written too, so that the time until their first report continues after a restart.
    if (this.#isLoaded) await this.#written();
  }

  /** The configuration of a job; undefined for an unknown name. */
  configOf(name: string): HeartbeatConfig | undefined {
    return this.#configs.find((config) => config.name === name);
  }

  /** Handles a report of a configured job. Throws `overloaded` for too many reports. */
  async report(name: string, report: HeartbeatReport): Promise<void> {
    const { clock, log } = this.#parts;
    const state = this.#states.get(name);
    if (state === undefined) return;
    if (!this.#pace.permits(name))
      throw new ExporterError('overloaded', `${name} has reported ${maxPerSecond} times within this second`, {
        expose: true,
      });
    this.#states.set(name, afterReport(state, report, clock.nowSeconds()));
    log.debug('heartbeat', { name, report: report.kind, exit_status: report.exitStatus });
    await this.#written();
  }

  /** All jobs, in the order of the configuration. */
  readings(nowSeconds: number): readonly HeartbeatReading[] {
    return readingsOf(this.#configs, this.#states, nowSeconds);
  }

  /** The current samples of all jobs. */
  samples(nowSeconds: number): readonly Sample[] {
    if (this.#configs.length === 0) return [];
    return [
      set(heartbeatsKept, {}, this.#isKept === true ? 1 : 0),
      ...this.readings(nowSeconds).flatMap(heartbeatSamples),
    ];
  }

  /** Cancels timers, and waits for a running write for a limited time. */
  async stop(): Promise<void> {
    this.#cancelRetry();
    await this.#patiently(this.#writing);
  }

  async #load(nowSeconds: number): Promise<void> {
    const { file, log } = this.#parts;
    this.#isLoaded = true;
    if (file === undefined) {
      log.warn('reports of jobs are lost when the exporter stops: set a folder for them with --storage.path');
      return;
    }
    const { states, problem } = await file.read(nowSeconds);
    this.#states = new Map(states);
    if (problem !== undefined)
      log.warn('reports of jobs from before the start are lost', { file: file.path, detail: problem });
  }

  /** Writes the states. Reports that arrive during a write share the next one. */
  #written(): Promise<void> {
    this.#waitingWrite ??= this.#writing.then(() => {
      this.#waitingWrite = undefined;
      this.#writing = this.#write();
      return this.#writing;
    });
    return this.#patiently(this.#waitingWrite);
  }

  async #write(): Promise<void> {
    const { file, log, clock } = this.#parts;
    if (file === undefined) return;
    this.#cancelRetry();
    try {
      await file.write(this.#states);
      if (this.#isKept === false) log.info('reports of jobs are saved again', { file: file.path });
      this.#isKept = true;
    } catch (error) {
      if (this.#isKept !== false)
        log.error('reports of jobs cannot be saved: a restart would lose them', {
          file: file.path,
          error: whyUnwritable(error),
        });
      this.#isKept = false;
      this.#cancelRetry = clock.setTimer(() => void this.#written(), retrySeconds);
    }
  }

  #patiently(work: Promise<void>): Promise<void> {
    let cancelTimer = () => {};
    const patience = new Promise<void>(
      (resolve) => (cancelTimer = this.#parts.clock.setTimer(resolve, diskPatienceSeconds)),
    );
    return Promise.race([work, patience]).finally(() => cancelTimer());
  }
}

/** The stored state of these jobs, for commands outside the running exporter. Jobs without a stored state are left out. */
export async function reportedHeartbeats(
  configs: readonly HeartbeatConfig[],
  file: HeartbeatFile | undefined,
  nowSeconds: number,
): Promise<readonly HeartbeatReading[]> {
  if (file === undefined || configs.length === 0) return [];
  return readingsOf(configs, (await file.read(nowSeconds)).states, nowSeconds);
}

function readingsOf(
  configs: readonly HeartbeatConfig[],
  states: ReadonlyMap<string, HeartbeatState>,
  nowSeconds: number,
): readonly HeartbeatReading[] {
  return configs.flatMap((config) => {
    const { name, severity, about, everySeconds, graceSeconds } = config;
    const state = states.get(name);
    if (state === undefined) return [];
    return {
      name,
      severity,
      ...heartbeatVerdict(config, state, nowSeconds),
      about,
      everySeconds,
      graceSeconds,
      deadlineSeconds: deadlineOf(config, state),
      state,
    };
  });
}

function heartbeatSamples(reading: HeartbeatReading): readonly Sample[] {
  const { name: component, level, severity, about, everySeconds, graceSeconds, deadlineSeconds, state } = reading;
  const known = [
    [heartbeatLastReport, state.lastReportSeconds],
    [heartbeatLastSuccess, state.lastSuccessSeconds],
    [heartbeatLastFailure, state.lastFailureSeconds],
    [heartbeatStarted, state.startedSeconds],
    [heartbeatRunning, state.startedSeconds === undefined ? undefined : Number(state.isRunning)],
    [heartbeatRuntime, state.runtimeSeconds],
    [heartbeatExitStatus, state.exitStatus],
  ] as const;
  return [
    set(heartbeatInfo, { component, severity, ...infoLabelsOf(about) }, 1),
    ...levels.map((status) => set(heartbeatStatus, { component, status }, status === level ? 1 : 0)),
    set(heartbeatEvery, { component }, everySeconds),
    set(heartbeatGrace, { component }, graceSeconds),
    set(heartbeatDeadline, { component }, deadlineSeconds),
    ...known.flatMap(([definition, value]) => (value === undefined ? [] : [set(definition, { component }, value)])),
    ...heartbeatReportKinds.map((report) => set(heartbeatReports, { component, report }, state.reports[report])),
  ];
}
