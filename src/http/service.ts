import type { ComponentReading } from '../collector.js';
import type { Config } from '../config/config.js';
import type { Heartbeats } from '../heartbeats/heartbeats.js';
import type { Exposition, ExpositionFormat } from '../metrics/exposition.js';
import type { FamilySnapshot, Figures } from '../metrics/recorder.js';
import type { AvailabilityHistory } from '../status/history.js';
import type { CollectorState } from '../status/latest.js';
import type { Overview } from '../status/overview.js';
import type { AlertNotification } from './alert-console.js';

/** After this many intervals without a run the exporter itself has a problem. */
const staleAfterIntervals = 3;

/** Whether a collector has not run for three of its intervals, so that its last readings are out of date. */
export function isStale(collector: CollectorState, nowSeconds: number): boolean {
  return nowSeconds - collector.endedAtSeconds > staleAfterIntervals * collector.intervalSeconds;
}

/** The name of the collector that probes a component. */
export function collectorOf(component: string): string {
  return `component:${component}`;
}

/** A request to `/probe`. */
export interface ProbeRequest {
  /** The name of a component, or a URL that `probe.allowed_targets` permits. */
  readonly target: string;
  /** A key of `probe.modules`; only for URLs. */
  readonly module?: string;
  /** Timeout of the scraper in seconds. Absent: only the target's own timeout counts. */
  readonly timeoutSeconds?: number;
}

/** The result of `/probe`: the reading, and an exposition of this one target. */
export interface ProbeReport {
  readonly reading: ComponentReading;
  render(format: ExpositionFormat): string;
}

/** The parts of the running exporter that the HTTP server uses. */
export interface Service {
  config(): Config;
  overview(): Overview;
  /** The availability of components. */
  history(): AvailabilityHistory;
  /** The exposition; never waits for a probe. */
  metrics(format: ExpositionFormat): Promise<Exposition>;
  snapshot(): readonly FamilySnapshot[];
  /** Single metrics of the exposition, at low cost. */
  figures(): Figures;
  /** Whether every collector has finished its first run. */
  isReady(): boolean;
  /** Loads the configuration again and applies it. Throws an exposed `ExporterError` and keeps the old one when it is invalid. */
  reload(): Promise<void>;
  /** Prints and counts alerts for the console channel. */
  receiveAlerts(notification: AlertNotification): void;
  /** Takes the reports of jobs. */
  readonly heartbeats: Pick<Heartbeats, 'configOf' | 'report'>;
  /**
   * Probes one target now. Throws an exposed `ExporterError`: `bad_request` or `refused_target` for a target that is
   * not allowed, `overloaded` for too many at once.
   */
  probe(request: ProbeRequest, signal: AbortSignal): Promise<ProbeReport>;
}
