import { isDeepStrictEqual } from 'node:util';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { type Definition, escapeLabelValue, type Sample } from './definition.js';
import { closing, contentTypes, type Exposition, type ExpositionFormat, heading } from './exposition.js';
import { type Entry, Family, formatBound, formatValue, type SeriesSnapshot } from './family.js';

/** Extra memory, so that a slightly longer exposition needs no second copy. */
const spareBytes = 16 * 1024;

/** Expositions that are usually sent at the same time, because there are often two Prometheus servers. */
const keptMemories = 2;

/**
 * Joins texts as UTF-8. A joined string would be copied twice on its way to a client, and the heap keeps the memory:
 * seven MiB each for a thousand components.
 */
export class TextBytes {
  #bytes: Buffer;
  #length = 0;

  /** Writes into this memory from its start, or makes memory for about this number of bytes. */
  constructor(memory: Buffer | number) {
    this.#bytes = typeof memory === 'number' ? Buffer.allocUnsafeSlow(memory + spareBytes) : memory;
  }

  /** The memory in use. It changes when a larger one is needed. */
  get memory(): Buffer {
    return this.#bytes;
  }

  add(text: string): void {
    // A character takes at most three bytes of UTF-8. The exact length is computed only if that may be too much.
    if (this.#length + 3 * text.length > this.#bytes.length) this.#makeRoom(this.#length + Buffer.byteLength(text));
    this.#length += this.#bytes.write(text, this.#length);
  }

  /** All bytes so far. Later texts are not in the result. */
  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  #makeRoom(neededBytes: number): void {
    if (neededBytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(neededBytes + spareBytes, 2 * this.#bytes.length));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

/**
 * A timer fills these families a hundred times a second. With the default configuration it takes ten times the CPU of
 * everything else. `nodejs_eventloop_lag_seconds` stays, because it is measured at each scrape.
 */
const sampledByTimer = ['min', 'max', 'mean', 'stddev', 'p50', 'p90', 'p99'].map(
  (part) => `nodejs_eventloop_lag_${part}_seconds`,
);

/** Gauges with names of counters, which promtool refuses. Each is the sum of the family without `_total`. */
const misnamed = ['handles', 'requests', 'resources'].map((what) => `nodejs_active_${what}_total`);

/** The timer cannot be left out, so it gets the longest possible interval, 24 days. */
const neverMilliseconds = 2 ** 31 - 1;

/** A registry with the `process_*` and `nodejs_*` families of prom-client, without those that are misnamed or too expensive. */
function processRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: neverMilliseconds });
  for (const name of [...sampledByTimer, ...misnamed]) registry.removeSingleMetric(name);
  return registry;
}

/** Renders these families in either format. prom-client needs a separate registry for each format. */
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

/** A family with its series, for `/api/metrics`. */
export interface FamilySnapshot {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly series: readonly SeriesSnapshot[];
}

/** Reads single families without rendering all. */
export interface Figures {
  /** Whether a family of this name has series. */
  has(name: string): boolean;
  /** The series of a family in the order of their labels; empty if there are none. */
  series(definition: { readonly name: string }): readonly SeriesSnapshot[];
}

/**
 * Keeps every series between scrapes and renders them.
 *
 * The series of collectors are finished lines (`family.ts`). prom-client takes tens of milliseconds to render 10,000
 * series and blocks the event loop meanwhile. So only the `process_*` and `nodejs_*` families come from it.
 */
export class Recorder implements Figures {
  readonly #families: Map<string, Family>;
  readonly #fixed: ReadonlySet<string>;
  readonly #setBy = new Map<string, readonly Entry[]>();
  #runs = 0;
  #lastBytes = 0;
  /**
   * Memory of expositions that were sent, for later ones. V8 does not count this memory, so it would collect it late:
   * with a thousand components, new memory for each scrape is 60 MiB of garbage.
   */
  readonly #memories: Buffer[] = [];
  readonly #own: Registry | undefined;

  constructor(definitions: readonly Definition[], options: { readonly processMetrics: boolean }) {
    this.#families = new Map(definitions.map((definition) => [definition.name, new Family(definition)]));
    this.#fixed = new Set(this.#families.keys());
    if (options.processMetrics) this.#own = processRegistry();
  }

  /**
   * Replaces the metrics that a configuration defines. A family with an unchanged definition keeps its series. Throws
   * for a name of the catalogue; the configuration must be checked for that before.
   */
  define(definitions: readonly Definition[]): void {
    const wanted = new Map(definitions.map((definition) => [definition.name, definition]));
    for (const [name, { definition }] of this.#families) {
      if (!this.#fixed.has(name) && !isDeepStrictEqual(wanted.get(name), definition)) this.#families.delete(name);
    }
    for (const [name, definition] of wanted) {
      if (this.#fixed.has(name)) throw new Error(`metric ${name} is in the catalogue`);
      if (!this.#families.has(name)) this.#families.set(name, new Family(definition));
    }
  }

  /**
   * Records the samples of a run of `owner`. Removes gauges that its previous run set and this one does not. Counters
   * and histograms stay. Throws for an unknown family, which is a mistake in the program.
   */
  record(owner: string, samples: readonly Sample[]): void {
    const run = ++this.#runs;
    const setNow: Entry[] = [];
    for (const { series, operation, value } of samples) {
      const family = this.#family(series.definition);
      if (operation === 'set') setNow.push(family.set(owner, run, series, value));
      else family[operation](owner, series, value);
    }
    for (const entry of this.#setBy.get(owner) ?? []) {
      if (entry.run !== run) this.#families.get(entry.series.definition.name)?.drop(owner, entry.series.key);
    }
    this.#setBy.set(owner, setNow);
  }

  /** Records only the counters and histograms of a run. Every gauge of its owner stays as it is, and `set` is ignored. */
  count(owner: string, samples: readonly Sample[]): void {
    for (const { series, operation, value } of samples) {
      if (operation !== 'set') this.#family(series.definition)[operation](owner, series, value);
    }
  }

  /** Removes all series of other owners, also counters, because these owners are no longer configured. */
  retain(owners: ReadonlySet<string>): void {
    for (const family of this.#families.values()) family.retain(owners);
    for (const owner of this.#setBy.keys()) if (!owners.has(owner)) this.#setBy.delete(owner);
  }

  /** Adds bucket bounds to a histogram; see `Family.useBounds`. */
  useBounds(definition: Definition, bounds: readonly number[]): void {
    this.#family(definition).useBounds(bounds);
  }

  /** Number of sample lines, without `process_*` and `nodejs_*`. */
  get size(): number {
    let total = 0;
    for (const family of this.#families.values()) total += family.size;
    return total;
  }

  has(name: string): boolean {
    return (this.#families.get(name)?.size ?? 0) > 0;
  }

  series({ name }: { readonly name: string }): readonly SeriesSnapshot[] {
    return this.#families.get(name)?.snapshot() ?? [];
  }

  /** The whole exposition. Does not wait for probes. */
  async render(format: ExpositionFormat): Promise<Exposition> {
    const ofProcess = this.#own === undefined ? '' : await renderProcessMetrics(this.#own, format);
    const text = new TextBytes(this.#memories.pop() ?? this.#lastBytes);
    this.#writeOwn(format, (part) => text.add(part));
    text.add(ofProcess);
    text.add(closing(format));
    const body = text.bytes();
    this.#lastBytes = body.length;
    let { memory } = text;
    const release = () => {
      if (this.#memories.length < keptMemories && memory.length > 0) this.#memories.push(memory);
      memory = Buffer.alloc(0);
    };
    return { body, contentType: contentTypes[format], release };
  }

  /** All families except `process_*` and `nodejs_*`, without an end mark. */
  renderOwn(format: ExpositionFormat): string {
    let text = '';
    this.#writeOwn(format, (part) => (text += part));
    return text;
  }

  /** Every family that has series. */
  snapshot(): readonly FamilySnapshot[] {
    return [...this.#families.values()]
      .map((family) => {
        const { name, type, help } = family.definition;
        return { name, type, help, series: family.snapshot() };
      })
      .filter(({ series }) => series.length > 0);
  }

  #writeOwn(format: ExpositionFormat, write: (part: string) => void): void {
    for (const family of this.#families.values()) {
      if (family.size === 0) continue;
      write(heading(family.definition, format));
      for (const lines of family.texts()) write(lines);
    }
  }

  #family(definition: Definition): Family {
    const family = this.#families.get(definition.name);
    if (family === undefined) throw new Error(`metric ${definition.name} is not in the catalogue`);
    return family;
  }
}
