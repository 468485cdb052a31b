import { type Matchers, selector } from './selector.js';

/** Series of the Prometheus that is chosen above the board. */
export const selectPrometheus = (name: `prometheus_${string}`, matchers: Matchers = {}): string =>
  selector(name, { job: '=~"$prometheus"', ...matchers });

/** Series of the Alertmanager that is chosen above the board. What a cluster of them sends is sent by one: sums count it once. */
export const selectAlertmanager = (name: `alertmanager_${string}`, matchers: Matchers = {}): string =>
  selector(name, { job: '=~"$alertmanager"', ...matchers });
