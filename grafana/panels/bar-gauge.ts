import { PanelBuilder } from '@grafana/grafana-foundation-sdk/bargauge';
import { BarGaugeDisplayMode, BarGaugeValueMode, VizOrientation } from '@grafana/grafana-foundation-sdk/common';
import { colors, fixedColor, lastValue, noThresholds, type Unit, units } from './defaults.js';
import { type Frame, framed } from './frame.js';

/** Lying bars with their names, in the order of the query. */
export function barGauge({
  unit,
  max,
  ...frame
}: Frame & { readonly unit: Unit; readonly max?: number }): PanelBuilder {
  const { unit: grafanaUnit, decimals } = units[unit];
  const builder = framed(new PanelBuilder(), frame)
    .unit(grafanaUnit)
    .min(0)
    .colorScheme(fixedColor(colors.data))
    .thresholds(noThresholds())
    .displayMode(BarGaugeDisplayMode.Basic)
    .valueMode(BarGaugeValueMode.Text)
    .orientation(VizOrientation.Horizontal)
    .showUnfilled(false)
    .reduceOptions(lastValue());
  if (max !== undefined) builder.max(max);
  return decimals === undefined ? builder : builder.decimals(decimals);
}
