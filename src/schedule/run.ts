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

/** Limits how many tasks run at once. Others wait in their order. */
export class Limiter {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(private readonly limit: number) {}

  /** Number of tasks that are waiting. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Starts `task` as soon as a place is free, if possible at once. `task` calls `ended` at its end. */
  start(task: (ended: () => void) => void): void {
    if (this.#running >= this.limit) {
      this.#waiting.push(() => this.#run(task));
      return;
    }
    this.#run(task);
  }

  /** Drops all tasks that have not started. */
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

/** The result of one run of a collector. */
export type RunResult = Run &
  ({ readonly success: true; readonly collected: Collected } | { readonly success: false; readonly error: string });

/** Time that a collector has to end after its deadline, before its run counts as failed. */
const graceSeconds = 1;

/** If a deadline is noticed this late, everything that happened before it is noticed at the same moment. */
const lateSeconds = 0.1;

/** A run in progress. */
export interface RunUnderWay {
  /** Never rejects: an error of the collector becomes a failed result. */
  readonly result: Promise<RunResult>;
  /**
   * Resolves when the collector has really ended. If it ignores its deadline, this is later than the result. Until then
   * it must not start again.
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
      // Node.js handles timers before answers, and an answer may have been waiting for long.
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

/** Creates the samples of runs for the recorder. The series of each collector are built once. */
export class RunSamples {
  readonly #series = new Map<string, RunSeries>();

  /** All samples of one run: its result and, after success, the collected ones. */
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

  /** Drops collectors that are no longer configured. */
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
