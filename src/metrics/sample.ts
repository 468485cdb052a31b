import { type Definition, type Labels, type Series, seriesOf } from './definition.js';

/**
 * One statement about one series.
 *
 * `set`: the series has this value until the same collector's next run; it vanishes when that run does not repeat it.
 * `add`: the counter grows by this much; it starts at 0 and lives until its collector is configured away.
 * `observe`: the histogram takes one more observation; it lives as long as a counter.
 */
export interface Sample {
  readonly series: Series;
  readonly operation: 'set' | 'add' | 'observe';
  readonly value: number;
}

/** A gauge's value, or the total of a counter that is counted elsewhere (the kernel's, AI-CRM's). */
export function set<L extends string>(definition: Definition<L>, labels: Labels<L>, value: number): Sample {
  return { series: seriesOf(definition, labels), operation: 'set', value };
}

/** `set` for a series that is kept. */
export function setSeries(series: Series, value: number): Sample {
  return { series, operation: 'set', value };
}

/** Growth of a counter that is counted here; 0 makes the series visible before anything happened. */
export function addSeries(series: Series, value: number): Sample {
  return { series, operation: 'add', value };
}

/** One observation of a histogram, in its base unit. */
export function observeSeries(series: Series, value: number): Sample {
  return { series, operation: 'observe', value };
}
