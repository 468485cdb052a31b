import type { SyntaxNode, Tree } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';

/** One label matcher of a selector. */
export interface Matcher {
  readonly label: string;
  /** `=`, `!=`, `=~` or `!~`. */
  readonly operator: string;
  readonly value: string;
}

/** One series selector of an expression. */
export interface Selector {
  readonly metric: string;
  /** The names of the labels in its matchers. */
  readonly labels: readonly string[];
  readonly matchers: readonly Matcher[];
  /** The functions and aggregations around it, innermost first. */
  readonly within: readonly string[];
}

/** The names in an expression. */
export interface Parsed {
  readonly selectors: readonly Selector[];
  /** Labels in `by`, `without`, `on`, `ignoring`, `group_left` and `group_right`. */
  readonly groupingLabels: readonly string[];
  /** Labels that `label_replace` or `label_join` makes. */
  readonly madeLabels: readonly string[];
}

/** Expression → its syntax tree. The same rules are read for every case. */
const trees = new Map<string, Tree>();

function treeOf(expression: string): Tree {
  const tree = trees.get(expression) ?? parser.parse(expression);
  trees.set(expression, tree);
  return tree;
}

/** Parses a PromQL expression. Throws if it is invalid. */
export function parsePromql(expression: string): Parsed {
  const text = (node: SyntaxNode) => expression.slice(node.from, node.to);
  const selectors: Selector[] = [];
  const groupingLabels: string[] = [];
  const madeLabels: string[] = [];
  treeOf(expression).iterate({
    enter: ({ type, node, from }) => {
      if (type.isError) throw new Error(`not PromQL at character ${from}: ${expression}`);
      if (type.name === 'VectorSelector') selectors.push(selectorOf(node, expression));
      if (type.name === 'GroupingLabels') groupingLabels.push(...node.getChildren('LabelName').map(text));
      if (type.name === 'FunctionCall' && /^label_(?:replace|join)/.test(text(node))) {
        const made = node.getChild('FunctionCallBody')?.getChildren('StringLiteral')[0];
        if (made !== undefined) madeLabels.push(text(made).slice(1, -1));
      }
    },
  });
  return { selectors, groupingLabels, madeLabels };
}

/** Functions with a result even for empty input. */
const giveAlways = /^(?:absent|absent_over_time|scalar|vector)$/;

/** Whether an expression may have a result if only the selectors in `finds` find series. False means that it is empty for all values. */
export function mayGive(expression: string, finds: (selector: Selector) => boolean): boolean {
  const ofNode = (node: SyntaxNode): boolean => {
    if (node.name === 'VectorSelector') return finds(selectorOf(node, expression));
    if (node.name === 'FunctionCall') {
      const name = node.getChild('FunctionIdentifier');
      if (name !== null && giveAlways.test(expression.slice(name.from, name.to))) return true;
    }
    const parts: SyntaxNode[] = [];
    for (let part = node.firstChild; part !== null; part = part.nextSibling) parts.push(part);
    const [left, right] = [parts[0], parts.at(-1)];
    if (left !== undefined && right !== undefined && node.name === 'BinaryExpr') {
      if (node.getChild('Or') !== null) return ofNode(left) || ofNode(right);
      if (node.getChild('Unless') !== null) return ofNode(left);
    }
    return parts.every(ofNode);
  };
  return ofNode(treeOf(expression).topNode);
}

/** Reads a `VectorSelector` node. */
export function selectorOf(node: SyntaxNode, expression: string): Selector {
  const text = (part: SyntaxNode | null) => (part === null ? '' : expression.slice(part.from, part.to));
  const matchers = (node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? []).map((matcher) => ({
    label: text(matcher.getChild('LabelName')),
    operator: text(matcher.getChild('MatchOp')),
    value: text(matcher.getChild('StringLiteral')).slice(1, -1),
  }));
  const within: string[] = [];
  for (let outer = node.parent; outer !== null; outer = outer.parent) {
    const name = text(outer.getChild('FunctionIdentifier') ?? outer.getChild('AggregateOp'));
    if (name !== '') within.push(name);
  }
  return { metric: text(node.getChild('Identifier')), labels: matchers.map(({ label }) => label), matchers, within };
}

/** The queries in the text of an annotation, with placeholders for the parts that the template fills in. */
export function queriesIn(annotation: string): readonly string[] {
  return [...annotation.matchAll(/query \(printf "((?:[^"\\]|\\.)*)"/g)].map(([, format = '']) =>
    format.replaceAll('%q', '"x"').replaceAll('%f', '1'),
  );
}
