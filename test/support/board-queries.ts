import { type BoardJson, type PlacedPanel, panelsOf, type Target } from './board-json.js';

/** One query of a board, whatever asks it. */
export interface BoardQuery {
  readonly board: BoardJson;
  /** `aicrm-overview: Alerts firing: A`, for messages. */
  readonly where: string;
  /** As it is written, with variables in it. For a variable of the board: the selector of its series. */
  readonly expression: string;
  readonly kind: 'instant' | 'range' | 'annotation' | 'variable';
  /** The label whose values a variable has. */
  readonly label?: string;
  /** Of a query of a panel. */
  readonly placed?: PlacedPanel;
  readonly target?: Target;
  /** The words around the values which may contain `{{label}}`. */
  readonly texts: readonly string[];
  /** How far apart the values are at least: of a panel its interval, of an annotation its step. */
  readonly step: string | undefined;
}

/** All queries of a board: of its variables, its annotations and its panels. */
export function queriesOf(board: BoardJson): readonly BoardQuery[] {
  const found: BoardQuery[] = [];
  for (const { name, type, query } of board.templating.list) {
    if (type !== 'query') continue;
    const [, expression = '', label = ''] = /^label_values\((.+),\s*(\w+)\)$/.exec(String(query)) ?? [];
    found.push({
      board,
      where: `${board.uid}: variable ${name}`,
      expression,
      label,
      kind: 'variable',
      texts: [],
      step: undefined,
    });
  }
  for (const { name, expr = '', step, titleFormat = '', textFormat = '' } of board.annotations.list) {
    found.push({
      board,
      where: `${board.uid}: annotation ${name}`,
      expression: expr,
      kind: 'annotation',
      texts: [titleFormat, textFormat],
      step,
    });
  }
  for (const placed of panelsOf(board)) {
    for (const target of placed.panel.targets ?? []) {
      const kind = target.range === true ? 'range' : 'instant';
      found.push({
        board,
        where: `${placed.where}: ${target.refId}`,
        expression: target.expr ?? '',
        kind,
        placed,
        target,
        texts: [target.legendFormat ?? ''],
        step: placed.panel.interval,
      });
    }
  }
  return found;
}

const variable = /\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?::\w+)?\})/g;

/** The variables of the board that a text contains, Grafana's own (`__interval`) too. */
export const variablesIn = (text: string): readonly string[] =>
  [...text.matchAll(variable)].map(([, bare, braced]) => bare ?? braced ?? '');

/** Puts values in the place of variables. Throws for a variable that has none. */
export function fillIn(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(variable, (_, bare: string | undefined, braced: string | undefined) => {
    const value = values[bare ?? braced ?? ''];
    if (value === undefined) throw new Error(`nothing is known of $${bare ?? braced} in ${text}`);
    return value;
  });
}

/** What Grafana fills in by itself where nothing is asked: times that nobody would type in. */
export const intervalsApart: Readonly<Record<string, string>> = {
  __rate_interval: '71m',
  __interval: '79m',
  __interval_ms: '4740000',
  __range: '73m',
  __range_s: '4380',
  __range_ms: '4380000',
};

/** A query that can be parsed, the variables of the board in it as they are written. */
export function asWritten(expression: string): string {
  return fillIn(expression, {
    ...Object.fromEntries(variablesIn(expression).map((name) => [name, `$${name}`])),
    ...intervalsApart,
  });
}
