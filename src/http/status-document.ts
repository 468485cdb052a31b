import type { ComponentReading, HostReading } from '../collectors/reading.js';
import type { CollectorState, Dated } from '../status/latest.js';
import type { ComponentOverview, Overview } from '../status/overview.js';
import { isoTime } from './iso-time.js';
import { isStale } from './staleness.js';

/**
 * The overview as `/api/status` shows it: snake_case keys that stay, units in their names, every time both as ISO 8601
 * and as `…_seconds` of the Unix clock, null for what is not known. Headers and log of a probe are left to `/probe`.
 */
export function statusDocument(overview: Overview, version: string): object {
  const { level, atSeconds, components, host, collectors } = overview;
  return {
    level,
    ...time('time', atSeconds),
    version,
    components: components.map(componentDocument),
    host: host.map(hostDocument),
    collectors: collectors.map((collector) => collectorDocument(collector, atSeconds)),
  };
}

function componentDocument(component: ComponentOverview): object {
  const { name, target, kind, level, inMaintenance, dependsOn, suspects, responseThreshold, reading } = component;
  return {
    name,
    target,
    kind,
    level,
    in_maintenance: inMaintenance,
    depends_on: dependsOn,
    suspects,
    response_threshold: { warning_seconds: responseThreshold.warning, critical_seconds: responseThreshold.critical },
    reading: reading === undefined ? null : readingDocument(reading),
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
    response_seconds: reading.responseSeconds,
    phases_seconds: reading.phases,
    status_code: reading.statusCode ?? null,
    response_bytes: reading.responseBytes ?? null,
    ip_protocol: reading.ipProtocol ?? null,
    uptime_seconds: reading.uptimeSeconds ?? null,
    certificate:
      certificate === undefined ? null : { ...time('expires_at', certificate.expiryTimestampSeconds), verified: certificate.verified },
    checks: reading.checks.map(({ name, level }) => ({ name, level })),
  };
}

function hostDocument(reading: Dated<HostReading>): object {
  const { name, resource, level, usageRatio, message, takenAtSeconds } = reading;
  return { name, resource, level, usage_ratio: usageRatio, message, ...time('taken_at', takenAtSeconds) };
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

function time(name: string, seconds: number): Readonly<Record<string, string | number | null>> {
  return { [name]: isoTime(seconds), [`${name}_seconds`]: seconds };
}
