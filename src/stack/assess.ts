import { type Level, worstLevel } from '../base/level.js';
import { alertFindings, type FiringAlert, firingAlerts, handOverFindings } from './alerts.js';
import { tooOld } from './answers.js';
import {
  answered,
  type Finding,
  isAnswered,
  notKnown,
  type ProgramAnswer,
  type StatusSubject,
  subjects,
} from './finding.js';
import { notificationFindings } from './notifications.js';
import type { ProgramFailure } from './other-program.js';
import { type BundledBoard, type BundledRule, compareRules, type RulesReading, ruleFindings } from './rules.js';
import { exporterFindings, scrapeFindings } from './scrapes.js';
import { type Asked, boardFindings, missingBoards, type StackReading, stackPrograms } from './stack.js';

/** State of the monitoring. */
export interface Assessment {
  /** The worst of all findings. */
  readonly level: Level;
  readonly atSeconds: number;
  /** What is watched: the subject `AI-CRM` under its own name. */
  readonly name: string;
  /** In the order of `subjects`. */
  readonly findings: readonly Finding[];
  /** Undefined if no program says which alerts fire. */
  readonly alerts: readonly FiringAlert[] | undefined;
  /** Undefined if Prometheus does not list its rules, or the bundled rules are missing. */
  readonly rules: RulesReading | undefined;
  /** Undefined if Grafana does not list its boards, or the bundled boards are missing. */
  readonly missingBoards: readonly BundledBoard[] | undefined;
}

/** What the answers are compared with. */
interface Expected {
  readonly rules: readonly BundledRule[] | undefined;
  readonly boards: readonly BundledBoard[] | undefined;
  /** The name in the local configuration, for an exporter that does not answer. */
  readonly name: string;
  /** The label of this AI-CRM if Prometheus watches several. */
  readonly job: string | undefined;
  /** Findings from before the programs were asked. */
  readonly before: readonly Finding[];
}

/** Judges the answers of the programs. */
export function assess(stack: StackReading, expected: Expected, atSeconds: number): Assessment {
  const { exporter, prometheus, alertmanager, grafana } = stack;
  const [exporterReading, prometheusReading, alertmanagerReading, grafanaReading] = [
    answered(exporter.answer),
    answered(prometheus?.answer),
    answered(alertmanager?.answer),
    answered(grafana?.answer),
  ];
  const { rules: bundled, boards } = expected;
  const known = answered(prometheusReading?.rules);
  const rules = known === undefined || bundled === undefined ? undefined : compareRules(known, bundled);
  const alerts =
    bundled === undefined
      ? undefined
      : firingAlerts({ rules, alertmanager: alertmanagerReading, bundled, job: expected.job });
  const findings: Finding[] = [
    ...expected.before,
    ...programFindings('exporter', exporter),
    ...programFindings('Prometheus', prometheus),
    ...programFindings('Alertmanager', alertmanager),
    ...programFindings('Grafana', grafana),
    ...(exporterReading === undefined
      ? [unasked('AI-CRM', 'the exporter')]
      : exporterFindings(exporterReading, exporter.url)),
    ...(bundled === undefined ? [notInstalled('rules', 'prometheus/rules')] : []),
    ...(boards === undefined && grafana !== undefined ? [notInstalled('boards', 'grafana/dashboards')] : []),
  ];
  if (prometheusReading !== undefined) {
    const { scrapes, rules: loaded, notifications, alertmanagers } = prometheusReading;
    findings.push(
      ...findingsOf('scrape', scrapes, (some) => scrapeFindings(some, exporterReading, exporter.url, atSeconds)),
    );
    if (!isAnswered(loaded)) findings.push(notKnown('rules', loaded));
    if (rules !== undefined) findings.push(...ruleFindings(rules));
    if (alertmanager !== undefined) {
      findings.push(
        ...findingsOf('notifications', notifications, (some) =>
          notificationFindings(some, alertmanager.url, atSeconds),
        ),
      );
      findings.push(
        ...findingsOf('hand-over', alertmanagers, (count) =>
          handOverFindings(rules, count, alertmanagerReading, atSeconds),
        ),
      );
    }
  } else if (prometheus !== undefined)
    findings.push(
      ...(['scrape', 'rules', ...(alertmanager === undefined ? [] : (['notifications'] as const))] as const).map(
        (subject) => unasked(subject, 'Prometheus'),
      ),
    );
  const uids = answered(grafanaReading?.boards);
  const missing = uids === undefined || boards === undefined ? undefined : missingBoards(uids, boards);
  if (grafanaReading !== undefined && boards !== undefined)
    findings.push(...boardFindings(grafanaReading.boards, boards));
  if (alerts !== undefined) findings.push(...alertFindings(alerts));
  else if (prometheus !== undefined || alertmanager !== undefined) findings.push(unasked('alerts', 'Prometheus'));
  const sorted = subjects.flatMap((subject) => findings.filter((finding) => finding.subject === subject));
  return {
    level: worstLevel(sorted.map(({ level }) => level)),
    atSeconds,
    name: exporterReading?.name ?? expected.name,
    findings: sorted,
    alerts,
    rules,
    missingBoards: missing,
  };
}

/** Level of a program that does not answer; CRITICAL for the others. Boards can be missing for a while. */
const levelWithout: Readonly<Partial<Record<StatusSubject, Level>>> = { Grafana: 'warning' };

function programFindings(
  subject: StatusSubject,
  asked: Asked<{ readonly version: string | null }> | undefined,
): readonly Finding[] {
  if (asked === undefined) return [];
  const { answer, url } = asked;
  if (!isAnswered(answer)) return [failureFinding(subject, answer)];
  return [
    tooOld(subject, answer.version) ?? {
      subject,
      level: 'healthy',
      text: `${answer.version ?? 'of unknown version'} at ${url}`,
    },
  ];
}

function failureFinding(subject: StatusSubject, { kind, what, remedy }: ProgramFailure): Finding {
  const bad = levelWithout[subject] ?? 'critical';
  // The exporter is called by its flag.
  const { flag } = Object.values(stackPrograms).find(({ name }) => name === subject) ?? { flag: subject };
  const without = subject === 'exporter' ? '' : `, or leave it out: --without ${flag}`;
  switch (kind) {
    case 'unreachable':
      return { subject, level: bad, text: what, remedy: `start it, or give its address: --${flag}.url${without}` };
    case 'refused':
      return { subject, level: 'unknown', text: what, remedy };
    case 'starting':
      return { subject, level: 'warning', text: what, remedy };
    case 'stranger':
      return {
        subject,
        level: bad,
        text: what,
        remedy: `give the address of ${subject === 'exporter' ? 'the exporter' : subject}: --${flag}.url${without}`,
      };
    case 'failed':
      return { subject, level: bad, text: what, remedy: remedy === '' ? 'see its log' : remedy };
  }
}

function findingsOf<Value>(
  subject: StatusSubject,
  answer: ProgramAnswer<Value>,
  say: (value: Value) => readonly Finding[],
): readonly Finding[] {
  return isAnswered(answer) ? say(answer) : [notKnown(subject, answer)];
}

function unasked(subject: StatusSubject, teller: string): Finding {
  return { subject, level: 'unknown', text: `not known without ${teller}` };
}

function notInstalled(subject: StatusSubject, folder: string): Finding {
  return {
    subject,
    level: 'unknown',
    text: `not known: ${folder} is a part of this program and is missing`,
    remedy: 'install the exporter again',
  };
}
