import { printable } from '../base/text.js';

/** The Prometheus types this exporter uses; state sets and infos are gauges, as the text format has no others. */
export type MetricType = 'gauge' | 'counter' | 'histogram';

/** The part of the product a metric belongs to; `docs/metrics.md` has a section for each. `configured`: a user's own metric, not in the catalogue. */
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

/** Label names and values of one series; a name that is left out counts as absent. */
export type Labels<L extends string = string> = Readonly<Partial<Record<L, string>>>;

/**
 * What one metric family is. Definitions are data: the recorder, the documentation, the rules' tests and the boards read
 * the same list, so that a renamed metric breaks the compile and not the user.
 */
export interface Definition<L extends string = string> {
  readonly name: string;
  readonly type: MetricType;
  readonly area: Area;
  /** One sentence: what, unit, and when it is absent. */
  readonly help: string;
  /** Label names in the order in which they are rendered. */
  readonly labels: readonly L[];
  /** The closed set of values of a label that has one. */
  readonly values?: Readonly<Partial<Record<L, readonly string[]>>>;
  /** Upper bounds of a histogram's buckets, before those of the thresholds in use are added. */
  readonly buckets?: readonly number[];
}

type Values<L extends string> = Readonly<Partial<Record<L, readonly string[]>>>;

/**
 * How the families of one area are defined: name, help (one sentence: what, unit, and when it is absent), labels in the order in which
 * they are rendered, the closed sets of their values, the buckets of a histogram. `all` has every one of them in the order of definition.
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
 * One series of a family, ready to be written: made once, sampled many times.
 * `key` is the label part as it is rendered, `{component="backend"}`, or empty.
 */
export interface Series {
  readonly definition: Definition;
  readonly labels: Labels;
  readonly key: string;
}

/** Names the series of `definition` with these labels. The result may be kept and sampled again and again. */
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
  // Joined and not added up: V8 keeps a sum of strings as a tree of its parts.
  return parts.join('');
}

/** Escapes a label value as both exposition formats demand; what is not to be read becomes U+FFFD, whoever it comes from. */
export function escapeLabelValue(value: string): string {
  return printable(value).replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`));
}

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
