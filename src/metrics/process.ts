import { collectDefaultMetrics, Registry } from 'prom-client';
import { escapeLabelValue } from './definition.js';
import { type ExpositionFormat, heading } from './exposition.js';
import { formatBound, formatValue } from './number-format.js';

/**
 * Families fed by a timer that wakes the process a hundred times a second, ten times the CPU of all else together at the
 * default configuration. `nodejs_eventloop_lag_seconds`, measured at each scrape, stays.
 */
const sampledByTimer = ['min', 'max', 'mean', 'stddev', 'p50', 'p90', 'p99'].map(
  (part) => `nodejs_eventloop_lag_${part}_seconds`,
);

/** Gauges that are named like counters, which promtool rightly minds; each is the sum of the family without `_total`. */
const misnamed = ['handles', 'requests', 'resources'].map((what) => `nodejs_active_${what}_total`);

/** The timer cannot be left out, so it gets the longest interval it takes: 24 days. */
const neverMilliseconds = 2 ** 31 - 1;

/** A registry with prom-client's `process_*` and `nodejs_*` families, without the misnamed and those that cost more than they tell. */
export function processRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: neverMilliseconds });
  for (const name of [...sampledByTimer, ...misnamed]) registry.removeSingleMetric(name);
  return registry;
}

/** Renders these families in either format; prom-client itself would need a registry of its own for each. */
export async function renderProcessMetrics(registry: Registry, format: ExpositionFormat): Promise<string> {
  let text = '';
  for (const family of await registry.getMetricsAsJSON()) {
    text += heading({ ...family, type: String(family.type) }, format);
    for (const { value, labels, ...rest } of family.values) {
      const name = 'metricName' in rest && typeof rest.metricName === 'string' ? rest.metricName : family.name;
      const pairs = Object.entries(labels).map(([key, label]) => `${key}="${escapeLabelValue(labelText(key, label))}"`);
      text += `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${formatValue(value)}\n`;
    }
  }
  return text;
}

function labelText(name: string, value: string | number | undefined): string {
  return name === 'le' && typeof value === 'number' ? formatBound(value) : String(value);
}
