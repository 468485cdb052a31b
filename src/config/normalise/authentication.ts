import type { Authentication } from '../config.js';
import type { Path } from '../problem.js';
import type { Settings } from '../schema/document.js';
import { Secret } from '../secret.js';
import type { Context } from './context.js';
import { readNamedFile } from './file-content.js';

type GivenModule = NonNullable<NonNullable<Settings['probe']>['modules']>[string];
type GivenAuth = NonNullable<GivenModule['auth']>;

/** The credentials of `auth`; undefined, with a report, when they are incomplete or ambiguous. */
export async function normaliseAuth(
  given: GivenAuth,
  path: Path,
  context: Context,
): Promise<Authentication | undefined> {
  const { basic, bearer } = given;
  if ((basic === undefined) === (bearer === undefined)) {
    context.report(path, 'needs either basic or bearer', 'key');
    return undefined;
  }
  if (basic !== undefined) {
    const basicPath = [...path, 'basic'];
    if (basic.username.includes(':')) context.report([...basicPath, 'username'], 'must not contain a colon');
    const password = await readSecret(basic, 'password', basicPath, context);
    return password === undefined ? undefined : { kind: 'basic', username: basic.username, password };
  }
  const token = await readSecret(bearer ?? {}, 'token', [...path, 'bearer'], context);
  if (token === undefined) return undefined;
  if (!/^[\x21-\x7e]+$/.test(token.reveal())) {
    context.report([...path, 'bearer'], 'the token contains spaces or characters that no header may have', 'key');
  }
  return { kind: 'bearer', token };
}

/**
 * A secret that is given as `<key>` or as `<key>_file`; exactly one of them must be there.
 *
 * Returns undefined, with a report, when neither or both are, or when the file cannot be read.
 */
export async function readSecret<Key extends string>(
  given: { readonly [Name in Key | `${Key}_file`]?: string | undefined },
  key: Key,
  path: Path,
  context: Context,
): Promise<Secret | undefined> {
  const fileKey: `${Key}_file` = `${key}_file`;
  const value = given[key];
  const file = given[fileKey];
  if (value !== undefined && file !== undefined) {
    context.report([...path, fileKey], `${key} is given as well, only one of them may be`, 'key');
    return undefined;
  }
  if (file !== undefined) {
    const text = await readNamedFile(file, [...path, fileKey], context);
    return text === undefined ? undefined : new Secret(text);
  }
  if (value !== undefined) return new Secret(value);
  context.report(path, `needs either ${key} or ${fileKey}`, 'key');
  return undefined;
}
