/**
 * Values of a column for each line of a table; NaN for a line without value. Grafana drops a column without any value, and then breaks the
 * joined table. A mapping can show a text for NaN.
 */
export const forEachLine = (lines: string, values: string): string => `${values} or NaN * (${lines})`;

/**
 * The lines of a table, or one line with the reason why there are none: Grafana cuts off the heading of an empty joined table. The text is
 * in a separate column `note`, which exists only then. In the column of a name the text would be a link to that name.
 */
export const orNote = (lines: string, words: string): string => `${lines} or on () ${note(words)}`;

/** A line with a text and no value. */
export const note = (words: string): string => `label_replace(NaN * vector(1), "note", "${words}", "", "")`;

/**
 * The lines of a timeline. If `series` has no sample in the time range, one line with this value: a timeline cannot show a text for an
 * empty panel. Takes a selector.
 */
export const orTimeline = (lines: string, series: string, value: number, label: string, name: string): string =>
  `${lines} or label_replace(${value} * absent_over_time(${series}[$__range] @ end()), "${label}", "${name}", "", "")`;
