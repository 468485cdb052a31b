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

/** What a graph says besides its frame. */
export interface TimeSeries extends Frame {
  readonly unit: Unit;
  readonly legend?: LegendPlace;
  /** Where the axis ends; 1 for shares of something whole. */
  readonly max?: number;
  /** False for what may be less than 0, is drawn downwards, moves in a narrow band far from 0, or on an axis that has no 0. */
  readonly startsAtZero?: boolean;
  /** Names that series may have, for those that are named by a label: each has a colour of its own, the same on every board. */
  readonly names?: readonly string[];
  /** The shortest step; what is measured once a minute needs no finer one. */
  readonly step?: string;
}

/** Lines, by default from 0 on. A query with the legend `{{severity}} threshold` is drawn as limits. */
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
 * Grafana has no palette without green, amber and red. So the names that are known have the colours in their order, and others one by their
 * last letter; a port at the end, which many have in common, does not count.
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

/** Lines on a logarithmic axis, for what goes from milliseconds to many seconds: beside a limit of seconds they would all be flat. */
export function logarithmicSeries(spec: TimeSeries): PanelBuilder {
  return (
    timeSeries({ ...spec, unit: spec.unit === 'seconds' ? 'plainSeconds' : spec.unit, startsAtZero: false })
      .scaleDistribution(new ScaleDistributionConfigBuilder().type(ScaleDistribution.Log).log(10))
      .fillOpacity(0)
      // Such an axis has marks without a number, where some versions of Grafana would print the words for "no data".
      .overrideByRegexp('/.*/', [{ id: 'noValue', value: '' }])
  );
}

/** Areas on top of one another, for parts of a whole. */
export function stackedSeries(spec: TimeSeries): PanelBuilder {
  return timeSeries(spec).stacking(stacking()).fillOpacity(40).lineWidth(0);
}

/** Bars, for what is counted for each step of time. */
export function barSeries(spec: TimeSeries): PanelBuilder {
  return timeSeries(spec).drawStyle(GraphDrawStyle.Bars).fillOpacity(60).lineWidth(0);
}

/** A bar for each hour, standing over the hour that it counts and not after it. For queries that look back for an hour. */
export const hourlyBars = (spec: Omit<TimeSeries, 'step'>): PanelBuilder =>
  barSeries({ ...spec, step: '1h' }).barAlignment(BarAlignment.Before);

/** Bars on top of one another. */
export const stackedBarSeries = (spec: TimeSeries): PanelBuilder => barSeries(spec).stacking(stacking());

/** The same for each hour. */
export const stackedHourlyBars = (spec: Omit<TimeSeries, 'step'>): PanelBuilder =>
  hourlyBars(spec).stacking(stacking());

/** How a series is drawn in one colour. */
export const inColor = (color: string): DynamicConfigValue[] => [
  { id: 'color', value: { mode: 'fixed', fixedColor: color } },
];

/** How a series is drawn with which the others are compared: thin, dashed, and not part of a stack. */
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

/** How a limit is drawn. In a table of last values it would stand first and take the room of a series; dashed, it is known without. */
const limitLine = (color: string, place: LegendPlace): DynamicConfigValue[] => [
  ...dashedLine(color),
  ...(place === 'right' ? [{ id: 'custom.hideFrom', value: { legend: true, tooltip: false, viz: false } }] : []),
];

/** How two series are drawn between which something usually is: as the band from this one down to the series of that name. */
export function bandDownTo(lower: string, color: string): DynamicConfigValue[] {
  return [...edgeOfBand(color), { id: 'custom.fillBelowTo', value: lower }, { id: 'custom.fillOpacity', value: 15 }];
}

/** How the lower end of a band is drawn: not at all, but there for the pointer. */
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
