import type { JsonNode, JsonPath } from '../../config/json-path.js';

/** A longer place is cut: it is for people, on one line. */
const maxPlaceLength = 100;

interface OfMetric {
  unusable: number;
  first: string;
  doubles: number;
  isTooDeep: boolean;
}

/**
 * What went wrong while a document was mapped, metric by metric.
 *
 * A notice names the metric, the first place and the kind of thing found there, and how often; never a text of the other
 * side: a key that the path does not write itself is `*`.
 */
export class Findings {
  readonly #metrics = new Map<string, OfMetric>();

  /** A value is not what it has to be. `valuePath` is that of the mapping, behind the node. */
  unusable(metric: string, path: JsonPath, { location }: JsonNode, valuePath: string, what: string): void {
    const entry = this.#of(metric);
    entry.unusable += 1;
    if (entry.first === '') entry.first = `value of ${placeOf(path, location)}${valuePath.slice(1)} is ${what}`;
  }

  /** A series is there already. */
  double(metric: string): void {
    this.#of(metric).doubles += 1;
  }

  /** The document is nested too deeply to be searched to its end. */
  tooDeep(metric: string): void {
    this.#of(metric).isTooDeep = true;
  }

  /** How many values were left out. */
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
        : [`${metric}: ${count(doubles, 'series', 'series')} left out, the labels are those of another`]),
      ...(isTooDeep ? [`${metric}: the document is nested too deeply, what is below is left out`] : []),
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
