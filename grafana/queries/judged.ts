/** The name of a value that is above its warning limit. */
export const aboveWarning = '▲ above warning';

/** The name of a value that is above its critical limit. */
export const aboveCritical = '✖ above critical';

/** The limits of a value, one for each job. */
export interface Limits {
  readonly warning: string;
  readonly critical: string;
}

/**
 * A value of each job with its name as the label `is`: one of the two above, or `name`. So the limits in force colour it, and no limit is
 * written into a board. Without limits it is neutral.
 */
export function judged(value: string, { warning, critical }: Limits, name: string): string {
  const named = (expression: string, word: string) => `label_replace(${expression}, "is", "${word}", "", "")`;
  return [
    named(`(${value}) > on (job) ${critical}`, aboveCritical),
    named(`(${value}) > on (job) ${warning}`, aboveWarning),
    named(value, name),
  ].join(' or on (job) ');
}

/** The level that a value has by these limits, as `level` numbers it: 0, 2 or 3. Keeps the labels of the value. */
export function levelByLimits(value: string, { warning, critical }: Limits): string {
  return `2 * (${value} > bool on (job) group_left () ${warning}) + (${value} > bool on (job) group_left () ${critical})`;
}

/**
 * The value, or NaN where it is not known and what it is compared with is: otherwise the comparison would stand alone and read as the
 * value.
 */
export const orUnknown = (value: string, comparison: string): string => `${value} or on (job) NaN * ${comparison}`;
