/**
 * The values of a column for each of the `lines` of a table, NaN for those that have none. A column without any value would otherwise
 * vanish, and a joined table with it; and for a NaN there can be a word.
 */
export const forEachLine = (lines: string, values: string): string => `${values} or NaN * (${lines})`;

/**
 * The lines of a table, or one that says why there are none: a joined table without any line shows a heading that is cut off. The words are
 * in a column of their own, `note`, which is there only then: in the column of a name they would be a link to that name.
 */
export const orNote = (lines: string, words: string): string => `${lines} or on () ${note(words)}`;

/** A line that only says something. */
export const note = (words: string): string => `label_replace(NaN * vector(1), "note", "${words}", "", "")`;

/**
 * The lines of a timeline, or one of this value where `series` has no sample in the whole time range: this kind of panel has no words of its
 * own for "nothing to show". Takes a selector.
 */
export const orTimeline = (lines: string, series: string, value: number, label: string, name: string): string =>
  `${lines} or label_replace(${value} * absent_over_time(${series}[$__range] @ end()), "${label}", "${name}", "", "")`;
