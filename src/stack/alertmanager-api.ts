import { fragmentPrefix } from '../alertmanager/fragment.js';
import { integrationOf } from '../alertmanager/services.js';
import { ExporterError } from '../base/errors.js';
import { readUrl } from '../base/host-name.js';
import { formatDuration, parseDurationSeconds } from '../config/duration.js';
import type { Needs } from '../config/resolving.js';
import { channelKindOf } from '../config/sections/alert-channels-section.js';
import type { ProgramConfig } from '../config/sections/programs-section.js';
import { type Matcher, readSilences, type Silence } from '../maintenance/silences.js';
import { recordsAt, textAt } from './answers.js';
import type { ProgramClient } from './other-program.js';
import { type AskingFrom, type OtherProgram, type ProgramAccess, programAccess } from './program-access.js';

/** Flags of all commands that talk to Alertmanager. */
export interface AlertmanagerOptions {
  readonly 'config.file'?: string;
  readonly 'alertmanager.url'?: string;
  readonly 'alertmanager.username'?: string;
  readonly 'alertmanager.passwordFile'?: string;
  readonly 'alertmanager.tokenFile'?: string;
}

const defaultTimeoutSeconds = 10;

/** Alertmanager and its default address. */
export const alertmanagerProgram: OtherProgram = {
  name: 'Alertmanager',
  flag: 'alertmanager',
  defaultUrl: 'http://localhost:9093',
};

/** Address and credentials of an Alertmanager, and the label `job` of this AI-CRM. */
export interface AlertmanagerAccess extends ProgramAccess, Pick<ProgramConfig, 'job'> {}

/**
 * Access to Alertmanager, from flags, variables and configuration (see `programAccess`). Throws `usage` for a bad flag
 * or variable.
 */
export async function accessTo(
  options: AlertmanagerOptions,
  configured: ProgramConfig | undefined,
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
 * The options of the configuration that such a command reads: the address of Alertmanager, and its credentials unless a
 * flag replaces them. So its user need not be able to read the secrets of probes.
 */
export function alertmanagerNeeds(options: AlertmanagerOptions): Needs {
  const isGiven = (['alertmanager.url', 'alertmanager.username', 'alertmanager.tokenFile'] as const).some(
    (flag) => options[flag] !== undefined,
  );
  return ([section, key]) => section === 'alertmanager' && !(isGiven && accessKeys.has(key));
}

/** The options of `alertmanager` with credentials. */
const accessKeys: ReadonlySet<unknown> = new Set(['auth', 'headers', 'tls']);

/** The value of a duration flag in seconds. Throws `usage` for an invalid duration, and below `minimum` or above `maximum`. */
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

/** Active and future silences, the first to end first. Throws `program_failed`. */
export async function listSilences(client: ProgramClient): Promise<readonly Silence[]> {
  const silences = readSilences(await client.ask('GET', '/api/v2/silences'));
  if (silences === undefined)
    throw new ExporterError(
      'program_failed',
      `${client.url}: the answer is not a list of silences; check --alertmanager.url`,
    );
  return silences;
}

/** Creates a silence and returns its id. Throws `program_failed`. */
export async function createSilence(client: ProgramClient, silence: Omit<Silence, 'id'>): Promise<string> {
  const { matchers, startsAtSeconds, endsAtSeconds, createdBy, comment } = silence;
  const answer = await client.ask('POST', '/api/v2/silences', {
    matchers: matchers.map(plain),
    startsAt: timeOf(startsAtSeconds),
    endsAt: timeOf(endsAtSeconds),
    createdBy,
    comment,
  });
  const id = textAt(answer, 'silenceID');
  if (id === undefined)
    throw new ExporterError(
      'program_failed',
      `${client.url}: the answer does not have the id of the new silence; check with "maintenance list"`,
    );
  return id;
}

/** Ends a silence now. Throws `program_failed`. */
export async function expireSilence(client: ProgramClient, id: string): Promise<void> {
  await client.ask('DELETE', `/api/v2/silence/${encodeURIComponent(id)}`);
}

/** A Unix time in the form of Alertmanager. */
export function timeOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

function plain({ name, value, isRegex, isEqual }: Matcher): Matcher {
  return { name, value, isRegex, isEqual };
}

/** A channel through which a receiver sends. */
export interface Way {
  /**
   * `email`, `slack_ops`, `webhook`, `console`, or the integration's name in Alertmanager for a receiver that was
   * written by hand.
   */
  readonly channel: string;
  /** Its name in the metrics of Alertmanager, in which the console is a webhook. */
  readonly integration: string;
}

interface AlertmanagerStatus {
  readonly version: string;
  /** Receivers by name. A receiver without channels drops its alerts. */
  readonly receivers: ReadonlyMap<string, readonly Way[]>;
}

/**
 * Reads version and receivers from the status of Alertmanager, which has its configuration with masked secrets. Throws
 * `program_failed`.
 */
export async function askStatus(client: ProgramClient): Promise<AlertmanagerStatus> {
  const status = await client.ask('GET', '/api/v2/status');
  const original = textAt(status, 'config', 'original');
  if (original === undefined)
    throw new ExporterError(
      'program_failed',
      `${client.url}: the answer is not the status of an Alertmanager; check --alertmanager.url`,
    );
  // Uses the default export, because a bundled CommonJS package that is loaded late has no named exports.
  const { default: yaml } = await import('yaml');
  return {
    version: textAt(status, 'versionInfo', 'version') ?? 'unknown',
    receivers: readReceivers(yaml.parse(original)),
  };
}

/** The receivers of a parsed `alertmanager.yml`. */
export function readReceivers(document: unknown): ReadonlyMap<string, readonly Way[]> {
  const receivers = new Map<string, readonly Way[]>();
  for (const receiver of recordsAt(document, 'receivers') ?? []) {
    const name = textAt(receiver, 'name');
    if (name === undefined) continue;
    const ways = Object.entries(receiver).flatMap(([key, configs]) => {
      const integration = /^(\w+)_configs$/.exec(key)?.[1];
      return integration === undefined || !Array.isArray(configs)
        ? []
        : (configs as readonly unknown[]).map(
            (config): Way => ({ integration, channel: channelOf(name, integration, config) }),
          );
    });
    receivers.set(name, ways);
  }
  return receivers;
}

/**
 * The console and the dead man's switch are webhooks, too. Receivers of "alertmanager-config" have these names.
 * Elsewhere the console is a webhook whose URL ends in `/alerts`, if this version of Alertmanager shows the URL.
 */
function channelOf(receiverName: string, integration: string, config: unknown): string {
  const receiver = receiverName.startsWith(fragmentPrefix) ? receiverName.slice(fragmentPrefix.length) : receiverName;
  // A receiver written by hand may have the same name and another integration.
  const kind = channelKindOf(receiver);
  if (kind !== undefined && (integrationOf(kind) ?? integration) === integration) return receiver;
  if (integration !== 'webhook') return integration;
  return readUrl(textAt(config, 'url') ?? '')?.pathname.endsWith('/alerts') === true ? 'console' : integration;
}
