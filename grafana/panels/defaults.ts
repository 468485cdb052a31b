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
 * Colours of all boards. Green, amber, red and slate always mean a level. A level always has a word or a sign as well. White text on a
 * level has a contrast of at least 4.5 in both themes. A line or an area has a contrast of at least 3 to the panel in both themes.
 */
export const colors = {
  healthy: '#0F8060',
  warning: '#A46100',
  critical: '#D12F3A',
  /** Blue and not grey: many people cannot see the difference between grey and green. */
  unknown: '#5F6C9C',
  /** For data without a level: bars and single lines. */
  data: '#2F86E0',
  /** The same for the background of a word. It is darker, so that the word is readable. */
  dataWithText: '#2668C0',
  /** Eight colours for lines. People can see them apart from each other and from the colours of levels. */
  series: ['#2F86E0', '#C040C8', '#0E9AB0', '#8C5BE0', '#D2559F', '#7C8794', '#5A55D2', '#A989A9'],
  /** Light to dark, for quantiles of one distribution: p50, p95, p99. */
  shades: ['#5FA3EA', '#2F86E0', '#5A55D2'],
  /** The past, drawn beside the present. */
  past: '#858C99',
  /** The text colour of the theme. */
  text: 'text',
  /** No level: the background of the panel. */
  none: 'transparent',
} as const;

/**
 * Units by the names that Grafana uses. If `decimals` is undefined, Grafana chooses: for seconds Grafana applies decimals after it has
 * scaled the value.
 */
export const units = {
  seconds: { unit: 's', decimals: undefined },
  ratio: { unit: 'percentunit', decimals: 1 },
  availability: { unit: 'percentunit', decimals: 3 },
  bytes: { unit: 'bytes', decimals: 1 },
  bytesPerSecond: { unit: 'Bps', decimals: 1 },
  /** All digits: "5 K" beside "2 K" hides the difference. */
  count: { unit: 'locale', decimals: 0 },
  perSecond: { unit: 'suffix:/s', decimals: 2 },
  /** Always seconds, never minutes. An axis that begins at milliseconds reads 0.01 s, 1 s, 100 s. */
  plainSeconds: { unit: 'suffix:s', decimals: undefined },
  duration: { unit: 'dtdurations', decimals: undefined },
  since: { unit: 'dateTimeFromNow', decimals: undefined },
  /** Load, burn rate and other numbers without a unit. */
  number: { unit: 'none', decimals: 2 },
  whole: { unit: 'none', decimals: 0 },
  /** Grafana's own unit for days shows 30 days as weeks. */
  days: { unit: 'suffix:days', decimals: 0 },
  /** A multiple: 2 is twice as much. */
  times: { unit: 'suffix:×', decimals: 1 },
  /** Day and time, in the time zone of the browser. */
  moment: { unit: 'time:ddd D MMM, HH:mm', decimals: undefined },
} as const;

/** The name of a unit. */
export type Unit = keyof typeof units;

/** The same colour for every value. */
export const fixedColor = (color: string): FieldColorBuilder =>
  new FieldColorBuilder().mode(FieldColorModeId.Fixed).fixedColor(color);

/** No thresholds in the panel: queries draw the limits of the configuration as lines. Without this, Grafana adds a threshold at 80. */
export const noThresholds = (): ThresholdsConfigBuilder =>
  new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([{ value: null, color: colors.text }]);

/** The last value that is not null. */
export const lastValue = (): ReduceDataOptionsBuilder =>
  new ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('').values(false);

/** `below` for up to four series. `right` is a table with the last values, the greatest first. `none` if the title names the series. */
export type LegendPlace = 'below' | 'right' | 'none';

/** A legend beside the graph. It does not cover the graph. */
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

/** A tooltip with all series at one time, the greatest first. */
export const tooltip = (): VizTooltipOptionsBuilder =>
  new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending);

/** A tooltip with the series under the pointer. */
export const singleTooltip = (): VizTooltipOptionsBuilder =>
  new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Single).sort(SortOrder.None);
