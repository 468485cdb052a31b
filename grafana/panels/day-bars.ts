import { PanelBuilder } from '@grafana/grafana-foundation-sdk/barchart';
import { AxisPlacement, StackingMode, VisibilityMode, VizOrientation } from '@grafana/grafana-foundation-sdk/common';
import { colors, fixedColor, legend, noThresholds, tooltip, type Unit, units } from './defaults.js';
import { type Frame, framed } from './frame.js';

/** For each day a group of bars. For queries made with `growthOfDay`. */
export function dayBars({ unit, ...frame }: Frame & { readonly unit: Unit }): PanelBuilder {
  const { unit: grafanaUnit, decimals } = units[unit];
  const builder = framed(new PanelBuilder(), frame)
    .unit(grafanaUnit)
    .min(0)
    .interval('1d')
    .colorScheme(fixedColor(colors.data))
    .thresholds(noThresholds())
    .xField('Time')
    .orientation(VizOrientation.Vertical)
    .stacking(StackingMode.None)
    .showValue(VisibilityMode.Auto)
    .barWidth(0.95)
    .groupWidth(0.75)
    .lineWidth(0)
    .fillOpacity(80)
    .xTickLabelSpacing(100)
    // The SDK's default of 0 would cut off the whole date.
    .xTickLabelMaxLength(20)
    .axisPlacement(AxisPlacement.Auto)
    .legend(legend('below'))
    .tooltip(tooltip())
    .overrideByName('Time', [
      { id: 'unit', value: 'time:ddd D MMM' },
      { id: 'noValue', value: '' },
    ]);
  return decimals === undefined ? builder : builder.decimals(decimals);
}
