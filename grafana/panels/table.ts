import { TableCellHeight, TableSortByFieldStateBuilder } from '@grafana/grafana-foundation-sdk/common';
import type { DashboardLink, DynamicConfigValue, ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/table';
import { colors, fixedColor, noThresholds, units, type Unit } from './defaults.js';
import { framed, type Frame } from './frame.js';

/** A column of a table. */
export interface Column {
  /** The label, or `Value #A` for the values of the first query; `Value` where there is one query only. */
  readonly field: string;
  readonly title: string;
  readonly unit?: Unit;
  readonly mappings?: ValueMapping[];
  /** How the value is shown besides its text: as a bar up to `max` of the column or this number, or on the colour of its mapping. */
  readonly cell?: 'bar' | 'level' | 'colored text';
  readonly max?: number;
  readonly widthPixels?: number;
  readonly links?: readonly Builder<DashboardLink>[];
}

/** A table whose queries are joined by what they have in common. */
export interface Table extends Frame {
  readonly columns: readonly Column[];
  /** The label that the queries have in common, for more than one query. */
  readonly joinBy?: string;
  /** Whether lines are joined by all labels that they share, for more than one query that a single label does not tell apart. */
  readonly isMerged?: boolean;
  /** The title of the column by which it is sorted at first, the greatest first unless `ascending`. */
  readonly sortBy: string;
  readonly ascending?: boolean;
}

/** One line for each value of a label, and a column for each query. Only the columns named are shown, in their order. */
export function table({ columns, joinBy, isMerged = false, sortBy, ascending = false, ...frame }: Table): PanelBuilder {
  const builder = framed(new PanelBuilder(), frame)
    .colorScheme(fixedColor(colors.text))
    .thresholds(noThresholds())
    .unit(units.count.unit)
    .cellHeight(TableCellHeight.Sm)
    .sortBy([new TableSortByFieldStateBuilder().displayName(sortBy).desc(!ascending)]);
  if (joinBy !== undefined) builder.withTransformation({ id: 'joinByField', options: { byField: joinBy, mode: 'outer' } });
  if (isMerged) builder.withTransformation({ id: 'merge', options: {} });
  builder
    .withTransformation({ id: 'filterFieldsByName', options: { include: { names: columns.map(({ field }) => field) } } })
    .withTransformation({ id: 'organize', options: { excludeByName: {}, indexByName: Object.fromEntries(columns.map(({ field }, index) => [field, index])), renameByName: Object.fromEntries(columns.map(({ field, title }) => [field, title])) } });
  for (const column of columns) builder.overrideByName(column.title, properties(column));
  return builder;
}

function properties({ unit, mappings, cell, max, widthPixels, links }: Column): DynamicConfigValue[] {
  const { unit: grafanaUnit, decimals } = unit === undefined ? { unit: undefined, decimals: undefined } : units[unit];
  return [
    ...(grafanaUnit === undefined ? [] : [{ id: 'unit', value: grafanaUnit }]),
    ...(decimals === undefined ? [] : [{ id: 'decimals', value: decimals }]),
    ...(mappings === undefined ? [] : [{ id: 'mappings', value: mappings }]),
    ...(widthPixels === undefined ? [] : [{ id: 'custom.width', value: widthPixels }]),
    ...(cell === 'bar' ? [{ id: 'custom.cellOptions', value: { type: 'gauge', mode: 'basic', valueDisplayMode: 'text' } }, { id: 'color', value: { mode: 'fixed', fixedColor: colors.data } }, { id: 'min', value: 0 }] : []),
    ...(max === undefined ? [] : [{ id: 'max', value: max }]),
    ...(cell === 'level' ? [{ id: 'custom.cellOptions', value: { type: 'color-background', mode: 'basic' } }] : []),
    ...(cell === 'colored text' ? [{ id: 'custom.cellOptions', value: { type: 'color-text' } }] : []),
    ...(links === undefined ? [] : [{ id: 'links', value: links.map((link) => link.build()) }]),
  ];
}
