import type { Threshold } from '../config/sections/thresholds-section.js';
import { type History, type Limits, type Span, subjectOf } from './threshold-history.js';
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
  readonly whole: Normal;
  /** 24 entries by hour of the day in the time zone of this machine; undefined if nothing was measured. */
  readonly byHour: readonly (Normal | undefined)[];
  /** The hour with the largest p99. */
  readonly busiestHour: number;
  readonly busiest: Normal;
  /** Share of the measurements above the present warning and critical limit. */
  readonly aboveRatio: { readonly warning: number; readonly critical: number };
  readonly present: Threshold;
  readonly proposed: Threshold;
}

/** Prometheus must have watched for at least this time before the exporter proposes limits. */
export const leastSeconds = 86_400;

/**
 * For times, the warning limit is the usual peak plus half, and the critical limit is 2.5 times the warning limit, as
 * in the default thresholds.
 */
const timeMargin = 1.5;
const timeCriticalFactor = 2.5;
/** For resources, as share of the distance from the usual peak to 1: warning at half, critical at four fifths. */
const roomShare = { warning: 0.5, critical: 0.8 };
/** With a lower limit a single failure in a quiet hour would be too much. */
const leastErrorRatio = 0.01;

/** Normal values of each subject of a threshold. Throws `ProgramFailure`. */
export async function normalOf(
  use: ThresholdUse,
  span: Span,
  limits: Limits,
  history: History,
): Promise<readonly SubjectNormal[]> {
  const measured = new Map<string, { readonly labels: Readonly<Record<string, string>>; readonly hours: number[][] }>();
  for await (const points of history.points(use.measured, span)) {
    for (const { labels, atSeconds, value } of points) {
      const subject = subjectOf(labels, use);
      const entry = measured.get(subject) ?? { labels, hours: Array.from({ length: 24 }, () => []) };
      measured.set(subject, entry);
      entry.hours[new Date(atSeconds * 1000).getHours()]?.push(value);
    }
  }
  return [...measured].flatMap(([subject, { labels, hours }]): SubjectNormal[] => {
    const component = use.own === undefined ? undefined : labels[use.own];
    const present = limits.get(component ?? '') ?? limits.get('');
    const byHour = hours.map(normal);
    const all = hours.flat();
    const whole = normal(all);
    if (present === undefined || whole === undefined) return [];
    const busiestHour = byHour.reduce((best, each, hour) => (p99(each) > p99(byHour[best]) ? hour : best), 0);
    const busiest = byHour[busiestHour] ?? whole;
    const above = (limit: number) => all.filter((value) => value > limit).length / all.length;
    return [
      {
        subject,
        ...(component === undefined ? {} : { component }),
        whole,
        byHour,
        busiestHour,
        busiest,
        aboveRatio: { warning: above(present.warning), critical: above(present.critical) },
        present,
        proposed: proposal(use, busiest.p99, present),
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
 * Limits that are high enough for all subjects. Components that need far higher ones, or have their own limits today,
 * get their own. Undefined without subjects.
 */
export function proposeFor(uses: readonly (readonly SubjectNormal[])[], limits: Limits): Proposal | undefined {
  const all = uses.flat();
  const shared = all.filter(({ component }) => component === undefined || !limits.has(component));
  const warnings = shared.map(({ proposed }) => proposed.warning).sort((a, b) => a - b);
  const median = warnings[Math.floor((warnings.length - 1) / 2)] ?? Number.POSITIVE_INFINITY;
  const fits = ({ component, proposed }: SubjectNormal) =>
    component === undefined || proposed.warning <= outlierFactor * median;
  const own = all.filter((each) => !shared.includes(each) || !fits(each));
  const general = shared.filter(fits).reduce<Threshold | undefined>(
    (most, { proposed }) => ({
      warning: Math.max(most?.warning ?? 0, proposed.warning),
      critical: Math.max(most?.critical ?? 0, proposed.critical),
    }),
    undefined,
  );
  const fallback = limits.get('');
  if (all.length === 0 || (general ?? fallback) === undefined) return undefined;
  return {
    general: general ?? (fallback as Threshold),
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

/** The limits that follow from a usual peak. If only 0 was measured, the present limits stay. */
function proposal({ threshold: { key, perUnit } }: ThresholdUse, peak: number, present: Threshold): Threshold {
  if (peak <= 0) return present;
  if (perUnit === 1000) {
    const warning = roundedUp(peak * timeMargin);
    return { warning, critical: roundedUp(warning * timeCriticalFactor) };
  }
  if (key === 'error_rate_percent') {
    const warning = Math.min(0.5, roundedUp(Math.max(leastErrorRatio, peak * timeMargin)));
    return { warning, critical: Math.min(1, warning * 2) };
  }
  const room = Math.max(0, 1 - peak);
  const percent = (share: number) => Math.round((peak + share * room) * 100) / 100;
  return { warning: percent(roomShare.warning), critical: percent(roomShare.critical) };
}

/** Rounds up to two digits, because more would look exact. */
function roundedUp(value: number): number {
  const unit = 10 ** (Math.floor(Math.log10(value)) - 1);
  return Number((Math.ceil(Number((value / unit).toFixed(6))) * unit).toPrecision(2));
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

function p99(each: Normal | undefined): number {
  return each?.p99 ?? Number.NEGATIVE_INFINITY;
}
