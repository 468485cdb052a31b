import type { HealthGate } from '../access/lanes.js';
import type { ProbeEnd } from '../access/own-freezes.js';
import { type Clock, systemClock } from '../base/clock.js';
import { isCalledOff } from '../base/deadline.js';
import type { Lateness, LostTime } from '../base/lateness.js';
import { type Level, levelAgainst } from '../base/level.js';
import type { Collected, Collector, ComponentReading, ComponentTimes } from '../collector.js';
import type { ComponentConfig } from '../config/sections/endpoints-section.js';
import type { Threshold } from '../config/sections/thresholds-section.js';
import type { MaintenanceCalendar } from '../maintenance/maintenance-calendar.js';
import { type DiscountCause, discountCauses } from '../metrics/component-metrics.js';
import { addSeries } from '../metrics/definition.js';
import type { ProbeComponent } from './component-probe.js';
import { componentSamples, componentSeries, componentZeroes } from './component-samples.js';

/** Name, connection, TLS, beginning and end of the answer: each is noticed late once at most, however often this process was. */
const noticedMoments = 5;

/**
 * Whether a verdict that rests on time could be the doing of this exporter, which was late while it probed: an answer would not
 * have been slow without the time that was lost, or it was waited for so shortly that a component that is well may not have
 * had the time. What was answered, refused or torn off is the truth however late it is noticed, and a component that hangs
 * hides only as long as this process stands still for about half of the time.
 */
export function isDoubtful(
  { up, reason, responseSeconds }: ComponentReading,
  { timeoutSeconds }: ComponentConfig,
  threshold: Threshold,
  lost: LostTime,
): boolean {
  if (lost.totalSeconds === 0) return false;
  const ownSeconds = responseSeconds - Math.min(lost.totalSeconds, noticedMoments * lost.longestSeconds);
  if (reason === 'timeout') return ownSeconds < Math.min(threshold.critical, timeoutSeconds / 2);
  return up && levelAgainst(responseSeconds, threshold) !== levelAgainst(Math.max(0, ownSeconds), threshold);
}

/** What a component's probes remember from one to the next; outlives a reload of the configuration. */
export interface ComponentMemory {
  failuresInARow: number;
  uptimeSeconds: number | undefined;
  /** Absent before the first probe. */
  state?: ComponentState;
  /** As in `ComponentReading`. */
  times?: ComponentTimes;
}

/** All failed probes are one state, whatever level they give: an outage goes on when a refused connection becomes a 404. */
type ComponentState = Level | 'failing';

/** A stated uptime may shrink by this much without a restart: clocks are set, replicas started moments apart. */
const uptimeToleranceSeconds = 5;

/** The name of a component's collector. */
export function collectorName(component: string): string {
  return `component:${component}`;
}

/** Where the server of a component may also be asked for data: who has to be asked before a probe, and told after it. */
export interface SharedServer {
  readonly gate: HealthGate;
  /** Seconds; a slower answer may be one that waited for our own request. */
  readonly warningSeconds: number;
}

/** All components are probed out of turn at most this often, however many of them fail or come and go. */
const roundSeconds = 10;

/** Says whom else to probe soon after the first failure of a component. */
type Rounds = (failed: string) => readonly string[];

/**
 * All others are probed soon, so that within the 15 s that an alert waits it is known whether one is down or many. Neither those in
 * maintenance nor because of one in maintenance.
 */
export function probeRounds(
  components: readonly ComponentConfig[],
  { clock, calendar }: { readonly clock: Clock; readonly calendar: MaintenanceCalendar },
): Rounds {
  let lastSeconds = Number.NEGATIVE_INFINITY;
  return (failed) => {
    const now = clock.monotonicSeconds();
    const isActive = (name: string) => calendar.isActive(name, clock.nowSeconds());
    if (now < lastSeconds + roundSeconds || isActive(failed)) return [];
    lastSeconds = now;
    return components.map(({ name }) => name).filter((name) => name !== failed && !isActive(name));
  };
}

/** What tells a slow component from an exporter that was late. */
interface OwnLateness {
  readonly lateness: Lateness;
  /** Of the component's response time. */
  readonly threshold: Threshold;
}

/** What a component's collector needs of its surroundings. */
export interface ComponentOptions {
  readonly probe: ProbeComponent;
  readonly memory: ComponentMemory;
  readonly retryIntervalSeconds: number;
  readonly retries: number;
  readonly clock?: Clock;
  /** Absent: only what it depends on is probed after its first failure. */
  readonly rounds?: Rounds;
  /** Absent where nothing but health is asked of anybody. */
  readonly shared?: SharedServer;
  /** Absent where every probe counts, however late this exporter was. */
  readonly own?: OwnLateness;
}

/** A data request is under way: it is over soon, and until then a probe would measure nothing but that. */
const postponed: Collected = { samples: [], isPostponed: true, againInSeconds: 1 };

/**
 * Probes one component again and again. After a failure it asks to be run again after `retryIntervalSeconds`, at most
 * `retries` times in a row, so that an outage is confirmed or a blip over long before the next regular probe; after the first
 * failure it also asks for probes of what the component depends on, and of all others now and then. Where the server is shared
 * with data requests, a probe is put off while one is under way, and does not count where it failed or was slow because of one. Nor
 * does one that may have timed out or been slow because this exporter was late. Throws the reason of its signal when it is called off.
 */
export function componentCollector(
  component: ComponentConfig,
  { probe, memory, retryIntervalSeconds, retries, shared, own, rounds, clock = systemClock }: ComponentOptions,
): Collector {
  const series = componentSeries(component.name);
  let isFirst = true;
  const collectedFrom = (judged: ComponentReading): Collected => {
    memory.failuresInARow = judged.up ? 0 : memory.failuresInARow + 1;
    const times = timesAfter(judged, memory, clock.nowSeconds());
    Object.assign(memory, { state: stateOf(judged), times });
    const reading = { ...judged, failuresInARow: memory.failuresInARow, times };
    const { uptimeSeconds } = reading;
    const restarted =
      uptimeSeconds !== undefined &&
      memory.uptimeSeconds !== undefined &&
      uptimeSeconds < memory.uptimeSeconds - uptimeToleranceSeconds;
    memory.uptimeSeconds = uptimeSeconds ?? memory.uptimeSeconds;
    const samples = [
      ...(isFirst
        ? componentZeroes(
            series,
            discountCauses.filter((cause) => (cause === 'backend_busy' ? shared : own) !== undefined),
          )
        : []),
      ...componentSamples(reading, series, restarted),
    ];
    isFirst = false;
    const isUnconfirmed = memory.failuresInARow > 0 && memory.failuresInARow <= retries;
    const againSoon = isUnconfirmed && retryIntervalSeconds < component.intervalSeconds;
    // Alerts about a component wait for those about what it depends on: that must not be known half a minute later.
    const others =
      memory.failuresInARow === 1 ? new Set([...component.dependsOn, ...(rounds?.(component.name) ?? [])]) : [];
    const alsoSoon = [...others].map(collectorName);
    return {
      samples,
      readings: [reading],
      ...(againSoon ? { againInSeconds: retryIntervalSeconds } : {}),
      ...(alsoSoon.length === 0 ? {} : { alsoSoon }),
    };
  };
  const discounted = (cause: DiscountCause): Collected => ({
    samples: [addSeries(series.discounted[cause], 1)],
    isPostponed: true,
    againInSeconds: retryIntervalSeconds,
  });
  const probeNow = async (
    signal: AbortSignal,
  ): Promise<{ readonly judged: ComponentReading; readonly isLate: boolean }> => {
    const watch = own?.lateness.watch();
    const judged = await probe(component, signal).finally(() => watch?.end());
    if (isCalledOff(signal)) throw signal.reason;
    return {
      judged,
      isLate: own !== undefined && watch !== undefined && isDoubtful(judged, component, own.threshold, watch.lost),
    };
  };
  const probeAlone = async (signal: AbortSignal): Promise<Collected> => {
    const { judged, isLate } = await probeNow(signal);
    return isLate ? discounted('exporter_late') : collectedFrom(judged);
  };
  const probeShared = async (signal: AbortSignal, { gate, warningSeconds }: SharedServer): Promise<Collected> => {
    const ticket = gate.beginProbe();
    if (ticket === undefined) return postponed;
    let end: ProbeEnd | null = null;
    let isDiscounted = false;
    let probed: Awaited<ReturnType<typeof probeNow>> | undefined;
    try {
      probed = await probeNow(signal);
      const {
        isLate,
        judged: { reason, statusCode, responseSeconds },
      } = probed;
      end = isLate
        ? null
        : { reason, isSlow: responseSeconds > warningSeconds, ...(statusCode === undefined ? {} : { statusCode }) };
    } finally {
      isDiscounted = gate.endProbe(ticket, end, probed?.judged.identity);
    }
    if (probed.isLate) return discounted('exporter_late');
    return isDiscounted ? discounted('backend_busy') : collectedFrom(probed.judged);
  };
  return {
    name: collectorName(component.name),
    intervalSeconds: component.intervalSeconds,
    timeoutSeconds: component.timeoutSeconds,
    collect: async (signal) => (shared === undefined ? probeAlone(signal) : probeShared(signal, shared)),
  };
}

function stateOf({ up, level }: ComponentReading): ComponentState {
  return up ? level : 'failing';
}

/**
 * What the times are after a probe that ends now. An outage begins when its first failed probe is sent and ends when the first
 * good answer is there. The state that the first probe finds may be older, so its beginning is not known.
 */
function timesAfter(
  judged: ComponentReading,
  { state: before, times = {} }: ComponentMemory,
  nowSeconds: number,
): ComponentTimes {
  const state = stateOf(judged);
  if (state === before) return times;
  if (before === undefined) return {};
  const sentAtSeconds = nowSeconds - judged.responseSeconds;
  if (state === 'failing') return { stateSinceSeconds: sentAtSeconds, outageStartSeconds: sentAtSeconds };
  return { ...times, stateSinceSeconds: nowSeconds, ...(before === 'failing' && { outageEndSeconds: nowSeconds }) };
}
