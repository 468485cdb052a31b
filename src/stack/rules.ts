import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findBundled } from '../base/version.js';
import { parseDurationSeconds } from '../config/duration.js';
import { labelsAt, recordsAt, secondsOf, textAt } from './answers.js';
import { type Finding, namesText } from './finding.js';
import { type ProgramClient, ProgramFailure } from './other-program.js';

/** A rule that comes with this program. */
export interface BundledRule {
  readonly group: string;
  /** Name of the alert or of the record. */
  readonly name: string;
  readonly isAlert: boolean;
  /** Severity of an alert; empty for a record. */
  readonly severity: string;
  /** Seconds for which the expression must be true before the alert fires. */
  readonly forSeconds: number;
  /** Seconds for which the alert still fires after its expression became false. */
  readonly keepFiringSeconds: number;
}

/** A board that comes with this program. */
export interface BundledBoard {
  readonly uid: string;
  readonly title: string;
}

/** The rules of `prometheus/rules` in the order of the files; undefined if this installation has none. */
export async function bundledRules(): Promise<readonly BundledRule[] | undefined> {
  const files = await readAll('prometheus/rules', '.yml');
  if (files === undefined) return undefined;
  // Uses the default export, because a bundled CommonJS package that is loaded late has no named exports.
  const { default: yaml } = await import('yaml');
  return files.flatMap((text) =>
    (recordsAt(yaml.parse(text), 'groups') ?? []).flatMap((group) =>
      (recordsAt(group, 'rules') ?? []).map((rule): BundledRule => {
        const alert = textAt(rule, 'alert');
        return {
          group: textAt(group, 'name') ?? '',
          name: alert ?? textAt(rule, 'record') ?? '',
          isAlert: alert !== undefined,
          severity: labelsAt(rule, 'labels')['severity'] ?? '',
          forSeconds: parseDurationSeconds(textAt(rule, 'for') ?? '') ?? 0,
          keepFiringSeconds: parseDurationSeconds(textAt(rule, 'keep_firing_for') ?? '') ?? 0,
        };
      }),
    ),
  );
}

/** The boards of `grafana/dashboards`; undefined if this installation has none. */
export async function bundledBoards(): Promise<readonly BundledBoard[] | undefined> {
  return (await readAll('grafana/dashboards', '.json'))?.map((text) => {
    const board: unknown = JSON.parse(text);
    return { uid: textAt(board, 'uid') ?? '', title: textAt(board, 'title') ?? '' };
  });
}

async function readAll(folder: string, ending: string): Promise<readonly string[] | undefined> {
  const found = findBundled(folder);
  if (found === undefined) return undefined;
  const names = (await readdir(found)).filter((name) => name.endsWith(ending)).sort();
  return names.length === 0 ? undefined : Promise.all(names.map((name) => readFile(join(found, name), 'utf8')));
}

/** A pending or firing alert of a rule. */
interface RaisedAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly runbookUrl: string;
  /** Unix time at which its expression became true. */
  readonly sinceSeconds: number;
  readonly isFiring: boolean;
}

/** A rule that Prometheus has loaded. */
export interface LoadedRule {
  readonly group: string;
  readonly name: string;
  readonly isAlert: boolean;
  readonly severity: string;
  readonly health: 'ok' | 'err' | 'unknown';
  /** The error message of the last evaluation; empty without one. */
  readonly error: string;
  readonly alerts: readonly RaisedAlert[];
}

/** The rules that Prometheus has loaded, compared with the bundled rules. */
export interface RulesReading {
  readonly groups: number;
  readonly expectedGroups: number;
  readonly rules: number;
  readonly missingGroups: readonly string[];
  /** Missing rules of groups that are loaded. */
  readonly missingRules: readonly BundledRule[];
  readonly failing: readonly LoadedRule[];
  /** Number of rules that were not evaluated yet. They are new, or their group is evaluated every hour. */
  readonly waiting: number;
  /** Alerts of bundled rules. */
  readonly alerts: readonly (RaisedAlert & { readonly name: string })[];
}

/** Asks Prometheus for all of its rules. Throws `ProgramFailure`. */
export async function askRules(client: ProgramClient): Promise<readonly LoadedRule[]> {
  const groups = recordsAt(await client.ask('GET', '/api/v1/rules'), 'data', 'groups');
  if (groups === undefined)
    throw new ProgramFailure(
      'stranger',
      `${client.url}/api/v1/rules: the answer is not a list of rules`,
      'check --prometheus.url',
    );
  return groups.flatMap((group) =>
    (recordsAt(group, 'rules') ?? []).map((rule): LoadedRule => {
      const health = textAt(rule, 'health');
      return {
        group: textAt(group, 'name') ?? '',
        name: textAt(rule, 'name') ?? '',
        isAlert: textAt(rule, 'type') === 'alerting',
        severity: labelsAt(rule, 'labels')['severity'] ?? '',
        health: health === 'ok' || health === 'err' ? health : 'unknown',
        error: textAt(rule, 'lastError') ?? '',
        alerts: (recordsAt(rule, 'alerts') ?? []).map((alert) => ({
          labels: labelsAt(alert, 'labels'),
          summary: labelsAt(alert, 'annotations')['summary'] ?? '',
          runbookUrl: labelsAt(alert, 'annotations')['runbook_url'] ?? '',
          sinceSeconds: secondsOf(textAt(alert, 'activeAt')) ?? 0,
          isFiring: textAt(alert, 'state') === 'firing',
        })),
      };
    }),
  );
}

/**
 * Compares the names of groups and rules, and the severity, because some alerts have a rule for each severity. Ignores
 * other groups.
 */
export function compareRules(loaded: readonly LoadedRule[], bundled: readonly BundledRule[]): RulesReading {
  const expected = new Set(bundled.map(({ group }) => group));
  const ours = loaded.filter(({ group }) => expected.has(group));
  const there = new Set(ours.map(({ group }) => group));
  const keyOf = ({ group, name, severity }: Pick<LoadedRule, 'group' | 'name' | 'severity'>) =>
    JSON.stringify([group, name, severity]);
  const left = new Map<string, number>();
  for (const rule of ours) left.set(keyOf(rule), (left.get(keyOf(rule)) ?? 0) + 1);
  const isMissing = (rule: BundledRule) => {
    const count = left.get(keyOf(rule)) ?? 0;
    left.set(keyOf(rule), count - 1);
    return count <= 0;
  };
  return {
    groups: there.size,
    expectedGroups: expected.size,
    rules: ours.length,
    missingGroups: [...expected].filter((group) => !there.has(group)),
    missingRules: bundled.filter((rule) => there.has(rule.group) && isMissing(rule)),
    failing: ours.filter(({ health }) => health === 'err'),
    waiting: ours.filter(({ health }) => health === 'unknown').length,
    alerts: ours.flatMap(({ name, alerts }) => alerts.map((alert) => ({ ...alert, name }))),
  };
}

/** Findings about the rules. */
export function ruleFindings({
  groups,
  expectedGroups,
  rules,
  missingGroups,
  missingRules,
  failing,
  waiting,
}: RulesReading): readonly Finding[] {
  const load = 'add prometheus/rules/*.yml to rule_files of prometheus.yml, and reload Prometheus';
  if (groups === 0)
    return [
      {
        subject: 'rules',
        level: 'critical',
        text: `none of the ${expectedGroups} groups is loaded, so no alert can fire`,
        remedy: load,
      },
    ];
  const waits = waiting === 0 ? '' : `, ${waiting} not evaluated yet`;
  return [
    ...(missingGroups.length === 0
      ? []
      : [
          {
            subject: 'rules',
            level: 'warning',
            text: `${missingGroups.length} of ${expectedGroups} groups are not loaded: ${namesText(missingGroups)}`,
            remedy: load,
          } as const,
        ]),
    ...(missingRules.length === 0
      ? []
      : [
          {
            subject: 'rules',
            level: 'warning',
            text: `missing: ${namesText([...new Set(missingRules.map(({ group, name }) => `${name} of ${group}`))])}`,
            remedy:
              'the loaded rules are of another version: copy prometheus/rules of this version, and reload Prometheus',
          } as const,
        ]),
    ...failing.map(
      ({ group, name, error }): Finding => ({
        subject: 'rules',
        level: 'warning',
        text: `${name} of ${group} fails: ${error.slice(0, 300)}`,
        remedy:
          'copy prometheus/rules of this version again, and reload Prometheus; if the error names series, check whether an exporter is scraped twice',
      }),
    ),
    ...(missingGroups.length + missingRules.length + failing.length === 0
      ? [{ subject: 'rules', level: 'healthy', text: `${groups} groups with ${rules} rules${waits}` } as const]
      : []),
  ];
}
