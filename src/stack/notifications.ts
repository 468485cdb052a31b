import { durationText } from '../http/page/format.js';
import { queryVector } from './answers.js';
import type { Finding } from './finding.js';
import type { ProgramClient } from './other-program.js';

/** Deliveries and failures of one integration of Alertmanager, from Prometheus. */
export interface NotificationReading {
  /** Name in Alertmanager, such as `email`; the console is a `webhook`. */
  readonly integration: string;
  /** Unix time of the last delivery within a day, accurate to 15 s. */
  readonly deliveredAtSeconds?: number;
  /** Unix time of the last failed attempt within a day, accurate to 15 s. */
  readonly failedAtSeconds?: number;
  /** Since Alertmanager started. */
  readonly delivered: number;
  readonly failedAttempts: number;
}

/** Interval between two evaluations within the range. */
const stepSeconds = 15;
/** Range of the query. */
const spanText = '1d';

/**
 * Asks Prometheus for the last delivery and the last failure of each integration. Undefined if Prometheus does not
 * scrape Alertmanager. Throws `ProgramFailure`.
 *
 * Counts requests, because `alertmanager_notifications_total` counts a notification at its first attempt and its
 * failure minutes later. In between a failing notification looks delivered.
 */
export async function askNotifications(client: ProgramClient): Promise<readonly NotificationReading[] | undefined> {
  const failed = (at: string) =>
    `sum by (job, instance, integration) (alertmanager_notification_requests_failed_total${at})`;
  const delivered = (at: string) =>
    `(sum by (job, instance, integration) (alertmanager_notification_requests_total${at}) - ${failed(at)})`;
  const lastRise = (count: (at: string) => string) =>
    `max by (integration) (max_over_time(timestamp(${count('')} > ${count(` offset ${stepSeconds}s`)})[${spanText}:${stepSeconds}s]))`;
  const total = (count: (at: string) => string) => `sum by (integration) (${count('')})`;
  const byIntegration = async (expression: string) =>
    new Map((await queryVector(client, expression)).map(({ labels, value }) => [labels['integration'] ?? '', value]));
  const [deliveredCounts, failedCounts, deliveredAt, failedAt] = await Promise.all([
    byIntegration(total(delivered)),
    byIntegration(total(failed)),
    byIntegration(lastRise(delivered)),
    byIntegration(lastRise(failed)),
  ]);
  if (deliveredCounts.size === 0) return undefined;
  return [...deliveredCounts].map(([integration, count]) => {
    const deliveredAtSeconds = deliveredAt.get(integration);
    const failedAtSeconds = failedAt.get(integration);
    return {
      integration,
      ...(deliveredAtSeconds === undefined ? {} : { deliveredAtSeconds }),
      ...(failedAtSeconds === undefined ? {} : { failedAtSeconds }),
      delivered: count,
      failedAttempts: failedCounts.get(integration) ?? 0,
    };
  });
}

/** Findings about notifications, one for each integration that was used within a day. */
export function notificationFindings(
  readings: readonly NotificationReading[] | undefined,
  alertmanagerUrl: string,
  nowSeconds: number,
): readonly Finding[] {
  if (readings === undefined) {
    const target = new URL(alertmanagerUrl).host;
    return [
      {
        subject: 'notifications',
        level: 'warning',
        text: 'Prometheus does not scrape Alertmanager, so nobody notices when notifications fail',
        remedy: `add to scrape_configs of prometheus.yml, and reload Prometheus: {job_name: alertmanager, static_configs: [{targets: ["${target}"]}]}`,
      },
    ];
  }
  const ago = (seconds: number) => `${durationText(Math.max(0, Math.round(nowSeconds - seconds)))} ago`;
  const used = readings.filter(
    ({ deliveredAtSeconds, failedAtSeconds }) => deliveredAtSeconds !== undefined || failedAtSeconds !== undefined,
  );
  if (used.length === 0)
    return [{ subject: 'notifications', level: 'healthy', text: 'none within a day, by the metrics in Prometheus' }];
  return used.map(({ integration, deliveredAtSeconds, failedAtSeconds }): Finding => {
    const delivered =
      deliveredAtSeconds === undefined ? 'nothing delivered within a day' : `last delivered ${ago(deliveredAtSeconds)}`;
    if (failedAtSeconds === undefined || (deliveredAtSeconds !== undefined && deliveredAtSeconds > failedAtSeconds))
      return { subject: 'notifications', level: 'healthy', text: `${integration}: ${delivered}` };
    return {
      subject: 'notifications',
      level: 'critical',
      text: `${integration}: failed ${ago(failedAtSeconds)}, ${delivered}`,
      remedy: 'see the log of Alertmanager; test it with "ai-crm-exporter notify-test --alertmanager.log FILE"',
    };
  });
}
