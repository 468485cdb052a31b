import { checkDependencies } from './dependencies.js';
import { createSuggester } from './nearest.js';
import { OwnMetrics } from './own-metrics.js';
import type { Problem } from './problem.js';
import type { Context } from './resolving.js';
import { type AiCrmConfig, checkRequestBudget, resolveAiCrm } from './sections/ai-crm-section.js';
import { type AlertChannel, resolveAlertChannels } from './sections/alert-channels-section.js';
import { type ComponentConfig, defaultEndpoints, resolveComponent } from './sections/endpoints-section.js';
import { type HeartbeatConfig, resolveHeartbeats } from './sections/heartbeats-section.js';
import { type HostConfig, resolveHost } from './sections/host-section.js';
import { type JsonSourceConfig, resolveJsonSources } from './sections/json-sources-section.js';
import { type MaintenanceWindow, resolveMaintenance } from './sections/maintenance-section.js';
import { type ProbeConfig, resolveProbe } from './sections/probe-section.js';
import { alertmanagerSection, type ProgramConfig, prometheusSection } from './sections/programs-section.js';
import { type RequestSourceConfig, resolveRequestSources } from './sections/request-sources-section.js';
import { resolveSchedule, type Schedule } from './sections/schedule-section.js';
import { resolveSqlSources, type SqlSourceConfig } from './sections/sql-sources-section.js';
import { resolveSlo, resolveThresholds, type Slo, type Thresholds } from './sections/thresholds-section.js';
import { resolveTracking, type Tracking } from './sections/tracking-section.js';
import { resolveTransactions, type TransactionConfig } from './sections/transactions-section.js';
import { documentOptions, GivenSettings, type Settings } from './settings.js';
import { warnOfSuspicions } from './suspicions.js';
import { withoutFinalSlash } from './target-url.js';

/** The checked configuration, with defaults, and with units in its names. */
export interface Config extends Schedule {
  /** The file; null for the built-in defaults. */
  readonly source: string | null;
  /** The settings of the file, for `/config`. */
  readonly given: GivenSettings;
  /** Name of the whole AI-CRM. */
  readonly name: string;
  readonly components: readonly ComponentConfig[];
  /** Names of all components, also of one that is missing in `components` because a command does not need its secrets. */
  readonly componentNames: readonly string[];
  /** Jobs that send reports. */
  readonly heartbeats: readonly HeartbeatConfig[];
  readonly thresholds: Thresholds;
  readonly slo: Slo;
  readonly maintenanceWindows: readonly MaintenanceWindow[];
  readonly host: HostConfig;
  readonly probe: ProbeConfig;
  readonly aiCrm?: AiCrmConfig;
  readonly jsonSources: readonly JsonSourceConfig[];
  readonly sqlSources: readonly SqlSourceConfig[];
  readonly requestSources: readonly RequestSourceConfig[];
  readonly transactions: readonly TransactionConfig[];
  readonly alertmanager?: ProgramConfig;
  readonly prometheus?: ProgramConfig;
  readonly alertChannels: readonly AlertChannel[];
  /** Address of the boards without a final slash, for links in notifications. */
  readonly grafanaUrl?: string;
  /** Without a final slash. */
  readonly runbooksUrl?: string;
  readonly tracking: Tracking;
  readonly retentionSeconds: number;
  /** Doubtful settings, in the order of the checks. Never contains the value of a secret. */
  readonly warnings: readonly Problem[];
}

/**
 * Adds the defaults, converts units, reads secret and TLS files, and checks what concerns several values.
 *
 * Never throws for a wrong setting. It calls `context.report` for each error; after one, the returned configuration
 * must not be used. It calls `context.warn` for each doubtful setting, and the caller adds these to the configuration.
 */
export async function resolveConfig(settings: Settings, context: Context): Promise<Config> {
  const schedule = resolveSchedule(settings.check_intervals ?? {}, settings);
  const { healthChecksSeconds, detailedAnalysisSeconds: defaultIntervalSeconds } = schedule.intervals;
  const endpoints: NonNullable<Settings['endpoints']> = settings.endpoints ?? defaultEndpoints;
  const components: ComponentConfig[] = [];
  for (const [name, endpoint] of Object.entries(endpoints)) {
    const component = await resolveComponent(name, endpoint, healthChecksSeconds, context);
    if (component !== undefined) components.push(component);
  }
  checkDependencies(endpoints, context);
  const heartbeats = await resolveHeartbeats(settings.heartbeats ?? {}, settings, context);
  const withJobs = withHeartbeats(settings, context);
  const alertChannels = await resolveAlertChannels(settings.alert_channels ?? {}, withJobs);
  const { alertmanager, ai_crm: givenAiCrm, grafana_url: grafanaUrl, runbooks_url: runbooksUrl } = settings;
  const aiCrm = givenAiCrm === undefined ? undefined : await resolveAiCrm(givenAiCrm, context);
  const { performance_metrics, business_metrics, security_monitoring } = settings;
  const tracking = resolveTracking({ performance_metrics, business_metrics, security_monitoring }, context.warn);
  if (aiCrm !== undefined && givenAiCrm !== undefined)
    checkRequestBudget({ aiCrm, intervals: schedule.intervals, tracking }, givenAiCrm, context);
  const sources = {
    defaultIntervalSeconds,
    ownMetrics: new OwnMetrics(),
    // Null if the section exists and has errors. Then a missing option must not cause further errors.
    aiCrm:
      context.missing?.isIncomplete(['ai_crm']) === true
        ? null
        : (aiCrm ?? (context.isSound('ai_crm') ? undefined : null)),
  };
  const thresholds = resolveThresholds(settings.alert_thresholds ?? {}, context.report);
  warnOfSuspicions(settings, { components, heartbeats, thresholds, alertChannels }, context);
  const {
    json_sources: jsonSources = {},
    sql_sources: sqlSources = {},
    request_sources: requestSources = {},
  } = settings;
  const names = { json: Object.keys(jsonSources), sql: Object.keys(sqlSources) };
  return {
    source: context.source,
    given: new GivenSettings(settings),
    name: settings.name ?? documentOptions.name.default,
    components,
    componentNames: Object.keys(endpoints),
    heartbeats,
    ...schedule,
    thresholds,
    slo: resolveSlo(settings.slo ?? {}),
    maintenanceWindows: await resolveMaintenance(settings.maintenance_windows ?? [], withJobs),
    host: resolveHost(settings.host ?? {}),
    probe: await resolveProbe(settings.probe ?? {}, context),
    jsonSources: await resolveJsonSources(jsonSources, sources, context),
    sqlSources: await resolveSqlSources(sqlSources, { ...sources, takenNames: new Set(names.json) }, context),
    requestSources: await resolveRequestSources(requestSources, new Set([...names.json, ...names.sql]), context),
    transactions: await resolveTransactions(settings.transactions ?? {}, sources, context),
    ...(aiCrm === undefined ? {} : { aiCrm }),
    ...(alertmanager === undefined ? {} : { alertmanager: await alertmanagerSection.resolve(alertmanager, context) }),
    ...(settings.prometheus === undefined
      ? {}
      : { prometheus: await prometheusSection.resolve(settings.prometheus, context) }),
    alertChannels,
    ...(grafanaUrl === undefined ? {} : { grafanaUrl: withoutFinalSlash(grafanaUrl) }),
    ...(runbooksUrl === undefined ? {} : { runbooksUrl: withoutFinalSlash(runbooksUrl) }),
    tracking,
    retentionSeconds: (settings.retention_days ?? documentOptions.retention_days.default) * 86_400,
    warnings: [],
  };
}

/** Maintenance windows and channels may also name jobs. If `heartbeats` has errors, the names of jobs are not known. */
function withHeartbeats({ heartbeats = {} }: Settings, context: Context): Context {
  const { componentNames } = context;
  if (componentNames === undefined || !context.isSound('heartbeats')) return { ...context, componentNames: undefined };
  const names = new Set([...componentNames, ...Object.keys(heartbeats)]);
  return { ...context, componentNames: names, suggestComponent: createSuggester(names) };
}
