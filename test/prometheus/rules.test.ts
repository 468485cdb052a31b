import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import t from 'tap';
import { parse } from 'yaml';
import { readBoards } from '../support/board-json.js';
import { asWritten, queriesOf } from '../support/board-queries.js';
import { knownSeries } from '../support/known-series.js';
import { rarelyCollecting, run } from '../support/programs.js';
import { mayGive, parsePromql, queriesIn } from '../support/promql.js';
import { writeRuleCases, writeSeriesCases } from '../support/rule-cases.js';
import { type Rule, readExpectations, readRules, ruleFiles, ruleTestFiles, runbookOf } from '../support/rule-files.js';
import { reach, ruleNeeds } from '../support/rule-needs.js';
import { bothAges, missingOf } from '../support/versions.js';

// Rules over weeks, evaluated by two versions.
t.setTimeout(1_500_000);

const runbookBase = 'https://github.com/ai-crm-exporter/ai-crm-exporter/blob/main/docs/runbooks.md#';
const areas = ['services', 'host', 'agents', 'business', 'slo', 'exporter'];
/** Records for people, which no rule and no board uses. */
const forPeople = ['job_component:aicrm_component_availability:avg7d'];
const usedByBoards = readBoards()
  .flatMap(queriesOf)
  .flatMap(({ expression }) => parsePromql(asWritten(expression)).selectors.map(({ metric }) => metric));
/** Series of other programs, whose labels are not known here. */
const foreign = /^(?:ALERTS|ALERTS_FOR_STATE|up|prometheus_\w+|alertmanager_\w+)$/;

const rules = await readRules();
const alerts = rules.filter(({ isAlert }) => isAlert);
const records = rules.filter(({ isAlert }) => !isAlert);
const expectations = await readExpectations();
const alertNames = [...new Set(alerts.map(({ name }) => name))].sort();
/** Every expression, including those in annotations. */
const expressions = rules.flatMap(({ name, expr, annotations }) =>
  [expr, ...Object.values(annotations).flatMap(queriesIn)].map((expression) => ({
    name,
    expression,
    ...parsePromql(expression),
  })),
);

/** All series of the catalogue and of records. */
const known = knownSeries(rules);

// Both versions side by side in one test, because each takes more than a minute of one core.
t.test('each promtool accepts all rules, and all tests of the rules pass', { jobs: 2 }, async (t) => {
  const files = await ruleTestFiles();
  for (const area of areas) t.ok(files.includes(`prometheus/tests/${area}.test.yml`), `there is a test of ${area}`);
  const cases = await writeRuleCases(t.testdir());
  await Promise.all(
    bothAges.map((programs) =>
      t.test(`${programs.age} promtool`, { skip: missingOf(programs, 'promtool'), buffered: true }, async (t) => {
        t.comment(run(programs.promtool, ['--version']).stdout.split('\n')[0]);
        const check = run(programs.promtool, ['check', 'rules', ...(await ruleFiles())]);
        t.match(check, { exitCode: 0, stderr: '' }, check.stdout);
        t.notMatch(check.stdout, /FAILED|duplicate/i);
        const output = await outcomeOf(programs.promtool, cases);
        t.notMatch(output, /FAILED/);
        t.equal(output.match(/SUCCESS/g)?.length, cases.length);
      }),
    ),
  );
});

t.test(
  'every rule can be evaluated with the series of every case, also of cases about other rules',
  { jobs: 2 },
  async (t) => {
    const cases = await writeSeriesCases(t.testdir());
    await Promise.all(
      bothAges.map((programs) =>
        t.test(`${programs.age} promtool`, { skip: missingOf(programs, 'promtool'), buffered: true }, async (t) => {
          const output = await outcomeOf(programs.promtool, cases);
          t.notMatch(output, /FAILED/);
          t.equal(output.match(/SUCCESS/g)?.length, cases.length);
        }),
      ),
    );
  },
);

/** The output of promtool for these tests. */
async function outcomeOf(promtool: string, tests: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(promtool, ['test', 'rules', ...tests], {
    env: { ...rarelyCollecting(), TZ: 'UTC' },
  }).catch((error: { stdout: string; stderr: string }) => ({
    stdout: `${error.stdout}\nFAILED\n${error.stderr}`,
  }));
  return stdout;
}

t.test('a case gets the rules that it needs, and no others', async (t) => {
  const rule = (name: string, expr: string, text?: string): Rule => ({
    file: 'x.yml',
    name,
    isAlert: !name.includes(':'),
    expr,
    labels: {},
    annotations: { ...(text !== undefined && { summary: text }) },
  });
  const { giving, reading, namedIn, ofExpressions, ofTexts } = ruleNeeds([
    rule('job:aicrm_a:max', 'max by (job) (aicrm_a)'),
    rule('job:aicrm_alerts_held:min', 'ALERTS{alertname=~"AiCrm.+"} and on (job) ALERTS{alertname="AiCrmThree"}'),
    rule('AiCrmOne', 'job:aicrm_a:max > 1', '{{ with query (printf "job:aicrm_b:max{job=%q}" $labels.job) }}{{ end }}'),
    rule('AiCrmTwo', 'aicrm_a > 2 or job:aicrm_alerts_held:min{alertname="AiCrmTwo"} < 0'),
    rule('AiCrmThree', 'aicrm_c unless ALERTS{alertname=~"AiCrm(One|Other)"}'),
    rule('job:aicrm_b:max', 'aicrm_b'),
  ]);
  const needed = (name: string) => [...reach([name], ofExpressions)].sort();
  t.same(needed('AiCrmOne'), ['AiCrmOne', 'job:aicrm_a:max']);
  t.same([...(ofTexts.get('AiCrmOne') ?? [])], ['job:aicrm_b:max'], 'those that its texts need');
  t.same(
    needed('AiCrmTwo'),
    ['AiCrmOne', 'AiCrmThree', 'AiCrmTwo', 'job:aicrm_a:max', 'job:aicrm_alerts_held:min'],
    'the alerts that are named, not all possible ones',
  );
  t.same([...namedIn('count(ALERTS{alertstate="firing"})')], ['AiCrmOne', 'AiCrmTwo', 'AiCrmThree']);
  t.same([...namedIn('ALERTS{alertname!="AiCrmOne", alertname!~".*Two"}')], ['AiCrmThree']);
  t.same([...namedIn('job:aicrm_alerts_held:min{alertname="AiCrmOne"} or aicrm_a')].sort(), [
    'AiCrmOne',
    'job:aicrm_alerts_held:min',
  ]);
  const all = new Set(['AiCrmOne', 'AiCrmTwo', 'AiCrmThree', 'job:aicrm_a:max']);
  t.same([...giving(all, ['aicrm_a'])].sort(), ['AiCrmOne', 'AiCrmTwo', 'job:aicrm_a:max']);
  t.same([...giving(all, ['aicrm_b', 'aicrm_c{job="x"}'])], ['AiCrmThree'], 'those with series, and no others');
  t.same([...reading(['aicrm_b'])], ['job:aicrm_b:max']);
  t.same(
    [...reading(['aicrm_c'])].sort(),
    ['AiCrmThree', 'job:aicrm_alerts_held:min'],
    'also those without a result, since their evaluation may fail',
  );
});

t.test('an expression is left out only if it is empty for all values', async (t) => {
  const givesWithA = (expression: string) => mayGive(expression, ({ metric }) => metric === 'a');
  for (const expression of [
    'a > 1',
    'a unless b',
    'b or a',
    'a and on () (b or vector(1))',
    'absent(b)',
    'scalar(b) < 1',
    'sum by (x) (rate(a[5m] offset 1m)) * 2',
    'hour() > 8',
    '(a > bool 0) - on (x) group_left (y) label_replace(a, "y", "$1", "x", "(.*)")',
  ])
    t.ok(givesWithA(expression), expression);
  for (const expression of [
    'b',
    'b unless a',
    'a and b',
    'a * on (x) group_left () b',
    'quantile(0.9, max_over_time((b > 1)[1h:1m]))',
    'a > b or b',
  ])
    t.notOk(givesWithA(expression), expression);
});

t.test('every group has its interval, since Mimir and Amazon use a minute without one', async (t) => {
  const withoutInterval = rules.filter(({ interval }) => interval === undefined);
  t.same([...new Set(withoutInterval.map(({ file }) => file))], []);
  const { global } = parse(await readFile('prometheus/prometheus.yml', 'utf8')) as {
    readonly global: { readonly evaluation_interval: string };
  };
  for (const { name, isAlert, interval = '' } of rules)
    if (isAlert) t.ok(['5s', global.evaluation_interval].includes(interval), `${name} is evaluated every ${interval}`);
});

t.test(
  'every alert has a case in which it fires, for each of its severities, and one in which it must not',
  async (t) => {
    for (const name of alertNames) {
      const own = expectations.filter(({ alert }) => alert === name);
      const severities = new Set(
        alerts
          .filter((alert) => alert.name === name)
          .flatMap(({ labels }) => labels['severity'] ?? ['critical', 'warning']),
      );
      const seen = new Set(own.flatMap(({ fires }) => fires.map(({ severity }) => severity)));
      t.same([...severities].sort(), [...seen].sort(), `${name} fires`);
      // The watchdog always fires.
      if (name !== 'AiCrmWatchdog')
        t.ok(
          own.some(({ fires }) => fires.length === 0),
          `${name} does not fire`,
        );
    }
    t.same(
      expectations.map(({ alert }) => alert).filter((name) => !alertNames.includes(name)),
      [],
      'cases of alerts that do not exist',
    );
  },
);

t.test(
  'an alert has the labels of an AI-CRM and not of an exporter, unless it is about the exporter or its host',
  async (t) => {
    for (const { alert, fires } of expectations) {
      for (const labels of fires) {
        if ('instance' in labels) t.ok(['host', 'exporter'].includes(labels['area'] ?? ''), `${alert} has an instance`);
        t.ok('job' in labels || alert === 'AiCrmWatchdog', `${alert} has a job`);
      }
    }
  },
);

t.test('every alert has its severity, what is wrong, why, and links', async (t) => {
  for (const rule of alerts) {
    const { name, file, expr, labels, annotations } = rule;
    t.match(name, /^AiCrm[A-Z][A-Za-z]+$/);
    // For outages the severity comes from the labels of the component.
    const isOwn = labels['severity'] === undefined && expr.includes('group_left (severity,');
    t.ok(isOwn || ['warning', 'critical', 'none'].includes(labels['severity'] ?? ''), `${name} has a severity`);
    t.equal(`${labels['area']}.alerts.yml`, file, `${name} is in its area`);
    const isTold = labels['severity'] !== 'none';
    t.same(
      Object.keys(annotations)
        .filter((key) => key !== 'since')
        .sort(),
      ['dashboard_url', 'description', ...(isTold ? ['resolved'] : []), 'runbook_url', 'summary'],
      name,
    );
    t.ok(
      (annotations['summary'] ?? '').length > 10 && (annotations['description'] ?? '').length > 20,
      `${name} has a description`,
    );
    t.equal(runbookOf(rule), runbookBase + name.toLowerCase());
    t.match(
      annotations['dashboard_url'],
      /^\/d\/aicrm-(?:overview|services|host|agents|business|alerting)(?:\?var-|$)/,
    );
  }
});

t.test('annotations use labels that the alert has', async (t) => {
  for (const name of alertNames) {
    const has = new Set(
      expectations.filter(({ alert }) => alert === name).flatMap(({ fires }) => fires.flatMap(Object.keys)),
    );
    const used = alerts
      .filter((alert) => alert.name === name)
      .flatMap(({ annotations }) =>
        Object.values(annotations).flatMap((text) =>
          [...text.matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label ?? ''),
        ),
      );
    t.same(
      [...new Set(used)].filter((label) => !has.has(label)),
      [],
      name,
    );
  }
});

t.test(
  'every alert has a section in the runbooks with its meaning, how to confirm it, what to do and how to silence it',
  async (t) => {
    const sections = new Map(
      (await readFile('docs/runbooks.md', 'utf8'))
        .split(/^## /m)
        .slice(1)
        .map((section) => [section.split('\n')[0], section]),
    );
    t.same([...sections.keys()].sort(), alertNames);
    for (const [name, section] of sections)
      for (const part of ['Means', 'Confirm', 'Do', 'Silent']) t.match(section, `\n**${part}** `, `${name}: ${part}`);
    const anchors = [...sections.values()].flatMap((section) =>
      [...section.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor),
    );
    t.same(
      anchors.filter((anchor) => !alertNames.some((name) => name.toLowerCase() === anchor)),
      [],
      'links that lead nowhere',
    );
  },
);

t.test('rules use only existing series and labels', async (t) => {
  for (const { name, expression, selectors, groupingLabels, madeLabels } of expressions) {
    const knownLabels = new Set(madeLabels);
    let isForeign = false;
    for (const { metric, labels } of selectors) {
      if (foreign.test(metric)) {
        isForeign = true;
        continue;
      }
      const its = known.get(metric)?.labels;
      t.ok(its, `${name}: ${metric}`);
      for (const label of its ?? []) knownLabels.add(label);
      t.same(
        labels.filter((label) => its?.has(label) !== true),
        [],
        `${name}: labels of ${metric} in ${expression}`,
      );
    }
    if (!isForeign)
      t.same(
        groupingLabels.filter((label) => !knownLabels.has(label)),
        [],
        `${name}: labels in ${expression}`,
      );
  }
  t.ok(expressions.length > rules.length, 'those in annotations were found');
});

t.test('a metric, label or rule that does not exist is noticed', async (t) => {
  t.throws(() => parsePromql('sum by (job'));
  t.same(
    parsePromql(
      'sum by (job) (rate(aicrm_x_total{reason="dns"}[5m])) / on (job) group_left (severity) label_replace(y, "made", "$1", "a", "")',
    ),
    {
      selectors: [
        {
          metric: 'aicrm_x_total',
          labels: ['reason'],
          matchers: [{ label: 'reason', operator: '=', value: 'dns' }],
          within: ['rate', 'sum'],
        },
        { metric: 'y', labels: [], matchers: [], within: ['label_replace'] },
      ],
      groupingLabels: ['job', 'job', 'severity'],
      madeLabels: ['made'],
    },
  );
  t.same(queriesIn('{{ with query (printf "a{job=%q} > %f" $labels.job 1.0) }}'), ['a{job="x"} > 1']);
});

t.test('records are named level:metric:operations, and every one is used', async (t) => {
  const used = new Set([
    ...expressions.flatMap(({ selectors }) => selectors.map(({ metric }) => metric)),
    ...usedByBoards,
    ...forPeople,
  ]);
  for (const { name } of records) {
    t.match(
      name,
      /^(?:job(?:_(?:instance|component|mountpoint|agent|operation|reason|source|transaction))*)?:aicrm_[a-z_]+:[a-z0-9_]+$/,
    );
    t.ok(used.has(name), `${name} is used`);
  }
  t.same(
    forPeople.filter((name) => !records.some((record) => record.name === name) || usedByBoards.includes(name)),
    [],
  );
});
