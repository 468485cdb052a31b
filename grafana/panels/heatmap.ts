import {
  AxisPlacement,
  HeatmapCellLayout,
  ScaleDistribution,
  ScaleDistributionConfigBuilder,
  TooltipDisplayMode,
} from '@grafana/grafana-foundation-sdk/common';
import {
  CellValuesBuilder,
  FilterValueRangeBuilder,
  HeatmapColorMode,
  HeatmapColorOptionsBuilder,
  HeatmapTooltipBuilder,
  PanelBuilder,
  RowsHeatmapOptionsBuilder,
  YAxisConfigBuilder,
} from '@grafana/grafana-foundation-sdk/heatmap';
import { noThresholds, units } from './defaults.js';
import { type Frame, framed } from './frame.js';

/** A heat map of seconds: how many observations each bucket got in each step. The query returns buckets of a histogram. */
export function secondsHeatmap(frame: Frame): PanelBuilder {
  return (
    framed(new PanelBuilder(), frame)
      .unit(units.seconds.unit)
      .thresholds(noThresholds())
      .interval('5m')
      .maxDataPoints(120)
      .calculate(false)
      .color(
        new HeatmapColorOptionsBuilder()
          .mode(HeatmapColorMode.Scheme)
          .scheme('Blues')
          .exponent(0.5)
          .steps(64)
          .reverse(false),
      )
      .filterValues(new FilterValueRangeBuilder().le(1e-9))
      .rowsFrame(new RowsHeatmapOptionsBuilder().layout(HeatmapCellLayout.Auto))
      .cellValues(new CellValuesBuilder().unit(units.count.unit).decimals(units.count.decimals))
      // The unit of the field does not apply to this axis.
      .yAxis(new YAxisConfigBuilder().unit(units.seconds.unit).axisPlacement(AxisPlacement.Left))
      .scaleDistribution(new ScaleDistributionConfigBuilder().type(ScaleDistribution.Linear))
      .tooltip(new HeatmapTooltipBuilder().mode(TooltipDisplayMode.Single).yHistogram(true))
      .showLegend()
  );
}
