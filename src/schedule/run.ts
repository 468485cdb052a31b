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

/**
 * Runs a collector once, with its deadline.
 *
 * Never throws: what the collector throws becomes a failed result. `settled` resolves when the collector has really
 * ended, which for one that ignores its deadline is later than the result; until then it must not be started again.
 */
export function runOnce(
  collector: Collector,
  clock: Clock,
  stop: AbortSignal,
): { readonly result: Promise<RunResult>; readonly settled: Promise<void> } {
  const startedAt = clock.monotonicSeconds();
  const controller = new AbortController();
  const onStop = () => controller.abort(stop.reason);
  if (stop.aborted) onStop();
  else stop.addEventListener('abort', onStop, { once: true });

  let cancelTimer = () => {};
  const overdue = new Promise<never>((_resolve, reject) => {
    cancelTimer = clock.setTimer(() => {
      const late = new ExporterError('collector_timeout', `no result within ${collector.timeoutSeconds} s`);
      controller.abort(late);
      cancelTimer = clock.setTimer(() => reject(late), graceSeconds);
    }, collector.timeoutSeconds);
  });

  const work = (async () => collector.collect(controller.signal))();
  const result = Promise.race([work, overdue])
    .then(
      (collected) => ({ success: true as const, collected }),
      (error: unknown) => ({ success: false as const, error: messageOf(error) }),
    )
    .then((outcome): RunResult => {
      cancelTimer();
      stop.removeEventListener('abort', onStop);
      return {
        ...outcome,
        collector: collector.name,
        endedAtSeconds: clock.nowSeconds(),
        durationSeconds: clock.monotonicSeconds() - startedAt,
        intervalSeconds: collector.intervalSeconds,
      };
    });
  const settled = work.then(
    () => {},
    () => {},
  );
  return { result, settled };
}
