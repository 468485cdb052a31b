import { MappingType, SpecialValueMatch, type ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';
import { colors } from './defaults.js';

/** A division by zero returns NaN. People see a dash. */
const notANumber: ValueMapping = {
  type: MappingType.SpecialValue,
  options: { match: SpecialValueMatch.NotANumber, result: { text: '–', color: colors.none, index: 99 } },
};

const outOfReach = 1e15;

/**
 * Words for levels, by the numbers of `level` in the queries; -1 is "nothing is known". Words have no-break spaces, because a narrow card
 * would break the line after the sign. Each word ends with a space: Grafana measures the word with most letters, but WARNING is wider.
 */
export const levelMappings = words([
  ['0', '✔\u00a0HEALTHY\u00a0', colors.healthy],
  ['1', '?\u00a0UNKNOWN\u00a0', colors.unknown],
  ['2', '▲\u00a0WARNING\u00a0', colors.warning],
  ['3', '✖\u00a0CRITICAL\u00a0', colors.critical],
  ['-1', '∅\u00a0NO\u00a0DATA\u00a0', colors.unknown],
  ['-2', '⏸\u00a0MAINTENANCE\u00a0', colors.unknown],
]);

/** Words for 1 (good) and 0 (bad). */
export const yesNoMappings = (yes: string, no: string): ValueMapping[] =>
  words([
    ['1', `✔ ${yes}`, colors.healthy],
    ['0', `✖ ${no}`, colors.critical],
    ['-1', '∅ NO DATA', colors.unknown],
  ]);

/** Words for values. NaN is shown as a dash. */
export function words(entries: readonly (readonly [value: string, text: string, color: string])[]): ValueMapping[] {
  const options = Object.fromEntries(entries.map(([value, text, color], index) => [value, { text, color, index }]));
  return [{ type: MappingType.ValueToText, options }, notANumber];
}

/**
 * Words for ranges of values, both ends included. null means no end. It becomes a number out of reach, because some versions of Grafana
 * read null as 0. Without a text Grafana shows the value itself in the colour.
 */
export function ranges(
  entries: readonly (readonly [from: number | null, to: number | null, text: string | undefined, color: string])[],
): ValueMapping[] {
  return [
    ...entries.map(
      ([from, to, text, color], index): ValueMapping => ({
        type: MappingType.RangeToText,
        options: {
          from: from ?? -outOfReach,
          to: to ?? outOfReach,
          result: { ...(text !== undefined && { text }), color, index },
        },
      }),
    ),
    notANumber,
  ];
}

/** Red below 0, where the objective is broken. Other values stay without colour. */
export const belowZero = ranges([[null, -1e-9, undefined, colors.critical]]);

/** Replaces texts by other texts. Colours do not change. */
export const renamed = (entries: readonly (readonly [value: string, text: string])[]): ValueMapping[] => [
  {
    type: MappingType.ValueToText,
    options: Object.fromEntries(entries.map(([value, text]) => [value, { text }])),
  },
];

/** A text for an absent value with a known reason. Other values stay numbers. */
export const absentAs = (text: string): ValueMapping[] => [
  {
    type: MappingType.SpecialValue,
    options: { match: SpecialValueMatch.NullAndNan, result: { text, color: colors.none, index: 0 } },
  },
];
