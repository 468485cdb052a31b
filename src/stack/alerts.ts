import type { Level } from '../base/level.js';
import type { Finding } from './finding.js';
import type { BundledRule, RulesReading } from './rules.js';
import type { AlertmanagerReading, KnownAlert } from './stack.js';

/** A firing alert of the bundled rules. */
export interface FiringAlert extends KnownAlert {
  readonly name: string;
  /** Empty if there is none. */
  readonly severity: string;
  /** The component, else the agent, transaction, file system or instance; empty for AI-CRM as a whole. */
  readonly subject: string;
}

interface AlertSources {
  readonly rules: RulesReading | undefined;
  readonly alertmanager: AlertmanagerReading | undefined;
  readonly bundled: readonly BundledRule[];
  /** The label of this AI-CRM if Prometheus watches several; undefined means all. */
  readonly job: string | undefined;
}

/** The alert that always fires. Its absence shows that alerting is broken. */
const watchdogName = 'AiCrmWatchdog';
/** Labels that name the subject of an alert, the most exact first. */
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
/** Longest normal time in seconds from Prometheus to Alertmanager. */
const patienceSeconds = 120;
const severities = ['critical', 'warning', 'info'];

/**
 * The firing bundled alerts, the most severe first. Prometheus lists them, and Alertmanager says which are silenced or
 * inhibited. If Prometheus does not answer, the list comes from Alertmanager. Undefined if neither answers.
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

/** The level of an alert. A silenced or inhibited alert is healthy. */
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

/** The finding about all alerts. */
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
      ...(level === 'healthy' ? {} : { remedy: 'see the list below' }),
    },
  ];
}

/** Findings about the way from Prometheus to Alertmanager: the watchdog, which always fires, must arrive there. */
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
        text: 'Prometheus has no Alertmanager to send alerts to',
        remedy:
          'add it under alerting in prometheus.yml, as in the prometheus.yml of this project, and reload Prometheus',
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
      remedy: isNew
        ? 'wait two minutes'
        : 'check its address under alerting in prometheus.yml; the log of Prometheus has the reason',
    },
  ];
}
