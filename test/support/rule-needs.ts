import { type Matcher, mayGive, parsePromql, queriesIn, type Selector } from './promql.js';
import type { Rule } from './rule-files.js';

/** The rules that another rule needs, by name. Alerts with the same name count as one. */
export interface RuleNeeds {
  /** The rules that an expression names directly. */
  readonly namedIn: (expression: string) => ReadonlySet<string>;
  /** The rules that the expression of a rule names. */
  readonly ofExpressions: ReadonlyMap<string, ReadonlySet<string>>;
  /** The rules that only the texts of an alert name. */
  readonly ofTexts: ReadonlyMap<string, ReadonlySet<string>>;
  /** Those of these rules that can have a result with only these series, each `name{label="value"}`. The others need no evaluation. */
  readonly giving: (names: ReadonlySet<string>, series: readonly string[]) => ReadonlySet<string>;
  /** The rules that read one of these series or a result of such a rule. The evaluation of the others cannot fail. */
  readonly reading: (series: readonly string[]) => ReadonlySet<string>;
}

/** Series about alerts. A selector without `alertname` means all alerts. */
const tellOfAlerts = /^(?:ALERTS\w*|job:aicrm_alerts_\w+:\w+)$/;
/**
 * Records of firing alerts, which keep the alert names. They do not need the alerts themselves, since a case with such a record names its
 * alert.
 */
const keepAlertNames = /^job:aicrm_alerts_/;

/** The dependencies between these rules. */
export function ruleNeeds(rules: readonly Rule[]): RuleNeeds {
  const alerts = [...new Set(rules.filter(({ isAlert }) => isAlert).map(({ name }) => name))];
  const records = new Set(rules.filter(({ isAlert }) => !isAlert).map(({ name }) => name));
  const alertsOf = (selector: Selector) => alerts.filter((name) => mayHave(selector, name));
  const namedBy = (selector: Selector): readonly string[] => [
    ...(records.has(selector.metric) ? [selector.metric] : []),
    ...(tellOfAlerts.test(selector.metric) ? alertsOf(selector) : []),
  ];
  const namedIn = (expression: string) => new Set(parsePromql(expression).selectors.flatMap(namedBy));
  const neededBy = ({ name, expr }: Rule) =>
    parsePromql(expr)
      .selectors.map(namedBy)
      .filter((names) => !(keepAlertNames.test(name) && names.length === alerts.length))
      .flat();
  const evaluated = (names: ReadonlySet<string>, series: readonly string[]) => {
    const found = new Set<string>();
    const given = series.flatMap((text) => parsePromql(text).selectors);
    const alertsAreGiven = given.some(({ metric }) => metric === 'ALERTS');
    const finds = (selector: Selector) => {
      const { metric } = selector;
      if (given.some((one) => selects(selector, one))) return true;
      if (!tellOfAlerts.test(metric)) return found.has(metric);
      // A record about alerts has only the names of alerts that there are.
      const hasAlert = alertsAreGiven || alertsOf(selector).some((name) => found.has(name));
      return hasAlert && (found.has(metric) || !records.has(metric));
    };
    const mayBegin = ({ name, expr }: Rule) => names.has(name) && !found.has(name) && mayGive(expr, finds);
    for (let before = -1; before < found.size; ) {
      before = found.size;
      for (const rule of rules) if (mayBegin(rule)) found.add(rule.name);
    }
    return { found, finds };
  };
  const giving = (names: ReadonlySet<string>, series: readonly string[]) => evaluated(names, series).found;
  const reading = (series: readonly string[]) => {
    const { finds } = evaluated(new Set(rules.map(({ name }) => name)), series);
    return new Set(rules.filter(({ expr }) => parsePromql(expr).selectors.some(finds)).map(({ name }) => name));
  };
  return {
    giving,
    reading,
    namedIn,
    ofExpressions: byName(rules, neededBy),
    ofTexts: byName(rules, ({ annotations }) =>
      Object.values(annotations).flatMap((text) => queriesIn(text).flatMap((query) => [...namedIn(query)])),
    ),
  };
}

/** These names and all that they lead to. */
export function reach(names: Iterable<string>, edges: ReadonlyMap<string, Iterable<string>>): ReadonlySet<string> {
  const reached = new Set(names);
  for (const name of reached) for (const next of edges.get(name) ?? []) reached.add(next);
  return reached;
}

function byName(rules: readonly Rule[], needed: (rule: Rule) => readonly string[]): ReadonlyMap<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const rule of rules) found.set(rule.name, new Set([...(found.get(rule.name) ?? []), ...needed(rule)]));
  return found;
}

function mayHave({ matchers }: Selector, alertname: string): boolean {
  return matchers.filter(({ label }) => label === 'alertname').every((matcher) => matches(matcher, alertname));
}

/** Whether it selects a series that is written as a selector. */
function selects({ metric, matchers }: Selector, series: Selector): boolean {
  const valueOf = (label: string) => series.matchers.find((matcher) => matcher.label === label)?.value ?? '';
  return metric === series.metric && matchers.every((matcher) => matches(matcher, valueOf(matcher.label)));
}

function matches({ operator, value }: Matcher, actual: string): boolean {
  // Prometheus writes the flag into the expression.
  const isThat = operator.endsWith('~')
    ? new RegExp(`^(?:${value.replace('(?i)', '')})$`, value.startsWith('(?i)') ? 'i' : '').test(actual)
    : value === actual;
  return isThat === operator.startsWith('=');
}
