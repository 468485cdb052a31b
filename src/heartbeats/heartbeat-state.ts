import type { Level } from '../base/level.js';
import { formatDuration } from '../config/duration.js';
import type { HeartbeatConfig } from '../config/sections/heartbeats-section.js';
import type { HeartbeatReportKind } from '../metrics/heartbeat-metrics.js';

/** One report of a job. */
export interface HeartbeatReport {
  readonly kind: HeartbeatReportKind;
  /** Exit status of the program, 0 to 255. */
  readonly exitStatus?: number;
  /** Message of the job: one line, ready to be shown. */
  readonly message?: string;
}

/** The stored state of a job, as written to disk. Times are Unix seconds. */
export interface HeartbeatState {
  /** Since when it is configured. The deadline of the first report counts from here. */
  readonly knownSinceSeconds: number;
  readonly lastReportSeconds?: number;
  readonly lastSuccessSeconds?: number;
  readonly lastFailureSeconds?: number;
  readonly startedSeconds?: number;
  readonly isRunning: boolean;
  /** Of the last run with a reported start and end. */
  readonly runtimeSeconds?: number;
  /** Of the last end. */
  readonly exitStatus?: number;
  /** Of the last end, or of the start while it is running. */
  readonly message?: string;
  readonly reports: Readonly<Record<HeartbeatReportKind, number>>;
}

/** The state of a job without reports. */
export function newHeartbeat(nowSeconds: number): HeartbeatState {
  return { knownSinceSeconds: nowSeconds, isRunning: false, reports: { start: 0, success: 0, failure: 0 } };
}

/** The state after a report. */
export function afterReport(state: HeartbeatState, report: HeartbeatReport, nowSeconds: number): HeartbeatState {
  const { kind, exitStatus, message } = report;
  const { message: _said, ...before } = state;
  const known = {
    ...before,
    lastReportSeconds: nowSeconds,
    isRunning: kind === 'start',
    reports: { ...state.reports, [kind]: state.reports[kind] + 1 },
    ...(message === undefined ? {} : { message }),
  };
  if (kind === 'start') return { ...known, startedSeconds: nowSeconds };
  const { exitStatus: _status, runtimeSeconds: _runtime, ...ended } = known;
  return {
    ...ended,
    ...(kind === 'success' ? { lastSuccessSeconds: nowSeconds } : { lastFailureSeconds: nowSeconds }),
    ...(exitStatus === undefined ? {} : { exitStatus }),
    // Only if this run reported its start: an earlier start does not belong to it.
    ...(state.isRunning && state.startedSeconds !== undefined
      ? { runtimeSeconds: Math.max(0, nowSeconds - state.startedSeconds) }
      : {}),
  };
}

/** Deadline for the next successful end, in Unix seconds. */
export function deadlineOf(
  { everySeconds, graceSeconds, maxRuntimeSeconds }: HeartbeatConfig,
  { knownSinceSeconds, lastSuccessSeconds, isRunning, startedSeconds }: HeartbeatState,
): number {
  const expectedSeconds = (lastSuccessSeconds ?? knownSinceSeconds) + everySeconds + graceSeconds;
  return isRunning && startedSeconds !== undefined && maxRuntimeSeconds !== undefined
    ? Math.min(expectedSeconds, startedSeconds + maxRuntimeSeconds)
    : expectedSeconds;
}

/** Whether the last reported end is a failure. */
function hasFailed({ lastSuccessSeconds, lastFailureSeconds }: HeartbeatState): boolean {
  return lastFailureSeconds !== undefined && lastFailureSeconds > (lastSuccessSeconds ?? 0);
}

/** The level of a job, and the reason in one line. */
export function heartbeatVerdict(
  config: HeartbeatConfig,
  state: HeartbeatState,
  nowSeconds: number,
): { readonly level: Level; readonly message: string } {
  const { everySeconds, graceSeconds, maxRuntimeSeconds, severity } = config;
  const { lastSuccessSeconds, lastFailureSeconds, startedSeconds, isRunning, exitStatus, runtimeSeconds } = state;
  const ago = (seconds: number) => roughly(nowSeconds - seconds);
  const said = state.message === undefined ? '' : `: ${state.message}`;
  const running =
    isRunning && startedSeconds !== undefined ? `it has been running for ${ago(startedSeconds)}` : undefined;
  const also = running === undefined ? '' : `; ${running}`;
  const lastSuccess =
    lastSuccessSeconds === undefined
      ? 'no success was ever reported'
      : `the last success is ${ago(lastSuccessSeconds)} old`;
  const expected = `expected every ${formatDuration(everySeconds)}`;
  if (hasFailed(state) && lastFailureSeconds !== undefined)
    return {
      level: severity,
      message: `failed ${ago(lastFailureSeconds)} ago${exitStatus === undefined ? '' : ` with exit status ${exitStatus}`}${isRunning ? also : said}`,
    };
  const deadlineSeconds = deadlineOf(config, state);
  if (nowSeconds > deadlineSeconds) {
    const isTooLong = running !== undefined && nowSeconds > (startedSeconds ?? 0) + (maxRuntimeSeconds ?? Infinity);
    const message = isTooLong
      ? `${running}, max_runtime is ${formatDuration(maxRuntimeSeconds ?? 0)}`
      : `${lastSuccess}, ${expected} with a grace of ${formatDuration(graceSeconds)}${also}`;
    return { level: severity, message };
  }
  if (lastSuccessSeconds === undefined) {
    const due = `has not reported a success yet, the first one is due within ${roughly(deadlineSeconds - nowSeconds)}`;
    return { level: 'unknown', message: running ?? due };
  }
  if (nowSeconds > lastSuccessSeconds + everySeconds)
    return {
      level: 'warning',
      message: `late: ${lastSuccess}, ${expected}; CRITICAL in ${roughly(deadlineSeconds - nowSeconds)}${also}`,
    };
  const took = runtimeSeconds === undefined ? '' : `, took ${roughly(runtimeSeconds)}`;
  return { level: 'healthy', message: `ended well ${ago(lastSuccessSeconds)} ago${took}${isRunning ? also : said}` };
}

/** Rounded for people: `45s`, `12m`, `1d3h`. */
function roughly(seconds: number): string {
  const unitSeconds = seconds < 120 ? 1 : seconds < 2 * 3600 ? 60 : seconds < 2 * 86_400 ? 600 : 3600;
  return formatDuration(Math.max(0, Math.floor(seconds / unitSeconds) * unitSeconds));
}
