import { posix } from 'node:path';
import { ExporterError } from '../base/errors.js';
import { isOlder, oldestVersions } from '../base/version.js';
import type { Secret } from '../config/secret.js';

/** A version of Alertmanager, and the features that its configuration depends on. */
export interface AlertmanagerVersion {
  /** Such as `0.34`. */
  readonly text: string;
  /** The second number: 25 for 0.25. Infinite from 1.0 on. */
  readonly minor: number;
  /** Whether a file may contain the URL of a webhook. 0.26 has this option, but crashes with it before 0.28. */
  readonly readsUrlFiles: boolean;
  /** Whether a webhook can send headers other than Authorization. */
  readonly sendsHeaders: boolean;
}

/** The version in the compose file. */
export const defaultAlertmanagerVersion = '0.34';

/** First 0.x version with files for URLs, and with headers. */
const filesAndHeadersMinor = 28;

/** The lowest version with all features that are used here. */
export const capableAlertmanagerVersion = `0.${filesAndHeadersMinor}`;

/**
 * Reads `0.25`, `v0.25.0` and similar texts. A version later than the newest counts as the newest. Throws `usage` for
 * anything else.
 */
export function parseAlertmanagerVersion(text: string): AlertmanagerVersion {
  const [, major = '', minor = ''] = /^v?(\d{1,4})\.(\d{1,4})(?:\.\d+)?$/.exec(text) ?? [];
  const known = Number(major) > 0 ? Number.POSITIVE_INFINITY : Number(minor);
  if (major === '')
    throw new ExporterError(
      'usage',
      `--alertmanager.version must be a version such as ${defaultAlertmanagerVersion}, not ${JSON.stringify(text.slice(0, 60))}`,
    );
  if (isOlder(text, oldestVersions.Alertmanager))
    throw new ExporterError(
      'usage',
      `--alertmanager.version: ${oldestVersions.Alertmanager} or later is required, not ${text}`,
    );
  return {
    text: `${major}.${minor}`,
    minor: known,
    readsUrlFiles: known >= filesAndHeadersMinor,
    sendsHeaders: known >= filesAndHeadersMinor,
  };
}

/** Conditions that must all be true, in Alertmanager's notation `label="value"`. */
export type Matchers = readonly string[];

/** A node of the routing tree. It inherits missing fields from its parent. */
export interface Route {
  readonly receiver?: string;
  readonly matchers?: Matchers;
  readonly group_by?: readonly string[];
  readonly group_wait?: string;
  readonly group_interval?: string;
  readonly repeat_interval?: string;
  /** Whether Alertmanager also tries the following routes. */
  readonly continue?: true;
  readonly routes?: readonly Route[];
}

/** While an alert of the source fires, alerts of the target with the same values of `equal` are not sent. */
export interface InhibitRule {
  readonly source_matchers: Matchers;
  readonly target_matchers: Matchers;
  /** A label that both sides lack counts as equal. */
  readonly equal: readonly string[];
}

/** Target of a route. Without integrations it notifies nobody. */
export interface Receiver {
  readonly name: string;
  /** Its integrations, such as `email_configs`. */
  readonly [integration: `${string}_configs`]: readonly Readonly<Record<string, unknown>>[];
}

/** A value with a comment that says why it is needed. */
export interface Commented<Value> {
  readonly comment: string;
  readonly value: Value;
}

/**
 * Secret files of a configuration. Their paths are absolute, because Alertmanager reads most of them relative to its
 * start folder and not to its configuration.
 */
export class SecretFiles {
  readonly #files = new Map<string, Secret>();

  /** `folder` is the absolute path of the configuration on Alertmanager's machine. */
  constructor(readonly folder: string) {}

  /** Adds a secret and returns its path. Throws if the name is in use, which is a mistake in the program. */
  put(name: string, secret: Secret): string {
    const file = `secrets/${name}`;
    if (this.#files.has(file)) throw new Error(`secret file ${file} already exists`);
    this.#files.set(file, secret);
    return posix.join(this.folder, file);
  }

  /** Path within the folder → content. */
  entries(): ReadonlyMap<string, Secret> {
    return this.#files;
  }
}

/** Arguments of the functions that make receivers. */
export interface ReceiverSurroundings {
  readonly version: AlertmanagerVersion;
  readonly files: SecretFiles;
  readonly grafanaUrl?: string;
  readonly runbooksUrl?: string;
  /** Called for a channel whose secret is in the configuration itself, because this version cannot read it from a file. */
  readonly onInlineSecret: (channel: string) => void;
  /** Called for something that is not possible. `place` is the path below `alert_channels`. */
  readonly refuse: (place: string, message: string) => void;
}
