import type { Secret } from './secret.js';

/** The severities that a channel can be restricted to, least first. */
export const alertSeverities = ['info', 'warning', 'critical'] as const;

/** See `alertSeverities`. */
export type AlertSeverity = (typeof alertSeverities)[number];

interface ChannelSettings {
  /** Absent: all of them. */
  readonly severities?: readonly AlertSeverity[];
}

/** `email`. What an enabled channel needs is there, unless the channel was switched on with a mere `true`. */
export interface EmailSettings extends ChannelSettings {
  readonly smtp_server?: string;
  readonly smtp_port?: number;
  readonly username?: string;
  readonly password?: Secret;
  readonly password_file?: string;
  readonly from?: string;
  readonly recipients?: readonly string[];
  readonly use_tls?: boolean;
}

/** `slack`. */
export interface SlackSettings extends ChannelSettings {
  readonly webhook_url?: Secret;
  readonly webhook_url_file?: string;
  readonly channel?: string;
  readonly username?: string;
}

/** `webhook`. */
export interface WebhookSettings extends ChannelSettings {
  readonly url?: Secret;
  readonly url_file?: string;
  /** Names in lower case. */
  readonly headers?: ReadonlyMap<string, Secret>;
}

/** `console`: how Alertmanager reaches this exporter, and what of it is printed. */
export interface ConsoleSettings extends ChannelSettings {
  readonly url?: string;
  readonly username?: string;
  readonly password?: Secret;
  readonly password_file?: string;
  readonly log_level?: ConsoleLevel;
}

/** The words for `log_level`; two pairs of them mean the same. */
export type ConsoleLevel = 'debug' | 'info' | 'warning' | 'warn' | 'error' | 'critical';

/** `watchdog`: who notices when the alerting itself is dead. */
export interface WatchdogSettings {
  readonly url?: Secret;
  readonly url_file?: string;
}

interface Channel<Name extends string, Settings> {
  readonly name: Name;
  readonly enabled: boolean;
  /** With the keys of the file; a secret that came from a file stands next to the name of that file. */
  readonly settings: Settings;
}

/** A notification channel as the monitoring document writes it; rendered for Alertmanager, never read by the probes. */
export type AlertChannel =
  | Channel<'email', EmailSettings>
  | Channel<'slack', SlackSettings>
  | Channel<'webhook', WebhookSettings>
  | Channel<'console', ConsoleSettings>
  | Channel<'watchdog', WatchdogSettings>;

/** The channels in the order in which they are shown. */
export const alertChannelNames = [
  'email',
  'slack',
  'webhook',
  'console',
  'watchdog',
] as const satisfies readonly AlertChannel['name'][];
