import { probeTimeoutSeconds } from '../config/sections/endpoints-section.js';
import type { Threshold } from '../config/sections/thresholds-section.js';
import { type History, type HistoryPoint, type Limits, type Span, subjectOf } from './threshold-history.js';
import type { ThresholdUse } from './threshold-uses.js';

/** Quantiles of measured values, in seconds or as a ratio. */
export interface Normal {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** Normal values of one subject, and the limits for it. */
export interface SubjectNormal {
  readonly subject: string;
  /** The component, if its limits can be configured separately. */
  readonly component?: string;
  /** Everything that was measured, incidents included. */
  readonly whole: Normal;
  /** 24 entries by hour of the day in the time zone of this machine; undefined if nothing was measured. */
  readonly byHour: readonly (Normal | undefined)[];
  /** The value that the load reaches on more than half of the days. The proposal follows from it. */
  readonly usualPeak: number;
  /** The hour that reaches most on more than half of the days. */
  readonly busiestHour: number;
  readonly unusual: UnusualMeasurements;
  /** Share of the measurements above the present warning and critical limit. */
  readonly aboveRatio: { readonly warning: number; readonly critical: number };
  readonly present: Threshold;
  /** The present limits if no others are useful. */
  readonly proposed: Threshold;
  /** Absent if the proposal is useful. Otherwise the usual peak is too close to the largest useful limit. */
  readonly noLimit?: { readonly mostUseful: number };
  /** The critical limit of a response time must be below this. Absent for what is no response time. */
  readonly timeoutSeconds?: number;
}

/** Measurements above what is usual, which the proposal therefore does not follow. */
export interface UnusualMeasurements {
  /** Measurements above this, in seconds or as a ratio, are too far from the usual peak. */
  readonly above: number;
  readonly count: number;
  readonly ofCount: number;
  /** On how many days of the calendar they were. */
  readonly days: number;
  readonly highest: number;
}

/** Prometheus must have watched for at least this time before the exporter proposes limits. */
export const leastSeconds = 86_400;

/** What more than half of these last days have at the same hour is usual, because it may be new. */
const recentDays = 7;

/** Measurements of one subject by day and hour on the clock of this machine. */
class Measurements {
  /** By days before the last one, then by hour of the day. */
  readonly #days = new Map<number, (number[] | undefined)[]>();

  constructor(readonly labels: HistoryPoint['labels']) {}

  add(value: number, { back, hour }: DayAndHour): void {
    const day = this.#days.get(back) ?? [];
    this.#days.set(back, day);
    const values = day[hour] ?? [];
    day[hour] = values;
    values.push(value);
  }

  inHour(hour: number): number[] {
    return [...this.#days.values()].flatMap((day) => day[hour] ?? []);
  }

  /** What this hour reaches on more than half of all days, or of the last ones. Undefined without measurements. */
  usualPeakOf(hour: number): number | undefined {
    const peaks = (days: number) =>
      [...this.#days].flatMap(([back, day]) => (back < days ? (p99Of(day[hour] ?? []) ?? []) : []));
    const [all, recent] = [peaks(Number.POSITIVE_INFINITY), peaks(recentDays)];
    // Otherwise one day would decide about an hour that is rarely measured.
    return most([
      ...(all.length < this.#days.size / 2 ? [] : [onMostDays(all)]),
      ...(recent.length < recentDays / 2 ? [] : [onMostDays(recent)]),
    ]);
  }

  /** What a day reaches at any hour, on more than half of the days: a job may begin at another hour each day. */
  usualPeakOfDay(): number | undefined {
    return onMostDays([...this.#days.values()].flatMap((day) => most(day.map((values) => p99Of(values ?? []))) ?? []));
  }

  unusual(above: number): UnusualMeasurements {
    const byDay = [...this.#days.values()].map((day) => day.flatMap((values) => values ?? []));
    const all = byDay.flat();
    const isAbove = (value: number) => value > above;
    return {
      above,
      count: all.filter(isAbove).length,
      ofCount: all.length,
      days: byDay.filter((values) => values.some(isAbove)).length,
      highest: most(all) ?? 0,
    };
  }
}

interface DayAndHour {
  /** 0 is the last day of the span. */
  readonly back: number;
  readonly hour: number;
}

/** Day and hour of a time. Remembers them, because all series have the same times. */
function calendarOf({ endSeconds }: Span): (atSeconds: number) => DayAndHour {
  const known = new Map<number, DayAndHour>();
  const lastMidnight = new Date((endSeconds - 1) * 1000).setHours(0, 0, 0, 0);
  return (atSeconds) => {
    const before = known.get(atSeconds);
    if (before !== undefined) return before;
    const hour = new Date(atSeconds * 1000).getHours();
    // Rounded, because a day may have 23 or 25 hours.
    const back = Math.round((lastMidnight - new Date(atSeconds * 1000).setHours(0, 0, 0, 0)) / 86_400_000);
    const found = { back, hour };
    known.set(atSeconds, found);
    return found;
  };
}

/** Normal values of each subject of a threshold. Throws `ProgramFailure`. */
export async function normalOf(
  use: ThresholdUse,
  span: Span,
  limits: Limits,
  history: History,
  timeouts: ReadonlyMap<string, number> = new Map(),
): Promise<readonly SubjectNormal[]> {
  const measured = new Map<string, Measurements>();
  const dayAndHour = calendarOf(span);
  for await (const points of history.points(use.measured, span)) {
    for (const point of points) {
      const subject = subjectOf(point.labels, use);
      const entry = measured.get(subject) ?? new Measurements(point.labels);
      measured.set(subject, entry);
      entry.add(point.value, dayAndHour(point.atSeconds));
    }
  }
  return [...measured].flatMap(([subject, each]): SubjectNormal[] => {
    const component = use.own === undefined ? undefined : each.labels[use.own];
    const present = limits.get(component ?? '') ?? limits.get('');
    const hours = Array.from({ length: 24 }, (_, hour) => each.inHour(hour));
    const byHour = hours.map(normal);
    const all = hours.flat();
    const whole = normal(all);
    if (present === undefined || whole === undefined) return [];
    const peaks = hours.map((_, hour) => each.usualPeakOf(hour) ?? Number.NEGATIVE_INFINITY);
    const busiestHour = peaks.indexOf(peaks.reduce((a, b) => Math.max(a, b)));
    const usualPeak = most([...peaks, each.usualPeakOfDay()]) ?? whole.p99;
    const above = (limit: number) => all.filter((value) => value > limit).length / all.length;
    const timeoutSeconds =
      use.threshold.key === 'response_time_ms' ? (timeouts.get(component ?? '') ?? probeTimeoutSeconds) : undefined;
    const { wanted, limit, mostUseful } = limitsFor(use, usualPeak, present, timeoutSeconds);
    return [
      {
        subject,
        ...(component === undefined ? {} : { component }),
        whole,
        byHour,
        usualPeak,
        busiestHour,
        unusual: each.unusual(wanted),
        aboveRatio: { warning: above(present.warning), critical: above(present.critical) },
        present,
        proposed: limit ?? present,
        ...(limit === undefined ? { noLimit: { mostUseful } } : {}),
        ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
      },
    ];
  });
}

/** Proposed limits for all components, and for single components that need other ones. */
export interface Proposal {
  readonly general: Threshold;
  /** By component, in the order of their names. */
  readonly own: ReadonlyMap<string, Threshold>;
}

/** A component gets its own limits if it needs more than this many times the median of all. */
const outlierFactor = 4;

/**
 * Limits that are high enough for all subjects. Components get their own if they need far higher ones, are steadily
 * above the present one while most are not, time out before the general one, or have their own limits today. Undefined
 * without subjects.
 */
export function proposeFor(uses: readonly (readonly SubjectNormal[])[], limits: Limits): Proposal | undefined {
  const all = uses.flat();
  const useful = all.filter(({ noLimit }) => noLimit === undefined);
  const shared = useful.filter(({ component }) => component === undefined || !limits.has(component));
  const warnings = shared.map(({ proposed }) => proposed.warning).sort((a, b) => a - b);
  const median = warnings[Math.floor((warnings.length - 1) / 2)] ?? Number.POSITIVE_INFINITY;
  const isSteadilyAbove = ({ whole, present }: SubjectNormal) => whole.p50 > present.warning;
  const areMostAbove = shared.filter(isSteadilyAbove).length > shared.length / 2;
  const fits = (each: SubjectNormal) =>
    each.component === undefined ||
    (each.proposed.warning <= outlierFactor * median && (areMostAbove || !isSteadilyAbove(each)));
  const fallback = limits.get('');
  const needed = shared.filter(fits).map(({ proposed }) => proposed);
  const enough = {
    warning: Math.max(...needed.map(({ warning }) => warning)),
    critical: Math.max(...needed.map(({ critical }) => critical)),
  };
  const isSame = needed.length === 0 || (fallback !== undefined && !isOther(fallback, enough));
  const general = isSame ? fallback : enough;
  if (all.length === 0 || general === undefined) return undefined;
  const own = useful.filter(
    (each) =>
      each.component !== undefined &&
      (!shared.includes(each) || !fits(each) || (each.timeoutSeconds ?? Number.POSITIVE_INFINITY) <= general.critical),
  );
  return {
    general,
    own: new Map(
      own.map(({ component = '', proposed }) => [component, proposed] as const).sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
  };
}

/** Whether a proposal differs by more than a tenth. A smaller change is not useful. */
export function isOther(present: Threshold, proposed: Threshold): boolean {
  return (['warning', 'critical'] as const).some(
    (severity) => Math.abs(proposed[severity] - present[severity]) > 0.1 * present[severity],
  );
}

/**
 * For times, the warning limit is the usual peak plus half, and the critical limit is 2.5 times the warning limit, as
 * in the default thresholds.
 */
const timeMargin = 1.5;
const timeCriticalFactor = 2.5;
/** Lower limits are exceeded whenever anything else is busy. */
const leastWarningSeconds = 0.05;
/** An answer can be CRITICAL only if it comes before the timeout. */
const timeoutShare = 0.95;
/** The configuration accepts one hour. */
const longestSeconds = 3600;
/** Where there is little room below the timeout, critical is at least this many times the warning. */
const leastGapFactor = 1.2;
/** A warning limit is at least this many times the usual peak. */
const leastMargin = 1.1;
/** For resources, as share of the distance from the usual peak to 1: warning at half, critical at four fifths. */
const roomShare = { warning: 0.5, critical: 0.8 };
/** Higher limits are exceeded only by 100 %. */
const mostUsageRatio = 0.98;
const leastUsageGapRatio = 0.02;
const leastUsageMarginRatio = 0.01;
/** With a lower limit a single failure in a quiet hour would be too much. */
const leastErrorRatio = 0.01;
/** The largest limits of failures. Nothing is above 1. */
const mostErrors = { warning: 0.5, critical: 0.9 };

interface LimitsFor {
  /** The warning limit without regard to what can be reached. */
  readonly wanted: number;
  /** Undefined if the usual peak is too close to the largest value that can be useful. */
  readonly limit?: Threshold;
  /** The largest useful critical limit. */
  readonly mostUseful: number;
}

/** The limits that follow from a usual peak. If it is 0, the present limits stay. */
function limitsFor(
  { threshold: { key, perUnit } }: ThresholdUse,
  peak: number,
  present: Threshold,
  timeoutSeconds = longestSeconds,
): LimitsFor {
  if (peak <= 0) return { wanted: present.warning, limit: present, mostUseful: present.critical };
  const result = (wanted: number, limit: Threshold, least: number, mostUseful: number): LimitsFor => ({
    wanted,
    ...(limit.warning >= least ? { limit } : {}),
    mostUseful,
  });
  if (perUnit === 1000) {
    const wanted = Math.max(leastWarningSeconds, rounded(peak * timeMargin, Math.ceil));
    const mostUseful = rounded(timeoutSeconds * timeoutShare, Math.floor);
    const critical = Math.min(rounded(wanted * timeCriticalFactor, Math.ceil), mostUseful);
    const warning = Math.min(wanted, rounded(critical / leastGapFactor, Math.floor));
    return result(wanted, { warning, critical }, peak * leastMargin, mostUseful);
  }
  if (key === 'error_rate_percent') {
    const wanted = rounded(Math.max(leastErrorRatio, peak * timeMargin), Math.ceil);
    const warning = Math.min(mostErrors.warning, wanted);
    const critical = Math.min(mostErrors.critical, warning * 2);
    return result(wanted, { warning, critical }, peak * leastMargin, mostErrors.critical);
  }
  const room = Math.max(0, 1 - peak);
  const percent = (ratio: number) => Math.round(ratio * 100) / 100;
  const wanted = percent(peak + roomShare.warning * room);
  const critical = Math.min(mostUsageRatio, percent(peak + roomShare.critical * room));
  const warning = Math.min(wanted, percent(critical - leastUsageGapRatio));
  return result(wanted, { warning, critical }, peak + leastUsageMarginRatio, mostUsageRatio);
}

/** Rounds to two digits, because more would look exact. */
function rounded(value: number, round: (value: number) => number): number {
  const unit = 10 ** (Math.floor(Math.log10(value)) - 1);
  return Number((round(Number((value / unit).toFixed(6))) * unit).toPrecision(2));
}

/** The value that more than half of the days reach. Undefined without days. */
function onMostDays(peaks: readonly number[]): number | undefined {
  return [...peaks].sort((a, b) => b - a)[Math.floor(peaks.length / 2)];
}

/** The largest of them. A spread of all measurements would be too many arguments. */
function most(values: readonly (number | undefined)[]): number | undefined {
  return values.reduce<number | undefined>(
    (largest, value) => (value === undefined || (largest ?? Number.NEGATIVE_INFINITY) >= value ? largest : value),
    undefined,
  );
}

function normal(values: readonly number[]): Normal | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  return { p50: quantile(sorted, 0.5), p95: quantile(sorted, 0.95), p99: quantile(sorted, 0.99) };
}

/** Interpolates between two values, like `quantile_over_time`. */
function quantile(sorted: readonly number[], share: number): number {
  const rank = share * (sorted.length - 1);
  const low = sorted[Math.floor(rank)] ?? Number.NaN;
  const high = sorted[Math.ceil(rank)] ?? low;
  return low + (high - low) * (rank - Math.floor(rank));
}

function p99Of(values: readonly number[]): number | undefined {
  return values.length === 0
    ? undefined
    : quantile(
        [...values].sort((a, b) => a - b),
        0.99,
      );
}
