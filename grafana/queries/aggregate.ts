/**
 * The greatest value for each combination of labels. Two exporters of one job watch the same AI-CRM: this counts them once, and shows the
 * worse value. `job` is always kept, because one job is one AI-CRM.
 */
export function greatest(expression: string, ...by: readonly string[]): string {
  return `max by (${['job', ...by].join(', ')}) (${expression})`;
}

/** The smallest value, for numbers that are bad when small. */
export function least(expression: string, ...by: readonly string[]): string {
  return `min by (${['job', ...by].join(', ')}) (${expression})`;
}

/**
 * The worst value in each step of a graph, so that a long step loses no sample. If a step is shorter than the scrape interval, it is the
 * last value. Takes a selector.
 */
export const worst = (series: string): string => `(max_over_time(${series}[$__interval]) or ${series})`;

/** The same for numbers that are bad when small. */
export const worstWhenLeast = (series: string): string => `(min_over_time(${series}[$__interval]) or ${series})`;

/** Growth of a counter per second. Grafana chooses the range. `ago` as in `growth`. */
export const perSecond = (counter: string, ago?: string): string => `rate(${counter}[$__rate_interval]${offset(ago)})`;

/**
 * Growth of a counter, by default over the time range of the board. `ago`, such as `1w`, is how long ago the range ended. A negative `ago`
 * begins the range at the time of the sample.
 */
export const growth = (counter: string, range = '$__range', ago?: string): string =>
  `increase(${counter}[${range}]${offset(ago)})`;

/**
 * Growth of a counter in the day that begins at the time of the sample. So a bar has the date of the day that it counts, and today has a
 * bar. With `days` it counts the day that number of days earlier.
 */
export const growthOfDay = (counter: string, days = 0): string => growth(counter, '1d', `${days - 1}d`);

/** The same series a week earlier. Takes a selector. */
export const weekBefore = (series: string): string => `${series} offset 1w`;

/** Quantile in seconds; `share` is 0 to 1. Takes buckets. Both exporters of a pair count. */
export function quantile(share: number, buckets: string, ...by: readonly string[]): string {
  return `histogram_quantile(${share}, sum by (${[...by, 'le'].join(', ')}) (${perSecond(buckets)}))`;
}

const offset = (ago: string | undefined): string => (ago === undefined ? '' : ` offset ${ago}`);
