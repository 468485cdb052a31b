import type { AlertChannel } from './alert-channel.js';
import type { AlertmanagerConfig } from './alertmanager.js';
import type { DatabaseAddress, HttpSettings, TlsSettings } from './connection.js';
import type { JsonSourceConfig, SqlSourceConfig } from './mapping.js';
import type { Problem } from './problem.js';
import type { RequestSourceConfig } from './request-source.js';
import type { Secret } from './secret.js';
import type { TransactionConfig } from './transaction.js';

export type { AlertChannel } from './alert-channel.js';
export type {
  Authentication,
  DatabaseAddress,
  Expectation,
  HttpSettings,
  JsonScalar,
  TlsSettings,
} from './connection.js';

/** A limit in the unit of its name; `critical` is never below `warning`. */
export interface Threshold {
  readonly warning: number;
  readonly critical: number;
}

/** The thresholds of the whole installation: times in seconds, the rest as ratios 0–1. */
export interface Thresholds {
  readonly responseTimeSeconds: Threshold;
  readonly taskProcessingTimeSeconds: Threshold;
  readonly agentResponseTimeSeconds: Threshold;
  readonly cpuUsageRatio: Threshold;
  readonly memoryUsageRatio: Threshold;
  readonly diskUsageRatio: Threshold;
  readonly errorRateRatio: Threshold;
}

/** What one component overrides of the thresholds; absent means the installation's applies. */
export interface ComponentThresholds {
  readonly responseTimeSeconds?: Threshold;
  readonly errorRateRatio?: Threshold;
}

/** What is promised of every component. */
export interface Slo {
  /** Share of probes that are answered as expected, above 0 and below 1; maintenance is left out. */
  readonly availabilityRatio: number;
}

interface ComponentBase {
  /** The key under `endpoints`, and the value of the `component` label. */
  readonly name: string;
  /** The target without credentials and query, for people and the `target` label. */
  readonly target: string;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly dependsOn: readonly string[];
  readonly thresholds: ComponentThresholds;
}

/** A component probed over HTTP or HTTPS. */
export interface HttpComponent extends ComponentBase {
  readonly kind: 'http' | 'https';
  /** Credentials of the URL have moved to `http.auth`. */
  readonly url: string;
  readonly http: HttpSettings;
  /** One of the default endpoints. Not every AI-CRM has them all, so that a 404 does not mean that it is down. */
  readonly mayBeMissing?: true;
}

/** A component probed by opening a TCP connection. */
export interface TcpComponent extends ComponentBase {
  readonly kind: 'tcp';
  /** Without the brackets of an IPv6 literal. */
  readonly host: string;
  readonly port: number;
}

/** A database that is logged in to and asked for something trivial. */
export interface DatabaseComponent extends ComponentBase {
  readonly kind: 'postgres' | 'redis';
  readonly database: DatabaseAddress;
}

/** One thing that is watched: an entry of `endpoints`. */
export type ComponentConfig = HttpComponent | TcpComponent | DatabaseComponent;

/** A recurring time in which a component is expected to misbehave. */
export type MaintenanceWindow = {
  readonly name: string;
  /** Component names, or `all`. */
  readonly components: readonly string[] | 'all';
  /** An IANA name such as `Europe/Berlin`. */
  readonly timeZone: string;
} & (CronTimes | { readonly weekly: WeeklyTimes });

/** Times that begin by the clock of a time zone and last for so long, whatever that clock does meanwhile. */
export interface CronTimes {
  /** When it begins: a cron expression of five fields. */
  readonly cron: string;
  readonly durationSeconds: number;
}

/** Times that begin and end by the clock of a time zone. */
export interface WeeklyTimes {
  /** The days on which it begins, 0 for Sunday, each once and in order. */
  readonly days: readonly number[];
  /** Minutes after midnight, below 1440. */
  readonly startMinutes: number;
  /** Minutes after the midnight before `startMinutes`, above it: above 1440 on the next day. */
  readonly endMinutes: number;
}

/** What is read of the host that the exporter runs on. */
export interface HostConfig {
  readonly enabled: boolean;
  /** Where the host's root file system is mounted, `/` when the exporter runs on the host itself. */
  readonly rootfs: string;
  /** Exactly these mount points; absent: every local file system. */
  readonly mountpoints?: readonly string[];
  /** Exactly these network devices; absent: every one but loopback and virtual ones. */
  readonly devices?: readonly string[];
}

/** What `/probe` may be asked to probe besides the configured components. */
export interface ProbeConfig {
  /** Patterns `scheme://host[:port][/path]` in which `*` stands for any run of characters within its part. */
  readonly allowedTargets: readonly string[];
  readonly modules: ReadonlyMap<string, { readonly http: HttpSettings; readonly timeoutSeconds: number }>;
}

/** What can be read of AI-CRM's own numbers. */
export const aiCrmSubjects = ['tasks', 'agents', 'users', 'pm_gateway', 'database'] as const;

/** See `aiCrmSubjects`. */
export type AiCrmSubject = (typeof aiCrmSubjects)[number];

/** How the exporter proves to AI-CRM who it is. */
export type AiCrmLogin =
  | { readonly kind: 'password'; readonly username: string; readonly password: Secret }
  | { readonly kind: 'token'; readonly token: Secret };

/** Which of its two interfaces AI-CRM has; see `api` in `reference.yml`. */
export type AiCrmApi = 'auto' | 'real' | 'documented';

/** `ai_crm`: where AI-CRM's own numbers come from. */
export interface AiCrmConfig {
  /** Without credentials, query and final slash; paths such as `/tasks` are appended. */
  readonly url: string;
  readonly api: AiCrmApi;
  readonly login?: AiCrmLogin;
  /** Absent: whatever the account may read. */
  readonly collect?: readonly AiCrmSubject[];
  /** Names of components that the same backend answers, besides those that show it themselves. Absent: none. */
  readonly components?: readonly string[];
  /** Of each request. */
  readonly timeoutSeconds: number;
  /** More are never sent within an hour, for each Authorization. */
  readonly requestsPerHour: number;
  /** The share of time in which queries may keep it from answering anybody else. */
  readonly freezeLimitRatio: number;
  /** The task that agents are suggested for and the PM gateway analyses. */
  readonly sampleTask: { readonly title: string; readonly description: string };
  readonly headers: ReadonlyMap<string, Secret>;
  readonly tls: TlsSettings;
  readonly maxBodyBytes: number;
}

/** Everything the exporter is told, checked, with defaults filled in and units in the names. */
export interface Config {
  /** The file it came from, or null for the built-in defaults. */
  readonly source: string | null;
  readonly components: readonly ComponentConfig[];
  /** Of all components: also of one that `components` lacks, because a command does without its secrets. */
  readonly componentNames: readonly string[];
  readonly intervals: {
    readonly healthChecksSeconds: number;
    readonly systemMetricsSeconds: number;
    readonly detailedAnalysisSeconds: number;
    readonly agentPerformanceSeconds: number;
  };
  /** After a failure a component is probed again after this long … */
  readonly retryIntervalSeconds: number;
  /** … at most this often in a row; if all fail, it is confirmed down and probed at its own interval again. */
  readonly retries: number;
  /** How many collectors may run at once. */
  readonly concurrency: number;
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
  readonly alertmanager?: AlertmanagerConfig;
  readonly alertChannels: readonly AlertChannel[];
  /** Where the boards are, without final slash; notifications link to them. */
  readonly grafanaUrl?: string;
  /** Without a final slash. */
  readonly runbooksUrl?: string;
  /** The `track_*` flags of the document, by section and flag. */
  readonly tracking: Readonly<
    Record<'performance_metrics' | 'business_metrics' | 'security_monitoring', Readonly<Record<string, boolean>>>
  >;
  readonly retentionSeconds: number;
  /** What is allowed and probably not meant, in the order in which it was found; never contains the value of a secret. */
  readonly warnings: readonly Problem[];
}
