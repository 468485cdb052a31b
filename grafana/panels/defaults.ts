import {
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  FieldColorBuilder,
  FieldColorModeId,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';

/**
 * The one look of all boards. Green, amber, red and slate mean a level and nothing else, and never stand alone: there is a word or a sign
 * beside them. White text on a level has a contrast of 4.5 at least, in both themes; a line or an area has 3 to the panels of both.
 */
export const colors = {
  healthy: '#0F8060',
  warning: '#A46100',
  critical: '#D12F3A',
  /** Blue and not grey: to many people grey and green are the same. */
  unknown: '#5F6C9C',
  /** Whatever is neither good nor bad: bars, and single lines. */
  data: '#2F86E0',
  /** The same with a word on it, which has to be read. */
  dataWithText: '#2668C0',
  /** Eight lines that are told apart, and from the levels. */
  series: ['#2F86E0', '#C040C8', '#0E9AB0', '#8C5BE0', '#D2559F', '#7C8794', '#5A55D2', '#A989A9'],
  /** Light to dark, for shares of the same thing such as p50, p95, p99. */
  shades: ['#5FA3EA', '#2F86E0', '#5A55D2'],
  /** What was, beside what is. */
  past: '#858C99',
  /** Follows the theme. */
  text: 'text',
  /** Where a value has no level: the panel as it is. */
  none: 'transparent',
} as const;

/** The units in use, as Grafana spells them. `decimals` is left to Grafana where it is undefined: for seconds it counts after scaling. */
export const units = {
  seconds: { unit: 's', decimals: undefined },
  ratio: { unit: 'percentunit', decimals: 1 },
  availability: { unit: 'percentunit', decimals: 3 },
  bytes: { unit: 'bytes', decimals: 1 },
  bytesPerSecond: { unit: 'Bps', decimals: 1 },
  /** With all of its digits: "5 K" beside "2 K" says little. */
  count: { unit: 'locale', decimals: 0 },
  perSecond: { unit: 'suffix:/s', decimals: 2 },
  /** Never minutes, so that an axis from milliseconds on reads 0.01 s, 1 s, 100 s. */
  plainSeconds: { unit: 'suffix:s', decimals: undefined },
  duration: { unit: 'dtdurations', decimals: undefined },
  since: { unit: 'dateTimeFromNow', decimals: undefined },
  /** Load, burn rate, and whatever else is a number without a unit. */
  number: { unit: 'none', decimals: 2 },
  whole: { unit: 'none', decimals: 0 },
  /** Not Grafana's own unit of days, which makes weeks of 30. */
  days: { unit: 'suffix:days', decimals: 0 },
  /** How many times as much as something. */
  times: { unit: 'suffix:×', decimals: 1 },
  /** Day and time of the browser. */
  moment: { unit: 'time:ddd D MMM, HH:mm', decimals: undefined },
} as const;

/** The name of a unit. */
export type Unit = keyof typeof units;

/** One colour, whatever the value. */
export const fixedColor = (color: string): FieldColorBuilder =>
  new FieldColorBuilder().mode(FieldColorModeId.Fixed).fixedColor(color);

/** No limits of the panel's own: those of the configuration are drawn as lines. Without this Grafana adds one at 80. */
export const noThresholds = (): ThresholdsConfigBuilder =>
  new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([{ value: null, color: colors.text }]);

/** The last value that is one. */
export const lastValue = (): ReduceDataOptionsBuilder =>
  new ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('').values(false);

/** `below` for up to four series; `right` is a table with the last value, the greatest first; `none` where the title says it all. */
export type LegendPlace = 'below' | 'right' | 'none';

/** A legend that takes its room beside the graph, and covers nothing. */
export function legend(place: LegendPlace): VizLegendOptionsBuilder {
  const builder = new VizLegendOptionsBuilder().showLegend(place !== 'none');
  if (place !== 'right') return builder.displayMode(LegendDisplayMode.List).placement(LegendPlacement.Bottom).calcs([]);
  return builder
    .displayMode(LegendDisplayMode.Table)
    .placement(LegendPlacement.Right)
    .width(260)
    .calcs(['lastNotNull'])
    .sortBy('Last *')
    .sortDesc(true);
}

/** All series at that time, the greatest first. */
export const tooltip = (): VizTooltipOptionsBuilder =>
  new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending);

/** Only the one under the pointer. */
export const singleTooltip = (): VizTooltipOptionsBuilder =>
  new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Single).sort(SortOrder.None);
