import { posix } from 'node:path';
import { ExporterError } from '../base/errors.js';
import { isOlder, oldestVersions } from '../base/version.js';
import type { Secret } from '../config/secret.js';

/** What an Alertmanager can do, as far as its configuration depends on it. */
export interface AlertmanagerVersion {
  /** As people write it: `0.34`. */
  readonly text: string;
  /** The second number of it: 25 of 0.25; of what comes after 0.x, infinite. */
  readonly minor: number;
  /** Whether a webhook's URL may stand in a file. The option is there since 0.26, but crashes before 0.28. */
  readonly readsUrlFiles: boolean;
  /** Whether a webhook may send headers other than Authorization. */
  readonly sendsHeaders: boolean;
}

/** What the compose file runs. */
export const defaultAlertmanagerVersion = '0.34';

/** The version in which files with URLs, and headers, came. */
const filesAndHeadersMinor = 28;

/** The lowest version that can do everything that is asked of it here. */
export const capableAlertmanagerVersion = `0.${filesAndHeadersMinor}`;

/** Takes `0.25`, `v0.25.0` and the like; versions to come are taken for the newest. Throws `usage` for anything else. */
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
      `--alertmanager.version: ${oldestVersions.Alertmanager} is the oldest that is supported, not ${text}`,
    );
  return {
    text: `${major}.${minor}`,
    minor: known,
    readsUrlFiles: known >= filesAndHeadersMinor,
    sendsHeaders: known >= filesAndHeadersMinor,
  };
}

/** One or more conditions that all must hold, in Alertmanager's notation `label="value"`. */
export type Matchers = readonly string[];

/** A node of the routing tree; what it does not say it has from the one above. */
export interface Route {
  readonly receiver?: string;
  readonly matchers?: Matchers;
  readonly group_by?: readonly string[];
  readonly group_wait?: string;
  readonly group_interval?: string;
  readonly repeat_interval?: string;
  /** Whether the routes behind this one are tried as well. */
  readonly continue?: true;
  readonly routes?: readonly Route[];
}

/** While an alert of the source fires, alerts of the target with the same values of `equal` do not notify. */
export interface InhibitRule {
  readonly source_matchers: Matchers;
  readonly target_matchers: Matchers;
  /** A label that is missing on both sides is equal. */
  readonly equal: readonly string[];
}

/** Whom a route leads to; without any configuration it notifies nobody. */
export interface Receiver {
  readonly name: string;
  /** `email_configs` and the like: its ways out. */
  readonly [integration: `${string}_configs`]: readonly Readonly<Record<string, unknown>>[];
}

/** Something with a sentence in front of it that says why it is there. */
export interface Commented<Value> {
  readonly comment: string;
  readonly value: Value;
}

/**
 * The secrets that a configuration refers to by file. Alertmanager takes most of these names relative to where it was started,
 * not to its configuration: so they are absolute, in the folder as Alertmanager sees it.
 */
export class SecretFiles {
  readonly #files = new Map<string, Secret>();

  /** `folder` is where Alertmanager finds its configuration: an absolute path. */
  constructor(readonly folder: string) {}

  /** Takes note of a secret and returns the path to refer to it by. The same name twice is a mistake in the program. */
  put(name: string, secret: Secret): string {
    const file = `secrets/${name}`;
    if (this.#files.has(file)) throw new Error(`secret file ${file} is there already`);
    this.#files.set(file, secret);
    return posix.join(this.folder, file);
  }

  /** Path within the folder → content. */
  entries(): ReadonlyMap<string, Secret> {
    return this.#files;
  }
}

/** What receivers are made with. */
export interface ReceiverSurroundings {
  readonly version: AlertmanagerVersion;
  readonly files: SecretFiles;
  readonly grafanaUrl?: string;
  readonly runbooksUrl?: string;
  /** Takes note of a channel with a secret in the configuration itself, because this version cannot read it from a file. */
  readonly onInlineSecret: (channel: string) => void;
  /** Takes note of what cannot be had; the place is that below `alert_channels`. */
  readonly refuse: (place: string, message: string) => void;
}
