import { printable } from '../base/text.js';

/** The Prometheus types in use. State sets and infos are gauges, because the text format has no types for them. */
export type MetricType = 'gauge' | 'counter' | 'histogram';

/** A section of `docs/metrics.md`. `configured` is a metric that a configuration adds; it is not in the catalogue. */
export type Area =
  | 'component'
  | 'host'
  | 'agents'
  | 'business'
  | 'transaction'
  | 'heartbeat'
  | 'source'
  | 'threshold'
  | 'collector'
  | 'exporter'
  | 'configured';

/** Label names and values of one series. A missing name means no such label. */
export type Labels<L extends string = string> = Readonly<Partial<Record<L, string>>>;

/**
 * One metric family. The recorder, the documentation, the tests of rules and the boards use this definition, so the
 * compiler finds every use of a renamed metric.
 */
export interface Definition<L extends string = string> {
  readonly name: string;
  readonly type: MetricType;
  readonly area: Area;
  /** One sentence: what, unit, when it is absent. */
  readonly help: string;
  /** Label names in the order of the exposition. */
  readonly labels: readonly L[];
  /** All permitted values of a label, if their number is limited. */
  readonly values?: Readonly<Partial<Record<L, readonly string[]>>>;
  /** Upper bounds of the buckets. The recorder adds the thresholds in use. */
  readonly buckets?: readonly number[];
}

type Values<L extends string> = Readonly<Partial<Record<L, readonly string[]>>>;

/**
 * Functions that define the families of one area. Their arguments are name, help (one sentence: what, unit, when it is
 * absent), labels in the order of the exposition, permitted values of labels, and buckets. `all` has every family in
 * the order of definition.
 */
export function definitionsOf(area: Area) {
  const all: Definition[] = [];
  const definer =
    (type: MetricType) =>
    <const L extends string = never>(
      name: string,
      help: string,
      labels: readonly L[] = [],
      more: { readonly values?: Values<L>; readonly buckets?: readonly number[] } = {},
    ): Definition<L> => {
      const definition = { name, type, area, help, labels, ...more };
      all.push(definition as Definition);
      return definition;
    };
  return {
    gauge: definer('gauge'),
    counter: definer('counter'),
    histogram: definer('histogram'),
    all: all as readonly Definition[],
  };
}

/**
 * One series of a family. It is made once and used for many samples. `key` is the label part of its line, such as
 * `{component="backend"}`, or empty.
 */
export interface Series {
  readonly definition: Definition;
  readonly labels: Labels;
  readonly key: string;
}

/** Makes the series of `definition` with these labels. Keep it to use it again. */
export function seriesOf<L extends string>(definition: Definition<L>, labels: Labels<L>): Series {
  return { definition, labels, key: renderLabels(definition.labels, labels) };
}

function renderLabels<L extends string>(names: readonly L[], labels: Labels<L>): string {
  const parts: string[] = [];
  for (const name of names) {
    const value = labels[name];
    if (value !== undefined && value !== '')
      parts.push(parts.length === 0 ? '{' : ',', name, '="', escapeLabelValue(value), '"');
  }
  if (parts.length > 0) parts.push('}');
  // Joined, because V8 keeps strings that were added with `+` as a tree of their parts.
  return parts.join('');
}

/** Escapes a label value for both exposition formats. U+FFFD replaces unprintable characters. */
export function escapeLabelValue(value: string): string {
  return printable(value).replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`));
}

/**
 * A change of one series.
 *
 * `set`: the value until the next run of the same collector. The series disappears if that run does not set it.
 * `add`: the counter increases by this value. It starts at 0 and stays as long as its collector is configured.
 * `observe`: one observation of the histogram, which stays as long as a counter does.
 */
export interface Sample {
  readonly series: Series;
  readonly operation: 'set' | 'add' | 'observe';
  readonly value: number;
}

/** The value of a gauge, or the total of a counter that the kernel or AI-CRM counts. */
export function set<L extends string>(definition: Definition<L>, labels: Labels<L>, value: number): Sample {
  return { series: seriesOf(definition, labels), operation: 'set', value };
}

/** `set` for an existing series. */
export function setSeries(series: Series, value: number): Sample {
  return { series, operation: 'set', value };
}

/** Increase of a counter that the exporter counts. 0 makes the series visible before the first event. */
export function addSeries(series: Series, value: number): Sample {
  return { series, operation: 'add', value };
}

/** One observation of a histogram, in its base unit. */
export function observeSeries(series: Series, value: number): Sample {
  return { series, operation: 'observe', value };
}
