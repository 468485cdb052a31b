import { DataqueryBuilder, PromQueryFormat, QueryEditorMode } from '@grafana/grafana-foundation-sdk/prometheus';

/** The data source that is chosen above the board; never a fixed one, so that the same file can be provisioned and imported. */
export const dataSource = { type: 'prometheus', uid: '${datasource}' } as const;

/** A query of a panel, before it has the letter by which the panel knows it. */
export type Query = (refId: string) => DataqueryBuilder;

/** The values at the end of the time range. The legend is the name of a series and may contain `{{label}}`. */
export const now =
  (expression: string, legend: string): Query =>
  (refId) =>
    query(refId, expression, legend).instant();

/** The values over the time range. */
export const over =
  (expression: string, legend: string): Query =>
  (refId) =>
    query(refId, expression, legend).range();

/** The values at the end of the time range as a table with a column for each label, and one called `Value`, or `Value #A` where there are several queries. */
export const rows =
  (expression: string): Query =>
  (refId) =>
    query(refId, expression, '').instant().format(PromQueryFormat.Table);

/** The values over the time range as lines of a table, each with its `Time`. For series of single samples: of others it would be too much. */
export const rowsOver =
  (expression: string): Query =>
  (refId) =>
    query(refId, expression, '').range().format(PromQueryFormat.Table);

/** Buckets over the time range, for a heat map. Nothing but `le` may be left as label: of several frames only the last is drawn. */
export const buckets =
  (expression: string): Query =>
  (refId) =>
    query(refId, expression, '{{le}}').range().format(PromQueryFormat.Heatmap);

function query(refId: string, expression: string, legend: string): DataqueryBuilder {
  return new DataqueryBuilder()
    .refId(refId)
    .datasource(dataSource)
    .editorMode(QueryEditorMode.Code)
    .expr(expression)
    .legendFormat(legend);
}
