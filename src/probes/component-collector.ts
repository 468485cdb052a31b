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

/** The moments of a probe that a late exporter may notice late: name, connection, TLS, start and end of the answer. Each counts once. */
const noticedMoments = 5;

/**
 * Whether this exporter caused the verdict, because it was late during the probe. An answer is doubtful if its level is
 * better without the lost time. A timeout is doubtful if a healthy component did not have enough time to answer. Other
 * failures, such as a refused connection, are true even if noticed late. A component that hangs stays undetected only
 * while this process loses about half of the time.
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

/** What the probes of a component keep between two runs. It survives a reload of the configuration. */
export interface ComponentMemory {
  failuresInARow: number;
  uptimeSeconds: number | undefined;
  /** Absent before the first probe. */
  state?: ComponentState;
  /** As in `ComponentReading`. */
  times?: ComponentTimes;
}

/** All failed probes are one state at any level: an outage continues when a refused connection becomes a 404. */
type ComponentState = Level | 'failing';

/** A reported uptime may shrink by this much without a restart: clocks change, and replicas start at different moments. */
const uptimeToleranceSeconds = 5;

/** The name of a component's collector. */
export function collectorName(component: string): string {
  return `component:${component}`;
}

/** For a server that also gets data requests: what a probe asks before it starts, and reports to when it ends. */
export interface SharedServer {
  readonly gate: HealthGate;
  /** Seconds. A slower answer may have waited for a data request of the exporter. */
  readonly warningSeconds: number;
}

/** Minimum time between two extra rounds of all components, even if many fail or flap. */
const roundSeconds = 10;

/** Names the components to probe soon after the first failure of a component. */
type Rounds = (failed: string) => readonly string[];

/**
 * All others are probed soon. So it is known whether one or many are down within the 15 s that an alert waits.
 * Components in maintenance are left out, and a failure of one of them starts no round.
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

/** What distinguishes a slow component from a late exporter. */
interface OwnLateness {
  readonly lateness: Lateness;
  /** Threshold of the component's response time. */
  readonly threshold: Threshold;
}

/** What a component's collector needs. */
export interface ComponentOptions {
  readonly probe: ProbeComponent;
  readonly memory: ComponentMemory;
  readonly retryIntervalSeconds: number;
  readonly retries: number;
  readonly clock?: Clock;
  /** Absent: after its first failure only its dependencies are probed. */
  readonly rounds?: Rounds;
  /** Absent when the server gets no data requests. */
  readonly shared?: SharedServer;
  /** Absent when every probe counts, even from a late exporter. */
  readonly own?: OwnLateness;
}

/** A data request is running. It ends soon, and a probe before that would only measure its effect. */
const postponed: Collected = { samples: [], isPostponed: true, againInSeconds: 1 };

/**
 * Probes one component repeatedly. After a failure the next run follows after `retryIntervalSeconds`, at most `retries`
 * times in a row, to confirm an outage or its end before the next regular probe. After the first failure it also
 * requests probes of its dependencies, and sometimes of all others. If data requests use the same server, a probe waits
 * for the running one, and is discounted when a request made it fail or slow. A probe is also discounted when this
 * exporter may have been too late. Throws the reason of its signal when it is cancelled.
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
    // Alerts about a component wait for those about its dependencies. So the state of these must be known soon.
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
 * The times after a probe that ends now. An outage starts when its first failed probe is sent, and ends when the first
 * good answer arrives. The state at the first probe may be older, so its start is unknown.
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
