import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import { TableCellHeight, TableSortByFieldStateBuilder } from '@grafana/grafana-foundation-sdk/common';
import type { DashboardLink, DynamicConfigValue, ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/table';
import { colors, fixedColor, noThresholds, type Unit, units } from './defaults.js';
import { type Frame, framed } from './frame.js';

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
  /** Less than this it has nowhere: on a phone the table is moved sideways instead. */
  readonly minWidthPixels?: number;
  /** For what lines are joined by, or links need, and nobody reads. */
  readonly isHidden?: boolean;
  readonly links?: readonly Builder<DashboardLink>[];
}

/** A table whose queries are joined by what they have in common. Links belong to columns: one for all would underline every cell. */
export interface Table extends Omit<Frame, 'links'> {
  readonly columns: readonly Column[];
  /** The label that the queries have in common, for more than one query. */
  readonly joinBy?: string;
  /**
   * Joins by all labels that the queries have in common, where one is not enough. Each query has to have lines: of one without, Grafana
   * knows no labels, and then joins nothing.
   */
  readonly isMerged?: boolean;
  /** The title of the column by which it is sorted at first, the greatest first unless `ascending`. */
  readonly sortBy: string;
  readonly ascending?: boolean;
}

/** The column of `orNote`. */
export const noteColumn: Column = { field: 'note', title: 'Note', minWidthPixels: 250 };

/** One line for each value of a label, and a column for each query. Only the columns named are shown, in their order. */
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
    // What the panel says when there is nothing to show would otherwise stand in every empty cell, and in the address of a link.
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
