import { isoTime } from '../base/clock.js';
import { printableLine } from '../base/text.js';
import { type KnownThreshold, type Threshold, thresholdInFile } from '../config/sections/thresholds-section.js';
import { durationText } from '../http/page/format.js';
import type { Span } from '../stack/threshold-history.js';

/** The facts at the top of a report. */
export interface HistoryAsked {
  readonly job: string;
  readonly url: string;
  readonly days: number;
  readonly span: Span;
  /** Time of the span in which the exporter was scraped. Nothing is known about the rest. */
  readonly watchedSeconds: number;
}

/** Maximum number of subjects of a threshold in the report. There may be a thousand components. */
export const shownSubjects = 8;

/** The first lines of a report. */
export function reportHeading({ job, url, days, span, watchedSeconds }: HistoryAsked, remark: string): string[] {
  const share = watchedSeconds / (span.endSeconds - span.startSeconds);
  return [
    `${job}, ${days === 1 ? 'a day' : `${days} days`} until ${isoTime(span.endSeconds)}, from ${url}; ${remark}`,
    ...(share > 0.98
      ? []
      : [
          `Prometheus has ${watchedSeconds === 0 ? 'no' : `only ${durationText(watchedSeconds)} of`} data for this time.`,
        ]),
  ];
}

/** The same for programs. */
export function askedDocument({ job, url, days, span, watchedSeconds }: HistoryAsked): object {
  return {
    job,
    prometheus: url,
    days,
    start: isoTime(span.startSeconds),
    end: isoTime(span.endSeconds),
    watched_seconds: watchedSeconds,
  };
}

/** Both limits, such as `75/90`, in the unit of the configuration. */
export function limitText(threshold: Threshold, { perUnit }: KnownThreshold): string {
  const { warning, critical } = thresholdInFile(threshold, perUnit);
  return `${warning}/${critical}`;
}

/** A value with its unit. */
export function valueText(value: number, { perUnit }: KnownThreshold): string {
  return `${numberText(value * perUnit)} ${perUnit === 1000 ? 'ms' : '%'}`;
}

/** A number with two or three digits that matter. */
export function numberText(value: number): string {
  if (value === 0 || Math.abs(value) >= 100) return value.toFixed(0);
  return String(Number(value.toPrecision(value >= 10 ? 3 : 2)));
}

/** The lines as text. Names come from labels: they must not control the terminal or hide text. */
export function reportText(lines: readonly string[]): string {
  return `${lines.map(printableLine).join('\n')}\n`;
}
