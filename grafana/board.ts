import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  type AnnotationQuery,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  type Panel,
  RowBuilder,
  type RowPanel,
  type VariableHide,
  type VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { annotations } from './annotations.js';
import { type BoardName, boardsLink, runbooksLink, tag, uids } from './links.js';
import { aboveCritical, aboveWarning } from './queries/judged.js';
import { dataSourceVariable, instanceVariable, jobVariable } from './variables.js';

/** What a board is made of. */
export interface Board {
  readonly name: BoardName;
  readonly title: string;
  /** One sentence: which question it answers. */
  readonly description: string;
  /** Besides data source, job and instance. */
  readonly variables?: readonly Builder<VariableModel>[];
  /** How far back it looks at first, `6h`. */
  readonly lastTime?: string;
  readonly annotations?: readonly Builder<AnnotationQuery>[];
  /** In the order of their places, rows included. */
  readonly panels: readonly (Builder<Panel> | Builder<RowPanel>)[];
}

/** A heading over panels, as high as one unit of the grid. With `repeat` it and the panels below it stand once for each value of that variable. */
export function row(
  id: number,
  title: string,
  y: number,
  options: { readonly repeat?: string; readonly collapsed?: readonly Builder<Panel>[] } = {},
): RowBuilder {
  const builder = new RowBuilder(title)
    .id(id)
    .gridPos({ x: 0, y, w: 24, h: 1 })
    .collapsed(options.collapsed !== undefined);
  if (options.repeat !== undefined) builder.repeat(options.repeat);
  for (const panel of options.collapsed ?? []) builder.withPanel(panel);
  return builder;
}

/** The JSON of a board, valid in Grafana from 10 on. */
export function buildBoard({
  name,
  title,
  description,
  variables = [],
  lastTime = '6h',
  annotations: marks = annotations(),
  panels,
}: Board): Dashboard {
  const builder = new DashboardBuilder(`AI-CRM / ${title}`)
    .uid(uids[name])
    .description(description)
    .tags([tag])
    .readonly()
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: `now-${lastTime}`, to: 'now' })
    .refresh('30s')
    .variables([dataSourceVariable(), jobVariable(), instanceVariable(), ...variables])
    .annotations([...marks])
    .link(boardsLink())
    .link(runbooksLink());
  // Not by the builder's own methods, which move whatever stands at the upper left corner.
  const built = panels.map((panel) => panel.build());
  return finish({ ...builder.build(), panels: built });
}

/**
 * The text of a board's file: what fits into a line is in one. With a line for each bracket it has twice the size, and a ConfigMap of several
 * boards is too large for `kubectl apply`.
 */
export function boardText(board: Dashboard): string {
  return `${jsonText(JSON.parse(JSON.stringify(board)), '')}\n`;
}

function jsonText(value: unknown, indent: string): string {
  const line = JSON.stringify(value);
  if (indent.length + line.length <= 120 || typeof value !== 'object' || value === null) return line;
  const inner = `${indent}  `;
  const isList = Array.isArray(value);
  const lines = Object.entries(value).map(
    ([key, each]) => `${inner}${isList ? '' : `${JSON.stringify(key)}: `}${jsonText(each, inner)}`,
  );
  return `${isList ? '[' : '{'}\n${lines.join(',\n')}\n${indent}${isList ? ']' : '}'}`;
}

/** Takes out what the SDK writes into every board and some versions of Grafana misread, and what has no effect. */
function finish(board: Dashboard): Dashboard {
  const all = (board.panels ?? []).flatMap((panel) => [
    panel,
    ...(panel.type === 'row' ? ((panel as RowPanel).panels ?? []) : []),
  ]) as Panel[];
  for (const panel of all) {
    // Grafana 11.0 draws a panel that has a direction at full width, whether it is repeated or not.
    if (panel.repeat === undefined) delete panel.repeatDirection;
    if (panel.transparent === false) delete panel.transparent;
    const queries = JSON.stringify(panel.targets ?? []);
    if (panel.fieldConfig !== undefined)
      panel.fieldConfig.overrides = panel.fieldConfig.overrides.filter(
        ({ matcher }) => !namesForAll.some((name) => String(matcher.options).endsWith(name) && !queries.includes(name)),
      );
    for (const override of panel.fieldConfig?.overrides ?? [])
      for (const property of override.properties)
        if (property.id === 'links') property.value = (property.value as DataLink[]).map(dataLink);
    const defaults = panel.fieldConfig?.defaults;
    if (defaults?.links !== undefined) {
      if (defaults.links.length === 0) delete defaults.links;
      else defaults.links = (defaults.links as DataLink[]).map(dataLink) as typeof defaults.links;
    }
    // No pages: Grafana would draw the buttons for them under a single one as well. The SDK does not allow it.
    if (panel.type === 'state-timeline' || panel.type === 'status-history')
      (panel.options as { perPage?: number }).perPage = 0;
    // Its shape changed in 12.2, and no table has one.
    if (panel.type === 'table') delete (panel.options as { footer?: unknown }).footer;
  }
  // From 12.3 on what few people need is in a menu, so that one line has room for the rest: the switches of the marks, the runbooks (each
  // alert leads to its own), and choices that are "All" as a rule.
  for (const each of board.links ?? [])
    if (each.title !== 'Runbooks') delete (each as { placement?: unknown }).placement;
    else (each as { placement?: string }).placement = 'inControlsMenu';
  for (const each of board.annotations?.list ?? []) (each as { placement?: string }).placement = 'inControlsMenu';
  for (const each of board.templating?.list ?? [])
    if (rarelyChosen.includes(each.name)) each.hide = inControlsMenu as VariableHide;
  return board;
}

/** Series that every panel of their kind can draw, and few have. */
const namesForAll = [' threshold', aboveWarning, aboveCritical];

/** The SDK does not know it. Older versions of Grafana show such a variable like every other one. */
const inControlsMenu = 3;
const rarelyChosen = ['datasource', 'instance', 'alertmanager', 'prometheus', 'silences'];

interface DataLink {
  readonly title: string;
  readonly url?: string;
  readonly targetBlank: boolean;
}

/** A link of a value has three properties; the SDK has one type for these and for the links of boards. */
const dataLink = ({ title, url, targetBlank }: DataLink) => ({ title, url, targetBlank });
