import { type BoundedCall, createBoundedCall, TookTooLong } from '../base/bounded-call.js';
import { invalidJson, parseBody } from '../base/json.js';
import { type Level, worstLevel } from '../base/level.js';
import type { FailureReason } from '../base/reason.js';
import { isSensitiveName } from '../base/sensitive.js';
import { decodeHeader, decodePage, decodeText } from '../base/text.js';
import type { Expectation, JsonScalar } from '../config/sections/expect-options.js';
import type { HttpSettings } from '../config/sections/http-options.js';
import type { HttpOutcome } from '../net/http-client.js';
import { fieldOf, type HeaderFields, identityOf, isRedirect } from '../net/http-headers.js';
import { type HealthBody, readHealthBody, readHealthText } from './health-body.js';

/** Whether a text matches a pattern; undefined when it takes too long. Never throws. */
export type BodyMatch = (pattern: RegExp, text: string) => boolean | undefined;

/** A pattern that suits health answers needs a thousandth of it. */
const patienceMilliseconds = 250;

/** Maximum number of tries. A pattern is tried again when the processor was busy with other work in most of its time. */
const maxTries = 3;

/**
 * Creates a `BodyMatch` that gives up after a quarter of a second. The process does nothing else meanwhile. Without
 * this limit a malicious body blocks it for minutes, even with a pattern as simple as `foo.*bar`.
 */
export function createBodyMatch(call: BoundedCall = createBoundedCall()): BodyMatch {
  return (pattern, text) => {
    for (let tries = 1; ; tries++) {
      const before = process.cpuUsage();
      try {
        return call(() => pattern.test(text), patienceMilliseconds);
      } catch (error) {
        // The time is up, or the stack is full: a pattern stores on it how to go back.
        const { user, system } = process.cpuUsage(before);
        const wasHeldUp = error instanceof TookTooLong && (user + system) / 1000 < patienceMilliseconds / 2;
        if (!wasHeldUp || tries === maxTries) return undefined;
      }
    }
  };
}

/** An expectation that is not met. */
type Unmet = Pick<Verdict, 'level' | 'message'> & { readonly reason: FailureReason };

/** The expected values that the body does not have. */
function unmetValues(body: unknown, expected: ReadonlyMap<string, readonly JsonScalar[]>): readonly Unmet[] {
  return [...expected].flatMap(([path, accepted]): Unmet[] => {
    const found = valueAt(body, path.split('.'));
    if (found === undefined) return [{ level: 'unknown', reason: 'json', message: `the JSON has no ${path}` }];
    if (accepted.some((value) => value === found)) return [];
    const values = accepted.map((value) => JSON.stringify(value)).join(' or ');
    return [{ level: 'critical', reason: 'json', message: `${path} in the JSON is not ${values}` }];
  });
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  let current = value;
  for (const key of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, key)) return undefined;
    current = (current as Record<string, unknown>)[key];
  }
  return current;
}

/** The meaning of an answer, without its speed. */
export interface Verdict {
  readonly level: Level;
  readonly up: boolean;
  readonly reason: FailureReason | null;
  /** One line for people. */
  readonly message: string;
  readonly health?: HealthBody;
  /** See `identityOf`. */
  readonly identity?: string;
}

/** The parts of an answer that are judged. */
type Answer = Pick<HttpOutcome, 'statusCode' | 'headers' | 'body'>;

/** Maximum size of a plain text body that is one word, line end included. */
const longestTextBytes = 64;

/** Failures after which the state of the component is unknown. After others it is critical. */
const blinding: ReadonlySet<FailureReason> = new Set(['json', 'auth', 'rate_limited', 'refused_target', 'internal']);

/** The verdict on a failed probe. Default level: see `blinding`. */
export function failed(
  reason: FailureReason,
  message: string,
  level: Level = blinding.has(reason) ? 'unknown' : 'critical',
): Verdict {
  return { level, up: false, reason, message };
}

/** What affects the verdict besides the answer and its expectation. */
export interface JudgeOptions {
  /** False: a health word counts only if the configuration promises one, because the `status` of a task is no state of health. */
  readonly isHealthCheck?: boolean;
  /** A 404 means that this AI-CRM does not have the endpoint, not that the component is down. */
  readonly mayBeMissing?: boolean;
}

/**
 * Judges a complete HTTP answer. Evidence, strongest first; weaker evidence never improves the verdict of stronger evidence:
 *
 * 1. The expectations of the configuration. A code that `expect.status` does not list is CRITICAL. A part with an expectation
 *    – this code, a value, a pattern, or `json: false` – is not judged by the rules below. With an accepted code all other
 *    expectations are checked, and the message names each that is not met. An expected error page may have any body.
 * 2. The status code: see `judgeCode`. One exception, recorded from AI-CRM itself: a 5xx that says `degraded` is WARNING.
 * 3. A known health word: it can make a good answer WARNING, CRITICAL or UNKNOWN.
 * 4. Anything else is ignored, also an unknown word, unless a known one is required.
 */
export function judgeAnswer(
  answer: Answer,
  http: HttpSettings,
  matches: BodyMatch,
  options: JudgeOptions = {},
): Verdict {
  const { expect } = http;
  const statusCode = answer.statusCode ?? 0;
  const refusal = judgeCode(statusCode, http, options);
  const isErrorExpected = refusal === undefined && !isSuccess(statusCode);
  const reading = readBody(answer, expect, { isErrorExpected, isHealthCheck: options.isHealthCheck ?? true });
  const { health, json } = reading;
  const identity = json.kind === 'json' ? identityOf(json.value) : undefined;
  const withHealth = (verdict: Verdict): Verdict => ({
    ...verdict,
    ...(health === undefined ? {} : { health }),
    ...(identity === undefined ? {} : { identity }),
  });
  if (refusal === undefined) return withHealth(judgeBody(answer, expect, reading, matches));
  const isDegraded = statusCode >= 500 && expect.statusCodes === undefined && health?.level === 'warning';
  const softened = isDegraded ? judgeBody(answer, expect, reading, matches) : refusal;
  return withHealth(softened.up ? softened : explained(refusal, statusCode, health));
}

/**
 * The verdict on a status code that is not accepted; undefined for an accepted one. Without `expect.status` all 2xx are
 * accepted. A code that is probably caused by the request is UNKNOWN, all others are CRITICAL.
 */
export function judgeCode(
  statusCode: number,
  http: HttpSettings,
  { mayBeMissing = false, usesLogin = false }: { readonly mayBeMissing?: boolean; readonly usesLogin?: boolean } = {},
): Verdict | undefined {
  const { statusCodes } = http.expect;
  if (statusCodes?.includes(statusCode) ?? isSuccess(statusCode)) return undefined;
  const levelUnless = (isOurs: boolean): Level => (isOurs && statusCodes === undefined ? 'unknown' : 'critical');
  const hasCredentials = usesLogin || provesIdentity(http);
  switch (statusCode) {
    case 401:
    case 407: {
      const why = hasCredentials
        ? 'the credentials were not accepted'
        : 'credentials are required, and none are configured';
      return failed('auth', `${statusCode}: ${why}`, levelUnless(hasCredentials));
    }
    case 403:
      return failed('auth', '403: access refused', levelUnless(hasCredentials));
    case 404:
      return failed('status', '404: there is no such path', levelUnless(mayBeMissing));
    case 429:
      return failed('rate_limited', '429: too many requests', levelUnless(true));
  }
  if (isRedirect(statusCode)) return failed('redirect', `${statusCode}: redirected, and the redirect was not followed`);
  return failed('status', `${statusCode}: not an accepted status code`);
}

function isSuccess(statusCode: number): boolean {
  return statusCode >= 200 && statusCode < 300;
}

/** Whether a request carries credentials: `auth`, a client certificate, or a secret header. */
function provesIdentity({ auth, oauth2, tls, headers }: HttpSettings): boolean {
  return (
    auth !== undefined ||
    oauth2 !== undefined ||
    tls.certificate !== undefined ||
    [...headers.keys()].some(isSensitiveName)
  );
}

/** Adds the health word of the answer to the message about a refused code. */
function explained(refusal: Verdict, statusCode: number, health: HealthBody | undefined): Verdict {
  // A number only repeats the code: {"title": "Service Unavailable", "status": 503}.
  if (statusCode < 500 || health?.word === undefined || /^\d*$/.test(health.word)) return refusal;
  const says = `says ${health.word}`;
  return {
    ...refusal,
    message: health.level === 'healthy' ? `${refusal.message}, although it ${says}` : `${statusCode}: ${says}`,
  };
}

type Json =
  | { readonly kind: 'none' }
  | { readonly kind: 'unreadable'; readonly message: string }
  | { readonly kind: 'json'; readonly value: unknown };

/** The parts of a body that are needed for the verdict. */
interface BodyReading {
  readonly json: Json;
  readonly isStatusPromised: boolean;
  /** Absent when the body says nothing about health, or when its word must not count. */
  readonly health: HealthBody | undefined;
}

function readBody(
  answer: Answer,
  expect: Expectation,
  { isErrorExpected, isHealthCheck }: { readonly isErrorExpected: boolean; readonly isHealthCheck: boolean },
): BodyReading {
  // A status that the component's name promises is one of good answers. The body of an expected error may be anything.
  const isStatusPromised = expect.healthWord === 'required' || (expect.jsonStatus && !isErrorExpected);
  const isRead = expect.healthWord !== 'ignored' && !isErrorExpected;
  const json = readJson(answer, expect, isStatusPromised, isRead);
  const health = isStatusPromised || (isRead && isHealthCheck) ? readHealth(answer, json) : undefined;
  return { json, isStatusPromised, health };
}

function readJson(answer: Answer, expect: Expectation, isStatusPromised: boolean, isRead: boolean): Json {
  const contentType = contentTypeOf(answer);
  const body = answer.body ?? Buffer.alloc(0);
  const isPromised = isStatusPromised || expect.jsonValues.size > 0;
  const isDeclared = /^(?:application|text)\/(?:[\w.-]+\+)?json\b/i.test(contentType) && body.length > 0;
  if (!isPromised && !(isRead && (isDeclared || looksLikeJson(contentType, body)))) return { kind: 'none' };
  const parsed = parseBody(body, contentType);
  if ('value' in parsed) return { kind: 'json', value: parsed.value };
  // If body_regex describes the body, its declared type does not matter.
  if (!isPromised && (expect.bodyRegex !== undefined || !isDeclared)) return { kind: 'none' };
  if (isDeclared || parsed.why !== undefined) return { kind: 'unreadable', message: invalidJson(parsed.why) };
  const given = /^text\/html\b/i.test(contentType) ? 'HTML' : body.length === 0 ? 'an empty body' : 'something else';
  return { kind: 'unreadable', message: `expected JSON, the answer is ${given}` };
}

/** Programs in Go without an explicit type send JSON as plain text; others send no type. */
function looksLikeJson(contentType: string, body: Buffer): boolean {
  return /^(?:text\/plain\b|$)/i.test(contentType) && /^(?:\xef\xbb\xbf)?\s*\{/.test(body.toString('latin1', 0, 16));
}

function readHealth(answer: Answer, json: Json): HealthBody | undefined {
  if (json.kind === 'json') return readHealthBody(json.value);
  const isShortText = /^text\/plain\b/i.test(contentTypeOf(answer)) && (answer.body?.length ?? 0) <= longestTextBytes;
  return isShortText
    ? readHealthText(decodeText(answer.body ?? Buffer.alloc(0), contentTypeOf(answer)).text)
    : undefined;
}

function contentTypeOf({ headers }: Answer): string {
  return fieldOf(headers, 'content-type');
}

function judgeBody(answer: Answer, expect: Expectation, reading: BodyReading, matches: BodyMatch): Verdict {
  const { statusCode = 0 } = answer;
  const { json, isStatusPromised, health } = reading;
  const unmet = [
    ...unmetHeaders(answer.headers, expect, matches),
    ...(json.kind === 'unreadable' ? [{ level: 'unknown', reason: 'json', message: json.message } as const] : []),
    ...(json.kind === 'json' ? unmetValues(json.value, expect.jsonValues) : []),
    ...unmetPatterns(answer, expect, matches),
  ];
  if (unmet.length > 0) {
    const level = worstLevel(unmet.map((each) => each.level));
    const reason = unmet.find((each) => each.level === level)?.reason ?? 'body';
    return failed(reason, `${statusCode}: ${unmet.map(({ message }) => message).join('; ')}`, level);
  }
  if (isStatusPromised && health?.word === undefined) return failed('json', `${statusCode}: the JSON has no status`);
  return judgeWord(statusCode, expect, health);
}

/** Maximum length of a header value that is matched. */
const longestHeader = 8192;

function unmetHeaders(headers: HeaderFields, { headers: expected = new Map() }: Expectation, matches: BodyMatch) {
  return [...expected].flatMap(([name, wanted]): Unmet[] => {
    const values = headers
      .filter(([each]) => each === name)
      .map(([, value]) => decodeHeader(value.slice(0, longestHeader)));
    const unmet = (message: string): Unmet[] => [{ level: 'critical', reason: 'body', message }];
    if (wanted === false) return values.length === 0 ? [] : unmet(`there is a header ${name}`);
    if (values.length === 0) return unmet(`there is no header ${name}`);
    if (wanted === true) return [];
    const found = values.map((value) => matches(wanted, value));
    if (found.includes(true)) return [];
    return found.includes(undefined)
      ? [undecided(`the header ${name}`, 'its pattern')]
      : unmet(`the header ${name} does not match`);
  });
}

function unmetPatterns({ headers, body = Buffer.alloc(0) }: Answer, expect: Expectation, matches: BodyMatch) {
  const wanted = [
    ['body_regex', expect.bodyRegex, true],
    ['body_not_regex', expect.bodyNotRegex, false],
  ] as const;
  if (wanted.every(([, pattern]) => pattern === undefined)) return [];
  const page = decodePage(body, fieldOf(headers, 'content-type'));
  return wanted.flatMap(([key, pattern, isWanted]): Unmet[] => {
    const isMatch = pattern === undefined ? isWanted : matches(pattern, page);
    if (isMatch === undefined) return [undecided('the body', key)];
    if (isMatch === isWanted) return [];
    return [
      { level: 'critical', reason: 'body', message: `the body ${isMatch ? 'matches' : 'does not match'} ${key}` },
    ];
  });
}

function undecided(what: string, pattern: string): Unmet {
  return {
    level: 'unknown',
    reason: 'internal',
    message: `${pattern} takes too long to match ${what}`,
  };
}

function judgeWord(statusCode: number, expect: Expectation, health: HealthBody | undefined): Verdict {
  const message = health?.word === undefined ? `${statusCode}` : `${statusCode}: says ${health.word}`;
  const isRequired = expect.healthWord === 'required';
  const isValueExpected = health?.path !== undefined && expect.jsonValues.has(health.path);
  const isAsExpected = !isRequired && (expect.bodyRegex !== undefined || isValueExpected);
  // An accepted 5xx gets here because it says `degraded`. Expectations of the body do not make it healthy.
  if (health?.level === 'warning' && (!isAsExpected || statusCode >= 500)) {
    return { level: 'warning', up: true, reason: null, message };
  }
  if (isRequired && health?.level === undefined)
    return failed('body', `${message}, which is no known health word`, 'unknown');
  if (isAsExpected || health?.level === undefined || health.level === 'healthy') {
    return { level: 'healthy', up: true, reason: null, message };
  }
  return failed(health.level === 'critical' ? 'unhealthy' : 'body', message, health.level);
}
