import type { Expectation, HttpSettings } from '../../config/config.js';
import { decodePage } from '../../decode-text.js';
import { invalidJson, parseJson } from '../../json.js';
import type { Level } from '../../level.js';
import type { FailureReason } from '../../reason.js';
import type { HttpOutcome } from '../../sources/http/probe.js';
import { fieldOf } from '../../sources/http/headers.js';
import type { BodyMatch } from './body-match.js';
import { readHealthBody, type HealthBody } from './health-body.js';
import { unmetValue } from './json-body.js';

/** What an answer means, before its speed is looked at. */
export interface Verdict {
  readonly level: Level;
  readonly up: boolean;
  readonly reason: FailureReason | null;
  /** One line for people. */
  readonly message: string;
  readonly health?: HealthBody;
}

/** What is looked at of an answer. */
type Answer = Pick<HttpOutcome, 'statusCode' | 'headers' | 'body'>;

/** Failures after which nothing is known, as opposed to those that show that something is wrong. */
const blinding: ReadonlySet<FailureReason> = new Set(['json', 'auth', 'rate_limited', 'refused_target', 'internal']);

/** The verdict on a probe that failed. */
export function failed(reason: FailureReason, message: string, level: Level = blinding.has(reason) ? 'unknown' : 'critical'): Verdict {
  return { level, up: false, reason, message };
}

/**
 * Judges an HTTP answer that arrived whole.
 *
 * Order: what the configuration expects of the code; codes that say that we may not look (401, 403, 407, 429); a JSON
 * health word, which outranks the code when it tells of trouble (503 `degraded` is WARNING, 200 `unhealthy` CRITICAL);
 * the code; the expected text and values. A 404 that nobody expected is UNKNOWN: it says that this AI-CRM has no such
 * endpoint, not that the component is down. With `isHealthCheck` false a health word is looked for only where one was
 * promised: the `status` of a task is not a state of health.
 */
export function judgeAnswer(outcome: Answer, { expect }: HttpSettings, matches: BodyMatch, options: { readonly isHealthCheck: boolean } = { isHealthCheck: true }): Verdict {
  const statusCode = outcome.statusCode ?? 0;
  const accepted = expect.statusCodes?.includes(statusCode) ?? (statusCode >= 200 && statusCode < 300);
  if (!accepted) {
    const refusal = refusalOf(statusCode);
    if (refusal !== undefined) return refusal;
  }
  const json = readJson(outcome, expect);
  if (json.kind === 'unreadable' && accepted) return failed('json', json.message);
  const health = json.kind === 'json' && (options.isHealthCheck || expect.jsonStatus) ? readHealthBody(json.value) : undefined;
  const verdict = accepted ? judgeAccepted(outcome, expect, json, health, matches) : judgeRejected(statusCode, expect, health);
  return health === undefined ? verdict : { ...verdict, health };
}

type Json = { readonly kind: 'none' } | { readonly kind: 'unreadable'; readonly message: string } | { readonly kind: 'json'; readonly value: unknown };

function readJson(outcome: Answer, expect: Expectation): Json {
  const contentType = fieldOf(outcome.headers, 'content-type');
  const body = outcome.body ?? Buffer.alloc(0);
  const isPromised = expect.jsonStatus || expect.jsonValues.size > 0;
  const isDeclared = /^application\/(?:[\w.-]+\+)?json\b/i.test(contentType) && body.length > 0;
  if (!isPromised && !isDeclared) return { kind: 'none' };
  const parsed = parseJson(body, contentType);
  if ('value' in parsed) return { kind: 'json', value: parsed.value };
  if (isDeclared || parsed.why !== undefined) return { kind: 'unreadable', message: invalidJson(parsed.why) };
  const given = /^text\/html\b/i.test(contentType) ? 'HTML' : body.length === 0 ? 'an empty body' : 'something else';
  return { kind: 'unreadable', message: `JSON was promised, ${given} came` };
}

function refusalOf(statusCode: number): Verdict | undefined {
  if (statusCode === 401 || statusCode === 407) return failed('auth', `${statusCode}: the credentials were not accepted, or none were given`);
  if (statusCode === 403) return failed('auth', '403: access refused');
  if (statusCode === 429) return failed('rate_limited', '429: too many requests');
  return undefined;
}

function judgeRejected(statusCode: number, expect: Expectation, health: HealthBody | undefined): Verdict {
  if (expect.statusCodes === undefined && health?.level !== undefined && health.level !== 'healthy') {
    const message = `${statusCode}: says ${health.word}`;
    return health.level === 'warning' ? { level: 'warning', up: true, reason: null, message } : failed('status', message, health.level);
  }
  if (statusCode >= 300 && statusCode < 400) return failed('redirect', `${statusCode}: redirected, and the redirect was not followed`);
  if (statusCode === 404 && expect.statusCodes === undefined) return failed('status', '404: there is no such endpoint', 'unknown');
  return failed('status', `${statusCode}: not an accepted status code`);
}

function judgeAccepted(outcome: Answer, expect: Expectation, json: Json, health: HealthBody | undefined, matches: BodyMatch): Verdict {
  const statusCode = outcome.statusCode ?? 0;
  if (health?.level !== undefined && health.level !== 'healthy') {
    const message = `${statusCode}: says ${health.word}`;
    if (health.level !== 'warning') return failed('body', message, health.level);
    return { level: 'warning', up: true, reason: null, message };
  }
  if (expect.jsonStatus && health?.level === undefined) return failed('json', `${statusCode}: the JSON has no status`);
  if (json.kind === 'json') {
    const unmet = unmetValue(json.value, expect.jsonValues);
    if (unmet !== undefined) return failed('json', unmet.message, unmet.isMissing ? 'unknown' : 'critical');
  }
  if (expect.bodyRegex !== undefined) {
    const isMatch = matches(expect.bodyRegex, decodePage(outcome.body ?? Buffer.alloc(0), fieldOf(outcome.headers, 'content-type')));
    if (isMatch === undefined) return failed('internal', `${statusCode}: it takes too much to tell whether the body matches body_regex`);
    if (!isMatch) return failed('body', `${statusCode}: the body does not match body_regex`);
  }
  return { level: 'healthy', up: true, reason: null, message: health?.word === undefined ? `${statusCode}` : `${statusCode}: says ${health.word}` };
}
