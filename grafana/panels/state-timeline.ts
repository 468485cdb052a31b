import { TimelineValueAlignment, VisibilityMode } from '@grafana/grafana-foundation-sdk/common';
import type { ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as StatusHistoryBuilder } from '@grafana/grafana-foundation-sdk/statushistory';
import { colors, fixedColor, legend, noThresholds, singleTooltip, units } from './defaults.js';
import { type Frame, framed } from './frame.js';

/** States over time, as words. */
export interface States extends Frame {
  readonly mappings: ValueMapping[];
  readonly hasLegend?: boolean;
}

/**
 * A line for each series. A piece of the line is as long as its state lasted. The colour mode is fixed and the mappings set the colours:
 * with the mode for thresholds Grafana shows limits instead of words. A line needs 24 pixels.
 */
export function stateTimeline({ mappings, hasLegend = true, ...frame }: States): PanelBuilder {
  return (
    framed(new PanelBuilder(), frame)
      .unit(units.whole.unit)
      .mappings(mappings)
      .colorScheme(fixedColor(colors.unknown))
      .thresholds(noThresholds())
      // A shorter step than elsewhere, so that a new level appears here at the same time as in the tiles.
      .interval('15s')
      .maxDataPoints(600)
      .mergeValues(true)
      .showValue(VisibilityMode.Auto)
      .alignValue(TimelineValueAlignment.Left)
      .rowHeight(0.85)
      .lineWidth(0)
      // Full opacity, so that the contrast of words depends only on the colour.
      .fillOpacity(100)
      .legend(legend(hasLegend ? 'below' : 'none'))
      .tooltip(singleTooltip())
  );
}

/** A square for each step. It shows what happened in the step, not how long it lasted. */
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
