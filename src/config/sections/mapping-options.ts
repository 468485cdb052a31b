import type { Definition } from '../../metrics/definition.js';
import { byName, choice, complete, filledList, type Given, mapping, optional, required } from '../option.js';
import { finiteNumber, positiveNumber, text, wholeNumber, word } from '../option-kinds.js';
import type { OwnMetrics } from '../own-metrics.js';
import type { Path } from '../problem.js';
import type { Context } from '../resolving.js';

/** Source of a label's value. Paths are JSONPath (RFC 9535) from a node, which is their `$`. */
export type LabelRule =
  /** A value inside the node of the series. */
  | { readonly kind: 'path'; readonly path: string }
  /** A value inside an ancestor of the node; 1 is its parent. */
  | { readonly kind: 'parent'; readonly levels: number; readonly path: string }
  /** The key or index of the node (0), of its parent (1), and so on. */
  | { readonly kind: 'key'; readonly levels: number }
  | { readonly kind: 'text'; readonly text: string };

/** How a JSON document becomes one metric. */
export interface MetricMapping {
  /** From the catalogue or from the user. A counter copies the total in the document. */
  readonly definition: Definition;
  /** JSONPath of the nodes. Each becomes a series. */
  readonly path: string;
  /** JSONPath of the value inside the node; or `count`: the number of nodes with the same labels. */
  readonly value: { readonly kind: 'path'; readonly path: string } | { readonly kind: 'count' };
  /** Numbers for words and for true and false. Any other word is no value. Keys are in lower case. */
  readonly words?: ReadonlyMap<string, number>;
  /** Factor to the base unit: 0.001 for milliseconds, 0.01 for percent. */
  readonly scale: number;
  readonly labels: ReadonlyMap<string, LabelRule>;
}

/** Names for common factors to the base unit. */
const scales = {
  us: 0.000_001,
  ms: 0.001,
  minutes: 60,
  hours: 3600,
  percent: 0.01,
  kb: 1000,
  mb: 1_000_000,
  gb: 1_000_000_000,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
} as const;

const scaleNames = Object.keys(scales) as [keyof typeof scales, ...(keyof typeof scales)[]];

/** The option for the maximum number of series. More are left out and reported. */
export const seriesOption = optional(
  wholeNumber({ minimum: 1, maximum: 100_000 }),
  'Most series that are made; more are reported as truncated.',
  { default: 1000 },
);

/** Options that define a metric. Value and labels are different options in each kind of source. */
export const definitionOptions = {
  name: required(
    text(),
    "Name of the metric. Only names of counters end in _total. It may also be one of this exporter's own gauges and counters, with their labels. Several entries may make one metric, with the same type, help and labels.",
  ),
  help: optional(text(), 'Description in one sentence. Required, except for metrics of this exporter.'),
  type: optional(word(['gauge', 'counter']), 'A counter is for a total that only grows; its value is copied.', {
    default: 'gauge',
  }),
};

const jsonPath = text({ type: 'JSONPath (RFC 9535)' });

const labelOptions = {
  path: optional(jsonPath, 'JSONPath of the value, from the node or from what parent selects.'),
  parent: optional(
    wholeNumber({ minimum: 1, maximum: 100 }),
    'Levels above the node: 1 is the object or list that contains it.',
  ),
  key: optional(
    wholeNumber({ minimum: 0, maximum: 100 }),
    'The key or index of the node itself (0), of the object or list that contains it (1), and so on.',
  ),
  text: optional(text({ mayBeEmpty: true }), 'Fixed text, the same for every series.'),
};

const labelKind = choice(
  [jsonPath, mapping(labelOptions)],
  'must be a JSONPath or a mapping with path, parent, key or text',
);

const metricOptions = {
  ...definitionOptions,
  path: required(
    jsonPath,
    'Selects nodes of the document. Each node becomes a series. A path that takes too long is a failure of the source.',
  ),
  value: optional(
    jsonPath,
    'The value, from the node: numbers, decimal text such as "12.50", true (1) and false (0). A series with any other value is left out and reported as rejected. $ is the node itself. Or count: how many nodes have the same labels. An empty list is 0, if no label comes from its nodes.',
    { default: '$' },
  ),
  words: optional(
    byName(/./, 'a word must not be empty', finiteNumber(), 'a mapping of words to numbers'),
    'Numbers for words, and for true and false, in upper or lower case. Any other word has no value. scale does not change these numbers.',
  ),
  scale: optional(
    choice([positiveNumber(1e15), word(scaleNames)], `must be a number or one of ${scaleNames.join(', ')}`),
    'Factor to the base unit of the metric: a number above 0, or the unit of the document: us, ms, minutes, hours (to seconds), percent (to 0 to 1), kb, mb, gb, kib, mib, gib (to bytes).',
    { default: 1 },
  ),
  labels: optional(
    byName(/./, 'a label must not be empty', labelKind, 'a mapping of label names to JSONPaths'),
    'Label name -> place of its value: JSONPath from the node, or a mapping. Numbers, true and false become text. Text becomes one line of at most 128 characters. A missing value is an empty label. If several series have the same labels, the first counts.',
  ),
};

type GivenMetric = Given<typeof metricOptions>;
type GivenLabel = NonNullable<GivenMetric['labels']>[string];

/** `metrics` of a source: the metrics from its JSON document. */
export const metricsKind = filledList(mapping(metricOptions), 'a list of metrics');

/** The mappings of a source. Reports invalid ones and leaves them out. Loads the JSONPath library. */
export async function resolveMetrics(
  given: readonly GivenMetric[],
  own: OwnMetrics,
  path: Path,
  context: Context,
): Promise<readonly MetricMapping[]> {
  const { jsonPathProblem } = await import('../json-path.js');
  const checkPath: CheckPath = (text, place) => {
    const problem = jsonPathProblem(text);
    if (problem !== undefined) context.report(place, `must be a JSONPath such as $.orders[*].count (${problem})`);
  };
  return given.flatMap((metric, index) => resolveMetric(metric, own, [...path, index], checkPath, context) ?? []);
}

/** Reports an invalid JSONPath. */
type CheckPath = (text: string, path: Path) => void;

function resolveMetric(
  given: GivenMetric,
  own: OwnMetrics,
  path: Path,
  checkPath: CheckPath,
  context: Context,
): MetricMapping | undefined {
  const { name, help, type, value, words, scale } = complete(metricOptions, given);
  const labels = new Map<string, LabelRule>();
  for (const [label, rule] of Object.entries(given.labels ?? {})) {
    const resolved = resolveLabel(rule, [...path, 'labels', label], checkPath, context);
    if (resolved !== undefined) labels.set(label, resolved);
  }
  checkPath(given.path, [...path, 'path']);
  if (value !== 'count') checkPath(value, [...path, 'value']);
  else
    for (const key of ['words', 'scale'] as const)
      if (given[key] !== undefined)
        context.report(
          [...path, key],
          'works only with a JSONPath in value, because a count is a number already',
          'key',
        );
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

function resolveLabel(given: GivenLabel, path: Path, checkPath: CheckPath, context: Context): LabelRule | undefined {
  if (typeof given === 'string') return pathRule(given, path, checkPath);
  const { path: inside, parent, key, text } = given;
  const kinds = [parent ?? inside, key, text].filter((each) => each !== undefined).length;
  if (kinds !== 1 || (parent !== undefined && inside === undefined)) {
    context.report(path, 'needs either path, parent and path, key, or text', 'key');
    return undefined;
  }
  if (key !== undefined) return { kind: 'key', levels: key };
  if (text !== undefined) return { kind: 'text', text };
  const rule = pathRule(inside ?? '$', [...path, 'path'], checkPath);
  return parent === undefined ? rule : { kind: 'parent', levels: parent, path: rule.path };
}

function pathRule(text: string, path: Path, checkPath: CheckPath) {
  checkPath(text, path);
  return { kind: 'path', path: text } as const;
}
