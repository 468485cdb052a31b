import {
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  VizOrientation,
  VizTextDisplayOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import type { ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { aboveCritical, aboveWarning } from '../queries/judged.js';
import { colors, fixedColor, lastValue, noThresholds, type Unit, units } from './defaults.js';
import { type Frame, framed } from './frame.js';
import { inColor } from './time-series.js';

/** Properties of a stat besides its frame. Only two words fit into the place of the number, so the reason is separate. */
export interface Stat extends Omit<Frame, 'noValue'> {
  readonly unit: Unit;
  /** Text in the place of an absent number. */
  readonly noValue?: string;
  /** Reason for an absent number. It is added to the end of the description. */
  readonly why: string;
}

/** A number in one size on all boards. It has no colour, unless the query is made with `judged`. */
export function stat({ unit, noValue = 'not known', why, description, ...frame }: Stat): PanelBuilder {
  const { unit: grafanaUnit, decimals } = units[unit];
  const builder = framed(new PanelBuilder(), {
    ...frame,
    noValue,
    description: `${description} “${noValue}”: ${why}.`,
  })
    .unit(grafanaUnit)
    .colorScheme(fixedColor(colors.none))
    .thresholds(noThresholds())
    .colorMode(BigValueColorMode.BackgroundSolid)
    .graphMode(BigValueGraphMode.None)
    .textMode(BigValueTextMode.Auto)
    .text(new VizTextDisplayOptionsBuilder().titleSize(14).valueSize(26))
    .orientation(VizOrientation.Auto)
    .reduceOptions(lastValue())
    .overrideByName(aboveWarning, inColor(colors.warning))
    .overrideByName(aboveCritical, inColor(colors.critical));
  return decimals === undefined ? builder : builder.decimals(decimals);
}

/** Several numbers, each below its name. */
export const namedStat = (spec: Stat): PanelBuilder =>
  stat(spec)
    .textMode(BigValueTextMode.ValueAndName)
    // The name is always above its value, in narrow and in wide panels.
    .wideLayout(false)
    // At this size two values with a unit fit side by side on a laptop.
    .text(new VizTextDisplayOptionsBuilder().titleSize(14).valueSize(22));

/** A word on a coloured background, large enough to read from far away. */
export function wordStat({
  mappings,
  ...spec
}: Omit<Stat, 'unit'> & { readonly mappings: ValueMapping[] }): PanelBuilder {
  return stat({ ...spec, unit: 'whole' })
    .mappings(mappings)
    .colorScheme(fixedColor(colors.unknown))
    .textMode(BigValueTextMode.Value);
}
