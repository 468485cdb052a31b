import { byName, choice, faulty, filledList, type Given, optional } from '../option.js';
import { flag, scalar, text, textLike, wholeNumber } from '../option-kinds.js';
import type { Path } from '../problem.js';
import { type Context, compilePattern } from '../resolving.js';

/** A value in `expect.json`. */
export type JsonScalar = string | number | boolean | null;

/** Requirements for an HTTP answer. */
export interface Expectation {
  /** Permitted status codes. Absent: 2xx; a 5xx whose health answer says `degraded` is a WARNING. */
  readonly statusCodes?: readonly number[];
  readonly bodyRegex?: RegExp;
  readonly bodyNotRegex?: RegExp;
  /** Name in lower case → pattern that one of these headers must match, or whether there must be one. */
  readonly headers?: ReadonlyMap<string, RegExp | boolean>;
  /** The endpoint promises a JSON health status, so an answer without one is UNKNOWN. */
  readonly jsonStatus: boolean;
  /**
   * `required`: an unknown health word is UNKNOWN. `ignored`: the body says nothing about health. Absent: a known word
   * counts, and an unknown one is ignored.
   */
  readonly healthWord?: 'required' | 'ignored';
  /** Dotted path in the JSON body → accepted values. */
  readonly jsonValues: ReadonlyMap<string, readonly JsonScalar[]>;
}

/** A valid name of a header. */
export const headerName = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
/** The message for an invalid name. */
export const notHeaderName = 'not a header name';

const statusCode = wholeNumber({ minimum: 100, maximum: 599 }, 'Status code');
const statusRange = textLike(
  /^[1-5][xX]{2}$|^[1-5]\d\d-[1-5]\d\d$/,
  'a status code, a class such as 2xx or a range such as 200-299',
  'class such as 2xx, or range such as 200-299',
);
const notStatus = 'must be a status code, a class such as 2xx, a range such as 200-299, or a list of them';

/**
 * A code, class or range. A range in the wrong order is reported together with the other faults of a list, and is no
 * fault of its form, so that the rest of the entry is checked, too.
 */
function statusKind(message: string) {
  const status = choice([statusCode, statusRange], message);
  const read: typeof status.read = (given, path, report) => {
    const value = status.read(given, path, report);
    if (value !== faulty && codesOf(value).length === 0)
      report(path, 'must be a range that begins with the smaller code');
    return value;
  };
  return { ...status, read };
}

const notJson = 'must be true, false or a mapping of paths to values';
const notHeader = 'must be a regular expression, true or false';
const acceptedValues = choice(
  [scalar(), filledList(scalar(), 'a list of values')],
  'must be a value or a list of values',
);
const pattern = { type: 'JavaScript regular expression' };

/** `expect`. */
export const expectOptions = {
  status: optional(
    choice(
      [
        statusKind(notStatus),
        filledList(statusKind(notStatus.replace(', or a list of them', '')), 'a list of status codes'),
      ],
      notStatus,
    ),
    'Accepted status code from 100 to 599, class such as 2xx, range such as 200-299, or a list of them; any other is CRITICAL.',
    {
      defaultIs: '2xx, and 5xx that says "degraded" is WARNING',
      synonyms:
        'status_code status_codes statuses code codes expected_status expected_status_code expected_status_codes expect_status valid_status_codes accepted_statuscodes accepted_status_codes accepted_codes',
    },
  ),
  headers: optional(
    byName(
      headerName,
      notHeaderName,
      choice([flag(notHeader), text(pattern)], notHeader),
      'a mapping of header names to regular expressions, true or false',
    ),
    'Headers of the answer: name -> pattern that one header of this name must match, true for any value, false for a header that must be absent.',
    { isSecret: true, synonyms: 'header response_headers expected_headers fail_if_header_not_matches' },
  ),
  body_regex: optional(
    text(pattern),
    'What the body must match. A health word in the body then does not matter. If the pattern takes longer than 250 ms, the component is UNKNOWN.',
    // A pattern for a good answer may contain a secret.
    {
      isSecret: true,
      synonyms:
        'regex regexp pattern keyword contains text match matches fail_if_body_not_matches_regexp expected_body',
    },
  ),
  body_not_regex: optional(text(pattern), 'What the body must not match.', {
    isSecret: true,
    synonyms: 'not_regex not_contains must_not_contain invert_keyword not_matches fail_if_body_matches_regexp',
  }),
  json: optional(
    choice(
      [flag(notJson), byName(/^./, 'a path must not be empty', acceptedValues, 'a mapping of paths to values')],
      notJson,
    ),
    'true: the body is JSON with a known health word, anything else is UNKNOWN. false: health words are ignored. A mapping: dotted path to the accepted value or list of values.',
    {
      isSecret: true,
      defaultIs: 'a known health word counts, any other does not',
      synonyms: 'json_path json_query',
    },
  ),
};

type GivenExpect = Given<typeof expectOptions>;

/** `expect` of a request with this method. Reports invalid patterns, and what an answer to HEAD cannot have. */
export function resolveExpect(
  given: GivenExpect,
  method: string,
  promisesJsonStatus: boolean,
  path: Path,
  context: Context,
): Expectation {
  const { status, json } = given;
  if (method === 'HEAD') {
    for (const key of ['body_regex', 'body_not_regex', 'json'] as const) {
      if (given[key] !== undefined && given[key] !== false)
        context.report([...path, key], 'the answer to HEAD has no body', 'key');
    }
  }
  const compile = (text: string | undefined, ...key: readonly string[]) =>
    text === undefined ? undefined : compilePattern(text, [...path, ...key], context);
  const bodyRegex = compile(given.body_regex, 'body_regex');
  const bodyNotRegex = compile(given.body_not_regex, 'body_not_regex');
  const headers = new Map<string, RegExp | boolean>();
  for (const [name, value] of Object.entries(given.headers ?? {})) {
    if (headers.has(name.toLowerCase()))
      context.report([...path, 'headers', name], 'duplicate header, case does not matter', 'key');
    headers.set(name.toLowerCase(), typeof value === 'boolean' ? value : (compile(value, 'headers', name) ?? true));
  }
  const jsonValues = new Map<string, readonly JsonScalar[]>();
  if (typeof json === 'object') {
    for (const [valuePath, value] of Object.entries(json))
      jsonValues.set(valuePath, Array.isArray(value) ? value : [value]);
  }
  return {
    ...(status === undefined ? {} : { statusCodes: codesOf(status) }),
    ...(bodyRegex === undefined ? {} : { bodyRegex }),
    ...(bodyNotRegex === undefined ? {} : { bodyNotRegex }),
    ...(headers.size === 0 ? {} : { headers }),
    // A user who describes a good body does not need to promise a JSON status.
    jsonStatus:
      json === true || (promisesJsonStatus && json === undefined && bodyRegex === undefined && method !== 'HEAD'),
    ...(typeof json === 'boolean' ? { healthWord: json ? 'required' : 'ignored' } : {}),
    jsonValues,
  };
}

/** All permitted codes, one by one; empty for a range that begins with the larger code. */
function codesOf(status: NonNullable<GivenExpect['status']>): readonly number[] {
  if (typeof status === 'object') return [...new Set(status.flatMap(codesOf))];
  if (typeof status === 'number') return [status];
  const [first = 0, last = 0] = status.includes('-')
    ? status.split('-').map(Number)
    : [Number(status[0]) * 100, Number(status[0]) * 100 + 99];
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
}
