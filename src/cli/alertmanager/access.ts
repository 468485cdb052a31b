import type { AlertmanagerConfig } from '../../config/alertmanager.js';
import { formatDuration, parseDurationSeconds } from '../../config/duration.js';
import type { Needs } from '../../config/needs.js';
import { ExporterError } from '../../errors.js';
import type { AlertmanagerOptions } from '../options.js';
import { type AskingFrom, type OtherProgram, type ProgramAccess, programAccess } from '../other-program/access.js';

const defaultTimeoutSeconds = 10;

/** Alertmanager, and where it is when nothing says so. */
export const alertmanagerProgram: OtherProgram = {
  name: 'Alertmanager',
  flag: 'alertmanager',
  defaultUrl: 'http://localhost:9093',
};

/** How to reach an Alertmanager. */
export interface AlertmanagerAccess extends ProgramAccess, Pick<AlertmanagerConfig, 'job'> {}

/** The Alertmanager that is meant, see `programAccess`. Throws `usage` for a bad flag or variable. */
export async function accessTo(
  options: AlertmanagerOptions,
  configured: AlertmanagerConfig | undefined,
  from: Omit<AskingFrom, 'timeoutSeconds'>,
): Promise<AlertmanagerAccess> {
  const {
    'alertmanager.url': url,
    'alertmanager.username': username,
    'alertmanager.passwordFile': passwordFile,
    'alertmanager.tokenFile': tokenFile,
  } = options;
  const timeoutSeconds = Math.max(configured?.timeoutSeconds ?? 0, defaultTimeoutSeconds);
  const access = await programAccess(alertmanagerProgram, { url, username, passwordFile, tokenFile }, configured, {
    ...from,
    timeoutSeconds,
  });
  return { ...access, ...(configured?.job === undefined ? {} : { job: configured.job }) };
}

/**
 * What such a command needs of the configuration: where Alertmanager is, and who asks it unless a flag says so. Nobody but the
 * exporter may have to read the secrets of probes.
 */
export function alertmanagerNeeds(options: AlertmanagerOptions): Needs {
  const isTold = (['alertmanager.url', 'alertmanager.username', 'alertmanager.tokenFile'] as const).some(
    (flag) => options[flag] !== undefined,
  );
  return ([section, key]) => section === 'alertmanager' && !(isTold && accessKeys.has(key));
}

/** The options of `alertmanager` that say who asks. */
const accessKeys: ReadonlySet<unknown> = new Set(['auth', 'headers', 'tls']);

/** The seconds of a flag's duration. Throws `usage` for what is none, and for one outside of the range, both ends included. */
export function durationFlag(
  flag: string,
  text: string,
  range: { readonly minimum: number; readonly maximum: number },
): number {
  const seconds = parseDurationSeconds(text);
  if (seconds === undefined)
    throw new ExporterError(
      'usage',
      `${flag} must be a duration such as 30s, 2h or 1h30m, not ${JSON.stringify(text)}`,
    );
  if (seconds < range.minimum || seconds > range.maximum)
    throw new ExporterError(
      'usage',
      `${flag} must be between ${formatDuration(range.minimum)} and ${formatDuration(range.maximum)}, not ${JSON.stringify(text)}`,
    );
  return seconds;
}
