import type { Config, DatabaseAddress } from '../../config/config.js';

/** However it is written, it is this machine, and behind the same port the same process. */
const loopback: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

const defaultPorts: ReadonlyMap<string, string> = new Map([
  ['http:', '80'],
  ['https:', '443'],
]);

/** The port of a URL, written or not; empty for a protocol without one. */
export function portOf({ protocol, port }: URL): string {
  return port === '' ? (defaultPorts.get(protocol) ?? '') : port;
}

/** The origin behind a URL, as `http://localhost:8000`; names of this machine are one. Undefined for what is no URL. Not for messages. */
export function originName(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, hostname, port } = new URL(url);
  return `${protocol}//${loopback.has(hostname) ? 'localhost' : hostname}${port === '' ? '' : `:${port}`}`;
}

/** Somewhere on the network: a URL, or where a database is. */
export type Place = string | Pick<DatabaseAddress, 'host' | 'port'>;

/**
 * Host and port of a URL or of a database, as `localhost:8000`: what is asked there stands and falls with what listens there,
 * whatever it speaks. Undefined for what is no URL.
 */
export function addressName(place: Place): string | undefined {
  const name = originName(
    typeof place === 'string'
      ? place
      : `http://${place.host.includes(':') ? `[${place.host}]` : place.host}:${place.port}`,
  );
  if (name === undefined) return undefined;
  const { hostname } = new URL(name);
  const port = portOf(new URL(name));
  return port === '' ? hostname : `${hostname}:${port}`;
}

/** The URLs of everything that a configuration asks for data over HTTP, that of AI-CRM first. */
export function askedUrls({ aiCrm, jsonSources, requestSources, transactions }: Config): readonly string[] {
  return [
    ...(aiCrm === undefined ? [] : [aiCrm.url]),
    ...jsonSources.map(({ url }) => url),
    ...requestSources.flatMap((source) => (source.kind === 'stub_status' ? [source.url] : [])),
    ...transactions.flatMap(({ steps, cleanup }) => [...steps, ...cleanup].map(({ url }) => url)),
  ].filter((url) => URL.canParse(url));
}
