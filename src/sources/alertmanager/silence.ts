import { isRecord } from '../json-record.js';

/** A condition on one label, as Alertmanager has it. */
export interface Matcher {
  readonly name: string;
  readonly value: string;
  readonly isRegex: boolean;
  /** False: whatever does not match. */
  readonly isEqual: boolean;
}

/** A silence that has not ended yet, as Alertmanager's API v2 tells it. */
export interface Silence {
  readonly id: string;
  readonly matchers: readonly Matcher[];
  readonly startsAtSeconds: number;
  readonly endsAtSeconds: number;
  readonly createdBy: string;
  readonly comment: string;
}

/**
 * The silences of an answer to `GET /api/v2/silences` that are active or still to come, the first to end first. Undefined when
 * the document is no such answer; single entries that are none are passed over.
 */
export function readSilences(document: unknown): readonly Silence[] | undefined {
  if (!Array.isArray(document)) return undefined;
  return (document as readonly unknown[])
    .flatMap((entry) => readSilence(entry) ?? [])
    .sort((a, b) => a.endsAtSeconds - b.endsAtSeconds || (a.id < b.id ? -1 : 1));
}

function readSilence(entry: unknown): Silence | undefined {
  if (!isRecord(entry) || !isRecord(entry['status']) || !Array.isArray(entry['matchers'])) return undefined;
  const { id, status, matchers, startsAt, endsAt, createdBy, comment } = entry;
  const startsAtSeconds = secondsOf(startsAt);
  const endsAtSeconds = secondsOf(endsAt);
  if (typeof id !== 'string' || status['state'] === 'expired' || Number.isNaN(startsAtSeconds + endsAtSeconds))
    return undefined;
  const read = (matchers as readonly unknown[]).map(readMatcher);
  // Without one of its conditions it would silence more than it does.
  if (read.length === 0 || !read.every((matcher) => matcher !== undefined)) return undefined;
  return { id, matchers: read, startsAtSeconds, endsAtSeconds, createdBy: textOf(createdBy), comment: textOf(comment) };
}

function readMatcher(entry: unknown): Matcher | undefined {
  if (!isRecord(entry)) return undefined;
  const { name, value, isRegex, isEqual = true } = entry;
  if (
    typeof name !== 'string' ||
    typeof value !== 'string' ||
    typeof isRegex !== 'boolean' ||
    typeof isEqual !== 'boolean'
  )
    return undefined;
  return { name, value, isRegex, isEqual };
}

function secondsOf(time: unknown): number {
  return typeof time === 'string' ? Date.parse(time) / 1000 : Number.NaN;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
