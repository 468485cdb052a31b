import { tableLines } from '../base/terminal-text.js';
import { printableLine } from '../base/text.js';
import type { KnownThreshold } from '../config/sections/thresholds-section.js';
import { durationText } from '../http/page/format.js';
import type { Limits } from '../stack/threshold-history.js';
import { type Firings, type Replayed, total } from '../stack/threshold-replay.js';
import { alertedSeverities, type ThresholdUse } from '../stack/threshold-uses.js';
import {
  askedDocument,
  type HistoryAsked,
  reportHeading,
  reportText,
  shownSubjects,
  valueText,
} from './thresholds-report.js';

/** The replay of one alert. */
export interface ThresholdReplayed {
  readonly use: ThresholdUse;
  readonly present: Limits;
  readonly tried?: Limits;
  readonly rows: readonly Replayed[];
  /** Whether Prometheus has anything to replay. */
  readonly isMeasured: boolean;
  /** Whether Prometheus has the rule of this severity, or had it when it fired. Otherwise nobody knows whether it would have. */
  readonly hasRule: (severity: string) => boolean;
}

/** The text of `thresholds backtest`: a line for each alert and severity, and for its subjects. */
export function renderBacktest(asked: HistoryAsked, replayed: readonly ThresholdReplayed[]): string {
  const isTrial = replayed.some(({ tried }) => tried !== undefined);
  const lines = [...reportHeading(asked, 'times are sums over everything that fired'), ''];
  const table: (readonly string[])[] = [
    ['', '', 'did fire', 'with the limits of today', ...(isTrial ? ['with those of --set'] : [])],
  ];
  for (const { use, present, tried, rows, isMeasured, hasRule } of replayed) {
    for (const severity of ['critical', 'warning'] as const) {
      const own = rows.filter((row) => row.severity === severity);
      const didFire = (firings: Firings) => (hasRule(severity) ? firingsText(firings) : 'not known: no rule');
      const replayedText = (of: (row: (typeof own)[number]) => Firings | undefined) =>
        isMeasured ? firingsText(total(own, of)) : 'not known: not measured';
      table.push([
        `${use.alert} ${severity}`,
        limitsText(present, tried, severity, use.threshold),
        didFire(total(own, ({ recorded }) => recorded)),
        replayedText((row) => row.present),
        ...(isTrial ? [replayedText((row) => row.tried)] : []),
      ]);
      if (use.subject.length === 0 || own.length === 0) continue;
      const most = [...own].sort((a, b) => longest(b) - longest(a)).slice(0, shownSubjects);
      for (const row of most)
        table.push([
          `  ${row.subject}`,
          '',
          didFire(row.recorded),
          firingsText(row.present),
          ...(row.tried === undefined ? [] : [firingsText(row.tried)]),
        ]);
      if (own.length > most.length) table.push([`  and ${own.length - most.length} more; --json has them all`]);
    }
  }
  lines.push(...tableLines(table.map((cells) => cells.map(printableLine))));
  lines.push(
    '',
    '"did fire" is what Prometheus recorded, with the limits and rules of that time. The other columns ignore restarts, and',
    'that one alert can hold back another.',
    ...(replayed.every(({ hasRule }) => alertedSeverities.every(hasRule))
      ? []
      : [
          '"no rule": this Prometheus does not have the rule of this alert. "ai-crm-exporter status" lists the missing rules.',
        ]),
    ...(replayed.every(({ isMeasured }) => isMeasured)
      ? []
      : ['"not measured": this Prometheus has no data for the alert, or lacks its recording rules.']),
  );
  return reportText(lines);
}

/** The same for programs. */
export function backtestDocument(asked: HistoryAsked, replayed: readonly ThresholdReplayed[]): object {
  return {
    ...askedDocument(asked),
    alerts: replayed.flatMap(({ use, present, tried, rows, isMeasured, hasRule }) =>
      (['critical', 'warning'] as const).map((severity) => ({
        alert: use.alert,
        severity,
        threshold: use.threshold.key,
        has_rule: hasRule(severity),
        measured: isMeasured,
        present: present.get('')?.[severity] ?? null,
        tried: tried?.get('')?.[severity] ?? null,
        subjects: rows
          .filter((row) => row.severity === severity)
          .map(({ subject, recorded, present: replayedNow, tried: replayedTried }) => ({
            subject,
            fired: hasRule(severity) ? firingsDocument(recorded) : null,
            present: firingsDocument(replayedNow),
            tried: replayedTried === undefined ? null : firingsDocument(replayedTried),
          })),
      })),
    ),
  };
}

function limitsText(
  present: ThresholdReplayed['present'],
  tried: ThresholdReplayed['tried'],
  severity: 'warning' | 'critical',
  threshold: KnownThreshold,
): string {
  const now = present.get('')?.[severity];
  const then = tried?.get('')?.[severity];
  if (now === undefined) return '';
  const text = valueText(now, threshold);
  return then === undefined || then === now ? text : `${text} → ${valueText(then, threshold)}`;
}

function firingsText({ count, totalSeconds, longestSeconds }: Firings): string {
  if (count === 0) return 'never';
  if (count === 1) return `once, ${wholeDuration(totalSeconds)}`;
  return `${count} times, ${wholeDuration(totalSeconds)}, longest ${wholeDuration(longestSeconds)}`;
}

/** A duration beside its own sum: days have their hours and minutes, so that both fit together. */
function wholeDuration(seconds: number): string {
  const days = Math.floor(Math.round(seconds) / 86_400);
  const rest = Math.round(seconds) % 86_400;
  if (days < 2) return durationText(seconds);
  const [hours, minutes] = [Math.floor(rest / 3600), Math.floor((rest % 3600) / 60)];
  return `${days} days${hours === 0 ? '' : ` ${hours} h`}${minutes === 0 ? '' : ` ${minutes} min`}`;
}

function firingsDocument({ count, totalSeconds, longestSeconds }: Firings): object {
  return { count, total_seconds: totalSeconds, longest_seconds: longestSeconds };
}

function longest({ recorded, present, tried }: ThresholdReplayed['rows'][number]): number {
  return Math.max(recorded.totalSeconds, present.totalSeconds, tried?.totalSeconds ?? 0);
}
