/**
 * Every default, once, in the units of the normalised configuration.
 *
 * The endpoints, intervals and warning thresholds are those of AI-CRM's monitoring document.
 */
export const defaults = {
  /** What is watched when the configuration has no `endpoints` at all. */
  endpoints: {
    backend: 'http://localhost:8000/health',
    frontend: 'http://localhost:3000',
    pm_gateway: 'http://localhost:8000/pm/health',
    database: 'http://localhost:8000/db/health',
  },
  /** The components whose documented answer is a JSON status, so that anything else is worth noticing. */
  jsonStatusComponents: ['backend', 'pm_gateway', 'database'],
  intervals: {
    healthChecksSeconds: 30,
    systemMetricsSeconds: 60,
    detailedAnalysisSeconds: 300,
    agentPerformanceSeconds: 120,
  },
  /** Never more than the interval of the component. */
  timeoutSeconds: 10,
  retryIntervalSeconds: 5,
  retries: 2,
  concurrency: 1000,
  warnings: {
    responseTimeSeconds: 2,
    taskProcessingTimeSeconds: 5,
    agentResponseTimeSeconds: 3,
    cpuUsageRatio: 0.8,
    memoryUsageRatio: 0.85,
    diskUsageRatio: 0.9,
    errorRateRatio: 0.05,
  },
  /** Where CRITICAL begins when only the warning is given: a multiple of it for times, fixed for ratios. */
  critical: { timeFactor: 2.5, usageRatio: 0.95, errorRateRatio: 0.1 },
  /** 3.6 hours of outage in 30 days. */
  slo: { availabilityRatio: 0.995 },
  http: { method: 'GET', followRedirects: true, maxBodyBytes: 1024 * 1024, insecureSkipVerify: false },
  /** Of data sources other than AI-CRM, for each Authorization. */
  data: { requestsPerHour: 500 },
  /** Each entry of `sql_sources`; the interval is that of the detailed analysis. */
  sqlSource: { timeoutSeconds: 5, maxRows: 1000, maxSeries: 1000 },
  /** Each entry of `request_sources`. The timeout is never more than the interval. */
  requestSource: { intervalSeconds: 15, timeoutSeconds: 10 },
  /** Of all steps together; never more than the interval of the transaction. */
  transactionTimeoutSeconds: 30,
  /** Each entry of `json_sources`; the interval is that of the detailed analysis. */
  jsonSource: { timeoutSeconds: 10, maxBodyBytes: 10 * 1024 * 1024, maxSeries: 1000 },
  aiCrm: {
    api: 'auto',
    timeoutSeconds: 30,
    /** Half of what AI-CRM allows, so that the account can be used for other things as well. */
    requestsPerHour: 500,
    freezeLimitRatio: 0.02,
    sampleTask: {
      title: 'Fix a slow database query',
      description:
        'The sales report takes a minute to load. Find the slow PostgreSQL query behind it and propose an index.',
    },
    maxBodyBytes: 10 * 1024 * 1024,
  },
  maintenanceTimeZone: 'UTC',
  /** The timeout is never more than the interval. An Alertmanager keeps silences that have ended for five days, so there may be many. */
  alertmanager: { intervalSeconds: 15, timeoutSeconds: 5, maxBodyBytes: 10 * 1024 * 1024 },
  host: { enabled: true, rootfs: '/' },
  alertChannels: {
    email: { smtp_port: 587, use_tls: true },
    slack: {},
    webhook: {},
    console: { url: 'http://localhost:10059/alerts', log_level: 'info' },
    watchdog: {},
  },
  retentionSeconds: 7 * 86_400,
} as const;
