import { ExporterError } from '../errors.js';
import { isOlder, oldestVersions } from '../oldest-versions.js';

/** What an Alertmanager can do, as far as its configuration depends on it. */
export interface AlertmanagerVersion {
  /** As people write it: `0.34`. */
  readonly text: string;
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
    readsUrlFiles: known >= filesAndHeadersMinor,
    sendsHeaders: known >= filesAndHeadersMinor,
  };
}
