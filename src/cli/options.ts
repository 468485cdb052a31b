import { ExporterError } from '../base/errors.js';
import type { LogFormat, LogLevel } from '../base/log.js';
import { HeartbeatFile } from '../heartbeats/heartbeat-file.js';
import type { Signal } from './signals.js';

/** The port registered for this exporter. */
export const defaultPort = 10059;

/** An address of the server. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Reads `host:port`, `:port`, `[::1]:port` or a port, for `--web.listen-address`. Without a host it means every
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

/** The flags of `serve` and `check`, with the names that commander gives them. */
export interface CommonOptions {
  readonly 'config.file'?: string;
  readonly 'log.level': LogLevel;
  readonly 'log.format': LogFormat;
  readonly verbose?: true;
}

/** Parts that `check` can leave out. Their names are those of the sections. */
export const checkParts = [
  'host',
  'ai_crm',
  'json_sources',
  'sql_sources',
  'request_sources',
  'transactions',
  'heartbeats',
] as const;

/** What a command may use of its process. Tests pass in their own. */
export interface CommandSurroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly directory: string;
  readonly out: NodeJS.WriteStream;
  readonly errors: NodeJS.WriteStream;
  /** Calls `react` for each such signal. Returns a function that stops this. */
  onSignal(signal: Signal, react: () => void): () => void;
  /** Says that the command does not handle signals that arrived before it; see `Signals`. */
  useDefaultSignals(): void;
}

/**
 * The file with the reports of jobs, in the folder of the flag, else of AICRM_STORAGE_PATH, else of systemd's
 * STATE_DIRECTORY. Undefined without a folder.
 */
export function heartbeatFileOf(
  { 'storage.path': folder }: { readonly 'storage.path'?: string },
  { AICRM_STORAGE_PATH: ours, STATE_DIRECTORY: ofService }: CommandSurroundings['environment'],
): HeartbeatFile | undefined {
  const found = [folder, ours, ofService].find((each) => each !== undefined && each !== '');
  return found === undefined ? undefined : new HeartbeatFile(found);
}
