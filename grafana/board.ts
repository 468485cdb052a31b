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

/** Parts of a board. */
export interface Board {
  readonly name: BoardName;
  readonly title: string;
  /** One sentence: the question that the board answers. */
  readonly description: string;
  /** Variables besides data source, job and instance. */
  readonly variables?: readonly Builder<VariableModel>[];
  /** The time range at first, such as `6h`. */
  readonly lastTime?: string;
  readonly annotations?: readonly Builder<AnnotationQuery>[];
  /** Panels and rows, in the order of their places. */
  readonly panels: readonly (Builder<Panel> | Builder<RowPanel>)[];
}

/**
 * A heading above panels, one unit of the grid high. With `repeat` Grafana draws the heading and its panels once for each value of that
 * variable.
 */
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

/** Makes the JSON of a board. Grafana 10 and newer read it. */
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
  // The builder's own methods would move a panel at the upper left corner.
  const built = panels.map((panel) => panel.build());
  return finish({ ...builder.build(), panels: built });
}

/**
 * The text of a board's file. A value that fits is on one line. With a line for each bracket the file has twice the size, and a ConfigMap
 * of several boards is too large for `kubectl apply`.
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

/** Removes what the SDK writes into every board: values that some versions of Grafana misread, and values without effect. */
function finish(board: Dashboard): Dashboard {
  const all = (board.panels ?? []).flatMap((panel) => [
    panel,
    ...(panel.type === 'row' ? ((panel as RowPanel).panels ?? []) : []),
  ]) as Panel[];
  for (const panel of all) {
    // Grafana 11.0 draws a panel with this property at full width, even if the panel is not repeated.
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
    // Without pages. Grafana draws the buttons for pages even if there is only one page. The SDK cannot set this.
    if (panel.type === 'state-timeline' || panel.type === 'status-history')
      (panel.options as { perPage?: number }).perPage = 0;
    // The shape of this option changed in Grafana 12.2. No table here has a footer.
    if (panel.type === 'table') delete (panel.options as { footer?: unknown }).footer;
  }
  // Grafana 12.3 and newer have a menu for controls that few people need. It gets the switches of the marks, the link to the runbooks (each
  // alert links to its own), and variables that are usually "All". So the rest fits on one line.
  for (const each of board.links ?? [])
    if (each.title !== 'Runbooks') delete (each as { placement?: unknown }).placement;
    else (each as { placement?: string }).placement = 'inControlsMenu';
  for (const each of board.annotations?.list ?? []) (each as { placement?: string }).placement = 'inControlsMenu';
  for (const each of board.templating?.list ?? [])
    if (rarelyChosen.includes(each.name)) each.hide = inControlsMenu as VariableHide;
  return board;
}

/** Series that a panel of any kind may have, but few panels do. */
const namesForAll = [' threshold', aboveWarning, aboveCritical];

/** The SDK has no name for this value. Older versions of Grafana show such a variable like every other one. */
const inControlsMenu = 3;
const rarelyChosen = ['datasource', 'instance', 'alertmanager', 'prometheus', 'silences'];

interface DataLink {
  readonly title: string;
  readonly url?: string;
  readonly targetBlank: boolean;
}

/** A link of a value has only these three properties. The SDK uses one type for these links and for links of boards. */
const dataLink = ({ title, url, targetBlank }: DataLink) => ({ title, url, targetBlank });
