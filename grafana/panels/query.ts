import { DataqueryBuilder, PromQueryFormat, QueryEditorMode } from '@grafana/grafana-foundation-sdk/prometheus';

/** The data source that is chosen on the board. It is a variable, so the same file works for provisioning and for import. */
export const dataSource = { type: 'prometheus', uid: '${datasource}' } as const;

/** A query of a panel. It gets its letter later, see `framed`. */
export type Query = (refId: string) => DataqueryBuilder;

/** Values at the end of the time range. The legend names the series and may contain `{{label}}`. */
export const now =
  (expression: string, legend: string): Query =>
  (refId) =>
    query(refId, expression, legend).instant();

/** Values over the time range. */
export const over =
  (expression: string, legend: string): Query =>
  (refId) =>
    query(refId, expression, legend).range();

/**
 * Values at the end of the time range, as a table: a column for each label, and a column `Value`. With several queries that column is
 * `Value #A`, `Value #B` and so on.
 */
export const rows =
  (expression: string): Query =>
  (refId) =>
    query(refId, expression, '').instant().format(PromQueryFormat.Table);

/**
 * Values over the time range, as lines of a table with a column `Time`. Only for series with single samples: other series would give too
 * many lines.
 */
export const rowsOver =
  (expression: string): Query =>
  (refId) =>
    query(refId, expression, '').range().format(PromQueryFormat.Table);

/** Buckets over the time range, for a heat map. `le` must be the only label: Grafana draws only the last of several frames. */
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
