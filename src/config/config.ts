import type { Secret } from './secret.js';

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

/** How an HTTP probe proves who it is. */
export type Authentication =
  | { readonly kind: 'basic'; readonly username: string; readonly password: Secret }
  | { readonly kind: 'bearer'; readonly token: Secret };

/** TLS of one endpoint; PEM texts are already read from their files. */
export interface TlsSettings {
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: Secret;
  readonly serverName?: string;
  readonly insecureSkipVerify: boolean;
}

/** A value that `expect.json` compares with. */
export type JsonScalar = string | number | boolean | null;

/** What an HTTP answer must be, beyond arriving. */
export interface Expectation {
  /** Accepted status codes; absent: 2xx, and a health word in the body may explain any other. */
  readonly statusCodes?: readonly number[];
  readonly bodyRegex?: RegExp;
  /** The endpoint promises a JSON health status: anything else is UNKNOWN. */
  readonly jsonStatus: boolean;
  /** Dotted path in the JSON body → accepted values. */
  readonly jsonValues: ReadonlyMap<string, readonly JsonScalar[]>;
}

/** Everything an HTTP probe needs besides its URL; also the shape of a `/probe` module. */
export interface HttpSettings {
  readonly method: string;
  /** Header names in lower case; values may be secrets and are treated as such. */
  readonly headers: ReadonlyMap<string, Secret>;
  readonly body?: Secret;
  readonly expect: Expectation;
  readonly auth?: Authentication;
  readonly tls: TlsSettings;
  readonly followRedirects: boolean;
  readonly maxBodyBytes: number;
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
}

/** A component probed by opening a TCP connection. */
export interface TcpComponent extends ComponentBase {
  readonly kind: 'tcp';
  /** Without the brackets of an IPv6 literal. */
  readonly host: string;
  readonly port: number;
}

/** One thing that is watched: an entry of `endpoints`. */
export type ComponentConfig = HttpComponent | TcpComponent;

/** A recurring time in which a component is expected to misbehave. */
export interface MaintenanceWindow {
  readonly name: string;
  /** Component names, or `all`. */
  readonly components: readonly string[] | 'all';
  /** When it begins: a cron expression of five fields, in `timeZone`. */
  readonly cron: string;
  readonly durationSeconds: number;
  /** An IANA name such as `Europe/Berlin`. */
  readonly timeZone: string;
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

/** A notification channel as the monitoring document writes it; rendered for Alertmanager, never read by the probes. */
export interface AlertChannel {
  readonly name: 'email' | 'slack' | 'webhook' | 'console';
  readonly enabled: boolean;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** Everything the exporter is told, checked, with defaults filled in and units in the names. */
export interface Config {
  /** The file it came from, or null for the built-in defaults. */
  readonly source: string | null;
  readonly components: readonly ComponentConfig[];
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
  readonly maintenanceWindows: readonly MaintenanceWindow[];
  readonly host: HostConfig;
  readonly probe: ProbeConfig;
  readonly alertChannels: readonly AlertChannel[];
  /** The `track_*` flags of the document, by section and flag. */
  readonly tracking: Readonly<Record<'performance_metrics' | 'business_metrics' | 'security_monitoring', Readonly<Record<string, boolean>>>>;
  readonly retentionSeconds: number;
}
