import type { LogFormat, LogLevel } from '../log.js';
import type { Signal } from './signals.js';

/** The flags that every command has, under the names that Prometheus people type, as commander spells them in code. */
export interface CommonOptions {
  readonly 'config.file'?: string;
  readonly 'log.level': LogLevel;
  readonly 'log.format': LogFormat;
  readonly verbose?: true;
}

/** Flags of `serve`. */
export interface ServeOptions extends CommonOptions {
  readonly 'config.check'?: true;
  readonly strict?: true;
  readonly 'web.listenAddress': readonly string[];
  readonly 'web.telemetryPath': string;
  readonly 'web.config.file'?: string;
  readonly 'web.allowedHost'?: readonly string[];
}

/** What `check` can leave out; the names are those of the configuration's sections. */
export const checkParts = ['host', 'ai_crm', 'json_sources', 'sql_sources', 'request_sources', 'transactions'] as const;

/** Flags of `check`. */
export interface CheckOptions extends CommonOptions {
  readonly component?: readonly string[];
  readonly without?: readonly (typeof checkParts)[number][];
  readonly json?: true;
  readonly html?: string;
}

/** Flags of `map`. */
export interface MapOptions {
  readonly 'config.file'?: string;
  readonly source: string;
  readonly file: string;
}

/** Flags of every command that asks Alertmanager. */
export interface AlertmanagerOptions {
  readonly 'config.file'?: string;
  readonly 'alertmanager.url'?: string;
  readonly 'alertmanager.username'?: string;
  readonly 'alertmanager.passwordFile'?: string;
  readonly 'alertmanager.tokenFile'?: string;
}

/** Flags of `maintenance start`. */
export interface MaintenanceStartOptions extends AlertmanagerOptions {
  readonly component?: readonly string[];
  readonly all?: true;
  readonly for: string;
  readonly comment?: string;
}

/** Flags of `maintenance stop`. */
export interface MaintenanceStopOptions extends AlertmanagerOptions {
  readonly component?: readonly string[];
  readonly all?: true;
  readonly id?: readonly string[];
}

/** Flags of `notify-test`. */
export interface NotifyTestOptions extends AlertmanagerOptions {
  readonly channel?: readonly string[];
  readonly timeout: string;
  readonly severity: 'warning' | 'critical';
  /** `name=value`, each a label that the test alert has besides its own. */
  readonly label?: readonly string[];
  readonly 'alertmanager.log'?: string;
}

/** Flags of `alertmanager-config`. */
export interface AlertmanagerConfigOptions {
  readonly 'config.file'?: string;
  readonly 'output.dir'?: string;
  readonly 'alertmanager.dir'?: string;
  readonly 'alertmanager.version': string;
}

/** The programs that `status` asks. */
export type StackProgram = 'exporter' | 'prometheus' | 'alertmanager' | 'grafana';

/** Flags of `status`: how to reach each program, and how to tell. */
export type StatusOptions = {
  readonly [Flag in `${StackProgram}.${'url' | 'username' | 'passwordFile' | 'tokenFile'}`]?: string;
} & {
  readonly 'config.file'?: string;
  readonly without?: readonly string[];
  readonly timeout: string;
  readonly json?: true;
};

/** Flags of `demo`. */
export interface DemoOptions {
  readonly 'web.listenAddress': readonly string[];
  readonly fault?: readonly string[];
  /** False with `--no-stack`. */
  readonly stack: boolean;
}

/** Flags of `simulate`. */
export interface SimulateOptions {
  readonly host: string;
  readonly advertise?: string;
  readonly 'control.host': string;
  readonly 'port.base'?: string;
  readonly fault?: readonly string[];
  readonly 'config.out'?: string;
}

/** What a command may use of the process it runs in; tests give their own. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly directory: string;
  readonly out: NodeJS.WriteStream;
  readonly errors: NodeJS.WriteStream;
  /** Calls back for each of the signals; returns how to stop listening. */
  onSignal(signal: Signal, react: () => void): () => void;
  /** Says that the command to be run does without signals that arrived before it, see `Signals`. */
  useDefaultSignals(): void;
}
