/**
 * The values of a column for each of the `lines` of a table, NaN for those that have none. A column without any value would otherwise
 * vanish, and a joined table with it; and for a NaN there can be a word.
 */
export const forEachLine = (lines: string, values: string): string => `${values} or NaN * ${lines}`;
