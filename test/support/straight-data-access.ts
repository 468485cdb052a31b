import { type DataAccess, DataFailure, type DataRequest } from '../../src/access/data-access.js';
import { probeHttp } from '../../src/net/http-client.js';
import { createResolver } from '../../src/net/resolve.js';
import { TlsContexts } from '../../src/net/tls.js';

/** Asks at once and without a login, and keeps the requests. */
export function straightDataAccess(): DataAccess & { readonly asked: readonly DataRequest[] } {
  const prober = { resolve: createResolver(), tlsContexts: new TlsContexts(), userAgent: 'test' };
  const asked: DataRequest[] = [];
  return {
    asked,
    client: {
      async ask(request, signal) {
        asked.push(request);
        const startedAt = performance.now();
        const {
          failure,
          statusCode = 0,
          headers,
          body,
        } = await probeHttp({ url: request.url, http: request.http }, prober, signal);
        if (failure !== null || body === undefined)
          throw new DataFailure(failure?.reason ?? 'body', failure?.message ?? 'no body');
        return { statusCode, headers, body, durationSeconds: (performance.now() - startedAt) / 1000 };
      },
    },
    account: () => Promise.reject(new DataFailure('auth', 'no login')),
    loginState: () => null,
    limits: () => [],
    freeze: () => ({ limitRatio: 0.02, frozenSeconds: 0 }),
  };
}
