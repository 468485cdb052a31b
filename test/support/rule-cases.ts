import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parse, stringify } from 'yaml';
import { readRules, ruleFiles, ruleTestFiles } from './rule-files.js';
import { reach, ruleNeeds } from './rule-needs.js';
import { millisecondsOf } from './shortened.js';

// promtool evaluates every rule that a case loads at every step, and writes the texts of every active alert. Four fifths of that are
// unnecessary, because a case expects a few alerts and has series for a few rules. So each case becomes its own file, with only the rules
// and texts that it needs.

/** A case of `prometheus/tests`, as in a test file. */
interface Case {
  readonly interval?: string;
  readonly input_series: readonly { readonly series: string }[];
  readonly alert_rule_test?: readonly { readonly alertname: string; readonly eval_time: string }[];
  readonly promql_expr_test?: readonly { readonly expr: string; readonly eval_time: string }[];
}

interface TestFile {
  readonly rule_files: readonly string[];
  readonly evaluation_interval: string;
  readonly tests: readonly Case[];
}

interface RuleContents {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly alert?: string;
      readonly record?: string;
      readonly annotations?: Record<string, string>;
    }[];
  }[];
}

/** The rules of a case, and those of them with their texts. */
interface Chosen {
  readonly test: TestFile;
  readonly rules: (name: string) => boolean;
  readonly texts: (name: string) => boolean;
}

/** Values stay text: `0x10` means ten times 0, not the number 16. */
const asText = { schema: 'failsafe' } as const;

/** The number of steps at which all rules are evaluated with the series of a case. */
const steps = 6;

/** Writes each case into its own file in this folder, with the rules that it needs. Returns the paths. */
export async function writeRuleCases(folder: string): Promise<readonly string[]> {
  const { giving, namedIn, ofExpressions, ofTexts } = ruleNeeds(await readRules());
  return writeAll(folder, (file, one) => {
    const alerts = new Set((one.alert_rule_test ?? []).map(({ alertname }) => alertname));
    const asked = (one.promql_expr_test ?? []).flatMap(({ expr }) => [...namedIn(expr)]);
    const given = one.input_series.map(({ series }) => series);
    const needed = giving(reach([...alerts, ...reach(alerts, ofTexts), ...asked], ofExpressions), given);
    return { test: { ...file, tests: [one] }, rules: (name) => needed.has(name), texts: (name) => alerts.has(name) };
  });
}

/**
 * Writes a test for each case that evaluates all rules that read its series, at a few steps. promtool fails if a rule cannot be evaluated, for
 * example if it mixes the series of two exporters.
 */
export async function writeSeriesCases(folder: string): Promise<readonly string[]> {
  const { reading } = ruleNeeds(await readRules());
  return writeAll(folder, (file, { alert_rule_test: alerts = [], promql_expr_test: queries = [], ...one }) => {
    const lastsSeconds = Math.max(...[...alerts, ...queries].map(({ eval_time: time }) => millisecondsOf(time))) / 1000;
    const test = {
      ...file,
      evaluation_interval: `${Math.ceil(lastsSeconds / steps)}s`,
      tests: [
        {
          interval: file.evaluation_interval,
          ...one,
          promql_expr_test: [
            { expr: 'vector(1)', eval_time: `${lastsSeconds}s`, exp_samples: [{ labels: '{}', value: '1' }] },
          ],
        },
      ],
    };
    const read = reading(one.input_series.map(({ series }) => series));
    return { test, rules: (name) => read.has(name), texts: () => false };
  });
}

async function writeAll(folder: string, choose: (file: TestFile, one: Case) => Chosen): Promise<readonly string[]> {
  const contents = new Map<string, RuleContents>();
  for (const path of await ruleFiles())
    contents.set(basename(path), parse(await readFile(path, 'utf8')) as RuleContents);
  const written: string[] = [];
  for (const path of await ruleTestFiles()) {
    const file = parse(await readFile(path, 'utf8'), asText) as TestFile;
    for (const [index, one] of file.tests.entries()) {
      const { test, rules, texts } = choose(file, one);
      const own = join(folder, `${basename(path, '.test.yml')}-${index + 1}`);
      const loaded = file.rule_files.map((name) => basename(name));
      for (const name of loaded) {
        const { groups = [] } = contents.get(name) ?? {};
        await writeFile(
          `${own}.${name}`,
          JSON.stringify({ groups: groups.map((group) => cutDown(group, rules, texts)) }),
        );
      }
      const rule_files = loaded.map((name) => `${own}.${name}`);
      await writeFile(
        `${own}.test.yml`,
        stringify({ ...test, rule_files }, { aliasDuplicateObjects: false, lineWidth: 0, ...asText }),
      );
      written.push(`${own}.test.yml`);
    }
  }
  return written;
}

function cutDown(group: RuleContents['groups'][number], rules: Chosen['rules'], texts: Chosen['texts']) {
  const kept = group.rules.filter(({ alert, record }) => rules(alert ?? record ?? ''));
  return {
    ...group,
    rules: kept.map(({ annotations, ...rule }) =>
      annotations !== undefined && texts(rule.alert ?? '') ? { ...rule, annotations } : rule,
    ),
  };
}
