import {
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  VizOrientation,
} from '@grafana/grafana-foundation-sdk/common';
import type { ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { colors, fixedColor, lastValue, noThresholds, type Unit, units } from './defaults.js';
import { type Frame, framed } from './frame.js';

/** A large number: neutral, as no colour is a promise. Names stand beside the values when there are several. */
export function stat({
  unit,
  graph = false,
  ...frame
}: Frame & { readonly unit: Unit; readonly graph?: boolean }): PanelBuilder {
  const { unit: grafanaUnit, decimals } = units[unit];
  const builder = framed(new PanelBuilder(), frame)
    .unit(grafanaUnit)
    .colorScheme(fixedColor(colors.text))
    .thresholds(noThresholds())
    .colorMode(BigValueColorMode.Value)
    .graphMode(graph ? BigValueGraphMode.Area : BigValueGraphMode.None)
    .textMode(BigValueTextMode.Auto)
    .orientation(VizOrientation.Auto)
    .reduceOptions(lastValue());
  return decimals === undefined ? builder : builder.decimals(decimals);
}

/** A word on its colour, to be read from across the room. */
export function wordStat({ mappings, ...frame }: Frame & { readonly mappings: ValueMapping[] }): PanelBuilder {
  return stat({ ...frame, unit: 'whole' })
    .mappings(mappings)
    .colorScheme(fixedColor(colors.unknown))
    .colorMode(BigValueColorMode.Background)
    .textMode(BigValueTextMode.Value);
}
