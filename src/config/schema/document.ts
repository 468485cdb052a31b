import * as z from 'zod';
import { limits } from '../limits.js';
import { type TrackingSection, trackingFlags } from '../tracking.js';
import { aiCrmSchema } from './ai-crm.js';
import { alertChannelsSchema } from './alert-channels.js';
import { alertmanagerSchema } from './alertmanager.js';
import { endpointsSchema, hostSchema, probeSchema } from './endpoint.js';
import { duration, flag, mapping, text, wholeNumber } from './fields.js';
import { jsonSourcesSchema } from './json-sources.js';
import { maintenanceSchema } from './maintenance.js';
import { requestSourcesSchema } from './request-sources.js';
import { sloSchema } from './slo.js';
import { sqlSourcesSchema } from './sql-sources.js';
import { thresholdsSchema } from './thresholds.js';
import { transactionsSchema } from './transactions.js';

const interval = duration(limits.intervalSeconds).optional();
/** What has no effect may be called anything and have any value; it is warned of, see `trackingOf`. */
function flags(section: TrackingSection) {
  const known = trackingFlags
    .filter((each) => each.section === section)
    .map((each) => [each.flag, flag().optional()] as const);
  return z
    .object(Object.fromEntries(known), { error: 'must be a mapping of track_* flags' })
    .catchall(z.unknown())
    .optional()
    .describe('track_* flags: false switches readings of AI-CRM off.');
}

/** The whole configuration file, as people write it. Defaults are filled in later, by `normalise`. */
export const documentSchema = mapping(
  {
    $schema: text().optional().describe('Where editors find the schema of this file; without effect.'),
    endpoints: endpointsSchema.optional().describe('What is watched: name to URL or mapping.'),
    alert_thresholds: thresholdsSchema.optional().describe('Where WARNING and CRITICAL begin.'),
    slo: sloSchema.optional().describe('What is promised of every component.'),
    check_intervals: mapping({
      health_checks: interval.describe('Time between probes of a component. Default 30s.'),
      system_metrics: interval.describe('Time between readings of the host. Default 60s.'),
      detailed_analysis: interval.describe('Time between expensive queries. Default 300s.'),
      agent_performance: interval.describe('Time between queries about agents. Default 120s.'),
    })
      .optional()
      .describe('How often is measured.'),
    retry_interval: duration(limits.retryIntervalSeconds)
      .optional()
      .describe('Time until a failed component is probed again. Default 5s.'),
    retries: wholeNumber(limits.retries)
      .optional()
      .describe('Failures in a row after which it is confirmed down. Default 2.'),
    concurrency: wholeNumber(limits.concurrency).optional().describe('Measurements at once. Default 1000.'),
    maintenance_windows: maintenanceSchema.optional().describe('When components are expected to misbehave.'),
    host: hostSchema.optional().describe('What is read of the host.'),
    probe: probeSchema.optional().describe('What /probe may be asked for.'),
    sql_sources: sqlSourcesSchema.optional().describe('Queries of databases that become metrics.'),
    request_sources: requestSourcesSchema.optional().describe('Where the requests to AI-CRM are counted.'),
    transactions: transactionsSchema
      .optional()
      .describe('Workflows of several requests that are tried again and again.'),
    json_sources: jsonSourcesSchema.optional().describe('JSON documents that become metrics.'),
    ai_crm: aiCrmSchema.optional().describe("Where AI-CRM's own numbers come from."),
    alertmanager: alertmanagerSchema.optional().describe('Whose silences are maintenance.'),
    alert_channels: alertChannelsSchema.optional().describe('Who hears of an alert.'),
    grafana_url: text().optional().describe('Where the boards are, for the links in notifications.'),
    runbooks_url: text()
      .optional()
      .describe('Where the runbooks of this exporter are, for the links in notifications.'),
    retention_days: wholeNumber(limits.retentionDays)
      .optional()
      .describe('Days for which Prometheus keeps the data. Default 7.'),
    cleanup_interval: duration(limits.cleanupIntervalSeconds)
      .optional()
      .describe('Without effect: Prometheus removes old data itself.'),
    performance_metrics: flags('performance_metrics'),
    business_metrics: flags('business_metrics'),
    security_monitoring: flags('security_monitoring'),
  },
  'a mapping of settings',
);

type Document = z.output<typeof documentSchema>;

/** One of `maintenance_windows`. */
export type MaintenanceSettings = NonNullable<Document['maintenance_windows']>[number];

/** A checked configuration file: still with the file's keys and without defaults, durations already in seconds. */
export type Settings = Omit<Document, 'maintenance_windows'> & {
  /** Undefined stands in the place of one that had a problem, so that the others keep their positions. */
  readonly maintenance_windows?: readonly (MaintenanceSettings | undefined)[] | undefined;
};
