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
  /** Of an alert or of a record. */
  readonly name: string;
  readonly isAlert: boolean;
  /** Of an alert; empty for a record. */
  readonly severity: string;
  /** How long its expression has to be true before it fires. */
  readonly forSeconds: number;
  /** How long it goes on firing when its expression is not true any more. */
  readonly keepFiringSeconds: number;
}

/** A board that comes with this program. */
export interface BundledBoard {
  readonly uid: string;
  readonly title: string;
}

/** The rules of `prometheus/rules`, in the order of the files; undefined where this program was installed without them. */
export async function bundledRules(): Promise<readonly BundledRule[] | undefined> {
  const files = await readAll('prometheus/rules', '.yml');
  if (files === undefined) return undefined;
  // Its default and not its names, which a CommonJS package does not have when it is loaded late out of a bundle.
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
          forSeconds: parseDurationSeconds(textAt(rule, 'for') ?? '0s') ?? 0,
          keepFiringSeconds: parseDurationSeconds(textAt(rule, 'keep_firing_for') ?? '0s') ?? 0,
        };
      }),
    ),
  );
}

/** The boards of `grafana/dashboards`; undefined where this program was installed without them. */
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

/** An alert that a rule has raised. */
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
  /** Why it fails; empty for one that does not. */
  readonly error: string;
  readonly alerts: readonly RaisedAlert[];
}

/** What Prometheus has loaded, held against what comes with this program. */
export interface RulesReading {
  readonly groups: number;
  readonly expectedGroups: number;
  readonly rules: number;
  readonly missingGroups: readonly string[];
  /** Rules of groups that are there. */
  readonly missingRules: readonly BundledRule[];
  readonly failing: readonly LoadedRule[];
  /** Not evaluated yet: new, or of a group that is evaluated every hour. */
  readonly waiting: number;
  /** Raised by bundled rules. */
  readonly alerts: readonly (RaisedAlert & { readonly name: string })[];
}

/** Asks Prometheus for all of its rules. Throws `ProgramFailure`. */
export async function askRules(client: ProgramClient): Promise<readonly LoadedRule[]> {
  const groups = recordsAt(await client.ask('GET', '/api/v1/rules'), 'data', 'groups');
  if (groups === undefined)
    throw new ProgramFailure(
      'stranger',
      `${client.url}/api/v1/rules: the answer is no list of rules`,
      'is --prometheus.url right?',
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

/** Compares by the names of groups and rules, and by the severity of alerts: of some there is one for each. Other groups are left out. */
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

/** What to say of the rules. */
export function ruleFindings({
  groups,
  expectedGroups,
  rules,
  missingGroups,
  missingRules,
  failing,
  waiting,
}: RulesReading): readonly Finding[] {
  const load = 'list prometheus/rules/*.yml under rule_files of prometheus.yml, and reload it';
  if (groups === 0)
    return [
      {
        subject: 'rules',
        level: 'critical',
        text: `none of the ${expectedGroups} groups is loaded, so that no alert can fire`,
        mend: load,
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
            mend: load,
          } as const,
        ]),
    ...(missingRules.length === 0
      ? []
      : [
          {
            subject: 'rules',
            level: 'warning',
            text: `missing: ${namesText([...new Set(missingRules.map(({ group, name }) => `${name} of ${group}`))])}`,
            mend: 'they are of another version: copy prometheus/rules of this one, and reload Prometheus',
          } as const,
        ]),
    ...failing.map(
      ({ group, name, error }): Finding => ({
        subject: 'rules',
        level: 'warning',
        text: `${name} of ${group} fails: ${error.slice(0, 300)}`,
        mend: 'copy prometheus/rules of this version anew, and reload Prometheus; if the error names series, look for one that is scraped twice',
      }),
    ),
    ...(missingGroups.length + missingRules.length + failing.length === 0
      ? [{ subject: 'rules', level: 'healthy', text: `${groups} groups with ${rules} rules${waits}` } as const]
      : []),
  ];
}
