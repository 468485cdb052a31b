import type { Definition, Series } from './definition.js';

/** A sample value as both exposition formats write it. */
export function formatValue(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

/**
 * A bucket bound as it stands in the `le` label. Whole numbers get a `.0`: OpenMetrics demands it, Prometheus 3 turns
 * every other spelling into it, and the same spelling in both formats keeps a histogram one histogram when a Prometheus
 * changes the format it asks for.
 */
export function formatBound(bound: number): string {
  return Number.isInteger(bound) ? `${bound}.0` : formatValue(bound);
}

/** One series as it stands in the exposition: its finished line, or lines. */
export interface Entry {
  readonly series: Series;
  /** Who set it last; only that collector's next run may drop it. */
  owner: string;
  /** The recorder's run that set it last; 0 for what is counted here and lives on without being set. */
  run: number;
  value: number;
  text: string;
}

interface HistogramEntry extends Entry {
  /** Per bucket, not cumulated; the last is the one up to +Inf. */
  readonly counts: number[];
  sum: number;
}

/** A series with its value, for `/api/metrics`. Histograms have their buckets by upper bound, cumulated. */
export interface SeriesSnapshot {
  readonly labels: Readonly<Record<string, string>>;
  readonly value?: number;
  readonly buckets?: Readonly<Record<string, number>>;
  readonly sum?: number;
  readonly count?: number;
}

/** Lines that are joined at once: together they are small enough to be garbage that costs nothing. */
const joinedLines = 256;

/**
 * All series of one metric family, kept as finished lines.
 *
 * A line is written when its value changes, and lines are put together when somebody asks for them, so a scrape costs little more
 * than joining strings.
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

  /** How many series there are; a histogram counts as one for each line it renders. */
  get size(): number {
    return this.#entries.size * (this.definition.type === 'histogram' ? this.#bounds.length + 3 : 1);
  }

  /** Gives a series this value, in this run of the recorder. */
  set(owner: string, run: number, series: Series, value: number): Entry {
    const entry = this.#entries.get(series.key);
    if (entry === undefined) return this.#insert({ series, owner, run, value, text: this.#line(series, value) });
    entry.owner = owner;
    entry.run = run;
    if (!Object.is(entry.value, value)) this.#update(entry, value);
    return entry;
  }

  /** Lets a counter grow; a negative amount is a mistake of the caller and is refused. */
  add(owner: string, series: Series, amount: number): void {
    if (!(amount >= 0)) throw new RangeError(`${this.definition.name}: a counter cannot grow by ${amount}`);
    const entry = this.#entries.get(series.key);
    if (entry === undefined) this.#insert({ series, owner, run: 0, value: amount, text: this.#line(series, amount) });
    else {
      entry.owner = owner;
      if (amount > 0) this.#update(entry, entry.value + amount);
    }
  }

  /** Puts an observation into its bucket; NaN is no observation and is passed over. */
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

  /** Removes a series, if `owner` is still the one that set it last. */
  drop(owner: string, key: string): void {
    if (this.#entries.get(key)?.owner !== owner || !this.#entries.delete(key)) return;
    this.#ordered = undefined;
  }

  /** Removes every series whose owner is not among those named. */
  retain(owners: ReadonlySet<string>): void {
    for (const [key, entry] of this.#entries) if (!owners.has(entry.owner)) this.drop(entry.owner, key);
  }

  /**
   * Adds bucket bounds to those of the definition. When that changes the bounds in force, the family starts again from
   * nothing, which Prometheus takes for a counter reset; observations cannot be sorted into other buckets afterwards.
   */
  useBounds(extra: readonly number[]): void {
    const bounds = [...new Set([...(this.definition.buckets ?? []), ...extra])].sort((a, b) => a - b);
    if (bounds.length === this.#bounds.length && bounds.every((bound, i) => bound === this.#bounds[i])) return;
    this.#bounds = bounds;
    this.#boundLabels = bounds.map(formatBound);
    this.#entries.clear();
    this.#ordered = undefined;
  }

  /** The sample lines of all series in the order of their labels, some at a time, without HELP and TYPE. */
  *texts(): Iterable<string> {
    const entries = this.#inOrder();
    for (let from = 0; from < entries.length; from += joinedLines)
      yield entries
        .slice(from, from + joinedLines)
        .map((entry) => entry.text)
        .join('');
  }

  /** Every series with its value, in the order of the text. */
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

  /** Joined and not added up: V8 keeps a sum of strings as a tree of its parts, which is several times the line's size. */
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
