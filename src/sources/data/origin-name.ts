import type { Config } from '../../config/config.js';

/** However it is written, it is this machine, and behind the same port the same process. */
const loopback: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** The origin behind a URL, as `http://localhost:8000`; names of this machine are one. Undefined for what is no URL. Not for messages. */
export function originName(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, hostname, port } = new URL(url);
  return `${protocol}//${loopback.has(hostname) ? 'localhost' : hostname}${port === '' ? '' : `:${port}`}`;
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
