import { setTimeout } from 'node:timers/promises';
import type { Clock } from '../base/clock.js';
import type { Collector } from '../collector.js';
import { catalogue } from '../metrics/catalogue.js';
import { type Figures, Recorder } from '../metrics/recorder.js';
import { Limiter, type RunResult, runOnce } from '../schedule/run.js';
import { Latest } from '../status/latest.js';

/** The newest readings and their samples, because the report has no Prometheus to ask. */
class LatestWithFigures extends Latest {
  readonly #recorder = new Recorder(catalogue, { processMetrics: false });
  readonly #known = new Set(catalogue.map(({ name }) => name));

  /** The families of the catalogue. The report does not use metrics that a configuration adds. */
  get figures(): Figures {
    return this.#recorder;
  }

  override accept(result: RunResult): void {
    super.accept(result);
    if (!result.success || result.collected.isPostponed === true) return;
    this.#recorder.record(
      result.collector,
      result.collected.samples.filter(({ series }) => this.#known.has(series.definition.name)),
    );
  }
}

/**
 * Longest wait in seconds for the next run of a collector. Some need two readings, such as the CPU's, and others wait
 * for their turn.
 */
const worthWaitingSeconds = 2;

/**
 * Runs each collector until it has a result. At most `concurrency` run at once. `pause` keeps the process alive, which a
 * timer of a clock does not.
 */
export async function runAll(
  collectors: readonly Collector[],
  concurrency: number,
  clock: Clock,
  pause: (seconds: number) => Promise<void> = (seconds) => setTimeout(seconds * 1000),
): Promise<LatestWithFigures> {
  const latest = new LatestWithFigures();
  const limiter = new Limiter(concurrency);
  const runToEnd = async (collector: Collector): Promise<void> => {
    for (let run = 1; ; run++) {
      const result = await runOnce(collector, clock).result;
      const { againInSeconds: again, isPostponed = false } = result.success ? result.collected : {};
      latest.accept(result);
      // A run that needs two readings is repeated once. A postponed run is repeated until its turn comes; its deadline
      // limits the wait.
      if (again === undefined || again > worthWaitingSeconds || (run > 1 && !isPostponed)) return;
      await pause(again);
    }
  };
  const runEach = (some: readonly Collector[]) =>
    Promise.all(
      some.map(
        (collector) =>
          new Promise<void>((resolve) => limiter.start((ended) => void runToEnd(collector).then(ended).then(resolve))),
      ),
    );
  await runEach(collectors.filter(({ isLast }) => isLast !== true));
  await runEach(collectors.filter(({ isLast }) => isLast === true));
  return latest;
}
