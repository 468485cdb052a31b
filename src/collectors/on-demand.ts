import type { ClientTokens } from '../access/client-tokens.js';
import type { HealthGates } from '../access/lanes.js';
import type { Clock } from '../base/clock.js';
import { withTimeout } from '../base/deadline.js';
import { ExporterError } from '../base/errors.js';
import type { Lateness } from '../base/lateness.js';
import { Pace } from '../base/pace.js';
import type { ComponentReading } from '../collector.js';
import type { Config } from '../config/config.js';
import type { ComponentConfig } from '../config/sections/endpoints-section.js';
import { componentFamilies, componentResponse } from '../metrics/component-metrics.js';
import type { Sample } from '../metrics/definition.js';
import { Recorder } from '../metrics/recorder.js';
import type { HttpProber } from '../net/http-client.js';
import { type ComponentMemory, collectorName, componentCollector } from '../probes/component-collector.js';
import { createProbe } from '../probes/component-probe.js';
import { failed } from '../probes/verdict.js';
import { sharedServers } from './all-collectors.js';
import { infoSample, responseThresholdsInUse } from './configuration-samples.js';
import { findTarget, type ProbeTarget } from './probe-target.js';

/** Waits for work: true when it ends, false when the time is up. Throws the error of the work, or the reason of the signal. */
async function endsInTime(
  work: Promise<unknown>,
  clock: Clock,
  untilSeconds: number,
  signal: AbortSignal,
): Promise<boolean> {
  signal.throwIfAborted();
  let cancelTimer = () => {};
  let onAbort = () => {};
  const others = new Promise<boolean>((resolve, reject) => {
    onAbort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    if (Number.isFinite(untilSeconds))
      cancelTimer = clock.setTimer(() => resolve(false), untilSeconds - clock.monotonicSeconds());
  });
  try {
    return await Promise.race([work.then(() => true), others]);
  } finally {
    cancelTimer();
    signal.removeEventListener('abort', onAbort);
  }
}

/**
 * Maximum number of remembered targets. The one unused for longest is dropped first. Each takes about 30 KiB, and
 * clients choose how many there are.
 */
const maxRemembered = 2000;

/**
 * Maximum number of probes at once; more are refused. A client can request thousands over one connection, and each
 * takes a file descriptor.
 */
const maxAtOnce = 250;

/** How long a result is given to other requests for the same target, such as those of a second Prometheus server. */
const sharedSeconds = 1;

/** Maximum number of probes per second of permitted URLs on one server, because a client that may request any path must not overload it. */
const maxPerSecond = 50;

/** A smaller difference between deadlines does not matter. */
const toleranceSeconds = 0.1;

/** The result of a probe, for all requests that wait for it. */
interface Found {
  readonly reading: ComponentReading;
  readonly endedAtSeconds: number;
  /** Maximum wait for an answer. */
  readonly allowedSeconds: number;
}

interface UnderWay {
  readonly found: Promise<Found>;
  readonly endsAtSeconds: number;
  readonly calledOff: AbortController;
  /** Number of requests that wait for it. */
  waiting: number;
}

interface Remembered {
  readonly recorder: Recorder;
  readonly memory: ComponentMemory;
  underWay?: UnderWay | undefined;
  last?: Found;
}

/** The result, and the series of the target. */
interface OnDemandResult {
  readonly reading: ComponentReading;
  readonly recorder: Recorder;
}

interface OnDemandParts {
  readonly prober: HttpProber;
  readonly clock: Clock;
  readonly healthGates: HealthGates;
  readonly lateness: Lateness;
  /** Tokens of OAuth 2.0 clients, shared with scheduled probes. */
  readonly tokens: ClientTokens;
}

/**
 * Probes on request: the multi-target pattern. Only one probe per target runs at a time. Requests during it, or shortly
 * after, get the same result.
 *
 * Counters and histograms of a target continue from probe to probe, like those of scheduled probes. So the same rules
 * work for both, if one exporter always probes the target.
 */
export class OnDemandProbes {
  readonly #remembered = new Map<string, Remembered>();
  readonly #sharedServer: ReturnType<typeof sharedServers>;
  readonly #pace: Pace;
  #underWay = 0;

  constructor(
    private readonly config: Config,
    private readonly parts: OnDemandParts,
  ) {
    this.#sharedServer = sharedServers(config, parts.healthGates);
    this.#pace = new Pace(maxPerSecond, parts.clock);
  }

  /**
   * Probes a component by name, or a permitted URL with the settings of a module. Throws `bad_request`,
   * `refused_target`, `overloaded`, or the reason of `signal`. The reading contains the log of the probe.
   */
  async probe(
    target: string,
    module: string | undefined,
    timeoutSeconds: number | undefined,
    signal: AbortSignal,
  ): Promise<OnDemandResult> {
    const { clock } = this.parts;
    const found = findTarget(this.config, target, module);
    const { component } = found;
    const allowedSeconds = Math.min(component.timeoutSeconds, timeoutSeconds ?? component.timeoutSeconds);
    const endsAtSeconds = clock.monotonicSeconds() + allowedSeconds;
    const remembered = this.#remember(found.key);
    const { recorder } = remembered;
    for (;;) {
      signal.throwIfAborted();
      const now = clock.monotonicSeconds();
      const leftSeconds = endsAtSeconds - now;
      const { last } = remembered;
      if (last !== undefined && now - last.endedAtSeconds < sharedSeconds) {
        // A timeout of a request with an earlier deadline is no timeout for this one.
        const isEnough =
          last.reading.reason !== 'timeout' ||
          last.allowedSeconds >= allowedSeconds - toleranceSeconds ||
          leftSeconds < toleranceSeconds;
        if (isEnough) return { reading: last.reading, recorder };
      }
      const underWay = (remembered.underWay ??= this.#begin(found, remembered, leftSeconds));
      if (!(await this.#isFoundInTime(underWay, remembered, endsAtSeconds, signal)))
        return { reading: await this.#unanswered(component, remembered, allowedSeconds), recorder };
    }
  }

  /** Waits for a probe; false when the deadline of this request comes before the end and the deadline of the probe. */
  async #isFoundInTime(
    underWay: UnderWay,
    remembered: Remembered,
    endsAtSeconds: number,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { clock } = this.parts;
    underWay.waiting += 1;
    const isShorter = endsAtSeconds < underWay.endsAtSeconds - toleranceSeconds;
    try {
      return await endsInTime(underWay.found, clock, isShorter ? endsAtSeconds : Number.POSITIVE_INFINITY, signal);
    } finally {
      underWay.waiting -= 1;
      if (underWay.waiting === 0 && remembered.underWay === underWay) {
        remembered.underWay = undefined;
        underWay.calledOff.abort(new Error('nobody waits for the probe any more'));
      }
    }
  }

  #begin(target: ProbeTarget, remembered: Remembered, allowedSeconds: number): UnderWay {
    const { clock } = this.parts;
    if (this.#underWay >= maxAtOnce)
      throw new ExporterError('overloaded', `${maxAtOnce} probes are running already`, { expose: true });
    const { name } = target.component;
    if (target.isForeign && !this.#pace.permits(name))
      throw new ExporterError('overloaded', `${maxPerSecond} probes of ${name} were started within this second`, {
        expose: true,
      });
    const calledOff = new AbortController();
    this.#underWay += 1;
    const found = this.#run(target, remembered, allowedSeconds, calledOff.signal).finally(() => {
      this.#underWay -= 1;
      // Clients leave one after the other. Nobody may join a probe that has ended.
      if (remembered.underWay === underWay) remembered.underWay = undefined;
    });
    const endsAtSeconds = clock.monotonicSeconds() + allowedSeconds;
    const underWay: UnderWay = { found, endsAtSeconds, calledOff, waiting: 0 };
    return underWay;
  }

  async #run(
    { component, isForeign }: ProbeTarget,
    remembered: Remembered,
    allowedSeconds: number,
    calledOff: AbortSignal,
  ): Promise<Found> {
    const { prober, clock, lateness, tokens } = this.parts;
    const { recorder, memory } = remembered;
    const probe = createProbe(prober, this.config.thresholds, { stayOnOrigin: isForeign, clock, tokens });
    const shared = this.#sharedServer(component);
    const own = {
      lateness,
      threshold: component.thresholds.responseTimeSeconds ?? this.config.thresholds.responseTimeSeconds,
    };
    const collector = componentCollector(component, {
      probe: (what, until) => probe(what, until, []),
      memory,
      retryIntervalSeconds: 0,
      retries: 0,
      clock,
      own,
      ...(shared && { shared }),
    });
    return withTimeout(calledOff, allowedSeconds, async (signal) => {
      const endsAtSeconds = clock.monotonicSeconds() + allowedSeconds;
      for (;;) {
        const collected = await collector.collect(signal);
        const reading = collected.readings?.find((found) => found.subject === 'component');
        if (reading !== undefined) {
          this.#record(component, recorder, collected.samples);
          remembered.last = { reading, endedAtSeconds: clock.monotonicSeconds(), allowedSeconds };
          return remembered.last;
        }
        recorder.count(collector.name, collected.samples);
        const { againInSeconds = 0 } = collected;
        if (againInSeconds === 0)
          throw new ExporterError(
            'overloaded',
            `this probe of ${component.name} does not count: the exporter was late, or its own query may have delayed the probe`,
            { expose: true },
          );
        // The exporter's own data request is running on that server, and all probes wait for its end.
        if (clock.monotonicSeconds() + againInSeconds >= endsAtSeconds)
          throw new ExporterError('overloaded', `${component.name} is busy with a data query of this exporter`, {
            expose: true,
          });
        await endsInTime(new Promise(() => {}), clock, clock.monotonicSeconds() + againInSeconds, signal);
      }
    });
  }

  /** A probe that others still wait for has no result within the time of this request. This is a timeout, and counts as one. */
  async #unanswered(
    component: ComponentConfig,
    { recorder, memory }: Remembered,
    responseSeconds: number,
  ): Promise<ComponentReading> {
    const { level, up, reason, message } = failed('timeout', 'no answer before the deadline');
    const { name, target, kind } = component;
    const reading: ComponentReading = {
      subject: 'component',
      name,
      target,
      kind,
      level,
      up,
      reason,
      message,
      responseSeconds,
      phases: {},
      checks: [],
      failuresInARow: 1,
      headers: [],
      log: ['the probe was started for another request and is still running'],
    };
    const collector = componentCollector(component, {
      probe: async () => reading,
      memory,
      retryIntervalSeconds: 0,
      retries: 0,
      clock: this.parts.clock,
    });
    this.#record(component, recorder, (await collector.collect(new AbortController().signal)).samples);
    return { ...reading, failuresInARow: memory.failuresInARow };
  }

  #record(component: ComponentConfig, recorder: Recorder, samples: readonly Sample[]): void {
    recorder.record(collectorName(component.name), [infoSample(component), ...samples]);
  }

  #remember(key: string): Remembered {
    const entry = this.#remembered.get(key) ?? {
      recorder: this.#newRecorder(),
      memory: { failuresInARow: 0, uptimeSeconds: undefined },
    };
    // Deleted and added again, so the order of the map is the order of use.
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
