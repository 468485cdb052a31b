import { MappingType, SpecialValueMatch, type ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';
import { colors } from './defaults.js';

/** For whatever may be divided by nothing: "NaN" is no word for people. */
const notANumber: ValueMapping = {
  type: MappingType.SpecialValue,
  options: { match: SpecialValueMatch.NotANumber, result: { text: '–', color: colors.none, index: 99 } },
};

const outOfReach = 1e15;

/**
 * The words for levels, by the numbers of `level` in the queries; -1 is "nothing is known". Their spaces do not break: in a narrow card a
 * sign would stand alone. The last one leaves room: Grafana measures the word with most letters, and WARNING is wider. */
export const levelMappings = words([
  ['0', '✔\u00a0HEALTHY\u00a0', colors.healthy],
  ['1', '?\u00a0UNKNOWN\u00a0', colors.unknown],
  ['2', '▲\u00a0WARNING\u00a0', colors.warning],
  ['3', '✖\u00a0CRITICAL\u00a0', colors.critical],
  ['-1', '∅\u00a0NO\u00a0DATA\u00a0', colors.unknown],
  ['-2', '⏸\u00a0MAINTENANCE\u00a0', colors.unknown],
]);

/** The words for 1 and 0, where 0 is bad. */
export const yesNoMappings = (yes: string, no: string): ValueMapping[] =>
  words([
    ['1', `✔ ${yes}`, colors.healthy],
    ['0', `✖ ${no}`, colors.critical],
    ['-1', '∅ NO DATA', colors.unknown],
  ]);

/** Words for values; what is no number is "no data". */
export function words(entries: readonly (readonly [value: string, text: string, color: string])[]): ValueMapping[] {
  const options = Object.fromEntries(entries.map(([value, text, color], index) => [value, { text, color, index }]));
  return [{ type: MappingType.ValueToText, options }, notANumber];
}

/** Words for ranges of values, both ends included; null is endless, which some versions of Grafana take for 0, hence a number that is out of reach. Without a text the value itself is shown, in that colour. */
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

/** Red below 0, where a promise is broken; otherwise the number as it is. */
export const belowZero = ranges([[null, -1e-9, undefined, colors.critical]]);

/** Other texts for texts, in no colour. */
export const renamed = (entries: readonly (readonly [value: string, text: string])[]): ValueMapping[] => [
  {
    type: MappingType.ValueToText,
    options: Object.fromEntries(entries.map(([value, text]) => [value, { text }])),
  },
];

/** A word for what is not there, where the reason is known; everything else stays the number that it is. */
export const absentAs = (text: string): ValueMapping[] => [
  {
    type: MappingType.SpecialValue,
    options: { match: SpecialValueMatch.NullAndNan, result: { text, color: colors.none, index: 0 } },
  },
];
