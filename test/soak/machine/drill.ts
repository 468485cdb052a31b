import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom } from '../../../simulator/seeded-random.js';
import { samplesIn } from '../../support/exposition.js';
import { until } from '../../support/until.js';
import type { Backends } from './backends.js';
import { type Changes, configurationOf, rudeNames, webConfiguration } from './configuration.js';
import type { SoakedExporter } from './exporter.js';
import type { Surroundings } from './surroundings.js';
import type { Scraper } from './traffic.js';

/** After a data request without an answer in time, AI-CRM gets no data request for two minutes. */
const recoverySeconds = 200;
const reloadSeconds = 60;

/** The options of a configuration that disturbances can choose. */
export type Wanted = Omit<Changes, 'hasName' | 'serial'>;

/** Writes configurations, each different from all before. */
export class Configurations {
  #serial = 0;

  constructor(
    private readonly backends: Backends,
    private readonly surroundings: Surroundings,
  ) {}

  async write(wanted: Wanted): Promise<void> {
    const { disk, files, isPrivate } = this.surroundings;
    this.#serial += 1;
    await writeFile(files.web, webConfiguration());
    const texts = configurationOf(this.backends, { ...wanted, serial: this.#serial, hasName: isPrivate });
    for (const [name, text] of Object.entries(texts)) await writeFile(join(disk, name), text);
  }
}

/** The tools of disturbances, and their checks of the exporter. */
export class Drill {
  /** A random number from 0 to 1. */
  readonly random: () => number;
  readonly counts = new Map<string, number>();
  #reloads = 0;

  constructor(
    readonly exporter: SoakedExporter,
    readonly backends: Backends,
    readonly surroundings: Surroundings,
    readonly scraper: Scraper,
    private readonly configurations: Configurations,
    seed: number,
  ) {
    const random = createRandom(seed);
    this.random = () => random.next();
  }

  /** Counts for the report. */
  readonly note = (what: string, count: number): void => {
    this.counts.set(what, (this.counts.get(what) ?? 0) + count);
  };

  /** Writes a valid configuration and reloads, by SIGHUP and over HTTP in turn; throws if it does not apply. */
  readonly configure = async (wanted: Wanted): Promise<void> => {
    await this.configurations.write(wanted);
    this.note('reloads', 1);
    this.#reloads += 1;
    if (this.#reloads % 2 === 0) {
      const { status, text } = await this.exporter.ask('/-/reload', { method: 'POST' });
      if (status !== 200) throw new Error(`a sound configuration was answered with ${status}: ${text}`);
      return;
    }
    const lastReload = async () => (await this.samples()).get('aicrm_config_last_reload_success_timestamp_seconds');
    const before = await lastReload();
    this.exporter.signal('SIGHUP');
    await until(
      'a sound configuration is taken after SIGHUP',
      async () => (await lastReload()) !== before,
      reloadSeconds,
      200,
    );
  };

  /** Writes an invalid configuration, and throws if it applies. */
  readonly refuse = async (text: string): Promise<void> => {
    await writeFile(this.surroundings.files.monitoring, text);
    this.note('refused reloads', 1);
    const { status } = await this.exporter.ask('/-/reload', { method: 'POST' });
    const success = (await this.samples()).get('aicrm_config_last_reload_successful');
    if (status !== 500 || success !== 0)
      throw new Error(`a configuration that is not sound was answered with ${status}, and the metric is ${success}`);
  };

  /** Waits this long and throws if a component was not probed in that time. */
  readonly expectProbes = async (seconds: number, when: string): Promise<void> => {
    const before = await this.probesByComponent();
    await sleep(seconds * 1000);
    const after = await this.probesByComponent();
    for (const [name, count] of before)
      if (after.get(name) === count) throw new Error(`${when} ${name} was not probed within ${seconds} s`);
  };

  /** Waits until everything that can be well is well. */
  readonly recover = async (): Promise<void> => {
    let down: readonly string[] = [];
    const isWell = async () => {
      const now = await this.samples();
      const ups = [...sumsByComponent(now, /^aicrm_component_up\{/)]
        .filter(([name, up]) => up === 0 && !rudeNames.has(name))
        .map(([name]) => name);
      const others = [...now]
        .filter(
          ([series, value]) => value === 0 && /^aicrm_(?:collector_success|source_up|transaction_up)\b/.test(series),
        )
        .map(([series]) => series);
      down = [...ups, ...others];
      return down.length === 0 && (await this.exporter.ask('/-/ready')).status === 200;
    };
    await until('all is well again', isWell, recoverySeconds, 500).catch((error: Error) => {
      throw new Error(`${error.message}: ${down.join(', ')}`);
    });
  };

  /** The probes of each component since it was configured, including those discounted because this process was late. */
  readonly probesByComponent = (): Promise<ReadonlyMap<string, number>> =>
    this.sums(/^aicrm_component_probes(?:_discounted)?_total\{/);

  /** The failed probes of each component, for any reason. */
  readonly failuresByComponent = (): Promise<ReadonlyMap<string, number>> =>
    this.sums(/^aicrm_component_probe_failures_total\{/);

  private async sums(family: RegExp): Promise<ReadonlyMap<string, number>> {
    return sumsByComponent(await this.samples(), family);
  }

  private async samples(): Promise<ReadonlyMap<string, number>> {
    return samplesIn((await this.exporter.ask('/metrics')).text);
  }
}

function sumsByComponent(samples: ReadonlyMap<string, number>, family: RegExp): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const [series, value] of samples) {
    const name = family.test(series) ? /component="([^"]*)"/.exec(series)?.[1] : undefined;
    if (name !== undefined) sums.set(name, (sums.get(name) ?? 0) + value);
  }
  return sums;
}
