import { ask } from './ask.js';
import type { BoardJson } from './board-json.js';
import { type BoardQuery, fillIn } from './board-queries.js';

/** One series of an answer. An instant query has one value. */
export interface AnsweredSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [timeSeconds: number, value: number])[];
}

/** The answer of Prometheus to a query. */
export interface Answer {
  readonly series: readonly AnsweredSeries[];
  /** The error message if the query failed. */
  readonly error?: string;
  readonly tookMilliseconds: number;
  /** The number of samples that Prometheus read. */
  readonly samples: number;
}

/** The time range and step of a board. */
export interface TimeRange {
  readonly endSeconds: number;
  readonly rangeSeconds: number;
  readonly stepSeconds: number;
  /** The scrape interval in the settings of the data source. */
  readonly scrapeSeconds: number;
}

/** The answer to a query with these values of its variables. Grafana's own variables follow from the times. */
export async function answerTo(
  { kind }: Pick<BoardQuery, 'kind'>,
  expression: string,
  url: string,
  time: TimeRange,
  chosen: Readonly<Record<string, string>>,
): Promise<Answer> {
  const query = fillIn(expression, { ...chosen, ...intervals(time) });
  const { endSeconds, rangeSeconds, stepSeconds } = time;
  const isRange = kind === 'range' || kind === 'annotation';
  const path = isRange
    ? `query_range?start=${endSeconds - rangeSeconds}&end=${endSeconds}&step=${stepSeconds}`
    : `query?time=${endSeconds}`;
  const before = performance.now();
  const { text } = await ask(`${url}/api/v1/${path}&query=${encodeURIComponent(query)}&stats=all`);
  const tookMilliseconds = performance.now() - before;
  const { data, error } = JSON.parse(text) as {
    readonly error?: string;
    readonly data?: {
      readonly result: readonly RawSeries[];
      readonly stats: { readonly samples: { readonly totalQueryableSamples: number } };
    };
  };
  if (data === undefined) return { series: [], error: `${error}: ${query}`, tookMilliseconds, samples: 0 };
  const series = data.result.map(({ metric, value, values }) => ({
    metric,
    values: (values ?? (value === undefined ? [] : [value])).map(
      ([at, text]) => [at, Number(text.replace('Inf', 'Infinity'))] as const,
    ),
  }));
  return { series, tookMilliseconds, samples: data.stats.samples.totalQueryableSamples };
}

interface RawSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
}

/** Grafana's own variables. The interval for rates follows from the step and the scrape interval of the data source. */
function intervals({ rangeSeconds, stepSeconds, scrapeSeconds }: TimeRange): Readonly<Record<string, string>> {
  const duration = (seconds: number) => `${Math.round(seconds * 1000)}ms`;
  return {
    __rate_interval: duration(Math.max(stepSeconds + scrapeSeconds, 4 * scrapeSeconds)),
    __interval: duration(stepSeconds),
    __interval_ms: String(Math.round(stepSeconds * 1000)),
    __range: duration(rangeSeconds),
    __range_s: String(Math.round(rangeSeconds)),
    __range_ms: String(Math.round(rangeSeconds * 1000)),
  };
}

/** The values of a label in a series selector, as Grafana's `label_values` finds them. */
export async function labelValues(url: string, selector: string, label: string): Promise<readonly string[]> {
  const { text } = await ask(`${url}/api/v1/label/${label}/values?match[]=${encodeURIComponent(selector)}`);
  return (JSON.parse(text) as { readonly data?: readonly string[] }).data ?? [];
}

/**
 * Selects values for the variables of a board for one job: "All" where it exists, otherwise every value from the query of the variable. A
 * later variable can use the earlier ones.
 */
export async function choose(
  board: BoardJson,
  queries: readonly BoardQuery[],
  url: string,
  job: string,
): Promise<Readonly<Record<string, string>>> {
  const chosen: Record<string, string> = { datasource: 'prometheus', job };
  for (const { name, includeAll, allValue } of board.templating.list) {
    if (name in chosen) continue;
    const query = queries.find(({ where }) => where === `${board.uid}: variable ${name}`);
    const values =
      query === undefined ? [] : await labelValues(url, fillIn(query.expression, chosen), query.label ?? '');
    chosen[name] = includeAll === true && allValue !== undefined ? allValue : values.join('|');
  }
  return chosen;
}

/** The values of the variable that repeats the panel of a query, each alone; one empty selection if the panel is not repeated. */
export async function repetitions(
  { board, placed }: BoardQuery,
  queries: readonly BoardQuery[],
  url: string,
  chosen: Readonly<Record<string, string>>,
): Promise<readonly Readonly<Record<string, string>>[]> {
  const [name] = placed?.repeats ?? [];
  if (name === undefined) return [{}];
  const variable = queries.find(({ where }) => where === `${board.uid}: variable ${name}`);
  return (await labelValues(url, fillIn(variable?.expression ?? '', chosen), variable?.label ?? '')).map((value) => ({
    [name]: value,
  }));
}
