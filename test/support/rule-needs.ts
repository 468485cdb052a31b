import { mayGive, parsePromql, queriesIn, type Selector } from './promql.js';
import type { Rule } from './rule-files.js';

/** The rules that another rule needs, by name. Alerts with the same name count as one. */
export interface RuleNeeds {
  /** The rules that an expression names directly. */
  readonly namedIn: (expression: string) => ReadonlySet<string>;
  /** The rules that the expression of a rule names. */
  readonly ofExpressions: ReadonlyMap<string, ReadonlySet<string>>;
  /** The rules that only the texts of an alert name. */
  readonly ofTexts: ReadonlyMap<string, ReadonlySet<string>>;
  /** Those of these rules that can have a result with only these metrics. The others need no evaluation. */
  readonly giving: (names: ReadonlySet<string>, metrics: ReadonlySet<string>) => ReadonlySet<string>;
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
  const namedBy = (selector: Selector): readonly string[] => [
    ...(records.has(selector.metric) ? [selector.metric] : []),
    ...(tellOfAlerts.test(selector.metric) ? alerts.filter((name) => mayHave(selector, name)) : []),
  ];
  const namedIn = (expression: string) => new Set(parsePromql(expression).selectors.flatMap(namedBy));
  const neededBy = ({ name, expr }: Rule) =>
    parsePromql(expr)
      .selectors.map(namedBy)
      .filter((names) => !(keepAlertNames.test(name) && names.length === alerts.length))
      .flat();
  const giving = (names: ReadonlySet<string>, metrics: ReadonlySet<string>) => {
    const found = new Set<string>();
    const finds = (selector: Selector) =>
      metrics.has(selector.metric) || namedBy(selector).some((name) => found.has(name));
    const mayBegin = ({ name, expr }: Rule) => names.has(name) && !found.has(name) && mayGive(expr, finds);
    for (let before = -1; before < found.size; ) {
      before = found.size;
      for (const rule of rules) if (mayBegin(rule)) found.add(rule.name);
    }
    return found;
  };
  return {
    giving,
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
  return matchers
    .filter(({ label }) => label === 'alertname')
    .every(({ operator, value }) => {
      const isThat = operator.endsWith('~') ? new RegExp(`^(?:${value})$`).test(alertname) : value === alertname;
      return isThat === operator.startsWith('=');
    });
}
