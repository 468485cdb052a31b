import { createBoundedCall } from '../../bounded-call.js';
import { type JsonNode, JsonPath } from '../../config/json-path.js';
import type { MetricMapping } from '../../config/mapping.js';
import { type Series, seriesOf } from '../../metrics/definition.js';
import { type Sample, setSeries } from '../../metrics/sample.js';
import { count, Findings } from './findings.js';
import { createLabelReader, type LabelReader } from './label.js';
import { inSlices } from './slices.js';
import { readNumber } from './value.js';

/** What became of a document. */
export interface MappingResult {
  readonly samples: readonly Sample[];
  /** What was left out and why, one line each; see `Findings`. */
  readonly notices: readonly string[];
  /** Values that were missing or unusable, doubles included. */
  readonly rejectedValues: number;
  /** Whether there were more than `maxSeries`. */
  readonly isTruncated: boolean;
}

/**
 * Makes samples of a parsed JSON document, letting others have their turns meanwhile. Rejects with a `ProbeFailure` when the
 * document keeps a path busy for too long, whatever else is in it, and with the reason of `signal` when that is aborted.
 */
export type Mapping = (document: unknown, signal?: AbortSignal) => Promise<MappingResult>;

interface Compiled extends MetricMapping {
  readonly nodes: JsonPath;
  /** Absent for a count. */
  readonly valuePath?: JsonPath;
  readonly readLabels: LabelReader;
}

/**
 * Compiles mappings, in the order in which they are applied. Of all of them together no more than `maxSeries` series are taken.
 *
 * Throws for a path that is no JSONPath: the configuration has to be checked for that. This module loads the JSONPath
 * library: import it late.
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

/** How many nodes have the labels of a series so far. */
interface Count {
  readonly series: Series;
  value: number;
}

/** The way of one document through the mappings. */
class Run {
  readonly #samples: Sample[] = [];
  readonly #taken = new Set<string>();
  readonly #findings = new Findings();
  #leftOut = 0;

  constructor(
    private readonly document: unknown,
    private readonly maxSeries: number,
  ) {}

  /** Node by node. */
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
      // The library's own limit, or the end of the stack in a comparison of two deeply nested values.
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
    // What has no room is not even looked at: its number is all that is told.
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

  /** None of something is 0, provided that the place where it would be is there, and no label would have come from it. */
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
