import { createHash } from 'node:crypto';
import { ExporterError } from '../errors.js';

/** An alert as Alertmanager's webhook tells it. */
export interface ReceivedAlert {
  readonly status: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** ISO 8601, as it was sent; empty where it is no time. */
  readonly startsAt: string;
  readonly endsAt: string;
  /** Alertmanager's own for the labels, or one made of them where it is missing; at most 64 characters. */
  readonly fingerprint: string;
}

/** What Alertmanager sends in one go: a group of alerts. */
export interface AlertNotification {
  readonly alerts: readonly ReceivedAlert[];
  /** How many more there are that were not sent, or not taken. */
  readonly truncatedAlerts: number;
  /** How many of them were sent and not taken. */
  readonly refusedAlerts?: number;
}

/** The version of the payload, which has not changed since Alertmanager 0.9. */
const payloadVersion = '4';

/** More alerts than this of one body are not looked at: a mebibyte has room for 32,000, and each takes its time. */
export const maxAlerts = 1000;

/**
 * Reads the body of a webhook notification. Throws an exposed `bad_request` that says what is wrong and where; what is not
 * needed may be missing or have any form.
 */
export function parseNotification(body: string): AlertNotification {
  const payload = recordIn(parseJson(body), 'the body');
  if (payload['version'] !== payloadVersion)
    throw refusal(`version must be "${payloadVersion}", the format of Alertmanager's webhook`);
  const { alerts, truncatedAlerts } = payload;
  if (!Array.isArray(alerts)) throw refusal('alerts must be a list');
  const more =
    typeof truncatedAlerts === 'number' && Number.isSafeInteger(truncatedAlerts) && truncatedAlerts > 0
      ? truncatedAlerts
      : 0;
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

/** It is remembered, so its length must not be up to the sender. */
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

/** Without a prototype: names of labels may be any. */
function textsIn(value: unknown, where: string): Readonly<Record<string, string>> {
  const texts = Object.create(null) as Record<string, string>;
  for (const [name, text] of Object.entries(recordIn(value, where))) {
    if (typeof text !== 'string') throw refusal(`${where} must have texts as values`);
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
