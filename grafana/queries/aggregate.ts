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

/** What a counter grew by in each second, where the graph's resolution says over how long. */
export const perSecond = (counter: string): string => `rate(${counter}[$__rate_interval])`;

/** What a counter grew by, by default over the time range of the board. */
export const growth = (counter: string, range = '$__range'): string => `increase(${counter}[${range}])`;

/** The time in seconds that this share of the observations stayed below. Takes the buckets; both exporters of a pair may count. */
export function quantile(share: number, buckets: string, ...by: readonly string[]): string {
  return `histogram_quantile(${share}, sum by (${[...by, 'le'].join(', ')}) (${perSecond(buckets)}))`;
}
