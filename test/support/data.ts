import type { DataAnswer, DataRequest } from '../../src/access/data-access.js';
import { PoliteDataAccess } from '../../src/access/polite-access.js';
import { type FailureReason, ProbeFailure } from '../../src/base/reason.js';
import type { Config } from '../../src/config/config.js';
import { Secret } from '../../src/config/secret.js';
import type { AiCrmConfig } from '../../src/config/sections/ai-crm-section.js';
import type { HttpOutcome, HttpTarget, probeHttp } from '../../src/net/http-client.js';
import { createResolver } from '../../src/net/resolve.js';
import { TlsContexts } from '../../src/net/tls.js';
import { config, httpSettings } from './config.js';
import { ManualClock } from './manual-clock.js';
import { RecordedLog } from './recorded-log.js';

/** The address of AI-CRM in these tests. */
export const aiCrmUrl = 'http://crm.example:8000';
/** The password, and the token that replaces it. Neither may appear anywhere. */
export const passwordText = 'hunter2-never-show-me';
export const tokenText = 'fixed-token-never-show-me';

/** The section `ai_crm` with a username and password. */
export function aiCrm(changes: Partial<AiCrmConfig> = {}): AiCrmConfig {
  return {
    url: aiCrmUrl,
    api: 'real',
    login: { kind: 'password', username: 'monitor', password: new Secret(passwordText) },
    timeoutSeconds: 30,
    requestsPerHour: 500,
    freezeLimitRatio: 0.02,
    sampleTask: { title: 'a', description: 'b' },
    headers: new Map(),
    tls: { insecureSkipVerify: false },
    maxBodyBytes: 1 << 20,
    ...changes,
  };
}

/** The section `ai_crm` with a token. */
export const withToken: Partial<AiCrmConfig> = { login: { kind: 'token', token: new Secret(tokenText) } };

/** A request that the simulated server received. */
export interface Received {
  readonly atSeconds: number;
  readonly method: string;
  readonly path: string;
  /** The Authorization header, or an empty text. */
  readonly authorization: string;
  /** Names of its other headers. */
  readonly headers: readonly string[];
  readonly body: string;
}

/** An answer of the simulated server, at once or later. */
export type Answering = (request: Received, signal: AbortSignal) => HttpOutcome | Promise<HttpOutcome>;

/** A complete answer. */
export function answer(
  statusCode: number,
  value: unknown = {},
  headers: Readonly<Record<string, string>> = {},
): HttpOutcome {
  const body = Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
  return {
    failure: null,
    measurement: { phases: { first_byte: 0.001 }, elapsedSeconds: () => 0, note: () => {} },
    statusCode,
    headers: Object.entries(headers),
    body,
    receivedBytes: body.length,
  };
}

/** A failure before the request was sent, or with `isSent` after it. */
export function failing(reason: FailureReason, isSent = true): HttpOutcome {
  const phases = isSent ? { connect: 0.001, first_byte: 1 } : { connect: 1 };
  return {
    failure: new ProbeFailure(reason, `the request failed with ${reason}`),
    measurement: { phases, elapsedSeconds: () => 0, note: () => {} },
    headers: [],
  };
}

/** Data access whose server is a function, with a clock that the test advances. */
export function dataAccess(changes: Partial<Config>, answering: Answering) {
  const clock = new ManualClock();
  const log = new RecordedLog();
  const received: Received[] = [];
  const create = () => {
    const probe: typeof probeHttp = async (target, _prober, signal) => {
      const request = receive(target, clock.monotonicSeconds());
      received.push(request);
      const onAbort = new Promise<HttpOutcome>((resolve) =>
        signal.addEventListener('abort', () => resolve(failing('timeout')), { once: true }),
      );
      return Promise.race([answering(request, signal), onAbort]);
    };
    const access = new PoliteDataAccess({
      prober: { resolve: createResolver(), tlsContexts: new TlsContexts(), userAgent: 'test' },
      clock,
      log,
      probe,
    });
    access.configure(config(changes));
    return access;
  };
  return { clock, log, received, access: create(), restart: create };
}

function receive({ url, http }: HttpTarget, atSeconds: number): Received {
  const { auth } = http;
  const authorization = auth === undefined ? '' : auth.kind === 'bearer' ? auth.token.reveal() : auth.username;
  return {
    atSeconds,
    method: http.method,
    path: new URL(url).pathname,
    authorization,
    headers: [...http.headers.keys()],
    body: http.body?.reveal() ?? '',
  };
}

/** A request with AI-CRM's login. */
export function question(path: string, changes: Partial<DataRequest> = {}): DataRequest {
  return {
    source: `test${path}`,
    url: `${aiCrmUrl}${path}`,
    http: httpSettings(),
    timeoutSeconds: 30,
    usesLogin: true,
    ...changes,
  };
}

/** A signal that never aborts. */
export const never = new AbortController().signal;

/** The result of a promise while the clock advances: its value or its error. */
export async function outcomeOf(
  clock: ManualClock,
  asked: Promise<DataAnswer>,
  seconds = 0,
): Promise<DataAnswer | Error> {
  const outcome = asked.catch((error: unknown) => error as Error);
  await clock.pass(seconds);
  return outcome;
}
