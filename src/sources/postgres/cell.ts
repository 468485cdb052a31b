/** What a column of a row may hold. */
export type Cell = string | number | boolean | null;

/** The types that are numbers, by their number in `pg_type`: int2, int4, int8, oid, float4, float8, numeric. */
const numeric: ReadonlySet<number> = new Set([21, 23, 20, 26, 700, 701, 1700]);
const boolean = 16;
/** date, timestamp, timestamptz. */
const moments: ReadonlySet<number> = new Set([1082, 1114, 1184]);

/**
 * A value as PostgreSQL writes it, in ISO style and UTC: numbers as such, dates and timestamps as Unix seconds, booleans, NULL as
 * null; everything else, NaN and infinity included, as the text that it is.
 */
export function readCell(text: string | null, type: number): Cell {
  if (text === null) return null;
  if (type === boolean) return text === 't';
  const value = numeric.has(type) ? Number(text) : moments.has(type) ? unixSeconds(text) : Number.NaN;
  return Number.isFinite(value) ? value : text;
}

function unixSeconds(text: string): number {
  const [, date, time = '00:00:00'] = /^(\d{4}-\d\d-\d\d)(?: (\d\d:\d\d:\d\d(?:\.\d+)?)(?:\+00)?)?$/.exec(text) ?? [];
  return date === undefined ? Number.NaN : Date.parse(`${date}T${time}Z`) / 1000;
}
