import { ExporterError } from '../base/errors.js';
import type { LogFormat, LogLevel } from '../base/log.js';
import { HeartbeatFile } from '../heartbeats/heartbeat-file.js';
import type { Signal } from './signals.js';

/** The port registered for this exporter. */
export const defaultPort = 10059;

/** Where to listen. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Reads `host:port`, `:port`, `[::1]:port` or a bare port, as `--web.listen-address` takes it; no host means every
 * interface. Throws `usage`.
 */
export function parseListenAddress(text: string): ListenAddress {
  const parts = /^(?:(\[[0-9a-fA-F:.]+\]|[^:[\]]*):)?(\d{1,5})$/.exec(text.trim());
  const port = Number(parts?.[2]);
  if (parts === null || port > 65_535) {
    throw new ExporterError('usage', `--web.listen-address must be host:port or :port, not ${JSON.stringify(text)}`);
  }
  const host = (parts[1] ?? '').replace(/^\[|\]$/g, '');
  return { host: host === '' ? '::' : host, port };
}

/** The flags that every command has, under the names that Prometheus people type, as commander spells them in code. */
export interface CommonOptions {
  readonly 'config.file'?: string;
  readonly 'log.level': LogLevel;
  readonly 'log.format': LogFormat;
  readonly verbose?: true;
}

/** What `check` can leave out; the names are those of the configuration's sections. */
export const checkParts = [
  'host',
  'ai_crm',
  'json_sources',
  'sql_sources',
  'request_sources',
  'transactions',
  'heartbeats',
] as const;

/** What a command may use of the process it runs in; tests give their own. */
export interface CommandSurroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly directory: string;
  readonly out: NodeJS.WriteStream;
  readonly errors: NodeJS.WriteStream;
  /** Calls back for each of the signals; returns how to stop listening. */
  onSignal(signal: Signal, react: () => void): () => void;
  /** Says that the command to be run does without signals that arrived before it, see `Signals`. */
  useDefaultSignals(): void;
}

/**
 * Where the exporter keeps what jobs have reported: the folder of the flag, else of the environment. `STATE_DIRECTORY` is systemd's. Undefined
 * where there is none.
 */
export function heartbeatFileOf(
  { 'storage.path': folder }: { readonly 'storage.path'?: string },
  { AICRM_STORAGE_PATH: ours, STATE_DIRECTORY: ofService }: CommandSurroundings['environment'],
): HeartbeatFile | undefined {
  const found = [folder, ours, ofService].find((each) => each !== undefined && each !== '');
  return found === undefined ? undefined : new HeartbeatFile(found);
}
