import { type Series, seriesOf } from '../metrics/definition.js';
import {
  collectorDuration,
  collectorInterval,
  collectorLastRun,
  collectorSuccess,
} from '../metrics/families/collector.js';
import { type Sample, setSeries } from '../metrics/sample.js';
import type { RunResult } from './run.js';

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
