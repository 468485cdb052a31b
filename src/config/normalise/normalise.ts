import { type AlertChannel, alertChannelNames } from '../alert-channel.js';
import type { ComponentConfig, Config } from '../config.js';
import { defaults } from '../defaults.js';
import type { Settings } from '../schema/document.js';
import { trackingOf } from '../tracking.js';
import { normaliseAiCrm } from './ai-crm.js';
import { normaliseAlertChannel } from './alert-channel.js';
import { normaliseAlertmanager } from './alertmanager.js';
import { normaliseComponent } from './component.js';
import type { Context } from './context.js';
import { checkDependencies } from './dependencies.js';
import type { SourceSurroundings } from './json-sources.js';
import { normaliseLinkUrl } from './link-url.js';
import { normaliseMaintenance } from './maintenance.js';
import { OwnMetrics } from './own-metrics.js';
import { normaliseProbe } from './probe.js';
import { checkRequestBudget } from './request-budget.js';
import { normaliseSlo } from './slo.js';
import type { SqlSurroundings } from './sql-sources.js';
import { warnOfSuspicions } from './suspicions.js';
import { normaliseThresholds } from './thresholds.js';
import type { TransactionSurroundings } from './transactions.js';

/**
 * Fills in the defaults, converts units, reads secret and TLS files, and checks what a schema cannot.
 *
 * Never throws for what is in the settings: what is wrong goes to `context.report`, and if anything did, the returned
 * configuration must not be used. What is only doubtful goes to `context.warn`; the caller adds it to the configuration.
 */
export async function normalise(settings: Settings, context: Context): Promise<Config> {
  const intervals = {
    healthChecksSeconds: settings.check_intervals?.health_checks ?? defaults.intervals.healthChecksSeconds,
    systemMetricsSeconds: settings.check_intervals?.system_metrics ?? defaults.intervals.systemMetricsSeconds,
    detailedAnalysisSeconds: settings.check_intervals?.detailed_analysis ?? defaults.intervals.detailedAnalysisSeconds,
    agentPerformanceSeconds: settings.check_intervals?.agent_performance ?? defaults.intervals.agentPerformanceSeconds,
  };
  const endpoints: NonNullable<Settings['endpoints']> = settings.endpoints ?? defaults.endpoints;
  const components: ComponentConfig[] = [];
  for (const [name, endpoint] of Object.entries(endpoints)) {
    const component = await normaliseComponent(name, endpoint, intervals.healthChecksSeconds, context);
    if (component !== undefined) components.push(component);
  }
  checkDependencies(endpoints, context);

  const alertChannels: AlertChannel[] = [];
  for (const name of alertChannelNames) {
    const channel = settings.alert_channels?.[name];
    if (channel !== undefined) alertChannels.push(await normaliseAlertChannel(name, channel, context));
  }

  const alertmanager =
    settings.alertmanager === undefined ? undefined : await normaliseAlertmanager(settings.alertmanager, context);
  const grafanaUrl =
    settings.grafana_url === undefined ? undefined : normaliseLinkUrl('grafana_url', settings.grafana_url, context);
  const runbooksUrl =
    settings.runbooks_url === undefined ? undefined : normaliseLinkUrl('runbooks_url', settings.runbooks_url, context);
  const aiCrm = settings.ai_crm === undefined ? undefined : await normaliseAiCrm(settings.ai_crm, context);
  const { performance_metrics, business_metrics, security_monitoring } = settings;
  const tracking = trackingOf({ performance_metrics, business_metrics, security_monitoring }, context.warn);
  if (aiCrm !== undefined) checkRequestBudget({ aiCrm, intervals, tracking }, settings, context);
  // Null where it is there and faulty: then nothing may be concluded from what it lacks.
  const aiCrmIfSound =
    context.missing?.isIncomplete(['ai_crm']) === true
      ? null
      : (aiCrm ?? (settings.ai_crm === undefined && context.isSound('ai_crm') ? undefined : null));
  const ownMetrics = new OwnMetrics();

  const thresholds = normaliseThresholds(settings.alert_thresholds ?? {}, context.report);
  warnOfSuspicions(settings, { components, thresholds, alertChannels }, context);

  const { host, retention_days: retentionDays } = settings;
  return {
    source: context.source,
    components,
    componentNames: Object.keys(endpoints),
    intervals,
    retryIntervalSeconds: settings.retry_interval ?? defaults.retryIntervalSeconds,
    retries: settings.retries ?? defaults.retries,
    concurrency: settings.concurrency ?? defaults.concurrency,
    thresholds,
    slo: normaliseSlo(settings.slo ?? {}),
    maintenanceWindows: await normaliseMaintenance(settings.maintenance_windows ?? [], context),
    host: {
      enabled: host?.enabled ?? defaults.host.enabled,
      rootfs: host?.rootfs ?? defaults.host.rootfs,
      ...(host?.mountpoints === undefined ? {} : { mountpoints: host.mountpoints }),
      ...(host?.devices === undefined ? {} : { devices: host.devices }),
    },
    probe: await normaliseProbe(settings.probe ?? {}, context),
    jsonSources: await jsonSources(
      settings,
      { defaultIntervalSeconds: intervals.detailedAnalysisSeconds, aiCrm: aiCrmIfSound, ownMetrics },
      context,
    ),
    sqlSources: await sqlSources(
      settings,
      {
        defaultIntervalSeconds: intervals.detailedAnalysisSeconds,
        ownMetrics,
        aiCrm: aiCrmIfSound,
        takenNames: new Set(Object.keys(settings.json_sources ?? {})),
      },
      context,
    ),
    requestSources: await requestSources(settings, context),
    transactions: await transactionsOf(
      settings,
      { defaultIntervalSeconds: intervals.detailedAnalysisSeconds, aiCrm: aiCrmIfSound },
      context,
    ),
    ...(aiCrm === undefined ? {} : { aiCrm }),
    ...(alertmanager === undefined ? {} : { alertmanager }),
    alertChannels,
    ...(grafanaUrl === undefined ? {} : { grafanaUrl }),
    ...(runbooksUrl === undefined ? {} : { runbooksUrl }),
    tracking,
    retentionSeconds: retentionDays === undefined ? defaults.retentionSeconds : retentionDays * 86_400,
    warnings: [],
  };
}

/** What is needed for these four is loaded only where they are. */
async function jsonSources(
  { json_sources: given }: Settings,
  surroundings: SourceSurroundings,
  context: Context,
): Promise<Config['jsonSources']> {
  return given === undefined
    ? []
    : (await import('./json-sources.js')).normaliseJsonSources(given, surroundings, context);
}

async function sqlSources(
  { sql_sources: given }: Settings,
  surroundings: SqlSurroundings,
  context: Context,
): Promise<Config['sqlSources']> {
  return given === undefined
    ? []
    : (await import('./sql-sources.js')).normaliseSqlSources(given, surroundings, context);
}

async function requestSources(
  { request_sources: given, json_sources, sql_sources }: Settings,
  context: Context,
): Promise<Config['requestSources']> {
  if (given === undefined) return [];
  return (await import('./request-sources.js')).normaliseRequestSources(
    given,
    new Set([...Object.keys(json_sources ?? {}), ...Object.keys(sql_sources ?? {})]),
    context,
  );
}

async function transactionsOf(
  { transactions: given }: Settings,
  surroundings: TransactionSurroundings,
  context: Context,
): Promise<Config['transactions']> {
  return given === undefined
    ? []
    : (await import('./transactions.js')).normaliseTransactions(given, surroundings, context);
}
