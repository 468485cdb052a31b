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

/** Whether a body matches a pattern; undefined when that could not be found out. Never throws. */
export type BodyMatch = (pattern: RegExp, text: string) => boolean | undefined;

/** Any pattern that is fit for a health answer is done a thousand times sooner. */
const patienceMilliseconds = 250;

/** A pattern that had hardly any processor in all its time was held up by others, so that it may try again. */
const maxTries = 3;

/**
 * Makes a `BodyMatch` that gives up after a quarter of a second, in which nothing else is done. Without that end a body
 * made for it keeps the process busy for minutes, even with a pattern as plain as `foo.*bar`.
 */
export function createBodyMatch(call: BoundedCall = createBoundedCall()): BodyMatch {
  return (pattern, text) => {
    for (let tries = 1; ; tries++) {
      const before = process.cpuUsage();
      try {
        return call(() => pattern.test(text), patienceMilliseconds);
      } catch (error) {
        // Out of time, or out of the stack on which a pattern keeps its way back.
        const { user, system } = process.cpuUsage(before);
        const wasHeldUp = error instanceof TookTooLong && (user + system) / 1000 < patienceMilliseconds / 2;
        if (!wasHeldUp || tries === maxTries) return undefined;
      }
    }
  };
}

/** Something that was expected and is not so. */
type Unmet = Pick<Verdict, 'level' | 'message'> & { readonly reason: FailureReason };

/** Every value that is expected of the body and that it does not have. */
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

/** What an answer means, before its speed is looked at. */
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

/** What is looked at of an answer. */
type Answer = Pick<HttpOutcome, 'statusCode' | 'headers' | 'body'>;

/** A plain text body that is one word, with the line end that some put after it. */
const longestTextBytes = 64;

/** Failures after which nothing is known, as opposed to those that show that something is wrong. */
const blinding: ReadonlySet<FailureReason> = new Set(['json', 'auth', 'rate_limited', 'refused_target', 'internal']);

/** The verdict on a probe that failed. */
export function failed(
  reason: FailureReason,
  message: string,
  level: Level = blinding.has(reason) ? 'unknown' : 'critical',
): Verdict {
  return { level, up: false, reason, message };
}

/** What the judge has to know besides the answer and what is expected of it. */
export interface JudgeOptions {
  /** False: a health word is looked for only where one was promised, because the `status` of a task is not a state of health. */
  readonly isHealthCheck?: boolean;
  /** A 404 says that this AI-CRM has no such endpoint, not that the component is down. */
  readonly mayBeMissing?: boolean;
}

/**
 * Judges an HTTP answer that arrived whole. Evidence, strongest first; what is weaker never mends what is stronger:
 *
 * 1. What the user expects. A code that `expect.status` does not list is CRITICAL. A part of the answer of which the user says
 *    what it must be – that code, a value, a pattern, or `json: false` – is not judged by anything below. Of an accepted code
 *    every other expectation is looked at, and the message names each that is not met; an error page is expected to be another.
 * 2. The status code: see `judgeCode`. One exception was recorded from AI-CRM itself: a 5xx that says `degraded` is WARNING.
 * 3. A known health word: it can make a good answer WARNING, CRITICAL or UNKNOWN.
 * 4. Anything else says nothing, a word that is not understood included, unless a known one is required.
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
 * The verdict on a status code that is not accepted; undefined for one that is. Without `expect.status` 2xx are accepted, a
 * code that tells more about us than about the other side is UNKNOWN, and any other is CRITICAL.
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
      const why = hasCredentials ? 'the credentials were not accepted' : 'credentials are wanted, and none were given';
      return failed('auth', `${statusCode}: ${why}`, levelUnless(hasCredentials));
    }
    case 403:
      return failed('auth', '403: access refused', levelUnless(hasCredentials));
    case 404:
      return failed('status', '404: there is no such endpoint', levelUnless(mayBeMissing));
    case 429:
      return failed('rate_limited', '429: too many requests', levelUnless(true));
  }
  if (isRedirect(statusCode)) return failed('redirect', `${statusCode}: redirected, and the redirect was not followed`);
  return failed('status', `${statusCode}: not an accepted status code`);
}

function isSuccess(statusCode: number): boolean {
  return statusCode >= 200 && statusCode < 300;
}

/** Whether a request says who asks: by `auth`, a client certificate, or a header that is a secret. */
function provesIdentity({ auth, oauth2, tls, headers }: HttpSettings): boolean {
  return (
    auth !== undefined ||
    oauth2 !== undefined ||
    tls.certificate !== undefined ||
    [...headers.keys()].some(isSensitiveName)
  );
}

/** Adds to a refused code the word that came with it, for people. */
function explained(refusal: Verdict, statusCode: number, health: HealthBody | undefined): Verdict {
  // A number is the code once more: {"title": "Service Unavailable", "status": 503}.
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

/** A body as far as it has to be understood. */
interface BodyReading {
  readonly json: Json;
  readonly isStatusPromised: boolean;
  /** Absent when nothing in the body is about health, or may count. */
  readonly health: HealthBody | undefined;
}

function readBody(
  answer: Answer,
  expect: Expectation,
  { isErrorExpected, isHealthCheck }: { readonly isErrorExpected: boolean; readonly isHealthCheck: boolean },
): BodyReading {
  // The promise that a component's name makes is one of good answers, and the body of an error that is expected may be any.
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
  // Where body_regex says what the body must be, it need not be what the server calls it.
  if (!isPromised && (expect.bodyRegex !== undefined || !isDeclared)) return { kind: 'none' };
  if (isDeclared || parsed.why !== undefined) return { kind: 'unreadable', message: invalidJson(parsed.why) };
  const given = /^text\/html\b/i.test(contentType) ? 'HTML' : body.length === 0 ? 'an empty body' : 'something else';
  return { kind: 'unreadable', message: `JSON was promised, ${given} came` };
}

/** Programs in Go that name no type send JSON as plain text, and others without any. */
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

/** No more of a header is looked at. */
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
    message: `it takes too much to tell whether ${what} matches ${pattern}`,
  };
}

function judgeWord(statusCode: number, expect: Expectation, health: HealthBody | undefined): Verdict {
  const message = health?.word === undefined ? `${statusCode}` : `${statusCode}: says ${health.word}`;
  const isRequired = expect.healthWord === 'required';
  const isValueExpected = health?.path !== undefined && expect.jsonValues.has(health.path);
  const isAsExpected = !isRequired && (expect.bodyRegex !== undefined || isValueExpected);
  // A 5xx is here because it says so: what is expected of the body does not make it healthy.
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
