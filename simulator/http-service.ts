import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Clock } from '../src/base/clock.js';
import {
  type Handler,
  htmlAnswer,
  jsonAnswer,
  type ReceivedRequest,
  type SimulatedAnswer,
  textAnswer,
} from './exchange.js';
import { type Fault, flakyEvery } from './faults.js';

/** A process that does one thing at a time: while a request blocks it, all others wait. */
export class Freezer {
  #frozen: Promise<void> | undefined;

  constructor(private readonly clock: Clock) {}

  /** Resolves when a request may continue. A request that freezes the process blocks it first, for that many seconds. */
  async pass(freezesForSeconds = 0): Promise<void> {
    // In a loop, because another waiting request may have frozen it.
    while (this.#frozen !== undefined) await this.#frozen;
    if (freezesForSeconds === 0) return;
    const frozen = new Promise<void>((resolve) => {
      this.clock.setTimer(() => {
        this.#frozen = undefined;
        resolve();
      }, freezesForSeconds);
    });
    this.#frozen = frozen;
    await frozen;
  }
}

/** Number of upstream calls of the real backend for these paths. It does nothing else meanwhile. */
const calls: readonly (readonly [prefix: string, count: number])[] = [
  ['/tasks', 1],
  ['/analytics/executive', 8],
  ['/analytics/', 4],
];

/** As recorded: a hanging call is tried three times for 31 s. A refused call is also tried three times, with pauses of 3 s in total. */
const freezeSeconds = { hang: 93, refused: 3 } as const;

/** How long a request blocks the real backend, and whether it got an answer of the upstream. */
interface UpstreamCall {
  readonly seconds: number;
  readonly isAnswered: boolean;
}

/** Number of upstream calls of the real backend for this request. Zero without credentials, because these requests are refused earlier. */
export function upstreamCalls({ path, headers }: Pick<ReceivedRequest, 'path' | 'headers'>): number {
  if (headers.authorization === undefined) return 0;
  return calls.find(([prefix]) => path.startsWith(prefix))?.[1] ?? 0;
}

/** The effect of a fault on a request with this number of upstream calls; undefined without an effect. */
export function upstreamCall(fault: Fault | undefined, count: number): UpstreamCall | undefined {
  if (count === 0) return undefined;
  switch (fault?.kind) {
    case 'freeze':
      return { seconds: fault.seconds, isAnswered: true };
    case 'upstream-slow':
      return { seconds: fault.seconds * count, isAnswered: true };
    case 'upstream-hang':
      // The first call fails, so no other follows.
      return { seconds: freezeSeconds.hang, isAnswered: false };
    case 'upstream-refuse':
      return { seconds: freezeSeconds.refused, isAnswered: false };
    default:
      return undefined;
  }
}

/** The backend's answer when its upstream fails. It contains the address, as in reality. */
export function upstreamFailure(): SimulatedAnswer {
  return jsonAnswer(500, {
    detail:
      "Failed to fetch tasks: HTTPConnectionPool(host='upstream.invalid', port=443): Max retries exceeded with url: /api/tasks?limit=1000",
  });
}

/** Options of a simulated HTTP service. */
export interface HttpServiceOptions {
  readonly clock: Clock;
  readonly handle: Handler;
  readonly faultFor: (path: string) => Fault | undefined;
  /** Whether a path shows the health of the service. Only these paths show `degraded` and `unhealthy`. */
  readonly isHealthPath: (path: string) => boolean;
  /** The health answer for a fault. Default: `{"status": word}`. */
  readonly illness?: (word: 'degraded' | 'unhealthy', path: string) => unknown;
  /** Number of upstream calls of a request, which block the whole service. Default: none. */
  readonly upstreamCalls?: (request: ReceivedRequest) => number;
  /** Duration of an answer without faults. */
  readonly latencySeconds: (path: string) => number;
}

const maxRequestBytes = 64 * 1024;

/** A listener for `node:http` and `node:https` that answers with the current faults. Never throws. */
export function requestListener(options: HttpServiceOptions): RequestListener {
  const freezer = new Freezer(options.clock);
  let requests = 0;
  return (incoming, response) => {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    requests += 1;
    const isUnlucky = requests % flakyEvery === 0;
    serve(options, freezer, isUnlucky, incoming, response, gone.signal).catch(() => response.destroy());
  };
}

async function serve(
  options: HttpServiceOptions,
  freezer: Freezer,
  isUnlucky: boolean,
  incoming: IncomingMessage,
  response: ServerResponse,
  gone: AbortSignal,
) {
  const arrivedAtSeconds = options.clock.monotonicSeconds();
  const request = await receive(incoming);
  if (request === 'too large')
    return send(response, jsonAnswer(413, { detail: 'Request body too large' }), incoming.method);
  const chosen = options.faultFor(request.path);
  const fault = chosen?.kind === 'flaky' ? (isUnlucky ? ({ kind: '500' } as const) : undefined) : chosen;
  if (fault?.kind === 'hang') return;
  if (fault?.kind === 'reset') return reset(incoming.socket);
  // As in reality, it stays blocked even after the client has left.
  const call = upstreamCall(fault, options.upstreamCalls?.(request) ?? 0);
  await freezer.pass(call?.seconds ?? 0);
  const delaySeconds = options.latencySeconds(request.path) + (fault?.kind === 'slow' ? fault.seconds : 0);
  if (delaySeconds > 0) await pause(options.clock, delaySeconds, gone);
  if (gone.aborted) return;
  const answer =
    (call?.isAnswered === false ? upstreamFailure() : undefined) ??
    faultyAnswer(options, fault, request.path) ??
    (await options.handle({ ...request, arrivedAtSeconds }, gone));
  if (!gone.aborted) send(response, answer, request.method);
}

/** Reads a complete request. Throws when the client leaves before the end. */
export async function receive(incoming: IncomingMessage): Promise<ReceivedRequest | 'too large'> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // The rest is read and dropped, because leaving the loop would close the connection before the answer.
    if (bytes <= maxRequestBytes) chunks.push(chunk);
  }
  if (bytes > maxRequestBytes) return 'too large';
  // Not `new URL`, which would take a path such as `//x` for a host.
  const target = incoming.url ?? '/';
  const [path = '/', query = ''] = target.split(/\?(.*)/s);
  return {
    method: incoming.method ?? 'GET',
    path,
    query: new URLSearchParams(query),
    headers: incoming.headers,
    body: Buffer.concat(chunks).toString('utf8'),
    peer: incoming.socket.remoteAddress ?? '',
  };
}

/** Sends a complete answer; for HEAD without its body. */
export function send(response: ServerResponse, answer: SimulatedAnswer, method: string | undefined): void {
  response.writeHead(answer.status, { ...answer.headers, 'content-length': Buffer.byteLength(answer.body) });
  response.end(method === 'HEAD' ? undefined : answer.body);
}

/** Resets a connection, as after a crash or by a firewall. With TLS this is impossible, so the connection is only closed. */
function reset(socket: Socket): void {
  if (socket instanceof TLSSocket) socket.destroy();
  else socket.resetAndDestroy();
}

function faultyAnswer(
  options: HttpServiceOptions,
  fault: Fault | undefined,
  path: string,
): SimulatedAnswer | undefined {
  switch (fault?.kind) {
    case '500':
      return textAnswer(500, 'Internal Server Error');
    case '404':
      return jsonAnswer(404, { detail: 'Not Found' });
    case '401':
      return jsonAnswer(401, { detail: 'Could not validate credentials' });
    case 'html':
      return htmlAnswer(
        200,
        '<!doctype html><html><head><title>AI-CRM</title></head><body><p>Back soon.</p></body></html>\n',
      );
    case 'wrong-json':
      return { ...jsonAnswer(200, null), body: '{"status":"healthy","config_loaded":tru' };
    case 'degraded':
    case 'unhealthy': {
      if (!options.isHealthPath(path)) return undefined;
      const body = options.illness?.(fault.kind, path) ?? { status: fault.kind };
      return jsonAnswer(fault.kind === 'degraded' ? 503 : 200, body);
    }
    default:
      return undefined;
  }
}

function pause(clock: Clock, seconds: number, gone: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const onGone = () => {
      cancel();
      resolve();
    };
    const cancel = clock.setTimer(() => {
      gone.removeEventListener('abort', onGone);
      resolve();
    }, seconds);
    if (gone.aborted) onGone();
    else gone.addEventListener('abort', onGone, { once: true });
  });
}
