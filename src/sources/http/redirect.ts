import { ProbeFailure } from '../failure.js';
import { fieldOf } from './headers.js';
import { carriesCredentials, type HttpRequest } from './request.js';
import type { RawResponse } from './response.js';
import type { HttpTarget } from './target.js';

const maxHops = 5;
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * Where an answer sends the probe on, or undefined when it is the last one. A redirect that `expect.status` lists is what is
 * expected, and not followed.
 *
 * Fails with `redirect` for a loop, a location that is none, and another origin while the settings carry credentials (they
 * were given for one server, and dropping them would probe something nobody asked for); with `refused_target` when the
 * target must not leave its origin at all.
 */
export function nextHop(
  request: HttpRequest,
  answer: RawResponse,
  target: HttpTarget,
  hops: number,
): { readonly url: URL; readonly method: string } | undefined {
  const { followRedirects, expect } = target.http;
  if (!followRedirects || !redirects.has(answer.statusCode) || expect.statusCodes?.includes(answer.statusCode) === true)
    return undefined;
  // Whatever encoding its bytes are in, they are asked for as they are; in a host name the URL parser reads them as UTF-8.
  const location = fieldOf(answer.headers, 'location').replace(
    /[\x80-\xff]/g,
    (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  if (location === '') return undefined;
  if (hops >= maxHops) throw new ProbeFailure('redirect', `more than ${maxHops} redirects`);
  if (!URL.canParse(location, request.url.href))
    throw new ProbeFailure('redirect', 'redirected to something that is not a URL');
  const url = new URL(location, request.url);
  url.username = '';
  url.password = '';
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new ProbeFailure('redirect', `redirected to the scheme ${url.protocol.slice(0, 20)}`);
  if (url.origin !== new URL(target.url).origin) {
    if (target.stayOnOrigin === true)
      throw new ProbeFailure('refused_target', `redirected to another origin, ${url.origin}`);
    if (carriesCredentials(target.http))
      throw new ProbeFailure(
        'redirect',
        `redirected to another origin, ${url.origin}, which must not get the credentials`,
      );
  }
  const keepsMethod = answer.statusCode === 307 || answer.statusCode === 308 || request.method === 'HEAD';
  return { url, method: keepsMethod ? request.method : 'GET' };
}
