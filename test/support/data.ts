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

/** Where the AI-CRM of these tests is. */
export const aiCrmUrl = 'http://crm.example:8000';
/** Its password, and the token that is configured instead; must never be seen anywhere. */
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

/** The same with a token. */
export const withToken: Partial<AiCrmConfig> = { login: { kind: 'token', token: new Secret(tokenText) } };

/** A request that reached the other side of these tests. */
export interface Received {
  readonly atSeconds: number;
  readonly method: string;
  readonly path: string;
  /** What it proved itself with, or an empty text. */
  readonly authorization: string;
  readonly body: string;
}

/** An answer of the other side: at once, or as slow as it likes. */
export type Answering = (request: Received, signal: AbortSignal) => HttpOutcome | Promise<HttpOutcome>;

/** An answer that arrived whole. */
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

/** A failure before anything was sent, or, with `isSent`, after it. */
export function failing(reason: FailureReason, isSent = true): HttpOutcome {
  const phases = isSent ? { connect: 0.001, first_byte: 1 } : { connect: 1 };
  return {
    failure: new ProbeFailure(reason, `the request failed with ${reason}`),
    measurement: { phases, elapsedSeconds: () => 0, note: () => {} },
    headers: [],
  };
}

/** Data access whose other side is a function, on a clock that the test turns. */
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
    body: http.body?.reveal() ?? '',
  };
}

/** A question with AI-CRM's login. */
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

/** Nobody calls it off. */
export const never = new AbortController().signal;

/** What became of a promise while the clock goes on: its value, or the error it failed with. */
export async function outcomeOf(
  clock: ManualClock,
  asked: Promise<DataAnswer>,
  seconds = 0,
): Promise<DataAnswer | Error> {
  const outcome = asked.catch((error: unknown) => error as Error);
  await clock.pass(seconds);
  return outcome;
}
