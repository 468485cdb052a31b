import type { Definition, Series } from './definition.js';

/** The value of a sample in both formats. */
export function formatValue(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

/**
 * A bucket bound for the label `le`. Whole numbers get a `.0`, because OpenMetrics demands it and Prometheus 3 writes
 * it so. Both formats use the same form. So a histogram stays the same when Prometheus requests the other format.
 */
export function formatBound(bound: number): string {
  return Number.isInteger(bound) ? `${bound}.0` : formatValue(bound);
}

/** One series with its finished line, or lines, of the exposition. */
export interface Entry {
  readonly series: Series;
  /** The collector that set it last. Only the next run of this collector may remove it. */
  owner: string;
  /** The run of the recorder that set it last; 0 for counters and histograms of the exporter, which stay without being set. */
  run: number;
  value: number;
  text: string;
}

interface HistogramEntry extends Entry {
  /** Count of each bucket, not cumulated. The last bucket goes up to +Inf. */
  readonly counts: number[];
  sum: number;
}

/** A series with its value for `/api/metrics`. Buckets are cumulated, by upper bound. */
export interface SeriesSnapshot {
  readonly labels: Readonly<Record<string, string>>;
  readonly value?: number;
  readonly buckets?: Readonly<Record<string, number>>;
  readonly sum?: number;
  readonly count?: number;
}

/** Number of lines in one string. The garbage collector frees strings of this size at almost no cost. */
const joinedLines = 256;

/**
 * All series of one metric family.
 *
 * A line is rendered when its value changes. So a scrape only joins strings.
 */
export class Family {
  readonly #entries = new Map<string, Entry>();
  #bounds: readonly number[];
  #boundLabels: readonly string[];
  #ordered: Entry[] | undefined;

  constructor(readonly definition: Definition) {
    this.#bounds = definition.buckets ?? [];
    this.#boundLabels = this.#bounds.map(formatBound);
  }

  /** Number of sample lines: one for each series, several for a histogram. */
  get size(): number {
    return this.#entries.size * (this.definition.type === 'histogram' ? this.#bounds.length + 3 : 1);
  }

  /** Sets the value of a series in this run of the recorder. */
  set(owner: string, run: number, series: Series, value: number): Entry {
    const entry = this.#entries.get(series.key);
    if (entry === undefined) return this.#insert({ series, owner, run, value, text: this.#line(series, value) });
    entry.owner = owner;
    entry.run = run;
    if (!Object.is(entry.value, value)) this.#update(entry, value);
    return entry;
  }

  /** Increases a counter. Throws `RangeError` for a negative amount, which is a mistake of the caller. */
  add(owner: string, series: Series, amount: number): void {
    if (!(amount >= 0)) throw new RangeError(`${this.definition.name}: a counter cannot grow by ${amount}`);
    const entry = this.#entries.get(series.key);
    if (entry === undefined) this.#insert({ series, owner, run: 0, value: amount, text: this.#line(series, amount) });
    else {
      entry.owner = owner;
      if (amount > 0) this.#update(entry, entry.value + amount);
    }
  }

  /** Counts an observation in its bucket. NaN is ignored. */
  observe(owner: string, series: Series, value: number): void {
    if (Number.isNaN(value)) return;
    let entry = this.#entries.get(series.key) as HistogramEntry | undefined;
    if (entry === undefined) {
      const counts = new Array<number>(this.#bounds.length + 1).fill(0);
      entry = { series, owner, run: 0, value: 0, text: '', counts, sum: 0 };
      this.#insert(entry);
    }
    entry.owner = owner;
    const found = this.#bounds.findIndex((bound) => value <= bound);
    const bucket = found === -1 ? this.#bounds.length : found;
    entry.counts[bucket] = (entry.counts[bucket] ?? 0) + 1;
    entry.value += 1;
    entry.sum += value;
    entry.text = this.#histogramLines(entry);
  }

  /** Removes a series if `owner` set it last. */
  drop(owner: string, key: string): void {
    if (this.#entries.get(key)?.owner !== owner || !this.#entries.delete(key)) return;
    this.#ordered = undefined;
  }

  /** Removes every series of other owners. */
  retain(owners: ReadonlySet<string>): void {
    for (const [key, entry] of this.#entries) if (!owners.has(entry.owner)) this.drop(entry.owner, key);
  }

  /**
   * Adds bucket bounds to those of the definition. If the bounds change, all series start again at 0, which Prometheus
   * treats as a counter reset: old observations cannot be sorted into new buckets.
   */
  useBounds(extra: readonly number[]): void {
    const bounds = [...new Set([...(this.definition.buckets ?? []), ...extra])].sort((a, b) => a - b);
    if (bounds.length === this.#bounds.length && bounds.every((bound, i) => bound === this.#bounds[i])) return;
    this.#bounds = bounds;
    this.#boundLabels = bounds.map(formatBound);
    this.#entries.clear();
    this.#ordered = undefined;
  }

  /** The lines of all samples in the order of their labels, some at a time, without HELP and TYPE. */
  *texts(): Iterable<string> {
    const entries = this.#inOrder();
    for (let from = 0; from < entries.length; from += joinedLines)
      yield entries
        .slice(from, from + joinedLines)
        .map((entry) => entry.text)
        .join('');
  }

  /** Every series with its value, in the same order as the text. */
  snapshot(): readonly SeriesSnapshot[] {
    return this.#inOrder().map((entry) => {
      const labels = Object.fromEntries(
        Object.entries(entry.series.labels).filter(([, value]) => value !== undefined),
      ) as Record<string, string>;
      if (!isHistogram(entry)) return { labels, value: entry.value };
      let total = 0;
      const buckets: Record<string, number> = {};
      entry.counts.forEach((count, i) => (buckets[this.#boundLabels[i] ?? '+Inf'] = total += count));
      return { labels, buckets, sum: entry.sum, count: entry.value };
    });
  }

  #insert(entry: Entry): Entry {
    this.#entries.set(entry.series.key, entry);
    this.#ordered = undefined;
    return entry;
  }

  #update(entry: Entry, value: number): void {
    entry.value = value;
    entry.text = this.#line(entry.series, value);
  }

  /** Joined, because V8 keeps strings that were added with `+` as a tree of their parts, which is several times as large. */
  #line(series: Series, value: number): string {
    return [this.definition.name, series.key, ' ', formatValue(value), '\n'].join('');
  }

  #histogramLines(entry: HistogramEntry): string {
    const { name } = this.definition;
    const { key } = entry.series;
    const opening = key === '' ? '{' : `${key.slice(0, -1)},`;
    let total = 0;
    const pieces: string[] = [];
    for (let i = 0; i < entry.counts.length; i++) {
      total += entry.counts[i] ?? 0;
      pieces.push(name, '_bucket', opening, 'le="', this.#boundLabels[i] ?? '+Inf', '"} ', String(total), '\n');
    }
    pieces.push(
      name,
      '_sum',
      key,
      ' ',
      formatValue(entry.sum),
      '\n',
      name,
      '_count',
      key,
      ' ',
      String(entry.value),
      '\n',
    );
    return pieces.join('');
  }

  #inOrder(): readonly Entry[] {
    this.#ordered ??= [...this.#entries.values()].sort((a, b) => (a.series.key < b.series.key ? -1 : 1));
    return this.#ordered;
  }
}

function isHistogram(entry: Entry): entry is HistogramEntry {
  return 'counts' in entry;
}
