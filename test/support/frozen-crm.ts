import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createBackend } from '../../simulator/backend.js';
import type { DemoRequest, SimulatedAnswer } from '../../simulator/exchange.js';
import { requestListener, upstreamCalls } from '../../simulator/http-service.js';
import { World } from '../../simulator/world.js';
import type { ManualClock } from './manual-clock.js';

/** A request at the simulated backend, with the times of the test's clock. */
export interface Seen {
  readonly path: string;
  readonly authorization: string;
  readonly atSeconds: number;
  /** Undefined until the answer is sent. */
  doneSeconds: number | undefined;
  isAnswered: boolean;
}

/** The simulated backend of AI-CRM, which freezes for each data request, with a record of all requests. */
export interface FrozenCrm {
  readonly url: string;
  readonly seen: readonly Seen[];
  /** The number of requests that wait for the clock. */
  readonly held: () => number;
  /** The largest numbers of simultaneous data requests, and of other requests during a data request. */
  readonly most: { data: number; besideData: number };
  freezeSeconds: number;
  /** The lifetime in issued tokens. */
  expiresInSeconds: number;
  /** Simulates a restart: earlier tokens are no longer accepted. */
  restart(): void;
  stop(): Promise<void>;
}

export async function startFrozenCrm(
  clock: ManualClock,
  options: { readonly freezeSeconds: number; readonly requestsPerHour?: number },
): Promise<FrozenCrm> {
  const world = new World(1, clock.nowSeconds());
  const create = () =>
    createBackend({
      world,
      clock,
      isDatabaseUp: () => true,
      hasDocumentedEndpoints: true,
      requestsPerHour: options.requestsPerHour ?? 1000,
    });
  const seen: Seen[] = [];
  const open = new Set<Seen>();
  const most = { data: 0, besideData: 0 };
  let backend = create();
  const handled = (request: DemoRequest): SimulatedAnswer => {
    const answer = backend(request, new AbortController().signal) as SimulatedAnswer;
    if (request.path !== '/auth/login' || answer.status !== 200) return answer;
    return {
      ...answer,
      body: JSON.stringify({ ...(JSON.parse(String(answer.body)) as object), expires_in: crm.expiresInSeconds }),
    };
  };
  const server = createServer(
    requestListener({
      clock,
      handle: handled,
      faultFor: () => ({ kind: 'freeze', seconds: crm.freezeSeconds }),
      isHealthPath: (path) => path.endsWith('/health'),
      upstreamCalls,
      latencySeconds: () => 0,
    }),
  );
  server.prependListener('request', (request: IncomingMessage, response) => {
    const { authorization = '' } = request.headers;
    const entry: Seen = {
      path: request.url ?? '',
      authorization,
      atSeconds: clock.monotonicSeconds(),
      doneSeconds: undefined,
      isAnswered: false,
    };
    seen.push(entry);
    open.add(entry);
    const data = [...open].filter(({ path }) => !path.endsWith('/health')).length;
    most.data = Math.max(most.data, data);
    if (data > 0) most.besideData = Math.max(most.besideData, open.size - data);
    response.once('finish', () => (entry.isAnswered = true));
    response.once('close', () => {
      entry.doneSeconds = clock.monotonicSeconds();
      open.delete(entry);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const crm: FrozenCrm = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    held: () => open.size,
    most,
    freezeSeconds: options.freezeSeconds,
    expiresInSeconds: 86_400,
    restart: () => (backend = create()),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return crm;
}
