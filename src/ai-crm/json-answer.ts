import { type DataAnswer, DataFailure } from '../access/data-access.js';
import { isRecord, type JsonRecord, parseBody } from '../base/json.js';
import { oneLine } from '../base/text.js';
import { fieldOf, isRedirect } from '../net/http-headers.js';
import { tooManyValues } from '../sources/json-source.js';

/** Maximum length of a name, because AI-CRM chooses it. */
const maxLength = 100;

/** A name from AI-CRM as a label value: one line, shortened, valid Unicode; empty when nothing is left. */
export function nameLabel(name: string): string {
  return oneLine(name, maxLength);
}

/** Unusable parts of an answer, and the notices about them: one per kind. */
export class Rejections {
  #count = 0;
  readonly #notices = new Set<string>();

  /** Counts values that were left out. The notice names the field and quotes nothing of the answer. */
  add(notice: string, count = 1): void {
    this.#count += count;
    this.#notices.add(notice);
  }

  /** Number of values left out. */
  get count(): number {
    return this.#count;
  }

  /** One line each, in the order of their first occurrence. */
  get notices(): readonly string[] {
    return [...this.#notices];
  }
}

/**
 * The JSON of an answer. Throws a `DataFailure` for a status other than 2xx, and for a body that is invalid or too
 * large. The message names the request and never quotes the answer, because AI-CRM's answers contain addresses and keys
 * of others.
 */
export function jsonOf(answer: DataAnswer, question: string): unknown {
  const { statusCode, headers, body } = answer;
  const contentType = fieldOf(headers, 'content-type');
  if (statusCode < 200 || statusCode > 299) throw statusFailure(statusCode, contentType, question);
  const excess = tooManyValues(body);
  if (excess !== undefined) throw new DataFailure('size', `${question}: ${excess}`, { statusCode });
  const parsed = parseBody(body, contentType);
  if ('value' in parsed) return parsed.value;
  const given =
    body.length === 0 ? 'an empty body' : /^text\/html\b/i.test(contentType) ? 'HTML' : 'other text or invalid JSON';
  throw new DataFailure(
    'json',
    `${question}: expected JSON, the answer is ${given}${parsed.why === undefined ? '' : ` (${parsed.why})`}`,
    { statusCode },
  );
}

/** The JSON object of a value. Throws a `DataFailure` for anything else. */
export function recordOf(value: unknown, question: string): JsonRecord {
  if (isRecord(value)) return value;
  throw new DataFailure('json', `${question}: the JSON is ${kindOf(value)}, not an object`);
}

/** The JSON list of a value. Throws a `DataFailure` for anything else. */
export function listOf(value: unknown, question: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new DataFailure('json', `${question}: the JSON is ${kindOf(value)}, not a list`);
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return (
    { object: 'an object', string: 'text', number: 'a number', boolean: 'true or false' }[typeof value as string] ??
    'something else'
  );
}

function statusFailure(statusCode: number, contentType: string, question: string): DataFailure {
  const fail = (what: string) => new DataFailure('status', `${statusCode}: ${what}`, { statusCode });
  if (isRedirect(statusCode)) {
    return new DataFailure(
      'redirect',
      `${statusCode}: ${question} is redirected; set ai_crm.url to the address that it leads to`,
      { statusCode },
    );
  }
  if (statusCode === 404) return fail(`AI-CRM has no ${question}; check the path of ai_crm.url`);
  if (statusCode === 422)
    return fail(`AI-CRM does not accept ${question}${question.startsWith('POST') ? '; check ai_crm.sample_task' : ''}`);
  if (statusCode === 500) {
    const isCrash = /^text\/plain\b/i.test(contentType);
    return fail(
      isCrash
        ? `AI-CRM crashed on ${question}`
        : `AI-CRM failed on ${question}; a service that AI-CRM needs may be failing`,
    );
  }
  if (statusCode >= 502 && statusCode <= 504) return fail(`a proxy cannot reach AI-CRM for ${question}`);
  return fail(`no answer to ${question}`);
}
