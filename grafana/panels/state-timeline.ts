import { TimelineValueAlignment, VisibilityMode } from '@grafana/grafana-foundation-sdk/common';
import type { ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as StatusHistoryBuilder } from '@grafana/grafana-foundation-sdk/statushistory';
import { colors, fixedColor, legend, noThresholds, singleTooltip, units } from './defaults.js';
import { type Frame, framed } from './frame.js';

/** States over time, in words. */
export interface States extends Frame {
  readonly mappings: ValueMapping[];
  readonly hasLegend?: boolean;
}

/**
 * One line for each series, in pieces that last as long as the state did. The colour mode is fixed and the mappings colour: by
 * thresholds Grafana would put limits in the place of words. Panels of this kind need 24 pixels a line.
 */
export function stateTimeline({ mappings, hasLegend = true, ...frame }: States): PanelBuilder {
  return (
    framed(new PanelBuilder(), frame)
      .unit(units.whole.unit)
      .mappings(mappings)
      .colorScheme(fixedColor(colors.unknown))
      .thresholds(noThresholds())
      // Finer than elsewhere: a level that has just changed has to be here when it is in the tiles.
      .interval('15s')
      .maxDataPoints(600)
      .mergeValues(true)
      .showValue(VisibilityMode.Auto)
      .alignValue(TimelineValueAlignment.Left)
      .rowHeight(0.85)
      .lineWidth(0)
      // Nothing of the panel shines through, so the contrast of words is that of the colour.
      .fillOpacity(100)
      .legend(legend(hasLegend ? 'below' : 'none'))
      .tooltip(singleTooltip())
  );
}

/** One square for each step: what happened in it, and not how long it lasted. */
export function statusHistory({
  mappings,
  hasLegend = true,
  step = '5m',
  ...frame
}: States & { readonly step?: string }): StatusHistoryBuilder {
  return framed(new StatusHistoryBuilder(), frame)
    .unit(units.whole.unit)
    .mappings(mappings)
    .colorScheme(fixedColor(colors.unknown))
    .thresholds(noThresholds())
    .interval(step)
    .maxDataPoints(100)
    .showValue(VisibilityMode.Auto)
    .rowHeight(0.85)
    .colWidth(0.95)
    .lineWidth(0)
    .fillOpacity(100)
    .legend(legend(hasLegend ? 'below' : 'none'))
    .tooltip(singleTooltip());
}
