import { catalogue } from '../metrics/catalogue.js';
import { type Figures, Recorder } from '../metrics/recorder.js';
import type { RunResult } from '../schedule/run.js';
import { Latest } from '../status/latest.js';

/** The newest readings together with the numbers that came with them, for a report that nobody scrapes. */
export class LatestWithFigures extends Latest {
  readonly #recorder = new Recorder(catalogue, { processMetrics: false });
  readonly #known = new Set(catalogue.map(({ name }) => name));

  /** The families of the catalogue; a configuration's own are of no use to a report. */
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
