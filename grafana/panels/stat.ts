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

/** What a stat says besides its frame: no text of more than two words fits where its number would be. */
export interface Stat extends Omit<Frame, 'noValue'> {
  readonly unit: Unit;
  /** What stands in the place of the number when there is none. */
  readonly noValue?: string;
  /** Why that may be; the end of the description. */
  readonly why: string;
}

/** A number in one size everywhere. It is neutral, and a level only where the query is made with `judged`. */
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

/** The same for several numbers, each below its name. */
export const namedStat = (spec: Stat): PanelBuilder =>
  stat(spec)
    .textMode(BigValueTextMode.ValueAndName)
    // Each name above its value, whatever room there is beside it.
    .wideLayout(false)
    // Two of them, with a unit, fit beside one another on a laptop.
    .text(new VizTextDisplayOptionsBuilder().titleSize(14).valueSize(22));

/** A word on its colour, to be read from across the room. */
export function wordStat({
  mappings,
  ...spec
}: Omit<Stat, 'unit'> & { readonly mappings: ValueMapping[] }): PanelBuilder {
  return stat({ ...spec, unit: 'whole' })
    .mappings(mappings)
    .colorScheme(fixedColor(colors.unknown))
    .textMode(BigValueTextMode.Value);
}
