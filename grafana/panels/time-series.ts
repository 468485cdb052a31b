import {
  AxisPlacement,
  BarAlignment,
  GraphDrawStyle,
  GraphGradientMode,
  LineInterpolation,
  ScaleDistribution,
  ScaleDistributionConfigBuilder,
  StackingConfigBuilder,
  StackingMode,
  VisibilityMode,
} from '@grafana/grafana-foundation-sdk/common';
import type { DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { colors, fixedColor, type LegendPlace, legend, noThresholds, tooltip, type Unit, units } from './defaults.js';
import { type Frame, framed } from './frame.js';

/** Properties of a graph besides its frame. */
export interface TimeSeries extends Frame {
  readonly unit: Unit;
  readonly legend?: LegendPlace;
  /** End of the axis; 1 for shares. */
  readonly max?: number;
  /**
   * False if the axis must not start at 0: for negative values, for lines drawn downwards, for a narrow band far from 0, and for a
   * logarithmic axis.
   */
  readonly startsAtZero?: boolean;
  /** Possible names of series, if a label names the series. Each name has its own colour, the same on every board. */
  readonly names?: readonly string[];
  /** The shortest step of the graph. A value that is measured once a minute needs no shorter step. */
  readonly step?: string;
}

/** Lines; by default the axis starts at 0. A query with the legend `{{severity}} threshold` is drawn as a limit. */
export function timeSeries({
  unit,
  legend: place = 'below',
  max,
  startsAtZero = true,
  names,
  step = '1m',
  ...frame
}: TimeSeries): PanelBuilder {
  const { unit: grafanaUnit, decimals } = units[unit];
  const builder = framed(new PanelBuilder(), frame).unit(grafanaUnit);
  if (startsAtZero) builder.min(0);
  builder
    .interval(step)
    .colorScheme(fixedColor(colors.data))
    .thresholds(noThresholds())
    .drawStyle(GraphDrawStyle.Line)
    .lineInterpolation(LineInterpolation.Linear)
    .lineWidth(1)
    .fillOpacity(8)
    .gradientMode(GraphGradientMode.None)
    .showPoints(VisibilityMode.Never)
    .spanNulls(false)
    .axisPlacement(AxisPlacement.Auto)
    .legend(legend(place))
    .tooltip(tooltip());
  if (names !== undefined) colorByName(builder, names);
  builder
    .overrideByName('warning threshold', limitLine(colors.warning, place))
    .overrideByName('critical threshold', limitLine(colors.critical, place));
  if (max !== undefined) builder.max(max);
  return decimals === undefined ? builder : builder.decimals(decimals);
}

/**
 * Sets colours by the names of series, because every palette of Grafana contains green, amber and red. Known names get colours in their
 * order. Other names get a colour by their last letter. A port at the end is ignored, because many names end with the same port.
 */
function colorByName(builder: PanelBuilder, names: readonly string[]): void {
  colors.series.forEach((color, index) => {
    const letters = [...'abcdefghijklmnopqrstuvwxyz0123456789'].filter(
      (_, place) => place % colors.series.length === index,
    );
    builder.overrideByRegexp(`/[${letters.join('')}](:\\d+)?$/i`, inColor(color));
  });
  names.forEach((name, index) => {
    builder.overrideByName(name, inColor(colors.series[index % colors.series.length] ?? colors.data));
  });
}

/**
 * Lines on a logarithmic axis, for values from milliseconds to many seconds. On a linear axis with a limit of seconds all lines would be
 * flat.
 */
export function logarithmicSeries(spec: TimeSeries): PanelBuilder {
  return (
    timeSeries({ ...spec, unit: spec.unit === 'seconds' ? 'plainSeconds' : spec.unit, startsAtZero: false })
      .scaleDistribution(new ScaleDistributionConfigBuilder().type(ScaleDistribution.Log).log(10))
      .fillOpacity(0)
      // This axis has marks without a number. There some versions of Grafana print the text for an empty panel.
      .overrideByRegexp('/.*/', [{ id: 'noValue', value: '' }])
  );
}

/** Stacked areas, for parts of a whole. */
export function stackedSeries(spec: TimeSeries): PanelBuilder {
  return timeSeries(spec).stacking(stacking()).fillOpacity(40).lineWidth(0);
}

/** Bars, for numbers counted in each step. */
export function barSeries(spec: TimeSeries): PanelBuilder {
  return timeSeries(spec).drawStyle(GraphDrawStyle.Bars).fillOpacity(60).lineWidth(0);
}

/** A bar for each hour, over the hour that it counts. The query looks back an hour, so by default the bar would be over the next hour. */
export const hourlyBars = (spec: Omit<TimeSeries, 'step'>): PanelBuilder =>
  barSeries({ ...spec, step: '1h' }).barAlignment(BarAlignment.Before);

/** Stacked bars. */
export const stackedBarSeries = (spec: TimeSeries): PanelBuilder => barSeries(spec).stacking(stacking());

/** Stacked bars, one for each hour. */
export const stackedHourlyBars = (spec: Omit<TimeSeries, 'step'>): PanelBuilder =>
  hourlyBars(spec).stacking(stacking());

/** Override: a series in one colour. */
export const inColor = (color: string): DynamicConfigValue[] => [
  { id: 'color', value: { mode: 'fixed', fixedColor: color } },
];

/** Override: a thin, dashed line for comparison. It is not part of a stack. */
export function dashedLine(color: string): DynamicConfigValue[] {
  return [
    ...inColor(color),
    { id: 'custom.drawStyle', value: 'line' },
    { id: 'custom.lineStyle', value: { fill: 'dash', dash: [6, 6] } },
    { id: 'custom.lineWidth', value: 1 },
    { id: 'custom.fillOpacity', value: 0 },
    { id: 'custom.spanNulls', value: true },
    { id: 'custom.stacking', value: { mode: 'none', group: 'compared' } },
  ];
}

/**
 * Override: a limit. A legend at the right leaves it out, because the limit would be its first line. The dashes show that it is a limit.
 */
const limitLine = (color: string, place: LegendPlace): DynamicConfigValue[] => [
  ...dashedLine(color),
  ...(place === 'right' ? [{ id: 'custom.hideFrom', value: { legend: true, tooltip: false, viz: false } }] : []),
];

/** Override: the upper end of a band. The area down to the series `lower` is filled. */
export function bandDownTo(lower: string, color: string): DynamicConfigValue[] {
  return [...edgeOfBand(color), { id: 'custom.fillBelowTo', value: lower }, { id: 'custom.fillOpacity', value: 15 }];
}

/** Override: the lower end of a band. The line is not drawn, but the tooltip shows its value. */
export function edgeOfBand(color: string): DynamicConfigValue[] {
  return [
    ...inColor(color),
    { id: 'custom.lineWidth', value: 0 },
    { id: 'custom.fillOpacity', value: 0 },
    { id: 'custom.spanNulls', value: true },
    { id: 'custom.hideFrom', value: { legend: true, tooltip: false, viz: false } },
  ];
}

function stacking(): StackingConfigBuilder {
  return new StackingConfigBuilder().mode(StackingMode.Normal).group('A');
}
