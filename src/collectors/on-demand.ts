import type { ComponentConfig, Config } from '../config/config.js';
import { ExporterError } from '../errors.js';
import { componentFamilies, componentInfo, componentResponse } from '../metrics/families/component.js';
import { Recorder } from '../metrics/recorder.js';
import { set } from '../metrics/sample.js';
import type { HttpProber } from '../sources/http/probe.js';
import { allowedTarget } from './allowed-target.js';
import { componentCollector, type ComponentMemory } from './component/collector.js';
import { createProbe } from './component/probe.js';
import { responseThresholdsInUse } from './configuration.js';
import type { ComponentReading } from './reading.js';

/**
 * More targets than this are not remembered; the one that was asked for longest ago is forgotten first. Each takes some
 * 30 KiB, and a client chooses how many there are.
 */
const maxRemembered = 2000;

/** More probes than this at once are refused: a client can ask for thousands over one connection, and each takes a file descriptor. */
const maxAtOnce = 250;

interface Remembered {
  readonly recorder: Recorder;
  readonly memory: ComponentMemory;
}

/**
 * Probes that somebody asks for: the multi-target pattern.
 *
 * Counters and histograms go on from one request for a target to the next, as they do for scheduled probes, so that the
 * same rules work on both as long as the same exporter is asked for the same target.
 */
export class OnDemandProbes {
  readonly #remembered = new Map<string, Remembered>();
  #underWay = 0;

  constructor(
    private readonly config: Config,
    private readonly prober: HttpProber,
  ) {}

  /**
   * Probes a component by name, or a permitted URL with the settings of a module. Throws `bad_request`, `refused_target`,
   * `overloaded`, and the reason of `signal` when that is aborted. The log of the probe is in the reading.
   */
  async probe(target: string, module: string | undefined, timeoutSeconds: number | undefined, signal: AbortSignal): Promise<{ readonly reading: ComponentReading; readonly recorder: Recorder }> {
    const { component, isForeign } = this.#find(target, module);
    if (this.#underWay >= maxAtOnce) throw new ExporterError('overloaded', `${maxAtOnce} probes are under way already`, { expose: true });
    const deadlineSeconds = Math.min(component.timeoutSeconds, timeoutSeconds ?? component.timeoutSeconds);
    const { recorder, memory } = this.#remember(`${module ?? ''} ${target}`);
    const probe = createProbe(this.prober, this.config.thresholds.responseTimeSeconds, { stayOnOrigin: isForeign });
    const collector = componentCollector(component, { probe: (what, until) => probe(what, until, []), memory, retryIntervalSeconds: 0, retries: 0 });
    this.#underWay += 1;
    const collected = await collector.collect(AbortSignal.any([signal, AbortSignal.timeout(deadlineSeconds * 1000)])).finally(() => (this.#underWay -= 1));
    const { name, target: shownTarget, kind } = component;
    // Rules find the thresholds of a component by this one.
    recorder.record(collector.name, [set(componentInfo, { component: name, target: shownTarget, kind }, 1), ...collected.samples]);
    const reading = collected.readings?.find((found) => found.subject === 'component');
    if (reading === undefined) throw new Error('the probe brought no reading');
    return { reading, recorder };
  }

  #find(target: string, module: string | undefined): { readonly component: ComponentConfig; readonly isForeign: boolean } {
    const known = this.config.components.find(({ name }) => name === target);
    if (known !== undefined) {
      if (module !== undefined) throw new ExporterError('bad_request', `target ${target} is a component and has its own settings; leave module out`, { expose: true });
      return { component: known, isForeign: false };
    }
    const url = allowedTarget(target, this.config.probe.allowedTargets);
    const settings = this.config.probe.modules.get(module ?? 'default');
    if (settings === undefined) throw new ExporterError('bad_request', `there is no module ${JSON.stringify((module ?? 'default').slice(0, 64))} under probe.modules`, { expose: true });
    const { http, timeoutSeconds } = settings;
    const kind = url.protocol === 'https:' ? 'https' : 'http';
    const component: ComponentConfig = {
      name: url.host,
      target: `${url.origin}${url.pathname}`,
      kind,
      url: url.href,
      http,
      intervalSeconds: timeoutSeconds,
      timeoutSeconds,
      dependsOn: [],
      thresholds: {},
    };
    return { component, isForeign: true };
  }

  #remember(key: string): Remembered {
    const entry = this.#remembered.get(key) ?? { recorder: this.#newRecorder(), memory: { failuresInARow: 0, uptimeSeconds: undefined } };
    // Taken out and put back, the map's own order is the order of use.
    this.#remembered.delete(key);
    this.#remembered.set(key, entry);
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size > maxRemembered && oldest !== undefined) this.#remembered.delete(oldest);
    return entry;
  }

  #newRecorder(): Recorder {
    const recorder = new Recorder(componentFamilies, { processMetrics: false });
    recorder.useBounds(componentResponse, responseThresholdsInUse(this.config));
    return recorder;
  }
}
