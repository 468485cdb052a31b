import { jsonPathProblem } from '../json-path.js';
import type { LabelRule, MetricMapping } from '../mapping.js';
import type { Path } from '../problem.js';
import { scales } from '../scales.js';
import type { Settings } from '../schema/document.js';
import type { Context } from './context.js';
import type { OwnMetrics } from './own-metrics.js';

/** `metrics` of a source, as checked by the schema. */
export type GivenMetrics = NonNullable<NonNullable<Settings['json_sources']>[string]['metrics']>;
type GivenMetric = GivenMetrics[number];
type GivenLabel = NonNullable<GivenMetric['labels']>[string];

/** The mappings of a source. What is wrong with one of them is reported, and it is left out. Loads the JSONPath library. */
export function normaliseMetrics(
  given: GivenMetrics,
  own: OwnMetrics,
  path: Path,
  context: Context,
): readonly MetricMapping[] {
  return given.flatMap((metric, index) => normaliseMetric(metric, own, [...path, index], context) ?? []);
}

function normaliseMetric(given: GivenMetric, own: OwnMetrics, path: Path, context: Context): MetricMapping | undefined {
  const { name, help, type = 'gauge', value = '$', words, scale = 1 } = given;
  const labels = new Map<string, LabelRule>();
  for (const [label, rule] of Object.entries(given.labels ?? {})) {
    const normalised = normaliseLabel(rule, [...path, 'labels', label], context);
    if (normalised !== undefined) labels.set(label, normalised);
  }
  checkPath(given.path, [...path, 'path'], context);
  if (value !== 'count') checkPath(value, [...path, 'value'], context);
  else
    for (const key of ['words', 'scale'] as const)
      if (given[key] !== undefined) context.report([...path, key], 'a count is a number already', 'key');
  const definition = own.define({ name, type, help, labels: Object.keys(given.labels ?? {}) }, path, context.report);
  if (definition === undefined) return undefined;
  return {
    definition,
    path: given.path,
    value: value === 'count' ? { kind: 'count' } : { kind: 'path', path: value },
    ...(words === undefined
      ? {}
      : { words: new Map(Object.entries(words).map(([word, number]) => [word.trim().toLowerCase(), number])) }),
    scale: typeof scale === 'number' ? scale : scales[scale],
    labels,
  };
}

function normaliseLabel(given: GivenLabel, path: Path, context: Context): LabelRule | undefined {
  if (typeof given === 'string') return pathRule(given, path, context);
  const { path: inside, parent, key, text } = given;
  const kinds = [parent ?? inside, key, text].filter((each) => each !== undefined).length;
  if (kinds !== 1 || (parent !== undefined && inside === undefined)) {
    context.report(path, 'needs either path, parent and path, key, or text', 'key');
    return undefined;
  }
  if (key !== undefined) return { kind: 'key', levels: key };
  if (text !== undefined) return { kind: 'text', text };
  const rule = pathRule(inside ?? '$', [...path, 'path'], context);
  return parent === undefined ? rule : { kind: 'parent', levels: parent, path: rule.path };
}

function pathRule(text: string, path: Path, context: Context) {
  checkPath(text, path, context);
  return { kind: 'path', path: text } as const;
}

function checkPath(text: string, path: Path, context: Context): void {
  const problem = jsonPathProblem(text);
  if (problem !== undefined) context.report(path, `must be a JSONPath such as $.orders[*].count (${problem})`);
}
