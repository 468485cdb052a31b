import t from 'tap';
import { type PlacedPanel, readBoards } from '../support/board-json.js';
import { asWritten, type BoardQuery, fillIn, intervalsApart, queriesOf } from '../support/board-queries.js';
import { type KnownSeries, knownSeries, processFamilies } from '../support/known-series.js';
import { type Matcher, parsePromql } from '../support/promql.js';
import { followLabels, type PossibleLabels } from '../support/promql-labels.js';
import { readExpectations, readRules } from '../support/rule-files.js';
import { millisecondsOf } from '../support/shortened.js';

const all = readBoards();
const queries = all.flatMap(queriesOf);
const rules = await readRules();
const series = knownSeries(rules);
/** Series that are recorded every five minutes or more rarely. Prometheus looks back five minutes for a value. */
const rare = new Set(
  rules
    .filter(({ isAlert, interval = '15s' }) => !isAlert && millisecondsOf(interval) >= 300_000)
    .map(({ name }) => name),
);
/** Series of other programs and of Prometheus itself. Not all of their labels are known here. */
const foreign = /^(?:(?:prometheus|alertmanager)_\w+)$/;
const ofExporterProcess = await processFamilies();
const ofAlerts = new Set([
  ...(await readExpectations()).flatMap(({ fires }) => fires.flatMap(Object.keys)),
  'alertname',
  'alertstate',
]);
const madeByPrometheus: Readonly<Record<string, ReadonlySet<string>>> = {
  ALERTS: ofAlerts,
  ALERTS_FOR_STATE: new Set([...ofAlerts].filter((label) => label !== 'alertstate')),
  // `exporter` exists for on-demand probes as in deploy/scaling.
  up: new Set(['job', 'instance', 'exporter']),
  scrape_duration_seconds: new Set(['job', 'instance', 'exporter']),
};
const forCounters = ['rate', 'irate', 'increase', 'resets', 'changes'];

function labelsOf(metric: string): PossibleLabels {
  if (foreign.test(metric) || ofExporterProcess.some((name) => metric === name || metric.startsWith(`${name}_`)))
    return 'any';
  return series.get(metric)?.labels ?? madeByPrometheus[metric] ?? 'none';
}

/** The query as Grafana sends it, with a word for each variable of the board. */
function filled({ board, expression }: BoardQuery): string {
  return fillIn(expression, {
    ...Object.fromEntries(board.templating.list.map(({ name }) => [name, 'x'])),
    ...intervalsApart,
  });
}

t.test('every query is PromQL, and every variable in it belongs to its board', async (t) => {
  for (const query of queries) {
    t.ok(query.expression.length > 0, `${query.where} has a query`);
    t.doesNotThrow(() => parsePromql(filled(query)), query.where);
  }
  t.ok(all.every((board) => queries.some((query) => query.board === board && query.kind === 'variable')));
});

t.test('queries use only existing series, with labels and values that they have', async (t) => {
  for (const query of queries) {
    for (const { metric, matchers } of parsePromql(filled(query)).selectors) {
      const labels = labelsOf(metric);
      t.not(labels, 'none', `${query.where}: there is no ${metric === '' ? 'name in a selector' : metric}`);
      if (typeof labels === 'object')
        t.same(
          matchers.map(({ label }) => label).filter((label) => !labels.has(label)),
          [],
          `${query.where}: labels of ${metric}`,
        );
    }
    // As written, because the values of variables are not known here.
    for (const { metric, matchers } of parsePromql(asWritten(query.expression)).selectors) {
      t.same(
        matchers.filter((matcher) => !canMatch(matcher, series.get(metric))),
        [],
        `${query.where}: values of labels of ${metric}`,
      );
    }
  }
});

t.test('queries group by, match on and show only existing labels', async (t) => {
  for (const query of queries) {
    const { labels, problems } = followLabels(filled(query), labelsOf);
    t.same(problems, [], query.where);
    if (typeof labels !== 'object') continue;
    if (query.label !== undefined) t.ok(labels.has(query.label), `${query.where}: label ${query.label}`);
    const shown = query.texts.flatMap((text) =>
      [...text.matchAll(/\{\{\s*(\w+)\s*\}\}/g)].map(([, label = '']) => label),
    );
    t.same(
      shown.filter((label) => !labels.has(label)),
      [],
      `${query.where}: labels in its legend`,
    );
  }
});

t.test('only counters are used with rate functions, and counters are used with nothing else', async (t) => {
  for (const query of queries) {
    for (const { metric, within } of parsePromql(filled(query)).selectors) {
      const innermost = within[0] ?? '';
      const known = series.get(metric);
      const isCounter = known?.isCounter ?? /_(?:total|bucket|sum|count)$/.test(metric);
      if (isCounter) t.ok(forCounters.includes(innermost), `${query.where}: ${metric} within ${innermost}`);
      else
        t.notOk(
          ['rate', 'irate', 'increase', 'resets'].includes(innermost),
          `${query.where}: ${metric} is not a counter, but is within ${innermost}`,
        );
    }
  }
});

t.test('series of rare rules are read over a time, since they are absent between two evaluations', async (t) => {
  for (const query of queries) {
    for (const { metric, within } of parsePromql(filled(query)).selectors)
      if (rare.has(metric)) t.match(within[0], /_over_time$/, `${query.where}: ${metric}`);
  }
  t.ok(rare.size > 0);
});

t.test('topk is used only for one moment: over a range it would select other series at each step', async (t) => {
  t.same(
    queries
      .filter(({ kind, expression }) => kind === 'range' && /\b(?:topk|bottomk)\b/.test(expression))
      .map(({ where }) => where),
    [],
  );
});

t.test('links and columns use labels that the queries of their panel return', async (t) => {
  const panels = new Map<PlacedPanel, BoardQuery[]>();
  for (const query of queries)
    if (query.placed !== undefined) panels.set(query.placed, [...(panels.get(query.placed) ?? []), query]);
  for (const [{ panel, where }, own] of panels) {
    const outputs = own.map((query) => followLabels(filled(query), labelsOf).labels);
    const isGiven = (label: string) =>
      outputs.some((labels) => labels === 'any' || (typeof labels === 'object' && labels.has(label))) ||
      (label === 'Time' && own.some(({ kind }) => kind === 'range'));
    const linked = [...JSON.stringify(panel).matchAll(/\$\{__field\.labels\.(\w+)/g)].map(([, label = '']) => label);
    t.same(
      linked.filter((label) => !isGiven(label)),
      [],
      `${where}: labels in links`,
    );
    if (panel.type !== 'table') continue;
    const { renameByName = {} } = (panel.transformations?.find(({ id }) => id === 'organize')?.options ?? {}) as {
      readonly renameByName?: Readonly<Record<string, string>>;
    };
    const values = own.length === 1 ? ['Value'] : own.map(({ target }) => `Value #${target?.refId}`);
    t.same(
      Object.keys(renameByName).filter((field) => !values.includes(field) && !isGiven(field)),
      [],
      `${where}: columns`,
    );
    const titles = (panel.fieldConfig?.overrides ?? []).flatMap(({ matcher }) =>
      matcher.id === 'byName' ? [String(matcher.options)] : [],
    );
    t.same(
      titles.filter((title) => !Object.values(renameByName).includes(title)),
      [],
      `${where}: settings of columns`,
    );
  }
});

t.test('a missing label is noticed wherever it is used', async (t) => {
  const own = (metric: string): PossibleLabels =>
    ({ a: new Set(['job', 'x']), b: new Set(['job', 'y']), h: new Set(['job', 'le']) })[metric] ?? 'none';
  const problems = (expression: string) => followLabels(expression, own).problems;
  const labels = (expression: string) => followLabels(expression, own).labels;
  t.same(problems('sum by (job, x) (rate(a[5m]))'), []);
  t.same(problems('sum by (y) (rate(a[5m]))'), ['no label y in sum by (y) (rate(a[5m]))']);
  t.same(problems('sum by (x) (max by (job) (a))'), ['no label x in sum by (x) (max by (job) (a))']);
  t.same(problems('a and on (job) b'), []);
  t.same(problems('a * on (x) b'), ['no label x right of on (x)']);
  t.same(problems('a and ignoring (z) b'), ['no label z left of ignoring (z)']);
  t.same(problems('a * on (job) group_left (x) b'), ['no label x in a * on (job) group_left (x) b']);
  t.same(problems('a and on (job, y) label_replace(a, "y", "$1", "x", "(.+)")'), ['no label y left of on (job, y)']);
  t.same(problems('histogram_quantile(0.9, sum by (job) (h))'), [
    'no label le in histogram_quantile(0.9, sum by (job) (h))',
  ]);
  t.same(labels('histogram_quantile(0.9, sum by (job, le) (h))'), new Set(['job']));
  t.same(labels('label_replace(a, "y", "$1", "x", "(.+)")'), new Set(['job', 'x', 'y']));
  t.same(labels('max(a) or vector(-1)'), new Set());
  t.same(labels('a * on (job) group_left (y) b'), new Set(['job', 'x', 'y']));
  t.same(labels('topk(5, a offset 1w)'), new Set(['job', 'x']));
});

/** Whether a matcher can match a value of the label. Without a fixed set of values it can. */
function canMatch({ label, operator, value }: Matcher, of: KnownSeries | undefined): boolean {
  const closed = of?.values[label];
  if (closed === undefined || value.startsWith('$') || value === '') return true;
  if (operator === '=' || operator === '!=') return closed.includes(value);
  // Each alternative is checked, if all of them are words.
  if (/^[\w|]+$/.test(value)) return value.split('|').every((word) => closed.includes(word));
  return closed.some((word) => new RegExp(`^(?:${value})$`).test(word));
}
