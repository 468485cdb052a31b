import t from 'tap';
import { type PlacedPanel, panelsOf, readBoards } from '../support/board-json.js';
import { asWritten, intervalsApart, queriesOf } from '../support/board-queries.js';
import { knownSeries } from '../support/known-series.js';
import { parsePromql, type Selector } from '../support/promql.js';
import { readRules } from '../support/rule-files.js';

// The rules of grafana's dashboard-linter, each as a test with its name. The linter itself cannot be built from pinned Go modules: version
// 0.2.0 needs a module of Grafana that the module proxy does not have. Its two rules about Loki are not needed here, and parsePromql below
// checks that every query is PromQL (target-promql-rule).

const all = readBoards();
const panels = all.flatMap(panelsOf);
const ofKind = (...kinds: readonly string[]) => panels.filter(({ panel }) => kinds.includes(panel.type));
const names = (placed: readonly PlacedPanel[]) => placed.map(({ where }) => where);
const series = knownSeries(await readRules());
/** The selectors of all panels, with variables as written. */
const selectors = all.flatMap(queriesOf).flatMap(({ where, expression, placed }) => {
  if (placed === undefined) return [];
  return parsePromql(asWritten(expression)).selectors.map((selector) => ({
    where,
    selector,
    ranges: rangesIn(asWritten(expression)),
  }));
});

/** Selectors without the matcher of a rule, with the reason. */
const excluded: Readonly<
  Record<'job' | 'instance', readonly { readonly why: string; readonly is: (selector: Selector) => boolean }[]>
> = {
  job: [
    {
      why: 'Prometheus and Alertmanager are jobs of their own, with a variable of their own',
      is: ({ metric, matchers }) =>
        isOfOthers(metric) &&
        matchers.some(({ label, operator, value }) => label === 'job' && operator === '=~' && /^\$\w+$/.test(value)),
    },
  ],
  instance: [
    {
      why: 'an alert is about an AI-CRM; few have an exporter',
      is: ({ metric }) => /^ALERTS(?:_FOR_STATE)?$/.test(metric),
    },
    {
      why: 'what is recorded of all exporters together has no instance',
      is: ({ metric }) => series.get(metric)?.isRecord === true && series.get(metric)?.labels.has('instance') === false,
    },
    {
      why: 'the instances above are exporters, and not Prometheus servers or Alertmanagers',
      is: ({ metric }) => isOfOthers(metric),
    },
  ],
};
const isOfOthers = (metric: string) => /^(?:prometheus|alertmanager)_/.test(metric);

t.test('template-datasource-rule', async (t) => {
  for (const { uid, templating } of all) {
    t.match(
      templating.list.filter(({ name }) => name === 'datasource'),
      [{ name: 'datasource', label: 'Data source', query: 'prometheus' }],
      uid,
    );
    t.same(
      templating.list.filter(
        ({ type, query, name }) => type === 'datasource' && query === 'prometheus' && name !== 'datasource',
      ),
      [],
      uid,
    );
  }
});

for (const [name, label] of [
  ['job', 'Job'],
  ['instance', 'Instance'],
] as const) {
  t.test(`template-${name}-rule`, async (t) => {
    for (const { uid, templating } of all) {
      t.match(
        templating.list.find((variable) => variable.name === name),
        { type: 'query', label, multi: true, allValue: '.+', datasource: { uid: '${datasource}' } },
        uid,
      );
    }
  });
}

t.test('template-label-promql-rule', async (t) => {
  for (const { uid, templating } of all) {
    for (const { type, name, query } of templating.list)
      if (type === 'query')
        t.match(query, /^(?:label_values|label_names|metrics|query_result)\(.+\)$/, `${uid}: ${name}`);
  }
});

t.test('template-on-time-change-reload-rule', async (t) => {
  for (const { uid, templating } of all)
    t.same(
      templating.list.filter(({ type, refresh }) => type === 'query' && refresh !== 2).map(({ name }) => name),
      [],
      uid,
    );
});

t.test('uneditable-rule', async (t) => {
  for (const { uid, editable } of all) t.equal(editable, false, uid);
});

t.test('panel-datasource-rule', async (t) => {
  t.same(names(ofKind('timeseries', 'table').filter(({ panel }) => panel.datasource?.uid !== '${datasource}')), []);
});

t.test('panel-title-description-rule', async (t) => {
  t.same(
    names(ofKind('stat', 'timeseries', 'gauge', 'table').filter(({ panel }) => !panel.title || !panel.description)),
    [],
  );
});

t.test('panel-units-rule', async (t) => {
  const isMapped = ({ fieldConfig }: PlacedPanel['panel']) =>
    fieldConfig?.defaults?.mappings !== undefined ||
    fieldConfig?.overrides?.some(({ properties }) => properties.some(({ id }) => id === 'mappings'));
  t.same(
    names(
      ofKind('stat', 'timeseries', 'gauge', 'table').filter(
        ({ panel }) => isMapped(panel) !== true && !panel.fieldConfig?.defaults?.unit,
      ),
    ),
    [],
  );
});

t.test('panel-no-targets-rule', async (t) => {
  t.same(names(ofKind('stat', 'timeseries', 'gauge', 'table').filter(({ panel }) => panel.targets === undefined)), []);
});

t.test('target-rate-interval-rule', async (t) => {
  const wrong = selectors.flatMap(({ where, ranges }) =>
    ranges
      .filter(({ within, range }) => /^i?rate$/.test(within) && range !== intervalsApart['__rate_interval'])
      .map(({ range }) => `${where}: ${range}`),
  );
  t.same(wrong, []);
});

t.test('target-counter-agg-rule', async (t) => {
  t.same(
    selectors
      .filter(
        ({ selector: { metric, within } }) =>
          metric.endsWith('_total') && !/^(?:i?rate|increase)$/.test(within[0] ?? ''),
      )
      .map(({ where }) => where),
    [],
  );
});

for (const label of ['job', 'instance'] as const) {
  t.test(`target-${label}-rule`, async (t) => {
    for (const { where, selector } of selectors) {
      const own = selector.matchers.filter((matcher) => matcher.label === label);
      const isThere = own.some(({ operator, value }) => operator === '=~' && value === `$${label}`);
      t.ok(
        isThere || excluded[label].some(({ is }) => is(selector)),
        `${where}: ${selector.metric}{${own.map(({ operator, value }) => label + operator + value).join()}}`,
      );
    }
  });
}

/** The functions directly around a range, with the range. */
function rangesIn(expression: string): readonly { readonly within: string; readonly range: string }[] {
  return [...expression.matchAll(/(\w+)\s*\(\s*[\w:]+(?:\{[^}]*\})?\[([^\]]+)\]/g)].map(
    ([, within = '', range = '']) => ({ within, range }),
  );
}
