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
 * The one look of all boards. Colours mean the level and nothing else, and never stand alone: there is a word or a sign beside them.
 * Each has at least three times the contrast of both themes' panels, and they stay apart for people who cannot tell red from green.
 */
export const colors = {
  healthy: '#1B9E77',
  warning: '#C98300',
  critical: '#D62F3A',
  /** Blue and not grey: to many people grey and green are the same. */
  unknown: '#7481AD',
  /** Whatever is neither good nor bad: bars, and single lines. */
  data: '#5B8FD6',
  /** From which Grafana makes the shades for several series: none of them vanishes on white or black. */
  series: '#4078C8',
  /** Light to dark, for shares of the same thing such as p50, p95, p99. */
  shades: ['#A9C7F0', '#5B8FD6', '#2F5FA8'],
  /** What was, beside what is. */
  past: '#9AA0AC',
  /** Follows the theme. */
  text: 'text',
} as const;

/** The units in use, as Grafana spells them. `decimals` is left to Grafana where it is undefined: for seconds it counts after scaling. */
export const units = {
  seconds: { unit: 's', decimals: undefined },
  ratio: { unit: 'percentunit', decimals: 1 },
  availability: { unit: 'percentunit', decimals: 3 },
  bytes: { unit: 'bytes', decimals: 1 },
  bytesPerSecond: { unit: 'Bps', decimals: 1 },
  count: { unit: 'short', decimals: 0 },
  perSecond: { unit: 'ops', decimals: 2 },
  duration: { unit: 'dtdurations', decimals: undefined },
  since: { unit: 'dateTimeFromNow', decimals: undefined },
  /** Load, burn rate, and whatever else is a number without a unit. */
  number: { unit: 'none', decimals: 2 },
  whole: { unit: 'none', decimals: 0 },
  /** Not Grafana's own unit of days, which makes weeks of 30. */
  days: { unit: 'suffix: days', decimals: 0 },
} as const;

/** The name of a unit. */
export type Unit = keyof typeof units;

/** One colour, whatever the value. */
export const fixedColor = (color: string): FieldColorBuilder =>
  new FieldColorBuilder().mode(FieldColorModeId.Fixed).fixedColor(color);

/** A shade of blue for each series: Grafana's own palettes begin with green, amber and red, which are levels here. */
export const shadesOfData = (): FieldColorBuilder =>
  new FieldColorBuilder().mode(FieldColorModeId.Shades).fixedColor(colors.series);

/** No limits of the panel's own: those of the configuration are drawn as lines. Without this Grafana adds one at 80. */
export const noThresholds = (): ThresholdsConfigBuilder =>
  new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([{ value: null, color: colors.text }]);

/** The last value that is one. */
export const lastValue = (): ReduceDataOptionsBuilder =>
  new ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('').values(false);

/** `below` for up to five series; `right` is a table with last and greatest value; `none` where the title says it all. */
export type LegendPlace = 'below' | 'right' | 'none';

/** A legend that takes its room beside the graph, and covers nothing. */
export function legend(place: LegendPlace): VizLegendOptionsBuilder {
  const builder = new VizLegendOptionsBuilder().showLegend(place !== 'none');
  if (place !== 'right') return builder.displayMode(LegendDisplayMode.List).placement(LegendPlacement.Bottom).calcs([]);
  return builder
    .displayMode(LegendDisplayMode.Table)
    .placement(LegendPlacement.Right)
    .width(260)
    .calcs(['lastNotNull', 'max']);
}

/** All series at that time, the greatest first. */
export const tooltip = (): VizTooltipOptionsBuilder =>
  new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending);

/** Only the one under the pointer. */
export const singleTooltip = (): VizTooltipOptionsBuilder =>
  new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Single).sort(SortOrder.None);
