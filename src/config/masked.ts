import { mask, withoutQuery } from '../base/sensitive.js';
import type {
  AiCrmConfig,
  AiCrmLogin,
  AlertChannel,
  ComponentConfig,
  Config,
  MaintenanceWindow,
  Threshold,
  Thresholds,
} from './config.js';
import { maskedAlertmanager } from './masked-alertmanager.js';
import { maskedDatabase, maskedSqlSource } from './masked-database.js';
import { maskedHeaders, maskedHttp, maskedTls } from './masked-http.js';
import { maskedJsonSource, maskedRequestSource } from './masked-sources.js';
import { maskedTransactions } from './masked-transactions.js';
import { Secret } from './secret.js';
import { weekDays } from './week-days.js';

/**
 * The configuration in force as a plain object with the file's own keys, for `/config` and for debugging.
 *
 * Durations are in seconds. Passwords, tokens, webhook URLs, URL queries, bodies and all header values but the harmless
 * ones are masked; what was read from files is not shown. Nothing in the result refers to the configuration.
 */
export function maskedConfig(config: Config): unknown {
  const { intervals } = config;
  return {
    source: config.source,
    endpoints: Object.fromEntries(config.components.map((component) => [component.name, maskedComponent(component)])),
    alert_thresholds: maskedThresholds(config.thresholds),
    slo: { availability_percent: rounded(config.slo.availabilityRatio * 100) },
    check_intervals: {
      health_checks: intervals.healthChecksSeconds,
      system_metrics: intervals.systemMetricsSeconds,
      detailed_analysis: intervals.detailedAnalysisSeconds,
      agent_performance: intervals.agentPerformanceSeconds,
    },
    retry_interval: config.retryIntervalSeconds,
    retries: config.retries,
    concurrency: config.concurrency,
    maintenance_windows: config.maintenanceWindows.map(maskedWindow),
    host: { ...config.host },
    probe: {
      allowed_targets: [...config.probe.allowedTargets],
      modules: Object.fromEntries(
        [...config.probe.modules].map(([name, { http, timeoutSeconds }]) => [
          name,
          { ...maskedHttp(http), timeout: timeoutSeconds },
        ]),
      ),
    },
    sql_sources: Object.fromEntries(config.sqlSources.map((source) => [source.name, maskedSqlSource(source)])),
    request_sources: Object.fromEntries(
      config.requestSources.map((source) => [source.name, maskedRequestSource(source)]),
    ),
    transactions: maskedTransactions(config.transactions),
    json_sources: Object.fromEntries(config.jsonSources.map((source) => [source.name, maskedJsonSource(source)])),
    ...(config.aiCrm && { ai_crm: maskedAiCrm(config.aiCrm) }),
    ...(config.alertmanager && { alertmanager: maskedAlertmanager(config.alertmanager) }),
    alert_channels: Object.fromEntries(config.alertChannels.map((channel) => [channel.name, maskedChannel(channel)])),
    ...(config.grafanaUrl !== undefined && { grafana_url: config.grafanaUrl }),
    ...(config.runbooksUrl !== undefined && { runbooks_url: config.runbooksUrl }),
    retention_days: config.retentionSeconds / 86_400,
    performance_metrics: { ...config.tracking.performance_metrics },
    business_metrics: { ...config.tracking.business_metrics },
    security_monitoring: { ...config.tracking.security_monitoring },
  };
}

function maskedComponent(component: ComponentConfig): unknown {
  const { responseTimeSeconds, errorRateRatio } = component.thresholds;
  return {
    url: 'url' in component ? withoutQuery(component.url) : component.target,
    interval: component.intervalSeconds,
    timeout: component.timeoutSeconds,
    depends_on: [...component.dependsOn],
    thresholds: {
      ...(responseTimeSeconds && { response_time_ms: scaled(responseTimeSeconds, 1000) }),
      ...(errorRateRatio && { error_rate_percent: scaled(errorRateRatio, 100) }),
    },
    ...('http' in component ? maskedHttp(component.http) : {}),
    ...('database' in component ? maskedDatabase(component.database) : {}),
  };
}

function maskedThresholds(thresholds: Thresholds): unknown {
  return {
    response_time_ms: scaled(thresholds.responseTimeSeconds, 1000),
    task_processing_time_ms: scaled(thresholds.taskProcessingTimeSeconds, 1000),
    agent_response_time_ms: scaled(thresholds.agentResponseTimeSeconds, 1000),
    cpu_usage_percent: scaled(thresholds.cpuUsageRatio, 100),
    memory_usage_percent: scaled(thresholds.memoryUsageRatio, 100),
    disk_usage_percent: scaled(thresholds.diskUsageRatio, 100),
    error_rate_percent: scaled(thresholds.errorRateRatio, 100),
  };
}

/** Back in the file's unit. */
function scaled({ warning, critical }: Threshold, unitsPerOne: number): Threshold {
  return { warning: rounded(warning * unitsPerOne), critical: rounded(critical * unitsPerOne) };
}

/** Because 0.07 × 100 is not 7. */
function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}

function maskedWindow(window: MaintenanceWindow): unknown {
  const { name, components, timeZone } = window;
  const times =
    'cron' in window
      ? { cron: window.cron, duration: window.durationSeconds }
      : {
          weekly: {
            days: window.weekly.days.map((day) => weekDays[day]),
            start: clockTime(window.weekly.startMinutes),
            end: clockTime(window.weekly.endMinutes),
          },
        };
  return { name, components: components === 'all' ? 'all' : [...components], time_zone: timeZone, ...times };
}

/** `22:00`; a time of the next day is shown as the time of that day. */
function clockTime(minutes: number): string {
  const sameDay = minutes > 1440 ? minutes - 1440 : minutes;
  return `${String(Math.floor(sameDay / 60)).padStart(2, '0')}:${String(sameDay % 60).padStart(2, '0')}`;
}

function maskedChannel({ enabled, settings }: AlertChannel): unknown {
  const shown = Object.entries(settings).map(([key, value]): [string, unknown] => {
    if (value instanceof Secret) return [key, mask];
    if (value instanceof Map) return [key, maskedHeaders(value as ReadonlyMap<string, Secret>)];
    return [key, Array.isArray(value) ? [...(value as readonly unknown[])] : value];
  });
  return { enabled, ...Object.fromEntries(shown) };
}

/** `ai_crm` with the file's keys and without its secrets. */
function maskedAiCrm(aiCrm: AiCrmConfig): unknown {
  return {
    url: aiCrm.url,
    api: aiCrm.api,
    ...(aiCrm.login && { login: maskedLogin(aiCrm.login) }),
    ...(aiCrm.collect && { collect: [...aiCrm.collect] }),
    ...(aiCrm.components && { components: [...aiCrm.components] }),
    timeout: aiCrm.timeoutSeconds,
    requests_per_hour: aiCrm.requestsPerHour,
    freeze_limit_percent: rounded(aiCrm.freezeLimitRatio * 100),
    sample_task: { ...aiCrm.sampleTask },
    headers: maskedHeaders(aiCrm.headers),
    tls: maskedTls(aiCrm.tls),
    max_body_bytes: aiCrm.maxBodyBytes,
  };
}

function maskedLogin(login: AiCrmLogin): unknown {
  return login.kind === 'token' ? { token: mask } : { username: login.username, password: mask };
}
