import { type Matchers, selector } from './selector.js';

/** Series of the chosen Prometheus. */
export const selectPrometheus = (name: `prometheus_${string}`, matchers: Matchers = {}): string =>
  selector(name, { job: '=~"$prometheus"', ...matchers });

/** Series of the chosen Alertmanager. In a cluster one member sends each notification, so a sum counts it once. */
export const selectAlertmanager = (name: `alertmanager_${string}`, matchers: Matchers = {}): string =>
  selector(name, { job: '=~"$alertmanager"', ...matchers });
