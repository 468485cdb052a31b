import type { Level } from '../base/level.js';
import type { Finding } from './finding.js';
import type { BundledRule, RulesReading } from './rules.js';
import type { AlertmanagerReading, KnownAlert } from './stack.js';

/** A bundled alert that fires. */
export interface FiringAlert extends KnownAlert {
  readonly name: string;
  /** Empty for none. */
  readonly severity: string;
  /** What it is about: a component, else an agent, a transaction, a file system, the instance; empty for AI-CRM as a whole. */
  readonly subject: string;
}

/** Where either may say what fires. */
interface AlertSources {
  readonly rules: RulesReading | undefined;
  readonly alertmanager: AlertmanagerReading | undefined;
  readonly bundled: readonly BundledRule[];
  /** The label of this AI-CRM where one stack watches several; undefined: all. */
  readonly job: string | undefined;
}

/** The alert that always fires, so that its absence is noticed. */
const watchdogName = 'AiCrmWatchdog';
/** Labels that say what an alert is about, the best first. */
const subjectLabels = [
  'component',
  'agent',
  'transaction',
  'mountpoint',
  'source',
  'collector',
  'integration',
  'instance',
];
/** By which an alert that Prometheus has raised may arrive later. */
const patienceSeconds = 120;
const severities = ['critical', 'warning', 'info'];

/**
 * The bundled alerts that fire, the most severe first: those of Prometheus, of which Alertmanager says whether they are silenced
 * or inhibited; those of Alertmanager where Prometheus does not answer; undefined when neither does.
 */
export function firingAlerts({ rules, alertmanager, bundled, job }: AlertSources): readonly FiringAlert[] | undefined {
  if (rules === undefined && alertmanager === undefined) return undefined;
  const names = new Set(bundled.filter(({ isAlert }) => isAlert).map(({ name }) => name));
  const received = alertmanager?.alerts ?? [];
  const all: readonly KnownAlert[] =
    rules === undefined
      ? received.filter(({ labels }) => names.has(labels['alertname'] ?? ''))
      : rules.alerts
          .filter(({ isFiring }) => isFiring)
          .map((alert) => ({
            ...alert,
            state:
              received.find(({ labels }) =>
                Object.entries(alert.labels).every(([name, value]) => labels[name] === value),
              )?.state ?? 'firing',
          }));
  return all
    .map((alert) => ({
      ...alert,
      name: alert.labels['alertname'] ?? '',
      severity: alert.labels['severity'] ?? '',
      subject: subjectLabels.map((label) => alert.labels[label]).find((value) => value !== undefined) ?? '',
    }))
    .filter(({ name, labels }) => name !== watchdogName && (job === undefined || (labels['job'] ?? job) === job))
    .sort((a, b) => rank(a) - rank(b) || a.sinceSeconds - b.sinceSeconds);
}

/** The level that an alert stands for; what is silenced or inhibited does not count. */
export function levelOf({ severity, state }: Pick<FiringAlert, 'severity' | 'state'>): Level {
  return state !== 'firing'
    ? 'healthy'
    : severity === 'critical'
      ? 'critical'
      : severity === 'warning'
        ? 'warning'
        : 'healthy';
}

function rank({ severity }: FiringAlert): number {
  const index = severities.indexOf(severity);
  return index === -1 ? severities.length : index;
}

/** What to say of the alerts as a whole. */
export function alertFindings(alerts: readonly FiringAlert[]): readonly Finding[] {
  const level =
    ['critical', 'warning'].find((each): each is 'critical' | 'warning' =>
      alerts.some((alert) => levelOf(alert) === each),
    ) ?? 'healthy';
  const counts = [...new Set(alerts.map(({ severity }) => severity))].flatMap((severity) => {
    const { length } = alerts.filter((alert) => alert.severity === severity && alert.state === 'firing');
    return length === 0 ? [] : [`${length} ${severity || 'without severity'}`];
  });
  const quiet = alerts.filter(({ state }) => state !== 'firing').length;
  const text = `${counts.length === 0 ? 'none fires' : counts.join(', ')}${quiet === 0 ? '' : `, ${quiet} silenced or inhibited`}`;
  return [
    {
      subject: 'alerts',
      level,
      text,
      ...(level === 'healthy' ? {} : { mend: 'each is listed below, with what to do' }),
    },
  ];
}

/** Whether what Prometheus raises arrives at Alertmanager: the alert that always fires must be there. */
export function handOverFindings(
  rules: RulesReading | undefined,
  alertmanagers: number | undefined,
  alertmanager: AlertmanagerReading | undefined,
  nowSeconds: number,
): readonly Finding[] {
  if (alertmanagers === 0)
    return [
      {
        subject: 'hand-over',
        level: 'critical',
        text: 'Prometheus sends its alerts to no Alertmanager',
        mend: 'name it under alerting in prometheus.yml, as the one that comes with this program does, and reload it',
      },
    ];
  const watchdog = rules?.alerts.find(({ name, isFiring }) => name === watchdogName && isFiring);
  if (watchdog === undefined || alertmanager === undefined) return [];
  if (alertmanager.alerts.some(({ labels }) => labels['alertname'] === watchdogName))
    return [{ subject: 'hand-over', level: 'healthy', text: 'alerts of Prometheus arrive at Alertmanager' }];
  const isNew = nowSeconds - Math.max(watchdog.sinceSeconds, alertmanager.startedAtSeconds ?? 0) < patienceSeconds;
  return [
    {
      subject: 'hand-over',
      level: isNew ? 'unknown' : 'critical',
      text: `alerts of Prometheus do not arrive at this Alertmanager${isNew ? ' yet' : ''}`,
      mend: isNew
        ? 'wait two minutes'
        : 'is its address under alerting in prometheus.yml right? The log of Prometheus says why it fails',
    },
  ];
}
