import type { Clock } from '../base/clock.js';
import { ExporterError, messageOf } from '../base/errors.js';
import type { Collected, Collector } from '../collector.js';
import { type Sample, type Series, seriesOf, setSeries } from '../metrics/definition.js';
import {
  collectorDuration,
  collectorInterval,
  collectorLastRun,
  collectorSuccess,
} from '../metrics/exporter-metrics.js';

/** Lets so many things happen at once and keeps the rest waiting, first come first served. */
export class Limiter {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(private readonly limit: number) {}

  /** How many wait for a place now. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Starts `task` as soon as there is a place, which is at once if there is one now. `task` calls back when it has ended. */
  start(task: (ended: () => void) => void): void {
    if (this.#running >= this.limit) {
      this.#waiting.push(() => this.#run(task));
      return;
    }
    this.#run(task);
  }

  /** Forgets everything that has not been started. */
  clear(): void {
    this.#waiting.length = 0;
  }

  #run(task: (ended: () => void) => void): void {
    this.#running += 1;
    let hasEnded = false;
    task(() => {
      if (hasEnded) return;
      hasEnded = true;
      this.#running -= 1;
      this.#waiting.shift()?.();
    });
  }
}

interface Run {
  /** The collector's name. */
  readonly collector: string;
  readonly endedAtSeconds: number;
  readonly durationSeconds: number;
  readonly intervalSeconds: number;
}

/** How one run of a collector went. */
export type RunResult = Run &
  ({ readonly success: true; readonly collected: Collected } | { readonly success: false; readonly error: string });

/** How long a collector may take to give in after its deadline before its run is called failed. */
const graceSeconds = 1;

/** A deadline that comes this much late was noticed together with all that had happened before it. */
const lateSeconds = 0.1;

/** A run under way. */
export interface RunUnderWay {
  /** Never rejects: what the collector throws becomes a failed result. */
  readonly result: Promise<RunResult>;
  /**
   * Resolves when the collector has really ended, which for one that ignores its deadline is later than the result; until
   * then it must not be started again.
   */
  readonly settled: Promise<void>;
  /** Ends the run before its deadline. */
  abort(reason: Error): void;
}

/** Runs a collector once, with its deadline. */
export function runOnce(collector: Collector, clock: Clock): RunUnderWay {
  const startedAt = clock.monotonicSeconds();
  const controller = new AbortController();
  let cancelTimer = () => {};
  const overdue = new Promise<never>((_resolve, reject) => {
    const end = () => {
      const late = new ExporterError('collector_timeout', `no result within ${collector.timeoutSeconds} s`);
      controller.abort(late);
      cancelTimer = clock.setTimer(() => reject(late), graceSeconds);
    };
    cancelTimer = clock.setTimer(() => {
      if (clock.monotonicSeconds() - startedAt < collector.timeoutSeconds + lateSeconds) return end();
      // Node.js tells of timers before it tells of answers, and one may have been there for long.
      const turn = setImmediate(end);
      cancelTimer = () => clearImmediate(turn);
    }, collector.timeoutSeconds);
  });
  const finish = (outcome: { success: true; collected: Collected } | { success: false; error: string }): RunResult => {
    cancelTimer();
    return {
      ...outcome,
      collector: collector.name,
      endedAtSeconds: clock.nowSeconds(),
      durationSeconds: clock.monotonicSeconds() - startedAt,
      intervalSeconds: collector.intervalSeconds,
    };
  };
  const work = (async () => collector.collect(controller.signal))();
  const result = Promise.race([work, overdue]).then(
    (collected) => finish({ success: true, collected }),
    (error: unknown) => finish({ success: false, error: messageOf(error) }),
  );
  const settled = work.then(
    () => {},
    () => {},
  );
  return { result, settled, abort: (reason) => controller.abort(reason) };
}

interface RunSeries {
  readonly success: Series;
  readonly duration: Series;
  readonly lastRun: Series;
  readonly interval: Series;
}

/** Puts together what runs have to say to the recorder; the series of each collector are named once. */
export class RunSamples {
  readonly #series = new Map<string, RunSeries>();

  /** Everything of one run: how it went, and what was collected if it went well. */
  of(result: RunResult): readonly Sample[] {
    const { success, duration, lastRun, interval } = this.#seriesOf(result.collector);
    const ofRun = [
      setSeries(success, result.success ? 1 : 0),
      setSeries(duration, result.durationSeconds),
      setSeries(lastRun, result.endedAtSeconds),
      setSeries(interval, result.intervalSeconds),
    ];
    return result.success ? result.collected.samples.concat(ofRun) : ofRun;
  }

  /** Forgets collectors that are no longer configured. */
  retain(collectors: ReadonlySet<string>): void {
    for (const name of this.#series.keys()) if (!collectors.has(name)) this.#series.delete(name);
  }

  #seriesOf(collector: string): RunSeries {
    let series = this.#series.get(collector);
    if (series === undefined) {
      const labels = { collector };
      series = {
        success: seriesOf(collectorSuccess, labels),
        duration: seriesOf(collectorDuration, labels),
        lastRun: seriesOf(collectorLastRun, labels),
        interval: seriesOf(collectorInterval, labels),
      };
      this.#series.set(collector, series);
    }
    return series;
  }
}
