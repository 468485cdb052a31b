import { padTo } from '../base/terminal-text.js';
import { type KnownThreshold, type Threshold, thresholdInFile } from '../config/sections/thresholds-section.js';
import { counted, formatCount } from '../http/page/format.js';
import {
  isOther,
  leastSeconds,
  type Normal,
  type Proposal,
  proposeFor,
  type SubjectNormal,
} from '../stack/threshold-advice.js';
import type { Limits } from '../stack/threshold-history.js';
import type { ThresholdUse } from '../stack/threshold-uses.js';
import {
  askedDocument,
  type HistoryAsked,
  limitText,
  numberText,
  reportHeading,
  reportText,
  shownSubjects,
  valueText,
} from './thresholds-report.js';

/** The limits of one threshold in force, and the normal values that its alerts compare with it. */
export interface ThresholdFound {
  readonly threshold: KnownThreshold;
  readonly limits: Limits;
  readonly uses: readonly { readonly use: ThresholdUse; readonly subjects: readonly SubjectNormal[] }[];
  /** What records it, and Prometheus does not have. */
  readonly missingRecords: readonly string[];
}

/** The text of `thresholds suggest`: a paragraph for each threshold, then the proposal as YAML. */
export function renderSuggestion(asked: HistoryAsked, found: readonly ThresholdFound[]): string {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const lines = [...reportHeading(asked, `hours are those of ${zone}`), ''];
  for (const { threshold, limits, uses, missingRecords } of found) {
    const general = limits.get('');
    const limit = general === undefined ? 'not exported' : limitText(general, threshold);
    lines.push(`${threshold.key}  ${limit}  (${threshold.row.comparedWith})`);
    const subjects = sorted(uses.flatMap((use) => use.subjects));
    if (subjects.length === 0)
      lines.push(
        missingRecords.length === 0
          ? '  not measured within that time'
          : `  not known: Prometheus does not have the rule ${missingRecords.join(', ')}`,
      );
    for (const subject of subjects.slice(0, shownSubjects))
      lines.push(`  ${closeness(subject, threshold)}`, ...leftOut(subject, threshold));
    if (subjects.length > shownSubjects)
      lines.push(`  ${subjects.length - shownSubjects} more are further from their limit; --json has them all`);
    const [closest] = subjects;
    if (closest !== undefined) lines.push(...hourTable(closest, threshold));
    lines.push('');
  }
  if (asked.watchedSeconds < leastSeconds) {
    lines.push('No proposal yet: it takes a day of history. Two weeks are best, because the days of a week differ.');
  } else {
    lines.push(...yamlProposal(asked, found));
  }
  return reportText(lines);
}

/** The same for programs, in seconds and ratios. Its keys do not change. */
export function suggestionDocument(asked: HistoryAsked, found: readonly ThresholdFound[]): object {
  return {
    ...askedDocument(asked),
    thresholds: found.map((each) => ({
      threshold: each.threshold.key,
      unit: each.threshold.perUnit === 1000 ? 'seconds' : 'ratio',
      present: each.limits.get('') ?? null,
      subjects: sorted(each.uses.flatMap(({ subjects }) => subjects)).map((subject) => ({
        subject: subject.subject,
        normal: subject.whole,
        by_hour: subject.byHour.map((hour) => hour ?? null),
        busiest_hour: subject.busiestHour,
        usual_peak: subject.usualPeak,
        left_out: {
          above: subject.unusual.above,
          measurements: subject.unusual.count,
          of_measurements: subject.unusual.ofCount,
          days: subject.unusual.days,
          highest: subject.unusual.highest,
        },
        above_ratio: subject.aboveRatio,
        present: subject.present,
        proposed: subject.noLimit === undefined ? subject.proposed : null,
      })),
      proposal: asked.watchedSeconds < leastSeconds ? null : proposalDocument(proposalOf(each)),
    })),
  };
}

/** The subject that is closest to its warning limit comes first. */
function sorted(subjects: readonly SubjectNormal[]): readonly SubjectNormal[] {
  const share = ({ usualPeak, present }: SubjectNormal) => usualPeak / present.warning;
  return [...subjects].sort((a, b) => share(b) - share(a));
}

function closeness(each: SubjectNormal, threshold: KnownThreshold): string {
  const { subject, whole, usualPeak, busiestHour, present, aboveRatio } = each;
  const share = percent(usualPeak / present.warning);
  const above = aboveRatio.warning > 0 ? `, above it ${percent(aboveRatio.warning)} of the time` : '';
  const normal = (['p50', 'p95', 'p99'] as const)
    .map((name) => `${name} ${valueText(whole[name], threshold)}`)
    .join(', ');
  return `${subject}: ${normal}; busiest at ${hourText(busiestHour)} h, usual peak ${valueText(usualPeak, threshold)}, ${share} of its warning ${valueText(present.warning, threshold)}${above}`;
}

/** What the proposal does not follow, and why. */
function leftOut({ unusual, noLimit, usualPeak }: SubjectNormal, threshold: KnownThreshold): string[] {
  const { above, count, ofCount, days, highest } = unusual;
  return [
    ...(count === 0
      ? []
      : [
          `    left out: ${formatCount(count)} of ${formatCount(ofCount)} measurements, on ${counted(days, 'day')}, are above ${valueText(above, threshold)}, too far from the usual peak (up to ${valueText(highest, threshold)})`,
        ]),
    ...(noLimit === undefined
      ? []
      : [
          `    no useful limit: the usual peak of ${valueText(usualPeak, threshold)} is too close to ${valueText(noLimit.mostUseful, threshold)}, ${threshold.perUnit === 1000 ? 'the largest limit below the timeout' : 'the largest useful limit'}`,
        ]),
  ];
}

/** Two tables of twelve hours, because one is wider than 80 columns. */
function hourTable({ subject, byHour }: SubjectNormal, threshold: KnownThreshold): string[] {
  const cell = (value: string) => padTo(value, 6, 'right');
  const hours = Array.from({ length: 24 }, (_, hour) => hour);
  const row = (name: string, half: readonly number[], of: (hour: number) => string) =>
    `    ${name.padEnd(4)}${half.map((hour) => cell(of(hour))).join('')}`;
  const values = (half: readonly number[], name: keyof Normal) =>
    row(name, half, (hour) => {
      const value = byHour[hour]?.[name];
      return value === undefined ? '-' : numberText(value * threshold.perUnit);
    });
  return [
    `    ${subject} by hour, ${threshold.perUnit === 1000 ? 'ms' : '%'}:`,
    ...[hours.slice(0, 12), hours.slice(12)]
      .filter((half) => half.some((hour) => byHour[hour] !== undefined))
      .flatMap((half) => [
        row('hour', half, hourText),
        ...(['p50', 'p95', 'p99'] as const).map((name) => values(half, name)),
      ]),
  ];
}

function proposalOf({ uses, limits }: ThresholdFound): Proposal | undefined {
  return proposeFor(
    uses.map(({ subjects }) => subjects),
    limits,
  );
}

function proposalDocument(proposal: Proposal | undefined): object | null {
  if (proposal === undefined) return null;
  return { general: proposal.general, components: Object.fromEntries(proposal.own) };
}

/** Text to paste into `monitoring.yml`. A threshold that is right is a comment. */
function yamlProposal(asked: HistoryAsked, found: readonly ThresholdFound[]): string[] {
  const general: string[] = [];
  const own = new Map<string, string[]>();
  for (const each of found) {
    const { threshold, limits, uses } = each;
    const proposal = proposalOf(each);
    const present = limits.get('');
    if (proposal === undefined || present === undefined) continue;
    const without = uses.flatMap(({ subjects }) => subjects).filter(({ noLimit }) => noLimit !== undefined);
    const names = without.slice(0, shownSubjects).map(({ subject }) => subject);
    const more = without.length > names.length ? ` and ${without.length - names.length} more` : '';
    general.push(
      isOther(present, proposal.general)
        ? `  ${threshold.key}: ${flow(proposal.general, threshold)}   # now ${limitText(present, threshold)}`
        : `  # ${threshold.key}: ${limitText(present, threshold)} ${without.length === 0 ? 'is right' : 'stays'}`,
      ...(without.length === 0 ? [] : [`  # ${threshold.key}: no useful limit for ${names.join(', ')}${more}`]),
    );
    for (const [component, limit] of proposal.own) {
      const now = limits.get(component) ?? present;
      // What has no limit of its own today gets one if it differs from the general one of tomorrow.
      if (!isOther(now, limit) && (limits.has(component) || !isOther(proposal.general, limit))) continue;
      const list = own.get(component) ?? [];
      own.set(component, list);
      list.push(`      ${threshold.key}: ${flow(limit, threshold)}   # now ${limitText(now, threshold)}`);
    }
  }
  return [
    `# Proposal for monitoring.yml${shortness(asked.watchedSeconds / leastSeconds)}`,
    'alert_thresholds:',
    ...general,
    ...(own.size === 0 ? [] : ['endpoints:']),
    ...[...own].flatMap(([component, limits]) => [`  ${component}:`, '    thresholds:', ...limits]),
    '',
    'The usual peak is a value that more than half of the days reach. Higher values on fewer days, such as an incident, are left out.',
    'Times: warning 1.5 times the usual peak, critical 2.5 times the warning, below the timeout. CPU, memory, disks: of the range between',
    'the usual peak and 100 %, warning at half and critical at four fifths. "thresholds backtest --set …" shows how often each would have fired.',
  ];
}

function shortness(days: number): string {
  if (days >= 7) return '';
  return days < 3
    ? ', from less than three days: an incident in them looks normal'
    : ', from less than a week: weekends may differ';
}

function flow(threshold: Threshold, { perUnit }: KnownThreshold): string {
  const { warning, critical } = thresholdInFile(threshold, perUnit);
  return `{warning: ${warning}, critical: ${critical}}`;
}

function percent(ratio: number): string {
  return ratio > 0 && ratio < 0.01 ? 'below 1 %' : `${Math.round(ratio * 100)} %`;
}

function hourText(hour: number): string {
  return String(hour).padStart(2, '0');
}
