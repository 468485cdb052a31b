import { createBoundedCall } from '../base/bounded-call.js';
import { type JsonNode, JsonPath } from '../config/json-path.js';
import type { MetricMapping } from '../config/sections/mapping-options.js';
import { type Sample, type Series, seriesOf, setSeries } from '../metrics/definition.js';
import { createLabelReader, inSlices, type LabelReader, readNumber } from './mapping-values.js';

/** Maximum length of a place in a message. */
const maxPlaceLength = 100;

interface OfMetric {
  unusable: number;
  first: string;
  doubles: number;
  isTooDeep: boolean;
}

/**
 * Problems of a document, by metric.
 *
 * A notice names the metric, the first place, the kind of value there, and the number of problems. It never contains
 * text of the document: a key that the path does not name is shown as `*`.
 */
class Findings {
  readonly #metrics = new Map<string, OfMetric>();

  /** Records a value that cannot be used. `valuePath` is that of the mapping, relative to the node. */
  unusable(metric: string, path: JsonPath, { location }: JsonNode, valuePath: string, what: string): void {
    const entry = this.#of(metric);
    entry.unusable += 1;
    if (entry.first === '') entry.first = `value of ${placeOf(path, location)}${valuePath.slice(1)} is ${what}`;
  }

  /** Records a series that exists already. */
  double(metric: string): void {
    this.#of(metric).doubles += 1;
  }

  /** Records that the document is nested too deeply for a complete search. */
  tooDeep(metric: string): void {
    this.#of(metric).isTooDeep = true;
  }

  /** Number of values left out. */
  get rejectedValues(): number {
    let total = 0;
    for (const { unusable, doubles, isTooDeep } of this.#metrics.values())
      total += unusable + doubles + (isTooDeep ? 1 : 0);
    return total;
  }

  /** One line each, in the order of the metrics. */
  notices(): readonly string[] {
    return [...this.#metrics].flatMap(([metric, { unusable, first, doubles, isTooDeep }]) => [
      ...(unusable === 0
        ? []
        : [`${metric}: ${first}${unusable === 1 ? '' : `, and ${count(unusable - 1, 'more value')} cannot be used`}`]),
      ...(doubles === 0
        ? []
        : [`${metric}: ${count(doubles, 'series', 'series')} left out, because another series has the same labels`]),
      ...(isTooDeep ? [`${metric}: the document is nested too deeply, so deeper values are left out`] : []),
    ]);
  }

  #of(metric: string): OfMetric {
    const entry = this.#metrics.get(metric) ?? { unusable: 0, first: '', doubles: 0, isTooDeep: false };
    this.#metrics.set(metric, entry);
    return entry;
  }
}

/** `1 row`, `1,204 rows`. */
export function count(number: number, singular: string, plural = `${singular}s`): string {
  return `${number.toLocaleString('en')} ${number === 1 ? singular : plural}`;
}

function placeOf(path: JsonPath, location: JsonNode['location']): string {
  const parts = location.map((part) => {
    if (typeof part === 'number') return `[${part}]`;
    if (!path.names.has(part)) return '.*';
    return /^[A-Za-z_][A-Za-z0-9_]*$/.test(part) ? `.${part}` : `[${JSON.stringify(part)}]`;
  });
  const place = `$${parts.join('')}`;
  return place.length <= maxPlaceLength ? place : `${place.slice(0, maxPlaceLength)}…`;
}

/** The result for a document. */
export interface MappingResult {
  readonly samples: readonly Sample[];
  /** What was left out and why, one line each; see `Findings`. */
  readonly notices: readonly string[];
  /** Number of missing or unusable values, duplicates included. */
  readonly rejectedValues: number;
  /** Whether there were more than `maxSeries`. */
  readonly isTruncated: boolean;
}

/**
 * Converts a parsed JSON document to samples; other work gets turns meanwhile. Rejects with a `ProbeFailure` when a
 * path takes too long, even if others do not, and with the reason of `signal`.
 */
export type Mapping = (document: unknown, signal?: AbortSignal) => Promise<MappingResult>;

interface Compiled extends MetricMapping {
  readonly nodes: JsonPath;
  /** Absent for a count. */
  readonly valuePath?: JsonPath;
  readonly readLabels: LabelReader;
}

/**
 * Compiles mappings, in the order in which they are applied. All together give at most `maxSeries` series.
 *
 * Throws for an invalid JSONPath; the configuration checks this earlier. This module loads the JSONPath library, so
 * import it late.
 */
export function createMapping(
  mappings: readonly MetricMapping[],
  { maxSeries }: { readonly maxSeries: number },
): Mapping {
  const compiled = mappings.map(
    (mapping): Compiled => ({
      ...mapping,
      nodes: new JsonPath(mapping.path),
      ...(mapping.value.kind === 'count' ? {} : { valuePath: new JsonPath(mapping.value.path) }),
      readLabels: createLabelReader(mapping.labels),
    }),
  );
  const call = createBoundedCall();
  return async (document, signal) => {
    const run = new Run(document, maxSeries);
    for (const mapping of compiled) await inSlices(run.apply(mapping), call, signal);
    return run.result();
  };
}

/** Number of nodes with the labels of a series so far. */
interface Count {
  readonly series: Series;
  value: number;
}

/** Applies all mappings to one document. */
class Run {
  readonly #samples: Sample[] = [];
  readonly #taken = new Set<string>();
  readonly #findings = new Findings();
  #leftOut = 0;

  constructor(
    private readonly document: unknown,
    private readonly maxSeries: number,
  ) {}

  /** Handles one node per step. */
  *apply(mapping: Compiled): Generator<undefined, void> {
    const counts = new Map<string, Count>();
    const beyond = new Set<string>();
    try {
      for (const node of mapping.nodes.nodes(this.document)) {
        if (mapping.valuePath === undefined) this.#count(mapping, node, counts, beyond);
        else this.#value(mapping, mapping.valuePath, node);
        yield;
      }
      if (mapping.valuePath === undefined && counts.size + beyond.size === 0) this.#zero(mapping);
    } catch {
      // The library's own limit, or a full stack while two deeply nested values are compared.
      this.#findings.tooDeep(mapping.definition.name);
    }
    this.#leftOut += beyond.size;
    for (const { series, value } of counts.values()) this.#samples.push(setSeries(series, value));
  }

  result(): MappingResult {
    const notices = [...this.#findings.notices()];
    if (this.#leftOut > 0)
      notices.push(
        `${count(this.#leftOut, 'series', 'series')} more than the ${this.maxSeries.toLocaleString('en')} of max_series left out`,
      );
    return {
      samples: this.#samples,
      notices,
      rejectedValues: this.#findings.rejectedValues,
      isTruncated: this.#leftOut > 0,
    };
  }

  #value(mapping: Compiled, valuePath: JsonPath, node: JsonNode): void {
    // Values above the maximum are only counted.
    if (this.#samples.length >= this.maxSeries) return void (this.#leftOut += 1);
    const { name } = mapping.definition;
    const unusable = (what: string) => this.#findings.unusable(name, mapping.nodes, node, valuePath.text, what);
    const found = valuePath.only(node.value);
    if (typeof found === 'string') return unusable(found === 'missing' ? 'missing' : 'not one value but several');
    const value = readNumber(found.value, mapping);
    if (typeof value === 'string') return unusable(value);
    const series = seriesOf(mapping.definition, mapping.readLabels(node, this.document));
    if (this.#take(series)) this.#samples.push(setSeries(series, value));
    else this.#findings.double(name);
  }

  #count(mapping: Compiled, node: JsonNode, counts: Map<string, Count>, beyond: Set<string>): void {
    const series = seriesOf(mapping.definition, mapping.readLabels(node, this.document));
    const counted = counts.get(series.key);
    if (counted !== undefined) counted.value += 1;
    else if (this.#samples.length + counts.size >= this.maxSeries) beyond.add(series.key);
    else if (this.#take(series)) counts.set(series.key, { series, value: 1 });
    else this.#findings.double(mapping.definition.name);
  }

  /** Without nodes the count is 0, if their place exists and no label comes from them. */
  #zero(mapping: Compiled): void {
    if (![...mapping.labels.values()].every(({ kind }) => kind === 'text') || !mapping.nodes.hasPlace(this.document))
      return;
    if (this.#samples.length >= this.maxSeries) return void (this.#leftOut += 1);
    const series = seriesOf(mapping.definition, mapping.readLabels({ value: null, location: [] }, this.document));
    if (this.#take(series)) this.#samples.push(setSeries(series, 0));
  }

  #take({ definition, key }: Series): boolean {
    const id = `${definition.name}${key}`;
    return !this.#taken.has(id) && this.#taken.add(id) !== undefined;
  }
}
