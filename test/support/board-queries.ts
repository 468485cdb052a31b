import { type BoardJson, type PlacedPanel, panelsOf, type Target } from './board-json.js';

/** One query of a board: of a panel, a variable or an annotation. */
export interface BoardQuery {
  readonly board: BoardJson;
  /** `aicrm-overview: Alerts firing: A`, for messages. */
  readonly where: string;
  /** With variables. For a variable of the board it is the series selector. */
  readonly expression: string;
  readonly kind: 'instant' | 'range' | 'annotation' | 'variable';
  /** For a variable: the label with its values. */
  readonly label?: string;
  /** For a query of a panel. */
  readonly placed?: PlacedPanel;
  readonly target?: Target;
  /** Texts that may contain `{{label}}`. */
  readonly texts: readonly string[];
  /** The smallest step: the interval of a panel, or the step of an annotation. */
  readonly step: string | undefined;
}

/** All queries of a board: of variables, annotations and panels. */
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

/** The variables in a text, including Grafana's own (`__interval`). */
export const variablesIn = (text: string): readonly string[] =>
  [...text.matchAll(variable)].map(([, bare, braced]) => bare ?? braced ?? '');

/** Replaces variables by their values. Throws for a variable without a value. */
export function fillIn(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(variable, (_, bare: string | undefined, braced: string | undefined) => {
    const value = values[bare ?? braced ?? ''];
    if (value === undefined) throw new Error(`nothing is known of $${bare ?? braced} in ${text}`);
    return value;
  });
}

/** Grafana's own variables, as unusual times that no query contains. */
export const intervalsApart: Readonly<Record<string, string>> = {
  __rate_interval: '71m',
  __interval: '79m',
  __interval_ms: '4740000',
  __range: '73m',
  __range_s: '4380',
  __range_ms: '4380000',
};

/** A query that can be parsed, with the variables of the board as plain words. */
export function asWritten(expression: string): string {
  return fillIn(expression, {
    ...Object.fromEntries(variablesIn(expression).map((name) => [name, `$${name}`])),
    ...intervalsApart,
  });
}
