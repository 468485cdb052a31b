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

/** A process that does one thing at a time: while it stands still for one request, all others wait. */
export class Freezer {
  #frozen: Promise<void> | undefined;

  constructor(private readonly clock: Clock) {}

  /** Resolves when it is the turn of a request; one that freezes the process does so first, for so many seconds. */
  async pass(freezesForSeconds = 0): Promise<void> {
    // Again each time: one that waited as well may have frozen it.
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

/** How often the real backend calls its upstream for one of these, and nothing else is done meanwhile. */
const calls: readonly (readonly [prefix: string, count: number])[] = [
  ['/tasks', 2],
  ['/analytics/executive', 8],
  ['/analytics/', 4],
];

/** As recorded: a call that hangs is tried three times, 31 s each; one that is refused is as well, with pauses of 3 s in all. */
const freezeSeconds = { hang: 93, refused: 3 } as const;

/** For how long a request makes the real backend stand still, and whether what it wanted came in the end. */
interface UpstreamCall {
  readonly seconds: number;
  readonly isAnswered: boolean;
}

/** How often the real backend would call its upstream for this request; never for those of nobody, which are refused before that. */
export function upstreamCalls({ path, headers }: Pick<ReceivedRequest, 'path' | 'headers'>): number {
  if (headers.authorization === undefined) return 0;
  return calls.find(([prefix]) => path.startsWith(prefix))?.[1] ?? 0;
}

/** What the fault makes of a request that needs the upstream so many times; undefined where it makes nothing of it. */
export function upstreamCall(fault: Fault | undefined, count: number): UpstreamCall | undefined {
  if (count === 0) return undefined;
  switch (fault?.kind) {
    case 'freeze':
      return { seconds: fault.seconds, isAnswered: true };
    case 'upstream-slow':
      return { seconds: fault.seconds * count, isAnswered: true };
    case 'upstream-hang':
      // The first call fails, and no other follows it.
      return { seconds: freezeSeconds.hang, isAnswered: false };
    case 'upstream-refuse':
      return { seconds: freezeSeconds.refused, isAnswered: false };
    default:
      return undefined;
  }
}

/** What the backend answers when its upstream did not: with the address in it, as the real one does. */
export function upstreamFailure(): SimulatedAnswer {
  return jsonAnswer(500, {
    detail:
      "Failed to fetch tasks: HTTPConnectionPool(host='upstream.invalid', port=443): Max retries exceeded with url: /api/tasks?limit=1000",
  });
}

/** How a simulated HTTP service answers. */
export interface HttpServiceOptions {
  readonly clock: Clock;
  readonly handle: Handler;
  /** The fault that applies to a path now. */
  readonly faultFor: (path: string) => Fault | undefined;
  /** Whether a path tells the health of the service: only there `degraded` and `unhealthy` show. */
  readonly isHealthPath: (path: string) => boolean;
  /** The health answer of a service that is not well; by default `{"status": word}`. */
  readonly illness?: (word: 'degraded' | 'unhealthy', path: string) => unknown;
  /** How often the whole service stands still for its upstream because of a request; by default never. */
  readonly upstreamCalls?: (request: ReceivedRequest) => number;
  /** How long an answer takes without any fault. */
  readonly latencySeconds: (path: string) => number;
}

const maxRequestBytes = 64 * 1024;

/** A listener for `node:http` and `node:https` that answers as told, faults included; it never throws. */
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
  // Like the real one it stands still to the end even for a client that has gone.
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

/** Reads a whole request; throws when the client goes away in the middle. */
export async function receive(incoming: IncomingMessage): Promise<ReceivedRequest | 'too large'> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // Read on without keeping it: leaving the loop would close the connection before the answer.
    if (bytes <= maxRequestBytes) chunks.push(chunk);
  }
  if (bytes > maxRequestBytes) return 'too large';
  // Not `new URL`: a path such as `//x` would be taken for a host.
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

/** Sends a complete answer; to HEAD without its body. */
export function send(response: ServerResponse, answer: SimulatedAnswer, method: string | undefined): void {
  response.writeHead(answer.status, { ...answer.headers, 'content-length': Buffer.byteLength(answer.body) });
  response.end(method === 'HEAD' ? undefined : answer.body);
}

/** Ends a connection as a crash or a firewall does; within TLS there is no way to, so that it only ends. */
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
