import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common';
import type { DashboardLink, GridPos, Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { dataSource, type Query } from './query.js';

/** What every panel has, whatever its kind. */
export interface Frame {
  /** Never changed or used again on its board: links to single panels name it. */
  readonly id: number;
  /** At most 30 characters. */
  readonly title: string;
  /** What the panel shows, and when to worry. */
  readonly description: string;
  /** Place and size in the grid of 24 columns: x, y, width, height; a unit of height is 38 pixels. */
  readonly at: readonly [x: number, y: number, width: number, height: number];
  readonly queries: readonly Query[];
  /** What stands there when there is nothing to show, and why that may be. */
  readonly noValue: string;
  /** Where a click on a value leads. */
  readonly links?: readonly Builder<DashboardLink>[];
}

/** What the builders of all kinds of panels have in common. */
export interface PanelBuilder extends Builder<Panel> {
  id(id: number): this;
  title(title: string): this;
  description(description: string): this;
  datasource(datasource: DataSourceRef): this;
  gridPos(gridPos: GridPos): this;
  targets(targets: Builder<Dataquery>[]): this;
  noValue(noValue: string): this;
  dataLinks(links: Builder<DashboardLink>[]): this;
}

/** Gives a panel its frame. Queries are lettered in their order. */
export function framed<B extends PanelBuilder>(
  builder: B,
  { id, title, description, at: [x, y, w, h], queries, noValue, links = [] }: Frame,
): B {
  return builder
    .id(id)
    .title(title)
    .description(description)
    .datasource(dataSource)
    .gridPos({ x, y, w, h })
    .targets(queries.map((query, index) => query(String.fromCharCode(65 + index))))
    .noValue(noValue)
    .dataLinks([...links]);
}
