import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common';
import type { DashboardLink, GridPos, Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { dataSource, type Query } from './query.js';

/** Properties of every kind of panel. */
export interface Frame {
  /** Links to single panels contain the id. So an id never changes, and a board never uses it again for another panel. */
  readonly id: number;
  /** At most 30 characters. */
  readonly title: string;
  /** What the panel shows, and when to worry. */
  readonly description: string;
  /** Place and size in the grid of 24 columns: x, y, width, height; a unit of height is 38 pixels. */
  readonly at: readonly [x: number, y: number, width: number, height: number];
  readonly queries: readonly Query[];
  /** Text of a panel without data: that there is none, and why. */
  readonly noValue: string;
  /** Links of each value. */
  readonly links?: readonly Builder<DashboardLink>[];
}

/** Methods that the builders of all kinds of panels have. */
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

/** Sets the properties of `Frame`. Queries get the letters A, B, C in their order. */
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
