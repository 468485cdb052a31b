import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';

/** A rule in one of the files under `prometheus/rules`. */
export interface Rule {
  /** `services.alerts.yml`. */
  readonly file: string;
  /** The name of the alert or record. */
  readonly name: string;
  readonly isAlert: boolean;
  readonly expr: string;
  /** The interval of its group. A test requires it. */
  readonly interval?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** The alerts that a promtool test expects at one time. */
export interface Expectation {
  readonly alert: string;
  /** The labels of each firing alert, without its name; empty if it must not fire. */
  readonly fires: readonly Readonly<Record<string, string>>[];
}

interface RuleFile {
  readonly groups: readonly {
    readonly interval?: string;
    readonly rules: readonly {
      readonly alert?: string;
      readonly record?: string;
      readonly expr: string;
      readonly labels?: Record<string, string>;
      readonly annotations?: Record<string, string>;
    }[];
  }[];
}

interface TestFile {
  readonly tests: readonly {
    readonly alert_rule_test?: readonly {
      readonly alertname: string;
      readonly exp_alerts?: readonly { readonly exp_labels: Record<string, string> }[];
    }[];
  }[];
}

const rulesFolder = 'prometheus/rules';
const testsFolder = 'prometheus/tests';

export const ruleFiles = (): Promise<readonly string[]> => filesIn(rulesFolder);

/** The paths of all test files for rules. */
export const ruleTestFiles = (): Promise<readonly string[]> => filesIn(testsFolder);

/** All rules, in the order of the files. */
export async function readRules(): Promise<readonly Rule[]> {
  const found: Rule[] = [];
  for (const path of await ruleFiles()) {
    const { groups } = (await readYaml(path)) as RuleFile;
    for (const { interval, rules } of groups) {
      for (const { alert, record, expr, labels = {}, annotations = {} } of rules) {
        found.push({
          file: path.slice(rulesFolder.length + 1),
          name: alert ?? record ?? '',
          isAlert: alert !== undefined,
          expr,
          ...(interval !== undefined && { interval }),
          labels,
          annotations,
        });
      }
    }
  }
  return found;
}

/** The runbook link of an alert for components without their own runbook. */
export function runbookOf({ annotations }: Rule): string {
  return (annotations['runbook_url'] ?? '').replace(/^\{\{ with query .*\}\}\{\{ else \}\}(.*)\{\{ end \}\}$/, '$1');
}

/** All expectations of alerts in the tests. */
export async function readExpectations(): Promise<readonly Expectation[]> {
  const found: Expectation[] = [];
  for (const path of await ruleTestFiles()) {
    const { tests } = (await readYaml(path)) as TestFile;
    for (const { alertname, exp_alerts: expected = [] } of tests.flatMap(({ alert_rule_test: cases = [] }) => cases)) {
      found.push({ alert: alertname, fires: expected.map(({ exp_labels: labels }) => labels) });
    }
  }
  return found;
}

async function filesIn(folder: string): Promise<readonly string[]> {
  return (await readdir(folder))
    .filter((name) => name.endsWith('.yml'))
    .sort()
    .map((name) => join(folder, name));
}

async function readYaml(path: string): Promise<unknown> {
  return parse(await readFile(path, 'utf8'));
}
