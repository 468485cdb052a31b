import { readUrl } from '../base/host-name.js';
import type { Config } from '../config/config.js';
import type { DatabaseAddress } from '../config/sections/database-options.js';

/** All these names are this machine, so the same port is the same process. */
const loopback: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

const defaultPorts: ReadonlyMap<string, string> = new Map([
  ['http:', '80'],
  ['https:', '443'],
]);

/** The port of a URL, also the default one. Empty for a protocol without a default port. */
export function portOf({ protocol, port }: URL): string {
  return port === '' ? (defaultPorts.get(protocol) ?? '') : port;
}

/**
 * The origin of a URL, as `http://localhost:8000`. All names of this machine give `localhost`. Undefined for an invalid
 * URL. Not for messages.
 */
export function originName(url: string): string | undefined {
  const read = readUrl(url);
  if (read === undefined) return undefined;
  const { protocol, hostname, port } = read;
  return `${protocol}//${loopback.has(hostname) ? 'localhost' : hostname}${port === '' ? '' : `:${port}`}`;
}

/** A place on the network: a URL, or the address of a database. */
export type AskedPlace = string | Pick<DatabaseAddress, 'host' | 'port'>;

/**
 * Host and port of a URL or of a database, as `localhost:8000`: the same address is the same program, in any protocol.
 * Undefined for an invalid URL.
 */
export function addressName(place: AskedPlace): string | undefined {
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

/** The URLs of everything that a configuration asks for data over HTTP; AI-CRM comes first. */
export function askedUrls({ aiCrm, jsonSources, requestSources, transactions }: Config): readonly string[] {
  return [
    ...(aiCrm === undefined ? [] : [aiCrm.url]),
    ...jsonSources.map(({ url }) => url),
    ...requestSources.flatMap((source) => (source.kind === 'stub_status' ? [source.url] : [])),
    ...transactions.flatMap(({ steps, cleanup }) => [...steps, ...cleanup].map(({ url }) => url)),
  ].filter((url) => readUrl(url) !== undefined);
}

/** Paths that only AI-CRM has. */
const telltale =
  /\/(?:agents\/suggest|pm\/analyze|users\/admin\/stats|analytics\/(?:task-completion|agent-performance|executive-dashboard))\/?$/;
/** Any program may have one of these paths. An origin with both is AI-CRM too. */
const alsoTelling = [/\/auth\/login\/?$/, /\/tasks\/?$/] as const;

/** Origins that a configuration asks for paths of AI-CRM. They lead to AI-CRM, even if the configuration does not monitor it there. */
export function originsOfAiCrm({ jsonSources, transactions }: Config): ReadonlySet<string> {
  const found = new Set<string>();
  for (const urls of [
    ...jsonSources.map(({ url }) => [url]),
    ...transactions.map(({ steps }) => steps.map(({ url }) => url)),
  ]) {
    for (const origin of new Set(urls.map(originName))) {
      if (origin === undefined) continue;
      const has = (question: RegExp) =>
        urls.some((url) => originName(url) === origin && question.test(new URL(url).pathname));
      if (has(telltale) || alsoTelling.every(has)) found.add(origin);
    }
  }
  return found;
}
