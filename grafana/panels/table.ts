import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import { TableCellHeight, TableSortByFieldStateBuilder } from '@grafana/grafana-foundation-sdk/common';
import type { DashboardLink, DynamicConfigValue, ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/table';
import { colors, fixedColor, noThresholds, type Unit, units } from './defaults.js';
import { type Frame, framed } from './frame.js';

/** A column of a table. */
export interface Column {
  /** A label, or `Value #A` for the values of the first query. With one query it is `Value`. */
  readonly field: string;
  readonly title: string;
  readonly unit?: Unit;
  readonly mappings?: ValueMapping[];
  /** How the cell shows the value: a bar up to `max` or up to the greatest value of the column, or the colour of its mapping. */
  readonly cell?: 'bar' | 'level' | 'colored text';
  readonly max?: number;
  readonly widthPixels?: number;
  /** The column is never narrower. On a narrow screen people scroll the table sideways. */
  readonly minWidthPixels?: number;
  /** True for a column that only joins lines or makes links. */
  readonly isHidden?: boolean;
  readonly links?: readonly Builder<DashboardLink>[];
}

/** A table that joins its queries. Links belong to columns: a link for the whole table would underline every cell. */
export interface Table extends Omit<Frame, 'links'> {
  readonly columns: readonly Column[];
  /** The label by which several queries are joined. */
  readonly joinBy?: string;
  /**
   * Joins by all labels that the queries share, if one label is not enough. Each query must have lines: Grafana does not know the labels of
   * an empty query, and then joins nothing.
   */
  readonly isMerged?: boolean;
  /** Title of the column that sorts the table at first: the greatest first, unless `ascending` is true. */
  readonly sortBy: string;
  readonly ascending?: boolean;
}

/** Column with the text of `orNote`. */
export const noteColumn: Column = { field: 'note', title: 'Note', minWidthPixels: 250 };

/** A line for each value of a label, and a column for each query. Only these columns are shown, in this order. */
export function table({ columns, joinBy, isMerged = false, sortBy, ascending = false, ...frame }: Table): PanelBuilder {
  const builder = framed(new PanelBuilder(), frame)
    .colorScheme(fixedColor(colors.text))
    .thresholds(noThresholds())
    .unit(units.count.unit)
    .cellHeight(TableCellHeight.Sm)
    // Grafana's own 150 pixels hide the last columns of a wide table on a laptop.
    .minWidth(80)
    .sortBy([new TableSortByFieldStateBuilder().displayName(sortBy).desc(!ascending)]);
  if (joinBy !== undefined)
    builder.withTransformation({ id: 'joinByField', options: { byField: joinBy, mode: 'outer' } });
  builder.withTransformation({
    id: 'filterFieldsByName',
    options: { include: { names: columns.map(({ field }) => field) } },
  });
  if (isMerged) builder.withTransformation({ id: 'merge', options: {} });
  builder.withTransformation({
    id: 'organize',
    options: {
      excludeByName: {},
      indexByName: Object.fromEntries(columns.map(({ field }, index) => [field, index])),
      renameByName: Object.fromEntries(columns.map(({ field, title }) => [field, title])),
    },
  });
  for (const column of columns) builder.overrideByName(column.title, properties(column));
  return builder;
}

function properties({
  unit,
  mappings,
  cell,
  max,
  widthPixels,
  minWidthPixels,
  isHidden = false,
  links,
}: Column): DynamicConfigValue[] {
  const { unit: grafanaUnit, decimals } = unit === undefined ? { unit: undefined, decimals: undefined } : units[unit];
  return [
    // Without this, Grafana writes the text for an empty panel into every empty cell, and into the address of a link.
    { id: 'noValue', value: isHidden ? '' : '–' },
    ...(grafanaUnit === undefined ? [] : [{ id: 'unit', value: grafanaUnit }]),
    ...(decimals === undefined ? [] : [{ id: 'decimals', value: decimals }]),
    ...(mappings === undefined ? [] : [{ id: 'mappings', value: mappings }]),
    ...(widthPixels === undefined ? [] : [{ id: 'custom.width', value: widthPixels }]),
    ...(minWidthPixels === undefined ? [] : [{ id: 'custom.minWidth', value: minWidthPixels }]),
    ...(isHidden ? [{ id: 'custom.hidden', value: true }] : []),
    ...(cell === 'bar'
      ? [
          { id: 'custom.cellOptions', value: { type: 'gauge', mode: 'basic', valueDisplayMode: 'text' } },
          { id: 'color', value: { mode: 'fixed', fixedColor: colors.data } },
          { id: 'min', value: 0 },
          { id: 'fieldMinMax', value: true },
        ]
      : []),
    ...(max === undefined ? [] : [{ id: 'max', value: max }]),
    ...(cell === 'level'
      ? [
          { id: 'custom.cellOptions', value: { type: 'color-background', mode: 'basic' } },
          { id: 'color', value: { mode: 'fixed', fixedColor: colors.none } },
        ]
      : []),
    ...(cell === 'colored text' ? [{ id: 'custom.cellOptions', value: { type: 'color-text' } }] : []),
    ...(links === undefined ? [] : [{ id: 'links', value: links.map((link) => link.build()) }]),
  ];
}
