import { type DataAccess, type DataAnswer, DataFailure, type DataRequest } from '../../src/access/data-access.js';
import { withTimeout } from '../../src/base/deadline.js';
import { type HttpProber, probeHttp } from '../../src/net/http-client.js';
import { createResolver } from '../../src/net/resolve.js';
import { TlsContexts } from '../../src/net/tls.js';

const refusals = new Map([
  [401, 'auth'],
  [403, 'auth'],
  [407, 'auth'],
  [429, 'rate_limited'],
] as const);

/** Asks at once, without turns, budget and login: enough for the collectors, but not polite. Keeps the requests. */
export function straightAccess(): DataAccess & { readonly asked: readonly DataRequest[] } {
  const prober: HttpProber = { resolve: createResolver(), tlsContexts: new TlsContexts(), userAgent: 'test' };
  const asked: DataRequest[] = [];
  const ask = async (request: DataRequest, signal: AbortSignal): Promise<DataAnswer> => {
    asked.push(request);
    const startedAt = performance.now();
    const {
      failure,
      statusCode = 0,
      headers,
      body = Buffer.alloc(0),
    } = await withTimeout(signal, request.timeoutSeconds, async (until) => probeHttp(request, prober, until));
    signal.throwIfAborted();
    if (failure !== null) throw new DataFailure(failure.reason, failure.message);
    const refusal = refusals.get(statusCode as 401);
    if (refusal !== undefined && request.http.expect.statusCodes?.includes(statusCode) !== true)
      throw new DataFailure(refusal, `${statusCode}: refused`, { statusCode });
    return { statusCode, headers, body, durationSeconds: (performance.now() - startedAt) / 1000 };
  };
  return {
    asked,
    client: { ask },
    account: () => Promise.reject(new DataFailure('auth', 'no login')),
    loginState: () => null,
    limits: () => [],
    freeze: () => ({ limitRatio: 0.02, frozenSeconds: 0 }),
  };
}
