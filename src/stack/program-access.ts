import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ExporterError, systemCodeOf } from '../base/errors.js';
import { decodeFile } from '../base/text.js';
import { Secret } from '../config/secret.js';
import type { Authentication } from '../config/sections/credential-options.js';
import type { HttpSettings } from '../config/sections/http-options.js';
import { baseUrl } from '../config/target-url.js';

/** A program that a command asks over HTTP. */
export interface OtherProgram {
  /** Its name, such as `Alertmanager`. */
  readonly name: string;
  /** Prefix of its flags, such as `alertmanager`. */
  readonly flag: string;
  /** Used if no flag, variable or option has an address. */
  readonly defaultUrl: string;
}

interface AccessFlags {
  readonly url?: string | undefined;
  readonly username?: string | undefined;
  readonly passwordFile?: string | undefined;
  readonly tokenFile?: string | undefined;
}

/** Options of one program in the configuration. */
export interface ConfiguredAccess {
  readonly url: string;
  readonly http?: HttpSettings;
}

/** Address and credentials of a program. */
export interface ProgramAccess extends Pick<OtherProgram, 'name' | 'flag'> {
  /** Without credentials, query and final slash. */
  readonly url: string;
  /** For each request. */
  readonly timeoutSeconds: number;
  readonly http?: HttpSettings;
  /** Credentials of flags. They replace those of `http`. */
  readonly auth?: Authentication;
}

/** Environment of a command, and its timeout for each answer. */
export interface AskingFrom {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Folder for relative file names. */
  readonly directory: string;
  readonly timeoutSeconds: number;
}

/**
 * Access to a program. Its URL is that of the flag, else of a variable such as AICRM_GRAFANA_URL, else of the
 * configuration, else that of this machine. Credentials, headers and TLS of the configuration are used only for the
 * origin of its own URL. Throws `usage` for a bad flag or variable.
 */
export async function programAccess(
  program: OtherProgram,
  flags: AccessFlags,
  configured: ConfiguredAccess | undefined,
  { environment, directory, timeoutSeconds }: AskingFrom,
): Promise<ProgramAccess> {
  const { name, flag, defaultUrl } = program;
  const variable = `AICRM_${flag.toUpperCase()}_URL`;
  const url = flags.url ?? (environment[variable] || (configured?.url ?? defaultUrl));
  const target = baseUrl(url, {
    example: defaultUrl,
    credentialsKey: `--${flag}.username and --${flag}.password-file`,
  });
  if ('refusal' in target)
    throw new ExporterError('usage', `${flags.url === undefined ? variable : `--${flag}.url`}: ${target.refusal}`);
  const auth = await authOf(flag, flags, directory);
  const isOwn = configured !== undefined && new URL(configured.url).origin === new URL(target.url).origin;
  return {
    name,
    flag,
    url: target.url,
    timeoutSeconds,
    ...(isOwn && configured.http !== undefined ? { http: configured.http } : {}),
    ...(auth === undefined ? {} : { auth }),
  };
}

async function authOf(
  flag: string,
  { username, passwordFile, tokenFile }: AccessFlags,
  directory: string,
): Promise<Authentication | undefined> {
  if ((username === undefined) !== (passwordFile === undefined))
    throw new ExporterError('usage', `--${flag}.username and --${flag}.password-file must be given together`);
  if (tokenFile !== undefined) {
    if (username !== undefined)
      throw new ExporterError('usage', `--${flag}.token-file: a user name is given, too: use only one of them`);
    return { kind: 'bearer', token: await readSecretFile(`--${flag}.token-file`, tokenFile, directory) };
  }
  if (username === undefined || passwordFile === undefined) return undefined;
  return {
    kind: 'basic',
    username,
    password: await readSecretFile(`--${flag}.password-file`, passwordFile, directory),
  };
}

async function readSecretFile(flag: string, file: string, directory: string): Promise<Secret> {
  try {
    const text = decodeFile(await readFile(resolve(directory, file)))?.trim() ?? '';
    // A line end would split the header into two.
    if (text === '' || /[\0\r\n]/.test(text))
      throw new ExporterError('usage', `${flag}: ${file}: must have the secret on one line and nothing else`);
    return new Secret(text);
  } catch (error) {
    if (error instanceof ExporterError) throw error;
    throw new ExporterError('usage', `${flag}: ${file}: cannot be read (${systemCodeOf(error) ?? 'unknown error'})`, {
      cause: error,
    });
  }
}
