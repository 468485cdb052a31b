import { isoTime } from '../../http/iso-time.js';
import type { FiringAlert } from './alerts.js';
import type { Assessment } from './assess.js';
import { answered, isAnswered } from './finding.js';
import type { NotificationReading } from './notifications.js';
import type { RulesReading } from './rules.js';
import type { Scrape } from './scrapes.js';
import type { Asked, StackReading } from './stack.js';

/**
 * The assessment for programs: keys in snake_case that stay, each time both in ISO 8601 and as `…_seconds` of the Unix clock,
 * null for what is not known or was not asked.
 */
export function statusDocument(
  { level, atSeconds, findings, alerts, rules, missingBoards }: Assessment,
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
    ai_crm: { level: exporterReading?.level ?? null },
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
    findings: findings.map(({ subject, level: own, text, mend }) => ({
      subject,
      level: own,
      message: text,
      mend: mend ?? null,
    })),
  };
}

/** Running is what answered, be it with a refusal. */
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
