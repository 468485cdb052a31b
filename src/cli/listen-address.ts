import { ExporterError } from '../errors.js';

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
