import { parser } from '@prometheus-io/lezer-promql';
import type { SyntaxNode } from '@lezer/common';

/** One series selector of an expression. */
export interface Selector {
  readonly metric: string;
  /** The labels that it matches on. */
  readonly labels: readonly string[];
}

/** What an expression is made of, as far as names are concerned. */
export interface Parsed {
  readonly selectors: readonly Selector[];
  /** In `by`, `without`, `on`, `ignoring`, `group_left` and `group_right`. */
  readonly groupingLabels: readonly string[];
  /** Made by `label_replace` or `label_join`. */
  readonly madeLabels: readonly string[];
}

/** Takes a PromQL expression apart. Throws for one that is none. */
export function parsePromql(expression: string): Parsed {
  const text = (node: SyntaxNode) => expression.slice(node.from, node.to);
  const selectors: Selector[] = [];
  const groupingLabels: string[] = [];
  const madeLabels: string[] = [];
  parser.parse(expression).iterate({
    enter: ({ type, node, from }) => {
      if (type.isError) throw new Error(`not PromQL at character ${from}: ${expression}`);
      if (type.name === 'VectorSelector') {
        const name = node.getChild('Identifier');
        const matchers = node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? [];
        selectors.push({ metric: name === null ? '' : text(name), labels: matchers.map((matcher) => text(matcher.getChild('LabelName') ?? matcher)) });
      }
      if (type.name === 'GroupingLabels') groupingLabels.push(...node.getChildren('LabelName').map(text));
      if (type.name === 'FunctionCall' && /^label_(?:replace|join)/.test(text(node))) {
        const made = node.getChild('FunctionCallBody')?.getChildren('StringLiteral')[0];
        if (made !== undefined) madeLabels.push(text(made).slice(1, -1));
      }
    },
  });
  return { selectors, groupingLabels, madeLabels };
}

/** The queries inside the text of an annotation, with something in the place of what the template fills in. */
export function queriesIn(annotation: string): readonly string[] {
  return [...annotation.matchAll(/query \(printf "((?:[^"\\]|\\.)*)"/g)].map(([, format = '']) => format.replaceAll('%q', '"x"').replaceAll('%f', '1'));
}
