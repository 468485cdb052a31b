import type { Authentication, HttpSettings } from '../../config/config.js';
import { Secret } from '../../config/secret.js';
import { type BodyEncoding, bodyEncodingOf, fillTemplate, referencesIn } from '../../config/template.js';
import type { TransactionStep } from '../../config/transaction.js';
import { ProbeFailure } from '../../sources/failure.js';

/** Captured values by name. They count as secrets: only their names may be told. */
export type Values = ReadonlyMap<string, string>;

/** The names that a step needs. */
export function namesNeededBy({ url, http }: TransactionStep): readonly string[] {
  const texts = [url, ...[...http.headers.values()].map((value) => value.reveal()), http.body?.reveal() ?? ''];
  if (http.auth?.kind === 'bearer') texts.push(http.auth.token.reveal());
  return texts.flatMap((text) => referencesIn(text).names);
}

/**
 * A step as it is to be sent. Each value is written in the way of its place, so that it stays one value wherever it is put.
 * Fails with `json`, naming the value but not showing it, where that cannot be done.
 */
export function fillStep(
  { url, http }: TransactionStep,
  values: Values,
): { readonly url: string; readonly http: HttpSettings } {
  const encoding = bodyEncodingOf(http.headers) ?? 'plain';
  const body =
    http.body && new Secret(fillTemplate(http.body.reveal(), (name) => inBody(valueOf(name, values), encoding)));
  const auth = http.auth && filledAuth(http.auth, values);
  return {
    url: filledUrl(url, values),
    http: {
      ...http,
      headers: new Map([...http.headers].map(([header, value]) => [header, inHeader(value, values)])),
      ...(body === undefined ? {} : { body }),
      ...(auth === undefined ? {} : { auth }),
    },
  };
}

function valueOf(name: string, values: Values): string {
  const value = values.get(name);
  if (value === undefined) throw new ProbeFailure('json', `{{${name}}} was not captured`);
  return value.toWellFormed();
}

function filledUrl(url: string, values: Values): string {
  const filled = fillTemplate(url, (name) => encodeURIComponent(valueOf(name, values)));
  // Dots survive the encoding, and a segment of nothing but them leads to another path.
  const [path = ''] = filled.split(/[?#]/);
  if (/\/(?:\.|%2e){1,2}(?:\/|$)/i.test(path))
    throw new ProbeFailure('json', 'a captured value would change the path of the URL');
  return filled;
}

function inHeader(template: Secret, values: Values): Secret {
  const filled = fillTemplate(template.reveal(), (name) => {
    const value = valueOf(name, values);
    // Line ends would begin another header; what is not Latin-1 would become one when it is sent.
    if (!/^[\x20-\x7e\x80-\xff]*$/.test(value))
      throw new ProbeFailure('json', `{{${name}}} has characters that no header may have`);
    return value;
  });
  return new Secret(filled);
}

function inBody(value: string, encoding: BodyEncoding): string {
  if (encoding === 'json') return JSON.stringify(value).slice(1, -1);
  return encoding === 'form' ? encodeURIComponent(value) : value;
}

function filledAuth(auth: Authentication, values: Values): Authentication {
  return auth.kind === 'bearer' ? { ...auth, token: inHeader(auth.token, values) } : auth;
}
