import { isRecord, type JsonRecord } from '../../sources/json-record.js';

/** The value under these keys, one inside the other; undefined where a key is missing. */
export function valueAt(document: unknown, ...keys: readonly string[]): unknown {
  return keys.reduce<unknown>((value, key) => (isRecord(value) ? value[key] : undefined), document);
}

/** The text under these keys; undefined for anything else. */
export function textAt(document: unknown, ...keys: readonly string[]): string | undefined {
  const value = valueAt(document, ...keys);
  return typeof value === 'string' ? value : undefined;
}

/** The number under these keys; undefined for anything else. */
export function numberAt(document: unknown, ...keys: readonly string[]): number | undefined {
  const value = valueAt(document, ...keys);
  return typeof value === 'number' ? value : undefined;
}

/** The objects in the list under these keys; undefined where there is no list. */
export function recordsAt(document: unknown, ...keys: readonly string[]): readonly JsonRecord[] | undefined {
  const value = valueAt(document, ...keys);
  return Array.isArray(value) ? value.filter(isRecord) : undefined;
}

/** The texts in the object under these keys: labels, annotations. */
export function labelsAt(document: unknown, ...keys: readonly string[]): Readonly<Record<string, string>> {
  const value = valueAt(document, ...keys);
  return isRecord(value)
    ? Object.fromEntries(
        Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
      )
    : {};
}

/** The Unix time in seconds of an ISO 8601 text; undefined for none, and for the year 1, by which Go says never. */
export function secondsOf(text: string | undefined): number | undefined {
  const milliseconds = Date.parse(text ?? '');
  return milliseconds > 0 ? milliseconds / 1000 : undefined;
}
