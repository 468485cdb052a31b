import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import { selectorOf } from './promql.js';

/** The labels that the series of an expression may have; `any` if unknown here, `none` for a number. */
export type PossibleLabels = ReadonlySet<string> | 'any' | 'none';

/** The labels of an expression's result, and uses of labels that cannot exist. */
export interface LabelReport {
  readonly labels: PossibleLabels;
  readonly problems: readonly string[];
}

/** Follows the labels of every series through an expression. `labelsOf` returns the possible labels of a metric. */
export function followLabels(expression: string, labelsOf: (metric: string) => PossibleLabels): LabelReport {
  const problems: string[] = [];
  const text = (node: SyntaxNode) => expression.slice(node.from, node.to);
  const names = (node: SyntaxNode | null) => node?.getChildren('LabelName').map(text) ?? [];
  const demand = (wanted: readonly string[], from: PossibleLabels, where: string) => {
    for (const label of wanted)
      if (from !== 'any' && (from === 'none' || !from.has(label))) problems.push(`no label ${label} in ${where}`);
  };

  const visit = (node: SyntaxNode): PossibleLabels => {
    switch (node.name) {
      case 'VectorSelector':
        return labelsOf(selectorOf(node, expression).metric);
      case 'AggregateExpr':
        return aggregate(node);
      case 'FunctionCall':
        return call(node);
      case 'BinaryExpr':
        return binary(node);
      case 'NumberDurationLiteral':
      case 'StringLiteral':
        return 'none';
      default:
        return all(expressionsIn(node).map(visit));
    }
  };

  const aggregate = (node: SyntaxNode): PossibleLabels => {
    const inner = all(expressionsIn(node.getChild('FunctionCallBody')).map(visit));
    const modifier = node.getChild('AggregateModifier');
    const grouping = names(modifier?.getChild('GroupingLabels') ?? null);
    demand(grouping, inner, text(node));
    if (/^(?:topk|bottomk)/.test(text(node))) return inner;
    if (modifier?.getChild('Without') != null)
      return inner === 'any' || inner === 'none'
        ? inner
        : new Set([...inner].filter((label) => !grouping.includes(label)));
    return new Set(grouping);
  };

  const call = (node: SyntaxNode): PossibleLabels => {
    const parts = expressionsIn(node.getChild('FunctionCallBody'));
    const inner = all(parts.map(visit));
    const name = text(node.getChild('FunctionIdentifier') ?? node);
    if (name === 'vector') return new Set();
    if (inner === 'any' || inner === 'none') return inner;
    if (name === 'label_replace' || name === 'label_join') {
      const [made, , ...sources] = parts.slice(1).map((part) => text(part).slice(1, -1));
      demand(
        (name === 'label_join' ? sources : sources.slice(0, 1)).filter((source) => source !== ''),
        inner,
        text(node),
      );
      return new Set([...inner, made ?? '']);
    }
    if (name === 'histogram_quantile') {
      demand(['le'], inner, text(node));
      return new Set([...inner].filter((label) => label !== 'le'));
    }
    return inner;
  };

  const binary = (node: SyntaxNode): PossibleLabels => {
    const [left = 'none', right = 'none'] = expressionsIn(node).map(visit);
    const clause = node.getChild('MatchingModifierClause');
    const lists = clause?.getChildren('GroupingLabels') ?? [];
    const matched = names(lists[0] ?? null);
    const isOn = clause?.getChild('On') != null;
    if (clause !== null)
      for (const label of matched)
        if (!has(left, label) && (isOn || !has(right, label)))
          problems.push(`no label ${label} left of ${text(clause)}`);
    if (clause !== null && isOn)
      for (const label of matched) if (!has(right, label)) problems.push(`no label ${label} right of ${text(clause)}`);
    if (node.getChild('Or') !== null) return all([left, right]);
    if (left === 'none') return right;
    if (right === 'none' || node.getChild('And') !== null || node.getChild('Unless') !== null) return left;
    const isGroupRight = clause?.getChild('GroupRight') != null;
    const many = isGroupRight ? right : left;
    if (isGroupRight || clause?.getChild('GroupLeft') != null) {
      const copied = names(lists[1] ?? null);
      demand(copied, isGroupRight ? left : right, text(node));
      return many === 'any' ? many : new Set([...many, ...copied]);
    }
    if (isOn) return new Set(matched);
    return left === 'any' || right === 'any'
      ? 'any'
      : new Set([...left].filter((label) => right.has(label) && !matched.includes(label)));
  };

  const top = parser.parse(expression).topNode;
  return { labels: visit(top), problems };
}

const expressionKinds =
  /^(?:VectorSelector|MatrixSelector|SubqueryExpr|AggregateExpr|FunctionCall|BinaryExpr|UnaryExpr|ParenExpr|OffsetExpr|StepInvariantExpr|NumberDurationLiteral|StringLiteral)$/;

function expressionsIn(node: SyntaxNode | null): readonly SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = node?.firstChild ?? null; child !== null; child = child.nextSibling)
    if (expressionKinds.test(child.name)) found.push(child);
  return found;
}

const has = (labels: PossibleLabels, label: string) => labels === 'any' || (labels !== 'none' && labels.has(label));

function all(parts: readonly PossibleLabels[]): PossibleLabels {
  if (parts.includes('any')) return 'any';
  const sets = parts.filter((part) => typeof part === 'object');
  return sets.length === 0 ? 'none' : new Set(sets.flatMap((set) => [...set]));
}
