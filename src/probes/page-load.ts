import type { Dispatcher } from 'undici';
import { messageOf, systemCodeOf } from '../base/errors.js';
import { readUrl } from '../base/host-name.js';
import { withoutSecretsOfUrls } from '../base/sensitive.js';
import { decodePage } from '../base/text.js';
import type { HttpComponent } from '../config/sections/endpoints-section.js';
import type { ProxyAddress } from '../config/sections/proxy-option.js';
import type { PageFailure } from '../metrics/component-metrics.js';
import { proxyFor } from '../net/proxy.js';
import { connectTls, sentHeaders } from '../net/undici-settings.js';
import { type PageResource, readPage } from './page-resources.js';
import type { FailedResource, PageLoad, ResourceKind } from './page-verdict.js';

/** Maximum number of connections per origin, as in browsers. */
const connectionsPerOrigin = 6;
/** Limits for one file, which is larger than any bundle, and for all files together. */
const maxFileBytes = 20 * 1024 * 1024;
const maxPageBytes = 100 * 1024 * 1024;
const maxHops = 3;

/** Content types that browsers accept for each kind. Without a type, and for `application/octet-stream`, browsers inspect the bytes. */
const types: Readonly<Record<ResourceKind, RegExp>> = {
  script: /^(?:(?:text|application)\/(?:x-)?(?:java|ecma)script|application\/octet-stream|text\/plain)?$/,
  style: /^(?:text\/css)?$/,
  image: /^(?:image\/[\w.+-]+|application\/octet-stream)?$/,
};

/** The answer with the page. */
export interface AnsweredPage {
  /** The URL after redirects. */
  readonly url: URL;
  readonly body: Buffer;
  readonly contentType: string;
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
  const { resources, leftOut } = readPage(decodePage(page.body, page.contentType), page.url);
  const isAllowed = ({ url }: PageResource) =>
    url.origin === page.url.origin || settings?.origins.includes(url.origin) === true;
  const isMixed = ({ url }: PageResource) => page.url.protocol === 'https:' && url.protocol === 'http:';
  const asked = resources.filter((resource) => isMixed(resource) || isAllowed(resource));
  // The default import, because the named ones of a CommonJS package are missing when a bundle loads it late.
  const { default: undici } = await import('undici');
  const family = ipVersion === undefined ? {} : { family: ipVersion };
  const options = { connections: connectionsPerOrigin, pipelining: 1, allowH2: http.httpVersion === 2 };
  const direct = new undici.Agent({ ...options, connect: { ...connectTls(http.tls), ...family } });
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
  const loadOne = async (resource: PageResource): Promise<FailedResource | undefined> => {
    if (isMixed(resource)) return failure(resource, 'mixed', 'http:// on a page of https://, which browsers refuse');
    try {
      const headers = {
        'user-agent': userAgent,
        ...(resource.url.origin === page.url.origin ? sentHeaders(http) : {}),
      };
      const answer = await request(resource, headers, agentFor, isAllowed, signal);
      let received = 0;
      for await (const chunk of answer.body) {
        received += (chunk as Buffer).length;
        bytes += (chunk as Buffer).length;
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
      const contentType = typeOf(answer.headers['content-type']);
      return types[resource.kind].test(contentType)
        ? undefined
        : failure(resource, 'type', `comes as ${contentType.slice(0, 40)}, which is no ${resource.kind}`);
    } catch (error) {
      if (signal.aborted) return failure(resource, 'timeout', 'not there before the deadline');
      return failure(resource, 'connect', systemCodeOf(error) ?? withoutSecretsOfUrls(messageOf(error)));
    }
  };
  try {
    const found = await Promise.all(asked.map(loadOne));
    return {
      loadSeconds: elapsedSeconds(),
      bytes,
      resources: asked.length,
      failed: found.filter((each) => each !== undefined),
      leftOut: leftOut + resources.length - asked.length,
    };
  } finally {
    await Promise.all([direct, ...proxies.values()].map((agent) => agent.destroy()));
  }
}

/** Follows redirects to allowed origins. */
async function request(
  resource: PageResource,
  headers: Readonly<Record<string, string>>,
  agentFor: (url: URL) => Dispatcher,
  isAllowed: (resource: PageResource) => boolean,
  signal: AbortSignal,
): Promise<Dispatcher.ResponseData> {
  let { url } = resource;
  for (let hops = 0; ; hops++) {
    const sent = url.origin === resource.url.origin ? headers : {};
    const path = url.pathname + url.search;
    const answer = await agentFor(url).request({ method: 'GET', origin: url.origin, path, headers: sent, signal });
    const location = answer.headers['location'];
    if (answer.statusCode < 300 || answer.statusCode > 399 || typeof location !== 'string') return answer;
    const next = readUrl(location, url.href);
    if (hops >= maxHops || next === undefined || !isAllowed({ ...resource, url: next })) return answer;
    await answer.body.dump();
    url = next;
  }
}

function typeOf(header: string | readonly string[] | undefined): string {
  const first = typeof header === 'string' ? header : (header?.[0] ?? '');
  return (first.split(';')[0] ?? '').trim().toLowerCase();
}

/** The message names the path only: not the host, and not the query, which may contain a secret. */
function failure({ kind, url }: PageResource, reason: PageFailure, what: string): FailedResource {
  return { kind, reason, message: `${url.pathname.slice(0, 120)}: ${what}` };
}
