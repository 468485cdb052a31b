import { fragmentPrefix } from '../alertmanager/fragment.js';
import { integrationOf } from '../alertmanager/services.js';
import { ExporterError } from '../base/errors.js';
import { readUrl } from '../base/host-name.js';
import { isRecord } from '../base/json.js';
import { formatDuration, parseDurationSeconds } from '../config/duration.js';
import type { Needs } from '../config/resolving.js';
import { channelKindOf } from '../config/sections/alert-channels-section.js';
import type { ProgramConfig } from '../config/sections/programs-section.js';
import { type Matcher, readSilences, type Silence } from '../maintenance/silences.js';
import type { ProgramClient } from './other-program.js';
import { type AskingFrom, type OtherProgram, type ProgramAccess, programAccess } from './program-access.js';

/** Flags of every command that asks Alertmanager. */
export interface AlertmanagerOptions {
  readonly 'config.file'?: string;
  readonly 'alertmanager.url'?: string;
  readonly 'alertmanager.username'?: string;
  readonly 'alertmanager.passwordFile'?: string;
  readonly 'alertmanager.tokenFile'?: string;
}

const defaultTimeoutSeconds = 10;

/** Alertmanager, and where it is when nothing says so. */
export const alertmanagerProgram: OtherProgram = {
  name: 'Alertmanager',
  flag: 'alertmanager',
  defaultUrl: 'http://localhost:9093',
};

/** How to reach an Alertmanager. */
export interface AlertmanagerAccess extends ProgramAccess, Pick<ProgramConfig, 'job'> {}

/** The Alertmanager that is meant, see `programAccess`. Throws `usage` for a bad flag or variable. */
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

/** Active and future silences, the first to end first. Throws `program_failed`. */
export async function listSilences(client: ProgramClient): Promise<readonly Silence[]> {
  const silences = readSilences(await client.ask('GET', '/api/v2/silences'));
  if (silences === undefined)
    throw new ExporterError(
      'program_failed',
      `${client.url}: the answer is no list of silences; is --alertmanager.url right?`,
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
  const id = typeof answer === 'object' && answer !== null && 'silenceID' in answer ? answer.silenceID : undefined;
  if (typeof id !== 'string')
    throw new ExporterError(
      'program_failed',
      `${client.url}: a silence was asked for, and the answer does not name it; look with "maintenance list"`,
    );
  return id;
}

/** Ends a silence now. Throws `program_failed`. */
export async function expireSilence(client: ProgramClient, id: string): Promise<void> {
  await client.ask('DELETE', `/api/v2/silence/${encodeURIComponent(id)}`);
}

/** A time as Alertmanager writes it. */
export function timeOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

function plain({ name, value, isRegex, isEqual }: Matcher): Matcher {
  return { name, value, isRegex, isEqual };
}

/** One way out of a receiver. */
export interface Way {
  /** What people call it: `email`, `slack_ops`, `webhook`, `console`, or Alertmanager's own word for what was made by hand. */
  readonly channel: string;
  /** What Alertmanager's metrics call it: the console is a webhook for them. */
  readonly integration: string;
}

/** What an Alertmanager says of itself. */
interface AlertmanagerStatus {
  readonly version: string;
  /** Receivers by name, each with its ways out; one without any drops what it gets. */
  readonly receivers: ReadonlyMap<string, readonly Way[]>;
}

/** Reads version and receivers from Alertmanager's status, where its configuration stands with the secrets masked. Throws `program_failed`. */
export async function askStatus(client: ProgramClient): Promise<AlertmanagerStatus> {
  const status = await client.ask('GET', '/api/v2/status');
  const original = textAt(status, 'config', 'original');
  if (original === undefined)
    throw new ExporterError(
      'program_failed',
      `${client.url}: the answer is no status of an Alertmanager; is --alertmanager.url right?`,
    );
  // Its default and not its names, which a CommonJS package does not have when it is loaded late out of a bundle.
  const { default: yaml } = await import('yaml');
  return {
    version: textAt(status, 'versionInfo', 'version') ?? 'unknown',
    receivers: readReceivers(yaml.parse(original)),
  };
}

/** The receivers of a parsed `alertmanager.yml`. */
export function readReceivers(document: unknown): ReadonlyMap<string, readonly Way[]> {
  const receivers = new Map<string, readonly Way[]>();
  const list =
    isRecord(document) && Array.isArray(document['receivers']) ? (document['receivers'] as readonly unknown[]) : [];
  for (const receiver of list) {
    if (!isRecord(receiver) || typeof receiver['name'] !== 'string') continue;
    const name = receiver['name'];
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
 * The exporter's console and the dead man's switch are webhooks as well. "alertmanager-config" calls the receivers so; in a
 * configuration made by hand the console is where the URL ends in `/alerts`, as far as the version shows it.
 */
function channelOf(receiverName: string, integration: string, config: unknown): string {
  const receiver = receiverName.startsWith(fragmentPrefix) ? receiverName.slice(fragmentPrefix.length) : receiverName;
  // Names that were given by hand to something else mean nothing here.
  const kind = channelKindOf(receiver);
  if (kind !== undefined && (integrationOf(kind) ?? integration) === integration) return receiver;
  if (integration !== 'webhook') return integration;
  const url = isRecord(config) && typeof config['url'] === 'string' ? config['url'] : '';
  return readUrl(url)?.pathname.endsWith('/alerts') === true ? 'console' : integration;
}

function textAt(document: unknown, ...path: readonly string[]): string | undefined {
  let value = document;
  for (const key of path) value = isRecord(value) ? value[key] : undefined;
  return typeof value === 'string' ? value : undefined;
}
