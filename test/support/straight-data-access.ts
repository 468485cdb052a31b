import type { DataAccess } from '../../src/sources/data/data-access.js';
import { DataFailure, type DataRequest } from '../../src/sources/data/data-client.js';
import { probeHttp } from '../../src/sources/http/probe.js';
import { createResolver } from '../../src/sources/net/resolve.js';
import { TlsContexts } from '../../src/sources/net/tls.js';

/** Asks at once and without a login, and keeps what it was asked. */
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
