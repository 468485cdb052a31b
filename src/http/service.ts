import type { ComponentReading } from '../collector.js';
import type { Config } from '../config/config.js';
import type { Heartbeats } from '../heartbeats/heartbeats.js';
import type { Exposition, ExpositionFormat } from '../metrics/exposition.js';
import type { FamilySnapshot, Figures } from '../metrics/recorder.js';
import type { AvailabilityHistory } from '../status/history.js';
import type { CollectorState } from '../status/latest.js';
import type { Overview } from '../status/overview.js';
import type { AlertNotification } from './alert-console.js';

/** After this many intervals without a run something is wrong with the exporter itself. */
const staleAfterIntervals = 3;

/** Whether a collector has not run for three of its intervals: what it last brought says little about now. */
export function isStale(collector: CollectorState, nowSeconds: number): boolean {
  return nowSeconds - collector.endedAtSeconds > staleAfterIntervals * collector.intervalSeconds;
}

/** The name of the collector that probes a component. */
export function collectorOf(component: string): string {
  return `component:${component}`;
}

/** What `/probe` asks for. */
export interface ProbeRequest {
  /** The name of a component, or a URL that `probe.allowed_targets` permits. */
  readonly target: string;
  /** A key of `probe.modules`; only for URLs. */
  readonly module?: string;
  /** How long the scraper will wait, in seconds; absent: the target's own timeout alone counts. */
  readonly timeoutSeconds?: number;
}

/** What `/probe` found: the reading, and the same as an exposition of this one target. */
export interface ProbeReport {
  readonly reading: ComponentReading;
  render(format: ExpositionFormat): string;
}

/** What the HTTP side may ask of the running exporter. */
export interface Service {
  config(): Config;
  overview(): Overview;
  /** How available components were. */
  history(): AvailabilityHistory;
  /** The exposition; never waits for a probe. */
  metrics(format: ExpositionFormat): Promise<Exposition>;
  snapshot(): readonly FamilySnapshot[];
  /** Single families of the same, cheaply. */
  figures(): Figures;
  /** Whether every collector has ended its first run. */
  isReady(): boolean;
  /** Loads the configuration again and swaps it in; throws an exposed `ExporterError` and leaves the old one running. */
  reload(): Promise<void>;
  /** Prints and counts what Alertmanager sends to the console channel. */
  receiveAlerts(notification: AlertNotification): void;
  /** Where jobs report. */
  readonly heartbeats: Pick<Heartbeats, 'configOf' | 'report'>;
  /** Probes one target now; throws an exposed `ExporterError` (`bad_request`, `refused_target`) for one it may not, and for too many at once (`overloaded`). */
  probe(request: ProbeRequest, signal: AbortSignal): Promise<ProbeReport>;
}
