import { PanelBuilder } from '@grafana/grafana-foundation-sdk/histogram';
import { colors, fixedColor, legend, noThresholds, tooltip, type Unit, units } from './defaults.js';
import { type Frame, framed } from './frame.js';

/** How many of the lines of a table have which value. Grafana chooses the width of the bars; for few whole numbers that is 1. */
export function histogram({ unit, ...frame }: Frame & { readonly unit: Unit }): PanelBuilder {
  const { unit: grafanaUnit, decimals } = units[unit];
  const builder = framed(new PanelBuilder(), frame)
    .unit(grafanaUnit)
    .colorScheme(fixedColor(colors.data))
    .thresholds(noThresholds())
    .combine(false)
    .lineWidth(1)
    .fillOpacity(60)
    .legend(legend('none'))
    .tooltip(tooltip());
  return decimals === undefined ? builder : builder.decimals(decimals);
}
