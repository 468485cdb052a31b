/**
 * The greatest value of each combination of labels. Two exporters of one job see the same AI-CRM: this is how they count once, and how
 * the worse of them shows. `job` is always kept, one job is one AI-CRM.
 */
export function greatest(expression: string, ...by: readonly string[]): string {
  return `max by (${['job', ...by].join(', ')}) (${expression})`;
}

/** The same for what is bad when it is small. */
export function least(expression: string, ...by: readonly string[]): string {
  return `min by (${['job', ...by].join(', ')}) (${expression})`;
}

/**
 * The worst value within each step of a graph: the samples between two steps are not lost, however long a step is. Where a step is
 * shorter than scrapes are apart, the last value counts. Takes a selector.
 */
export const worst = (series: string): string => `(max_over_time(${series}[$__interval]) or ${series})`;

/** The same for what is bad when it is small. */
export const worstWhenLeast = (series: string): string => `(min_over_time(${series}[$__interval]) or ${series})`;

/** What a counter grew by in each second, where the graph's resolution says over how long; `ago` as in `growth`. */
export const perSecond = (counter: string, ago?: string): string => `rate(${counter}[$__rate_interval]${offset(ago)})`;

/**
 * What a counter grew by, by default over the time range of the board. `ago` is how long ago that range ended, `1w`; negative where the
 * range begins at the time of the sample.
 */
export const growth = (counter: string, range = '$__range', ago?: string): string =>
  `increase(${counter}[${range}]${offset(ago)})`;

/**
 * What a counter grew by in the day that begins at the time of the sample, so that a bar has the date of what it counts and today counts so
 * far; or in that day `days` before.
 */
export const growthOfDay = (counter: string, days = 0): string => growth(counter, '1d', `${days - 1}d`);

/** The same series a week before. Takes a selector. */
export const weekBefore = (series: string): string => `${series} offset 1w`;

/** The time in seconds that this share of the observations stayed below. Takes the buckets; both exporters of a pair may count. */
export function quantile(share: number, buckets: string, ...by: readonly string[]): string {
  return `histogram_quantile(${share}, sum by (${[...by, 'le'].join(', ')}) (${perSecond(buckets)}))`;
}

const offset = (ago: string | undefined): string => (ago === undefined ? '' : ` offset ${ago}`);
