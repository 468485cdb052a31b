import { PanelBuilder } from '@grafana/grafana-foundation-sdk/bargauge';
import {
  BarGaugeDisplayMode,
  BarGaugeSizing,
  BarGaugeValueMode,
  VizOrientation,
  VizTextDisplayOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { colors, fixedColor, lastValue, noThresholds, type Unit, units } from './defaults.js';
import { type Frame, framed } from './frame.js';

/**
 * Horizontal bars with names, in the order of the query. `name` is the label with the names: by itself Grafana shows no name for a single
 * bar.
 */
export function barGauge({
  unit,
  name,
  max,
  ...frame
}: Frame & { readonly unit: Unit; readonly name: string; readonly max?: number }): PanelBuilder {
  const { unit: grafanaUnit, decimals } = units[unit];
  const builder = framed(new PanelBuilder(), frame)
    .unit(grafanaUnit)
    .min(0)
    .displayName(`\${__field.labels.${name}}`)
    .colorScheme(fixedColor(colors.data))
    .thresholds(noThresholds())
    .displayMode(BarGaugeDisplayMode.Basic)
    .valueMode(BarGaugeValueMode.Text)
    .orientation(VizOrientation.Horizontal)
    .text(new VizTextDisplayOptionsBuilder().titleSize(12).valueSize(14))
    .showUnfilled(false)
    // With automatic sizing a single bar would be as high as the panel.
    .sizing(BarGaugeSizing.Manual)
    .minVizHeight(16)
    .maxVizHeight(24)
    .reduceOptions(lastValue());
  if (max !== undefined) builder.max(max);
  return decimals === undefined ? builder : builder.decimals(decimals);
}
