import { isRecord } from '../base/json.js';

/** One series of a range query. */
export interface RangeSeries {
  readonly labels: Readonly<Record<string, string>>;
  /** In the order of time. Values that are not numbers, such as NaN, are left out. */
  readonly points: readonly (readonly [atSeconds: number, value: number])[];
}

/** The series of an answer of Prometheus to a range query; undefined for any other document. */
export function readRange(answer: unknown): readonly RangeSeries[] | undefined {
  const data = isRecord(answer) && isRecord(answer['data']) ? answer['data'] : undefined;
  const result = data?.['result'];
  if (!Array.isArray(result)) return undefined;
  const all = (result as readonly unknown[]).map(readSeries);
  return all.every((series) => series !== undefined) ? all : undefined;
}

function readSeries(series: unknown): RangeSeries | undefined {
  if (!isRecord(series) || !isRecord(series['metric']) || !Array.isArray(series['values'])) return undefined;
  const labels = Object.entries(series['metric']).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  const points = (series['values'] as readonly unknown[]).flatMap((pair) => {
    const value = Array.isArray(pair) ? Number(pair[1]) : Number.NaN;
    return Number.isFinite(value) ? [[Number((pair as readonly unknown[])[0]), value] as const] : [];
  });
  return { labels: Object.fromEntries(labels), points };
}
