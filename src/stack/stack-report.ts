import { isoTime } from '../base/clock.js';
import { type Level, levelSigns, levelWord } from '../base/level.js';
import { type Look, type Piece, padTo, renderLine } from '../base/terminal-text.js';
import { printableLine } from '../base/text.js';
import { durationText, formatMoment } from '../http/page/format.js';
import { type FiringAlert, levelOf } from './alerts.js';
import type { Assessment } from './assess.js';
import { answered, isAnswered, subjects } from './finding.js';
import type { NotificationReading } from './notifications.js';
import type { RulesReading } from './rules.js';
import type { Scrape } from './scrapes.js';
import type { Asked, StackReading } from './stack.js';

/**
 * The assessment for programs. Its keys are in snake_case and do not change. Each time is in ISO 8601 and, as
 * `…_seconds`, in Unix time. Null means not known or not asked.
 */
export function stackDocument(
  { level, atSeconds, name, findings, alerts, rules, missingBoards }: Assessment,
  { exporter, prometheus, alertmanager, grafana }: StackReading,
  version: string,
): object {
  const exporterReading = answered(exporter.answer);
  const prometheusReading = answered(prometheus?.answer);
  const boards = answered(answered(grafana?.answer)?.boards);
  const scrapes = answered(prometheusReading?.scrapes);
  const notifications = answered(prometheusReading?.notifications);
  return {
    level,
    ...time('time', atSeconds),
    version,
    ai_crm: { name, level: exporterReading?.level ?? null },
    programs: {
      exporter: program(exporter),
      prometheus: program(prometheus),
      alertmanager: program(alertmanager),
      grafana: program(grafana),
    },
    scrapes: scrapes?.map(scrapeDocument) ?? null,
    rules: rules === undefined ? null : rulesDocument(rules),
    boards:
      boards === undefined
        ? null
        : { found: boards, missing: missingBoards?.map(({ uid, title }) => ({ uid, title })) ?? null },
    alerts: alerts?.map(alertDocument) ?? null,
    notifications: notifications?.map(notificationDocument) ?? null,
    findings: findings.map(({ subject, level: own, text, remedy }) => ({
      subject,
      level: own,
      message: text,
      remedy: remedy ?? null,
    })),
  };
}

/** A program that refuses the request is running, too. */
function program(asked: Asked<{ readonly version: string | null }> | undefined): object | null {
  if (asked === undefined) return null;
  const { url, answer } = asked;
  if (isAnswered(answer)) return { url, running: true, version: answer.version, error: null };
  return { url, running: answer.kind === 'refused' || answer.kind === 'starting', version: null, error: answer.what };
}

function scrapeDocument({
  job,
  instance,
  url,
  health,
  lastScrapeSeconds,
  durationSeconds,
  intervalSeconds,
  error,
}: Scrape): object {
  return {
    job,
    instance,
    url,
    health,
    ...time('last_scrape', lastScrapeSeconds),
    duration_seconds: durationSeconds,
    interval_seconds: intervalSeconds,
    error: error === '' ? null : error,
  };
}

function rulesDocument({
  groups,
  expectedGroups,
  rules,
  missingGroups,
  missingRules,
  failing,
  waiting,
}: RulesReading): object {
  return {
    groups,
    expected_groups: expectedGroups,
    rules,
    not_evaluated: waiting,
    missing_groups: missingGroups,
    missing_rules: missingRules.map(({ group, name, isAlert, severity }) => ({
      group,
      name,
      type: isAlert ? 'alert' : 'record',
      severity: severity === '' ? null : severity,
    })),
    failing: failing.map(({ group, name, error }) => ({ group, name, error })),
  };
}

function alertDocument({
  name,
  severity,
  subject,
  state,
  sinceSeconds,
  summary,
  runbookUrl,
  labels,
}: FiringAlert): object {
  return {
    name,
    severity,
    component: labels['component'] ?? null,
    about: subject,
    state,
    ...time('since', sinceSeconds),
    summary,
    runbook_url: runbookUrl,
    labels,
  };
}

function notificationDocument({
  integration,
  deliveredAtSeconds,
  failedAtSeconds,
  delivered,
  failedAttempts,
}: NotificationReading): object {
  return {
    integration,
    ...time('delivered_at', deliveredAtSeconds),
    ...time('failed_at', failedAtSeconds),
    delivered,
    failed_attempts: failedAttempts,
  };
}

function time(name: string, seconds: number | undefined): Readonly<Record<string, string | number | null>> {
  return { [name]: seconds === undefined ? null : isoTime(seconds), [`${name}_seconds`]: seconds ?? null };
}

const looks: Readonly<Record<Level, Look>> = {
  healthy: 'green',
  warning: 'yellow',
  critical: 'red',
  unknown: 'magenta',
};
const subjectWidth = Math.max(...subjects.map((subject) => subject.length));
/** Maximum number of characters of a name; a longer one is cut. */
const widestName = 24;
/** The advice begins in the column of the subject. */
const indent = ' '.repeat(2 + 8 + 2);

/**
 * The assessment as text: the level of the monitoring, a line for each finding with the advice in the next line, and
 * the firing alerts. `colour` adds colours to the levels.
 */
export function renderStatus(
  { level, atSeconds, name, findings, alerts = [] }: Assessment,
  { colour }: { readonly colour: boolean },
): string {
  const lines: (readonly Piece[])[] = [
    [
      { text: 'Monitoring is ' },
      { text: levelWord(level), look: looks[level] },
      { text: `  ${formatMoment(atSeconds)}` },
    ],
    [],
  ];
  const width = Math.max(subjectWidth, Math.min(name.length, widestName));
  for (const finding of findings) {
    const subject = padTo(finding.subject === 'AI-CRM' ? name : finding.subject, width);
    lines.push([...levelPieces(finding.level), { text: `  ${subject}  ${finding.text}` }]);
    if (finding.remedy !== undefined) lines.push([{ text: `${indent}→ ${finding.remedy}` }]);
  }
  if (alerts.length > 0) lines.push([]);
  for (const alert of alerts) lines.push(...alertLines(alert, atSeconds));
  // Text of other programs must not control the terminal, hide text or add lines.
  const shown = (pieces: readonly Piece[]) => pieces.map((piece) => ({ ...piece, text: printableLine(piece.text) }));
  return `${lines.map((pieces) => renderLine(shown(pieces), Number.POSITIVE_INFINITY, colour)).join('\n')}\n`;
}

function levelPieces(level: Level): readonly Piece[] {
  return [{ text: `${levelSigns[level]} ${levelWord(level).padEnd(8)}`, look: looks[level] }];
}

function alertLines(alert: FiringAlert, atSeconds: number): readonly (readonly Piece[])[] {
  const { name, severity, subject, sinceSeconds, state, summary, runbookUrl } = alert;
  const level = levelOf(alert);
  const sign = level === 'healthy' ? '–' : levelSigns[level];
  const since = `since ${formatMoment(sinceSeconds)} (${durationText(Math.max(0, Math.floor(atSeconds - sinceSeconds)))})`;
  const first = { text: `${sign} ${severity.padEnd(8)}`, ...(level === 'healthy' ? {} : { look: looks[level] }) };
  return [
    [
      first,
      {
        text: `  ${name}${subject === '' ? '' : ` ${subject}`} ${since}${state === 'firing' ? '' : `, ${state}`}${summary === '' ? '' : `: ${summary}`}`,
      },
    ],
    ...(runbookUrl === '' ? [] : [[{ text: `${indent}→ ${runbookUrl}` }]]),
  ];
}
