import { ExporterError } from '../../errors.js';
import { isRecord } from '../../sources/json-record.js';
import type { ProgramClient } from '../other-program/client.js';

/** One way out of a receiver. */
export interface Way {
  /** What people call it: `email`, `slack`, `webhook`, `console`, or Alertmanager's own word for any other kind. */
  readonly channel: string;
  /** What Alertmanager's metrics call it: the console is a webhook for them. */
  readonly integration: string;
}

/** What an Alertmanager says of itself. */
export interface AlertmanagerStatus {
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
function channelOf(receiver: string, integration: string, config: unknown): string {
  if (integration !== 'webhook' || receiver === 'webhook') return integration;
  if (receiver === 'console' || receiver === 'watchdog') return receiver;
  const url = isRecord(config) && typeof config['url'] === 'string' ? config['url'] : '';
  return URL.canParse(url) && new URL(url).pathname.endsWith('/alerts') ? 'console' : integration;
}

function textAt(document: unknown, ...path: readonly string[]): string | undefined {
  let value = document;
  for (const key of path) value = isRecord(value) ? value[key] : undefined;
  return typeof value === 'string' ? value : undefined;
}
