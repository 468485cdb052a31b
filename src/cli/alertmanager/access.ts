import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { AlertmanagerConfig } from '../../config/alertmanager.js';
import type { Authentication } from '../../config/connection.js';
import { formatDuration, parseDurationSeconds } from '../../config/duration.js';
import { baseUrl } from '../../config/normalise/target.js';
import { Secret } from '../../config/secret.js';
import { ExporterError, systemCodeOf } from '../../errors.js';
import type { AlertmanagerOptions } from '../options.js';

/** Where Alertmanager is when nothing says so. */
const defaultUrl = 'http://localhost:9093';
const defaultTimeoutSeconds = 10;

/** How to reach an Alertmanager. */
export interface AlertmanagerAccess extends Pick<AlertmanagerConfig, 'url' | 'job' | 'timeoutSeconds'> {
  readonly http?: AlertmanagerConfig['http'];
  /** Of the command line; goes before that of `http`. */
  readonly auth?: Authentication;
}

/**
 * The Alertmanager that is meant: that of `--alertmanager.url`, else that of the configuration, else the one on this machine. What
 * the configuration says of credentials, headers and TLS is for its own URL's origin only. Throws `usage` for a bad flag.
 */
export async function accessTo(options: AlertmanagerOptions, configured: AlertmanagerConfig | undefined, directory: string): Promise<AlertmanagerAccess> {
  const given = options['alertmanager.url'];
  const target = baseUrl(given ?? configured?.url ?? defaultUrl, { example: defaultUrl, credentialsKey: '--alertmanager.username and --alertmanager.password-file' });
  if ('refusal' in target) throw new ExporterError('usage', `--alertmanager.url: ${target.refusal}`);
  const auth = await authOf(options, directory);
  const isOwn = configured !== undefined && new URL(configured.url).origin === new URL(target.url).origin;
  return {
    url: target.url,
    timeoutSeconds: Math.max(configured?.timeoutSeconds ?? 0, defaultTimeoutSeconds),
    ...(configured?.job === undefined ? {} : { job: configured.job }),
    ...(isOwn ? { http: configured.http } : {}),
    ...(auth === undefined ? {} : { auth }),
  };
}

async function authOf(options: AlertmanagerOptions, directory: string): Promise<Authentication | undefined> {
  const { 'alertmanager.username': username, 'alertmanager.passwordFile': passwordFile, 'alertmanager.tokenFile': tokenFile } = options;
  if ((username === undefined) !== (passwordFile === undefined)) throw new ExporterError('usage', '--alertmanager.username and --alertmanager.password-file need each other');
  if (tokenFile !== undefined) {
    if (username !== undefined) throw new ExporterError('usage', '--alertmanager.token-file: a user name is given as well, only one of them may be');
    return { kind: 'bearer', token: await readSecretFile('--alertmanager.token-file', tokenFile, directory) };
  }
  if (username === undefined || passwordFile === undefined) return undefined;
  return { kind: 'basic', username, password: await readSecretFile('--alertmanager.password-file', passwordFile, directory) };
}

async function readSecretFile(flag: string, file: string, directory: string): Promise<Secret> {
  try {
    const text = (await readFile(resolve(directory, file), 'utf8')).trim();
    // A header with a line end in it would be two headers.
    if (text === '' || /[\0\r\n]/.test(text)) throw new ExporterError('usage', `${flag}: ${file}: must have the secret on one line and nothing else`);
    return new Secret(text);
  } catch (error) {
    if (error instanceof ExporterError) throw error;
    throw new ExporterError('usage', `${flag}: ${file}: cannot be read (${systemCodeOf(error) ?? 'unknown error'})`, { cause: error });
  }
}

/** The seconds of a flag's duration. Throws `usage` for what is none, and for one outside of the range, both ends included. */
export function durationFlag(flag: string, text: string, range: { readonly minimum: number; readonly maximum: number }): number {
  const seconds = parseDurationSeconds(text);
  if (seconds === undefined) throw new ExporterError('usage', `${flag} must be a duration such as 30s, 2h or 1h30m, not ${JSON.stringify(text)}`);
  if (seconds < range.minimum || seconds > range.maximum) throw new ExporterError('usage', `${flag} must be between ${formatDuration(range.minimum)} and ${formatDuration(range.maximum)}, not ${JSON.stringify(text)}`);
  return seconds;
}
