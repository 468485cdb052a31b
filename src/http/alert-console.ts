import { createHash } from 'node:crypto';
import { ExporterError } from '../base/errors.js';
import type { Log, LogFields } from '../base/log.js';
import { oneLine, shortened } from '../base/text.js';
import type { Config } from '../config/config.js';
import { type ConsoleLevel, channelTable } from '../config/sections/alert-channels-section.js';
import { addSeries, type Sample, seriesOf } from '../metrics/definition.js';
import { alertsReceived, type CountedSeverity, countedSeverities } from '../metrics/exporter-metrics.js';

/** An alert in a notification of Alertmanager's webhook. */
export interface ReceivedAlert {
  readonly status: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** ISO 8601, as sent; empty for an invalid time. */
  readonly startsAt: string;
  readonly endsAt: string;
  /** Alertmanager's fingerprint, or a hash of the labels if it is missing; at most 64 characters. */
  readonly fingerprint: string;
}

/** One notification of Alertmanager: a group of alerts. */
export interface AlertNotification {
  readonly alerts: readonly ReceivedAlert[];
  /** Number of other alerts that were not sent, or not read. */
  readonly truncatedAlerts: number;
  /** Number of these that were sent but not read. */
  readonly refusedAlerts?: number;
}

/** The version of the payload; the same since Alertmanager 0.9. */
const payloadVersion = '4';

/** Maximum number of alerts that are read from one body. A mebibyte can contain 32,000, and each takes time. */
export const maxAlerts = 1000;

/**
 * Reads the body of a webhook notification. Throws an exposed `bad_request` with the problem and its place. Fields that
 * are not needed may be missing or have any form.
 */
export function parseNotification(body: string): AlertNotification {
  const payload = recordIn(parseJson(body), 'the body');
  if (payload['version'] !== payloadVersion)
    throw refusal(`version must be "${payloadVersion}", the format of Alertmanager's webhook`);
  const { alerts, truncatedAlerts } = payload;
  if (!Array.isArray(alerts)) throw refusal('alerts must be a list');
  const more = Number.isSafeInteger(truncatedAlerts) ? Math.max(0, truncatedAlerts as number) : 0;
  const taken = alerts.slice(0, maxAlerts).map((alert: unknown, index) => alertIn(alert, `alerts[${index}]`));
  const refusedAlerts = alerts.length - taken.length;
  return { alerts: taken, truncatedAlerts: more + refusedAlerts, refusedAlerts };
}

function alertIn(value: unknown, where: string): ReceivedAlert {
  const alert = recordIn(value, where);
  const { status, fingerprint } = alert;
  if (status !== 'firing' && status !== 'resolved') throw refusal(`${where}.status must be "firing" or "resolved"`);
  const labels = textsIn(alert['labels'], `${where}.labels`);
  return {
    status,
    labels,
    annotations: alert['annotations'] === undefined ? {} : textsIn(alert['annotations'], `${where}.annotations`),
    startsAt: timeIn(alert['startsAt']),
    endsAt: timeIn(alert['endsAt']),
    fingerprint:
      typeof fingerprint === 'string' && /^\w{1,64}$/.test(fingerprint) ? fingerprint : fingerprintOf(labels),
  };
}

/** The fingerprint is kept, so the sender must not choose its length. */
function fingerprintOf(labels: Readonly<Record<string, string>>): string {
  return createHash('sha256')
    .update(JSON.stringify(Object.entries(labels).sort()))
    .digest('hex');
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw refusal('the body is not JSON');
  }
}

function recordIn(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refusal(`${where} must be an object`);
  return value as Readonly<Record<string, unknown>>;
}

/** Without a prototype, because labels may have any name. */
function textsIn(value: unknown, where: string): Readonly<Record<string, string>> {
  const texts = Object.create(null) as Record<string, string>;
  for (const [name, text] of Object.entries(recordIn(value, where))) {
    if (typeof text !== 'string') throw refusal(`values of ${where} must be text`);
    texts[name] = text;
  }
  return texts;
}

function timeIn(value: unknown): string {
  return typeof value === 'string' &&
    value.length <= 40 &&
    /^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)$/.test(value) &&
    !Number.isNaN(Date.parse(value))
    ? value
    : '';
}

function refusal(message: string): ExporterError {
  return new ExporterError('bad_request', message, { expose: true });
}

/** Maximum number of remembered alerts. They show whether an alert is a repetition. */
const rememberedAlerts = 10_000;

/** Maximum number of lines for one notification. The console's receiver requests no more alerts. */
const maxLines = 100;

/** Labels with the subject of an alert, in the order of the line. */
const subjects = ['job', 'instance', 'component', 'mountpoint', 'agent', 'transaction', 'source', 'collector'] as const;

const maxLabelLength = 200;
const maxSummaryLength = 500;

/** Log level of each severity. Unknown severities count as a warning. */
const levelOf: Readonly<Record<CountedSeverity, 'error' | 'warn' | 'info'>> = {
  critical: 'error',
  warning: 'warn',
  other: 'warn',
  info: 'info',
  none: 'info',
};

const loudness = { info: 0, warn: 1, error: 2 } as const;

const leastLoudness: Readonly<Record<ConsoleLevel, number>> = {
  debug: 0,
  info: 0,
  warning: 1,
  warn: 1,
  error: 2,
  critical: 2,
};

/** The configured minimum severity of printed alerts. */
export function consoleLevel({ alertChannels }: Pick<Config, 'alertChannels'>): ConsoleLevel {
  const channel = alertChannels.find(({ kind }) => kind === 'console');
  return (
    (channel?.kind === 'console' ? channel.settings.log_level : undefined) ??
    channelTable.console.options.log_level.default
  );
}

/** The console channel: prints a line for every alert from Alertmanager, and returns samples to count. */
export class AlertConsole {
  readonly #log: Log;
  /** Fingerprint → its last state; the oldest first. */
  readonly #heard = new Map<string, string>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** All counters at zero: the growth of a series is only visible if the series exists before. */
  static zeros(): readonly Sample[] {
    return (['firing', 'resolved'] as const).flatMap((status) =>
      countedSeverities.map((severity) => counted(status, severity, 0)),
    );
  }

  /**
   * Prints alerts of at least this severity, and returns samples that count all alerts. Alerts that are not printed are
   * not remembered either, so that a notification costs no more than its lines.
   */
  receive({ alerts, truncatedAlerts }: AlertNotification, level: ConsoleLevel): readonly Sample[] {
    let lines = 0;
    let left = truncatedAlerts;
    const samples = alerts.map((alert) => {
      const severity = severityOf(alert);
      if (loudness[levelOf[severity]] >= leastLoudness[level]) {
        if (lines++ < maxLines) this.#print(alert, severity, this.#isRepeated(alert));
        else left += 1;
      }
      return counted(alert.status, severity, 1);
    });
    if (left > 0) this.#log.warn('more alerts than are printed', { alerts: left });
    return samples;
  }

  /** Prints one line. The end of an alert is logged at info. */
  #print(
    { status, labels, annotations, startsAt, endsAt }: ReceivedAlert,
    severity: CountedSeverity,
    isRepeated: boolean,
  ): void {
    const fields: Record<string, LogFields[string]> = { alertname: line(labels['alertname'], maxLabelLength) };
    for (const name of subjects) fields[name] = line(labels[name], maxLabelLength);
    Object.assign(fields, {
      severity: line(labels['severity'], maxLabelLength),
      status,
      summary: line((status === 'resolved' && annotations['resolved']) || annotations['summary'], maxSummaryLength),
      // If the rule gives a start time, it is used: the alert itself starts and ends later.
      since: line(annotations['since'], maxLabelLength) || startsAt || undefined,
      ...(status === 'resolved' && endsAt !== '' && !annotations['since'] && { until: endsAt }),
      ...(isRepeated && { repeated: true }),
    });
    if (status === 'resolved') this.#log.info('alert resolved', fields);
    else this.#log[levelOf[severity]]('alert firing', fields);
  }

  #isRepeated({ fingerprint, status, startsAt }: ReceivedAlert): boolean {
    const state = `${status} ${startsAt}`;
    const isRepeated = this.#heard.get(fingerprint) === state;
    this.#heard.delete(fingerprint);
    this.#heard.set(fingerprint, state);
    const [oldest] = this.#heard.keys();
    if (this.#heard.size > rememberedAlerts && oldest !== undefined) this.#heard.delete(oldest);
    return isRepeated;
  }
}

function counted(status: ReceivedAlert['status'], severity: CountedSeverity, value: number): Sample {
  return addSeries(seriesOf(alertsReceived, { status, severity }), value);
}

function severityOf({ labels }: ReceivedAlert): CountedSeverity {
  const given = labels['severity'];
  return (
    countedSeverities.find((severity) => severity === given) ?? (given === undefined || given === '' ? 'none' : 'other')
  );
}

/** Text of others for a line: without line ends and control characters, shortened. */
function line(text: string | undefined, maxLength: number): string | undefined {
  return text === undefined ? undefined : shortened(oneLine(text), maxLength);
}
