import { isoTime } from '../base/clock.js';
import type { ComponentReading, HostReading, MeasureReading } from '../collector.js';
import type { Config } from '../config/config.js';
import type { Figures } from '../metrics/recorder.js';
import type { PeriodName } from '../sources/history-collector.js';
import { type Availability, availabilityOf } from '../status/availability.js';
import type { AvailabilityHistory } from '../status/history.js';
import type { CollectorState, Dated } from '../status/latest.js';
import type {
  ComponentOverview,
  HeartbeatOverview,
  Overview,
  SourceOverview,
  TransactionOverview,
} from '../status/overview.js';
import { isStale } from './service.js';

/** The content of the document. */
interface StatusDocumentParts {
  readonly overview: Overview;
  readonly config: Config;
  readonly figures: Pick<Figures, 'has'>;
  readonly version: string;
  /** Absent in a report of one moment. */
  readonly history?: AvailabilityHistory;
}

/**
 * The overview as `/api/status` shows it: stable keys in snake_case, with units in their names. Every time is given as
 * ISO 8601 and as `…_seconds` (Unix time). Unknown values are null. Headers and log of a probe are only in `/probe`.
 */
export function statusDocument({ overview, config, figures, version, history }: StatusDocumentParts): object {
  const { name, level, atSeconds, components, host, measures, transactions, heartbeats, sources, collectors } =
    overview;
  return {
    name,
    level,
    ...time('time', atSeconds),
    version,
    components: components.map((component) => ({
      ...componentDocument(component),
      availability: history === undefined ? null : availabilityDocument(component.name, history, atSeconds),
    })),
    host: host.map(hostDocument),
    measures: measures.map(measureDocument),
    transactions: transactions.map(transactionDocument),
    heartbeats: heartbeats.map(heartbeatDocument),
    sources: sources.map(sourceDocument),
    facts: availabilityOf(overview, config, figures).map(factDocument),
    collectors: collectors.map((collector) => collectorDocument(collector, atSeconds)),
  };
}

function componentDocument(component: ComponentOverview): object {
  const { name, target, kind, level, countsAs, severity, about, inMaintenance, dependsOn, suspects } = component;
  const { responseThreshold, reading } = component;
  return {
    name,
    target,
    kind,
    level,
    counts_as: countsAs,
    severity,
    group: about.group ?? null,
    labels: about.labels,
    description: about.description ?? null,
    runbook_url: about.runbookUrl ?? null,
    ...time('since', reading?.times?.stateSinceSeconds ?? null),
    in_maintenance: inMaintenance,
    depends_on: dependsOn,
    suspects,
    response_threshold: { warning_seconds: responseThreshold.warning, critical_seconds: responseThreshold.critical },
    reading: reading === undefined ? null : readingDocument(reading),
  };
}

/** Ratios from 0 to 1, the oldest slot first; null when unknown. */
function availabilityDocument(name: string, history: AvailabilityHistory, nowSeconds: number): object {
  const { origin } = history;
  const of = (period: PeriodName) => {
    const { upRatio, slots } = history.of(name, period, nowSeconds);
    return { ratio: upRatio ?? null, slots: slots.map((slot) => slot.upRatio ?? null) };
  };
  return {
    known_from: origin === 'prometheus' ? 'prometheus' : 'exporter',
    ...time('known_since', typeof origin === 'object' ? origin.sinceSeconds : null),
    last_24_hours: of('day'),
    last_30_days: of('month'),
  };
}

function readingDocument(reading: Dated<ComponentReading>): object {
  const { certificate } = reading;
  return {
    ...time('taken_at', reading.takenAtSeconds),
    up: reading.up,
    reason: reading.reason,
    message: reading.message,
    failures_in_a_row: reading.failuresInARow,
    ...time('outage_started_at', reading.times?.outageStartSeconds ?? null),
    ...time('outage_ended_at', reading.times?.outageEndSeconds ?? null),
    response_seconds: reading.responseSeconds,
    phases_seconds: reading.phases,
    status_code: reading.statusCode ?? null,
    response_bytes: reading.responseBytes ?? null,
    ip_protocol: reading.ipProtocol ?? null,
    uptime_seconds: reading.uptimeSeconds ?? null,
    certificate:
      certificate === undefined
        ? null
        : {
            ...time('expires_at', certificate.expiryTimestampSeconds),
            whose: certificate.whose ?? null,
            verified: certificate.verified,
          },
    checks: reading.checks.map(({ name, level }) => ({ name, level })),
  };
}

function hostDocument(reading: Dated<HostReading>): object {
  const { name, resource, level, usageRatio, message, takenAtSeconds } = reading;
  return { name, resource, level, usage_ratio: usageRatio, message, ...time('taken_at', takenAtSeconds) };
}

function measureDocument({ name, level, message, takenAtSeconds }: Dated<MeasureReading>): object {
  return { name, level, message, ...time('taken_at', takenAtSeconds) };
}

function transactionDocument({ name, level, reading }: TransactionOverview): object {
  if (reading === undefined) return { name, level, reading: null };
  const { up, reason, failedStep, message, durationSeconds, steps, takenAtSeconds } = reading;
  return {
    name,
    level,
    reading: {
      ...time('taken_at', takenAtSeconds),
      up,
      reason,
      failed_step: failedStep,
      message,
      duration_seconds: durationSeconds,
      steps: steps.map((step) => ({ name: step.name, duration_seconds: step.durationSeconds, reason: step.reason })),
    },
  };
}

function heartbeatDocument(heartbeat: HeartbeatOverview): object {
  const { name, level, inMaintenance, message, about, everySeconds, graceSeconds, deadlineSeconds } = heartbeat;
  const { lastReportSeconds, lastSuccessSeconds, lastFailureSeconds, startedSeconds, ...state } = heartbeat.state;
  return {
    name,
    level,
    in_maintenance: inMaintenance,
    description: about.description ?? null,
    message,
    every_seconds: everySeconds,
    grace_seconds: graceSeconds,
    ...time('deadline', deadlineSeconds),
    ...time('last_report_at', lastReportSeconds ?? null),
    ...time('last_success_at', lastSuccessSeconds ?? null),
    ...time('last_failure_at', lastFailureSeconds ?? null),
    ...time('started_at', startedSeconds ?? null),
    running: startedSeconds === undefined ? null : state.isRunning,
    runtime_seconds: state.runtimeSeconds ?? null,
    exit_status: state.exitStatus ?? null,
  };
}

/** Flat, unlike the others, because a source has only its reading. `up` is null before the first query, and while the source is off. */
function sourceDocument({ name, reading }: SourceOverview): object {
  const { reason = null, message = null, notices = [], takenAtSeconds = null } = reading ?? {};
  const up = reading === undefined || reading.isOff === true ? null : reading.up;
  return { name, up, reason, message, notices, ...time('taken_at', takenAtSeconds) };
}

function factDocument({ name, isAvailable, metrics, components, message }: Availability): object {
  return { name, available: isAvailable, metrics, components, message };
}

function collectorDocument(collector: CollectorState, nowSeconds: number): object {
  const { name, success, error, endedAtSeconds, durationSeconds, intervalSeconds } = collector;
  return {
    name,
    success,
    error: error ?? null,
    stale: isStale(collector, nowSeconds),
    ...time('ended_at', endedAtSeconds),
    duration_seconds: durationSeconds,
    interval_seconds: intervalSeconds,
  };
}

function time(name: string, seconds: number | null): Readonly<Record<string, string | number | null>> {
  return { [name]: seconds === null ? null : isoTime(seconds), [`${name}_seconds`]: seconds };
}
