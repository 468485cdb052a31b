import type { Clock } from '../clock.js';
import type { Collected, Collector } from '../collectors/collector.js';
import { ExporterError, messageOf } from '../errors.js';

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
