import { isDeepStrictEqual } from 'node:util';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { type Definition, escapeLabelValue, type Sample } from './definition.js';
import { closing, contentTypes, type Exposition, type ExpositionFormat, heading } from './exposition.js';
import { type Entry, Family, formatBound, formatValue, type SeriesSnapshot } from './family.js';

/** What an exposition may take more than the one before it without another copy. */
const spareBytes = 16 * 1024;

/** How many expositions are sent at the same time, mostly: two Prometheus servers. */
const keptMemories = 2;

/**
 * Texts put together as UTF-8. Added up as a string they would be copied twice on their way to a client, through a heap
 * that keeps room for it from then on: seven MiB each for a thousand components.
 */
export class TextBytes {
  #bytes: Buffer;
  #length = 0;

  /** Begins in this memory, whatever is in it, or makes room for about so many bytes. */
  constructor(memory: Buffer | number) {
    this.#bytes = typeof memory === 'number' ? Buffer.allocUnsafeSlow(memory + spareBytes) : memory;
  }

  /** Where the bytes are now. */
  get memory(): Buffer {
    return this.#bytes;
  }

  add(text: string): void {
    // The most that UTF-8 needs for a character of a string; counted exactly only where that might not fit.
    if (this.#length + 3 * text.length > this.#bytes.length) this.#makeRoom(this.#length + Buffer.byteLength(text));
    this.#length += this.#bytes.write(text, this.#length);
  }

  /** Everything so far; what is added later is not in it. */
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
function processRegistry(): Registry {
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

/** A family with its series, for `/api/metrics`. */
export interface FamilySnapshot {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly series: readonly SeriesSnapshot[];
}

/** What is known now of single families, without a rendering of them all. */
export interface Figures {
  /** Whether a family has series, by its name. */
  has(name: string): boolean;
  /** The series of a family, in the order of their labels; none when it has none. */
  series(definition: { readonly name: string }): readonly SeriesSnapshot[];
}

/**
 * Holds every series between two scrapes and renders them.
 *
 * Collectors' series live in prepared lines (`family.ts`): rendering 10,000 of them through prom-client blocks the event
 * loop for tens of milliseconds, here it is a join. prom-client contributes what it is best at, the `process_*` and
 * `nodejs_*` families of this process.
 */
export class Recorder implements Figures {
  readonly #families: Map<string, Family>;
  readonly #fixed: ReadonlySet<string>;
  readonly #setBy = new Map<string, readonly Entry[]>();
  #runs = 0;
  #lastBytes = 0;
  /**
   * Where expositions were that have been sent. V8 does not see how large it is, and would collect it late: a new one for each scrape
   * of a thousand components is 60 MiB of garbage.
   */
  readonly #memories: Buffer[] = [];
  readonly #own: Registry | undefined;

  constructor(definitions: readonly Definition[], options: { readonly processMetrics: boolean }) {
    this.#families = new Map(definitions.map((definition) => [definition.name, new Family(definition)]));
    this.#fixed = new Set(this.#families.keys());
    if (options.processMetrics) this.#own = processRegistry();
  }

  /**
   * Makes room for the metrics that a configuration defines itself, and forgets those of the one before. A family whose
   * definition is the same keeps its series. Throws for a name of the catalogue: the configuration has to be checked for that.
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
   * Takes over what a run of `owner` brought. Series that its previous run had set and this one does not are dropped;
   * counters and histograms stay. Throws for a family that is not in the catalogue: a mistake in the program.
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

  /** Takes over what a run counted, and leaves every gauge of its owner as it is; what is `set` is passed over. */
  count(owner: string, samples: readonly Sample[]): void {
    for (const { series, operation, value } of samples) {
      if (operation !== 'set') this.#family(series.definition)[operation](owner, series, value);
    }
  }

  /** Drops everything of owners that are not named, counters included: they are no longer configured. */
  retain(owners: ReadonlySet<string>): void {
    for (const family of this.#families.values()) family.retain(owners);
    for (const owner of this.#setBy.keys()) if (!owners.has(owner)) this.#setBy.delete(owner);
  }

  /** Makes the buckets of a histogram contain these bounds; see `Family.useBounds`. */
  useBounds(definition: Definition, bounds: readonly number[]): void {
    this.#family(definition).useBounds(bounds);
  }

  /** How many series of the exporter's own making there are. */
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

  /** The whole exposition. Never waits for a probe. */
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

  /** The exposition of the catalogue's families alone, without an end mark. */
  renderOwn(format: ExpositionFormat): string {
    let text = '';
    this.#writeOwn(format, (part) => (text += part));
    return text;
  }

  /** Every family that has series, with them. */
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
