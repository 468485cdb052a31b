import type { CollectorState } from '../status/latest.js';

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
