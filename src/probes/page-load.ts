import { setMaxListeners } from 'node:events';
import type { Dispatcher } from 'undici';
import { messageOf, systemCodeOf } from '../base/errors.js';
import { readUrl } from '../base/host-name.js';
import { withoutSecretsOfUrls } from '../base/sensitive.js';
import { decodePage } from '../base/text.js';
import type { HttpComponent } from '../config/sections/endpoints-section.js';
import type { ProxyAddress } from '../config/sections/proxy-option.js';
import type { PageFailure } from '../metrics/component-metrics.js';
import { isRedirect } from '../net/http-headers.js';
import { proxyFor } from '../net/proxy.js';
import { connectTls, sentHeaders } from '../net/undici-settings.js';
import { integrityCheck, originRefusal, typeRefusal, wantsPermission } from './page-refusals.js';
import { askedUrl, isMixedContent, type PageResource, readPage } from './page-resources.js';
import { type FailedResource, maxResources, type PageLoad } from './page-verdict.js';

/** Maximum number of connections per origin, as in browsers. */
const connectionsPerOrigin = 6;
/** Limits for one file, which is larger than any bundle, and for all files together. */
const maxFileBytes = 20 * 1024 * 1024;
const maxPageBytes = 100 * 1024 * 1024;
/** As in browsers. */
const maxHops = 20;

/** The answer with the page. */
export interface AnsweredPage {
  /** The URL after redirects. */
  readonly url: URL;
  readonly body: Buffer;
  readonly contentType: string;
  /** The header Content-Security-Policy; empty when there is none. */
  readonly policy: string;
  readonly receivedBytes: number;
}

/**
 * Loads the files that a page names, as a browser does: in parallel over kept connections, six per origin. Credentials
 * and headers of the component are sent only to its own origin. When `signal` is aborted, missing files fail with
 * `timeout`.
 */
export async function loadPage(
  page: AnsweredPage,
  { http, page: settings, ipVersion }: Pick<HttpComponent, 'http' | 'page' | 'ipVersion'>,
  { userAgent, elapsedSeconds }: { readonly userAgent: string; readonly elapsedSeconds: () => number },
  signal: AbortSignal,
): Promise<PageLoad> {
  const contents = readPage(decodePage(page.body, page.contentType), page.url, page.policy);
  const origins = [page.url.origin, ...(settings?.origins ?? [])];
  const isAllowed = (url: URL) =>
    origins.includes(url.origin) || origins.includes(url.origin.replace(/^https:/, 'http:'));
  const isMixed = (url: URL) => isMixedContent(url, page.url);
  const wanted = contents.resources.filter(({ url }) => isMixed(url) || isAllowed(url));
  // Without its scripts and styles the page does not work.
  const isImage = ({ kind }: PageResource) => kind === 'image';
  const asked = [...wanted.filter((each) => !isImage(each)), ...wanted.filter(isImage)].slice(0, maxResources);
  // Each request listens to the signal.
  setMaxListeners(0, signal);
  // The default import, because the named ones of a CommonJS package are missing when a bundle loads it late.
  const { default: undici } = await import('undici');
  const family = ipVersion === undefined ? {} : { family: ipVersion };
  const options = { connections: connectionsPerOrigin, pipelining: 1, allowH2: http.httpVersion === 2 };
  const { H2CClient, Pool } = undici;
  const direct = new undici.Agent({
    ...options,
    connect: { ...connectTls(http.tls), ...family },
    // Without TLS nothing tells whether a server knows HTTP/2. The option is about the server of the page.
    factory: (origin, given) =>
      http.httpVersion === 2 && page.url.protocol === 'http:' && new URL(origin).origin === page.url.origin
        ? new H2CClient(origin, { ...given, pipelining: maxResources, maxConcurrentStreams: maxResources })
        : new Pool(origin, given),
  });
  const proxies = new Map<ProxyAddress, Dispatcher>();
  const agentFor = (url: URL): Dispatcher => {
    const proxy = proxyFor(http.proxy, url);
    if (proxy === undefined) return direct;
    const { shown: uri, authorization } = proxy;
    const token = authorization && { token: authorization.reveal() };
    const agent =
      proxies.get(proxy) ??
      new undici.ProxyAgent({ ...options, ...token, uri, proxyTunnel: false, requestTls: connectTls(http.tls) });
    proxies.set(proxy, agent);
    return agent;
  };
  let bytes = page.receivedBytes;
  const loadOne = async (resource: PageResource): Promise<FailedResource | 'elsewhere' | undefined> => {
    try {
      const headers = {
        'user-agent': userAgent,
        ...(resource.url.origin === page.url.origin ? sentHeaders(http) : {}),
      };
      const next = (url: URL) => askedUrl(url, resource.kind, page.url, contents.upgrades);
      const loaded = await request(resource, headers, { agentFor, next, isMixed, isAllowed, page: page.url }, signal);
      if (loaded === 'mixed') return failure(resource, 'mixed', 'http:// on a page of https://, which browsers refuse');
      if (loaded === 'elsewhere') return loaded;
      const { answer, url } = loaded;
      const integrity = integrityCheck(resource, answer.headers);
      let received = 0;
      for await (const chunk of answer.body) {
        received += (chunk as Buffer).length;
        bytes += (chunk as Buffer).length;
        integrity?.update(chunk as Buffer);
        if (received > maxFileBytes || bytes > maxPageBytes) {
          answer.body.destroy();
          return failure(
            resource,
            'size',
            `more than ${(received > maxFileBytes ? maxFileBytes : maxPageBytes) / 1024 / 1024} MiB`,
          );
        }
      }
      if (answer.statusCode < 200 || answer.statusCode > 299)
        return failure(resource, 'status', `${answer.statusCode}`);
      const refusal = typeRefusal(resource, answer.headers, contents.isQuirky && url.origin === page.url.origin);
      if (refusal !== undefined) return failure(resource, 'type', refusal);
      const forbidden = originRefusal(resource, answer.headers, url, page.url);
      if (forbidden !== undefined) return failure(resource, 'refused', forbidden);
      return integrity === undefined || integrity.matches()
        ? undefined
        : failure(resource, 'refused', 'does not match its integrity value in the page');
    } catch (error) {
      if (signal.aborted) return failure(resource, 'timeout', 'not loaded before the deadline');
      return failure(resource, 'connect', systemCodeOf(error) ?? withoutSecretsOfUrls(messageOf(error)));
    }
  };
  try {
    const found = await Promise.all(asked.map(loadOne));
    const elsewhere = found.filter((each) => each === 'elsewhere').length;
    return {
      loadSeconds: elapsedSeconds(),
      bytes,
      resources: asked.length - elsewhere,
      failed: found.filter((each) => each !== undefined && each !== 'elsewhere'),
      leftOut: contents.resources.length - wanted.length + elsewhere,
      aboveLimit: wanted.length - asked.length,
    };
  } finally {
    await Promise.all([direct, ...proxies.values()].map((agent) => agent.destroy()));
  }
}

/** What decides where a file comes from. */
interface Ways {
  readonly agentFor: (url: URL) => Dispatcher;
  /** Where browsers go for a URL that a redirect names. */
  readonly next: (url: URL) => URL;
  readonly isMixed: (url: URL) => boolean;
  readonly isAllowed: (url: URL) => boolean;
  readonly page: URL;
}

/** Follows redirects to allowed origins. `elsewhere`: it leads to an origin whose files are not loaded. */
async function request(
  resource: PageResource,
  headers: Readonly<Record<string, string>>,
  { agentFor, next, isMixed, isAllowed, page }: Ways,
  signal: AbortSignal,
): Promise<{ readonly answer: Dispatcher.ResponseData; readonly url: URL } | 'mixed' | 'elsewhere'> {
  let { url } = resource;
  for (let hops = 0; ; hops++) {
    if (isMixed(url)) return 'mixed';
    if (!isAllowed(url)) return 'elsewhere';
    const sent = {
      ...(url.origin === resource.url.origin ? headers : {}),
      ...(wantsPermission(resource, url, page) ? { origin: page.origin } : {}),
    };
    const path = url.pathname + url.search;
    const answer = await agentFor(url).request({ method: 'GET', origin: url.origin, path, headers: sent, signal });
    const location = answer.headers['location'];
    if (!isRedirect(answer.statusCode) || typeof location !== 'string') return { answer, url };
    const target = readUrl(location, url.href);
    if (hops >= maxHops || target === undefined || !/^https?:$/.test(target.protocol)) return { answer, url };
    await answer.body.dump();
    url = next(target);
  }
}

/** The message names the path only: not the host, and not the query, which may contain a secret. */
function failure({ kind, url }: PageResource, reason: PageFailure, what: string): FailedResource {
  return { kind, reason, message: `${url.pathname.slice(0, 120)}: ${what}` };
}
