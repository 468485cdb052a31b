import { isRecord, type JsonRecord } from '../base/json.js';
import { isOlder, oldestVersions } from '../base/version.js';
import type { Finding, StatusSubject } from './finding.js';
import type { ProgramClient } from './other-program.js';

/** The value under a path of keys; undefined if a key is missing. */
export function valueAt(document: unknown, ...keys: readonly string[]): unknown {
  return keys.reduce<unknown>((value, key) => (isRecord(value) ? value[key] : undefined), document);
}

/** The text under a path of keys; undefined for anything else. */
export function textAt(document: unknown, ...keys: readonly string[]): string | undefined {
  const value = valueAt(document, ...keys);
  return typeof value === 'string' ? value : undefined;
}

/** The number under a path of keys; undefined for anything else. */
export function numberAt(document: unknown, ...keys: readonly string[]): number | undefined {
  const value = valueAt(document, ...keys);
  return typeof value === 'number' ? value : undefined;
}

/** The objects in the list under a path of keys; undefined if there is no list. */
export function recordsAt(document: unknown, ...keys: readonly string[]): readonly JsonRecord[] | undefined {
  const value = valueAt(document, ...keys);
  return Array.isArray(value) ? value.filter(isRecord) : undefined;
}

/** The texts in the object under a path of keys, such as labels and annotations. */
export function labelsAt(document: unknown, ...keys: readonly string[]): Readonly<Record<string, string>> {
  const value = valueAt(document, ...keys);
  return isRecord(value)
    ? Object.fromEntries(
        Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
      )
    : {};
}

/**
 * The Unix time in seconds of an ISO 8601 text; undefined for any other text, and for the year 1, which means "never"
 * in Go.
 */
export function secondsOf(text: string | undefined): number | undefined {
  const milliseconds = Date.parse(text ?? '');
  return milliseconds > 0 ? milliseconds / 1000 : undefined;
}

/** One series of an instant query. */
export interface QuerySample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The present value of a PromQL expression. Throws `ProgramFailure`. */
export async function queryVector(client: ProgramClient, expression: string): Promise<readonly QuerySample[]> {
  const answer = await client.ask('GET', `/api/v1/query?query=${encodeURIComponent(expression)}`);
  return (recordsAt(answer, 'data', 'result') ?? []).map((series) => {
    const value = valueAt(series, 'value');
    return { labels: labelsAt(series, 'metric'), value: Number(Array.isArray(value) ? value[1] : Number.NaN) };
  });
}

const oldest: Readonly<Partial<Record<StatusSubject, string>>> = oldestVersions;

/** A finding if a program is older than the bundled files need; otherwise undefined, also for an unreadable version. */
export function tooOld(subject: StatusSubject, version: string | null): Finding | undefined {
  const least = oldest[subject];
  if (version === null || least === undefined || !isOlder(version, least)) return undefined;
  return {
    subject,
    level: 'warning',
    text: `${version} is too old: ${least} is needed`,
    remedy: `install ${subject} ${least} or newer`,
  };
}
