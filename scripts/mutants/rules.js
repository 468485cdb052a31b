import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parser } from '@prometheus-io/lezer-promql';
import { parse } from 'yaml';
import { readRules } from '../../.build/test/support/rule-files.js';
import { reach, ruleNeeds } from '../../.build/test/support/rule-needs.js';

// Makes small faults of the rules in prometheus/rules, and finds the cases of prometheus/tests that could notice each fault. A case
// evaluates every rule that it loads, so each case gets only the rules that it needs.

const rulesFolder = 'prometheus/rules';
const testsFolder = 'prometheus/tests';

const negated = { '>': '<=', '<': '>=', '>=': '<', '<=': '>', '==': '!=', '!=': '==' };
const withBoundary = { '>': '>=', '<': '<=', '>=': '>', '<=': '<' };
const comparisons = { Gtr: '>', Lss: '<', Gte: '>=', Lte: '<=', EqlC: '==', Eql: '==', Neq: '!=' };
const otherSeverity = { warning: 'critical', critical: 'warning', none: 'warning' };

/** Reads the YAML files of a folder: file name → content. */
async function readAll(folder, options) {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.yml')).sort();
  return new Map(
    await Promise.all(names.map(async (name) => [name, parse(await readFile(join(folder, name), 'utf8'), options)])),
  );
}

export const files = await readAll(rulesFolder);
/** Keeps every value as text. Otherwise a series such as 0x10, which means 0 and ten repeats, becomes a number. */
export const asText = { schema: 'failsafe' };
const tests = [...(await readAll(testsFolder, asText))].flatMap(([file, { tests: cases, ...rest }]) =>
  cases.map((one) => ({ file, ...rest, one })),
);
const nameOf = ({ alert, record }) => alert ?? record;
const { namedIn, ofExpressions: asksFor, ofTexts: textsAskFor } = ruleNeeds(await readRules());
const askedBy = new Map(
  [...asksFor.keys()].map((name) => [
    name,
    [...asksFor].filter(([, names]) => names.has(name)).map(([other]) => other),
  ]),
);

/** The cases that could notice a fault of this rule, the cheapest first. Each has the set of rules that it needs. */
export function casesOf(file, name) {
  const affected = reach([name], askedBy);
  const cases = [];
  for (const { file: testFile, rule_files: paths, one, ...rest } of tests) {
    const loaded = paths.map((path) => path.split('/').at(-1));
    if (!loaded.includes(file)) continue;
    const needed = new Set();
    const concerns = (names) => {
      if (![...names].some((each) => affected.has(each))) return false;
      for (const each of names) needed.add(each);
      return true;
    };
    const alertTests = (one.alert_rule_test ?? []).filter(({ alertname }) => concerns([alertname]));
    const exprTests = (one.promql_expr_test ?? []).filter(({ expr }) => concerns(namedIn(expr)));
    if (alertTests.length + exprTests.length === 0) continue;
    const withTexts = new Set(alertTests.map(({ alertname }) => alertname));
    for (const alert of withTexts) for (const asked of textsAskFor.get(alert) ?? []) needed.add(asked);
    const keeps = reach(needed, asksFor);
    const ends = Math.max(...[...alertTests, ...exprTests].map(({ eval_time: time }) => secondsOf(time)));
    const cost = (ends / secondsOf(rest.evaluation_interval ?? '1m')) * keeps.size;
    cases.push({
      testFile,
      name: one.name,
      loaded,
      keeps,
      withTexts,
      ends,
      cost,
      test: { ...rest, tests: [{ ...one, alert_rule_test: alertTests, promql_expr_test: exprTests }] },
    });
  }
  return cases.sort((a, b) => a.cost - b.cost);
}

/**
 * The rule files of a case with only the rules that it needs. `replacements` replace the rule `original`. Annotations are removed from
 * alerts that the case does not check: to render them at every step takes longer than everything else.
 */
export function cutDown({ loaded, keeps, withTexts }, original, replacements) {
  return loaded.map((file) => ({
    groups: files.get(file).groups.map((group) => ({
      ...group,
      rules: group.rules
        .filter((rule) => keeps.has(nameOf(rule)))
        .flatMap((rule) => (rule === original ? replacements : [rule]))
        .map((rule) => (withTexts.has(nameOf(rule)) ? rule : { ...rule, annotations: undefined })),
    })),
  }));
}

/** Expressions of this rule, each with one fault. */
export function expressionsWithFaults(rule) {
  return [...faultsOf(rule)].map(({ expr }) => expr).filter((expr) => expr !== undefined);
}

/** Every fault of the rules of a file: the rule, the changed rule, and a description of the change. */
export function mutantsOf(file) {
  return files.get(file).groups.flatMap((group) =>
    group.rules.flatMap((rule) =>
      [...faultsOf(rule)].map(({ what, ...changed }) => ({
        file,
        rule,
        name: nameOf(rule),
        severity: rule.labels?.severity,
        what,
        changed: { ...rule, ...changed },
      })),
    ),
  );
}

function* faultsOf(rule) {
  for (const key of ['for', 'keep_firing_for']) {
    if (rule[key] === undefined) continue;
    for (const factor of [0.1, 10]) {
      const changed = `${Math.round(secondsOf(rule[key]) * factor * 1000)}ms`;
      yield { what: `${key} ${rule[key]} → × ${factor}`, [key]: changed };
    }
  }
  const severity = rule.labels?.severity;
  if (severity !== undefined)
    yield {
      what: `severity ${severity} → ${otherSeverity[severity]}`,
      labels: { ...rule.labels, severity: otherSeverity[severity] },
    };
  const { expr } = rule;
  const faults = [];
  parser.parse(expr).iterate({
    enter: ({ name, node, from, to }) => {
      const text = expr.slice(from, to);
      // A held alert has the value -1 or is absent. So a fault of this comparison has no effect. Other faults remove the whole clause.
      if (name === 'BinaryExpr' && /^job:aicrm_alerts_held:min\S* \S+ < 0$/.test(text)) return false;
      const replace = (by) =>
        faults.push({
          what: `${around(expr, from, -30)}⟦${text} → ${by}⟧${around(expr, to, 30)}`.trim(),
          expr: expr.slice(0, from) + by + expr.slice(to),
        });
      if (name === 'NumberDurationLiteral') for (const by of numbersBeside(Number(text))) replace(by);
      if (name === 'NumberDurationLiteralInDurationContext')
        for (const factor of [1 / 3, 3]) replace(`${Math.round(secondsOf(text) * factor)}s`);
      if (name in comparisons && node.parent?.name === 'BinaryExpr')
        for (const by of [negated[text], withBoundary[text]]) if (by !== undefined) replace(by);
      if (['Unless', 'And', 'Or'].includes(name)) {
        const left = node.parent.firstChild;
        // The parser gives an `offset` of the right side to the whole expression.
        let whole = node.parent;
        while (whole.parent?.name === 'OffsetExpr') whole = whole.parent;
        const end = whole.to;
        faults.push({
          what: `without ⟦${expr.slice(left.to, end).trim().replace(/\s+/g, ' ')}⟧`,
          expr: expr.slice(0, left.to) + expr.slice(end),
        });
      }
      return undefined;
    },
  });
  yield* faults;
}

/** A slightly greater and a slightly smaller number. */
function numbersBeside(number) {
  if (number === 0) return ['1'];
  if (Number.isInteger(number) && number < 10) return [String(number - 1), String(number + 1)];
  return [0.8, 1.25].map((factor) =>
    String(Number.isInteger(number) ? Math.round(number * factor) : Number((number * factor).toPrecision(6))),
  );
}

function around(text, at, length) {
  return (length < 0 ? text.slice(Math.max(0, at + length), at) : text.slice(at, at + length)).replace(/\s+/g, ' ');
}

function secondsOf(duration) {
  const units = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800, y: 31_536_000 };
  return [...String(duration).matchAll(/(\d+)(ms|[smhdwy])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * units[unit],
    0,
  );
}
