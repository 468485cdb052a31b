import type { Threshold } from '../config/sections/thresholds-section.js';
import { type History, type Limits, type Span, subjectOf } from './threshold-history.js';
import type { ThresholdUse } from './threshold-uses.js';

/** Quantiles of what was measured, in the unit of the metric: seconds or a ratio. */
export interface Normal {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** What is normal for one subject, and how far its limit is from that. */
export interface SubjectNormal {
  readonly subject: string;
  /** The component whose own limit applies, where it may have one. */
  readonly component?: string;
  readonly whole: Normal;
  /** By hour of the day on the clock of this machine, 24 of them; undefined where nothing was measured. */
  readonly byHour: readonly (Normal | undefined)[];
  /** The hour with the largest p99. */
  readonly busiestHour: number;
  readonly busiest: Normal;
  /** Share of the time in which it was above the present warning and critical limit. */
  readonly aboveRatio: { readonly warning: number; readonly critical: number };
  readonly present: Threshold;
  readonly proposed: Threshold;
}

/** How long Prometheus has to have watched before a proposal is made. */
export const leastSeconds = 86_400;

/** A time above its usual peak by half is worth a warning, and one at 2.5 times that is critical, as without any configuration. */
const timeMargin = 1.5;
const timeCriticalFactor = 2.5;
/** Of the room between the usual peak and all of a resource: a warning at half of it, critical at four fifths. */
const roomShare = { warning: 0.5, critical: 0.8 };
/** Below that a single failure in a quiet hour would be too much. */
const leastErrorRatio = 0.01;

/** What is normal for each subject of a threshold. Throws `ProgramFailure`. */
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

/** A proposal for all, and for those components that it does not fit. */
export interface Proposal {
  readonly general: Threshold;
  /** By component, in the order of their names. */
  readonly own: ReadonlyMap<string, Threshold>;
}

/** A component that needs more than this many times what half of them need gets a limit of its own. */
const outlierFactor = 4;

/**
 * One limit for all, large enough for every subject but for components that need far more than the others, or have a limit of their own
 * today. Undefined for no subjects.
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

/** Whether a proposal is worth a change: it differs by more than a tenth. */
export function isOther(present: Threshold, proposed: Threshold): boolean {
  return (['warning', 'critical'] as const).some(
    (severity) => Math.abs(proposed[severity] - present[severity]) > 0.1 * present[severity],
  );
}

/** The limits that follow from a usual peak. Where nothing was measured but 0, nothing follows. */
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

/** Up to two digits: a proposal is no measurement. */
function roundedUp(value: number): number {
  const unit = 10 ** (Math.floor(Math.log10(value)) - 1);
  return Number((Math.ceil(Number((value / unit).toFixed(6))) * unit).toPrecision(2));
}

function normal(values: readonly number[]): Normal | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  return { p50: quantile(sorted, 0.5), p95: quantile(sorted, 0.95), p99: quantile(sorted, 0.99) };
}

/** As `quantile_over_time` has it: between two values in proportion. */
function quantile(sorted: readonly number[], share: number): number {
  const rank = share * (sorted.length - 1);
  const low = sorted[Math.floor(rank)] ?? Number.NaN;
  const high = sorted[Math.ceil(rank)] ?? low;
  return low + (high - low) * (rank - Math.floor(rank));
}

function p99(each: Normal | undefined): number {
  return each?.p99 ?? Number.NEGATIVE_INFINITY;
}
