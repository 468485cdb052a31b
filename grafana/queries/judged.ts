/** Label of a value above its warning limit. */
export const aboveWarning = '▲ above warning';

/** Label of a value above its critical limit. */
export const aboveCritical = '✖ above critical';

/** Queries for the limits of a value, one for each job. */
export interface Limits {
  readonly warning: string;
  readonly critical: string;
}

/**
 * The value of each job, with a label `is`: `aboveCritical`, `aboveWarning` or `name`. Boards choose the colour by this label, so no board
 * contains a limit. Without limits the label is `name`.
 */
export function judged(value: string, { warning, critical }: Limits, name: string): string {
  const named = (expression: string, word: string) => `label_replace(${expression}, "is", "${word}", "", "")`;
  return [
    named(`(${value}) > on (job) ${critical}`, aboveCritical),
    named(`(${value}) > on (job) ${warning}`, aboveWarning),
    named(value, name),
  ].join(' or on (job) ');
}

/** The level of a value by these limits: 0, 2 or 3, as in `level`. Keeps the labels of the value. */
export function levelByLimits(value: string, { warning, critical }: Limits): string {
  return `2 * (${value} > bool on (job) group_left () ${warning}) + (${value} > bool on (job) group_left () ${critical})`;
}

/** The value. If only the comparison is known, NaN: otherwise the panel shows the comparison alone, and people read it as the value. */
export const orUnknown = (value: string, comparison: string): string => `${value} or on (job) NaN * ${comparison}`;
