import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { systemCodeOf } from '../../base/errors.js';
import { asciiHost } from '../../base/host-name.js';
import { decodeFile } from '../../base/text.js';
import { complete, type Given, mapping, type Option, optional, required } from '../option.js';
import { fileName, flag, text } from '../option-kinds.js';
import type { Path } from '../problem.js';
import type { Context } from '../resolving.js';
import { Secret } from '../secret.js';

/** Credentials of HTTP requests. */
export type Authentication =
  | { readonly kind: 'basic'; readonly username: string; readonly password: Secret }
  | { readonly kind: 'bearer'; readonly token: Secret };

/** Larger files with secrets are refused. */
const maximumSecretFileBytes = 1024 * 1024;

/** Options for a secret: the text, or `<key>_file` with the name of a file. `what` follows "the" in the help. */
export function secretOptions<const Key extends string>(key: Key, what: string, { mayBeEmpty = false } = {}) {
  return {
    [key]: optional(text({ mayBeEmpty }), `The ${what}; or ${key}_file with the name of a file, but not both.`, {
      isSecret: true,
    }),
    [`${key}_file`]: optional(
      fileName(),
      `File with the ${what}; or ${key} with the text itself, but not both. A line end after it is ignored.`,
      {
        quotes: 'always',
      },
    ),
  } as { readonly [Name in Key | `${Key}_file`]: Option<string> };
}

/** `auth`. */
export const authOptions = {
  basic: optional(
    mapping({
      username: required(text({ mayBeEmpty: true }), 'User name, without a colon.'),
      ...secretOptions('password', 'password', { mayBeEmpty: true }),
    }),
    'HTTP basic authentication.',
  ),
  bearer: optional(mapping(secretOptions('token', 'token')), 'Authorization: Bearer.'),
};

type GivenAuth = Given<typeof authOptions>;

/** The credentials of `auth`, which has only one of them; undefined after an error was reported. */
export async function resolveAuth(given: GivenAuth, path: Path, context: Context): Promise<Authentication | undefined> {
  const { basic, bearer } = given;
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
 * A secret that is given as `<key>` or as `<key>_file`. Exactly one must be given.
 *
 * Undefined after an error was reported, or if the file may be missing.
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
    context.report([...path, fileKey], `${key} is given, too: use only one of them`, 'key');
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

/**
 * The text of a file that the configuration names, without a final line end.
 *
 * Undefined for a file that is missing, empty, unreadable or larger than 1 MiB. Reports the reason unless the secret
 * may be missing. The message has the name of the file, never its content.
 */
export async function readNamedFile(file: string, path: Path, context: Context): Promise<string | undefined> {
  const absolute = resolve(context.directory, file);
  try {
    const chunks: Buffer[] = [];
    // Reads one byte more than permitted. The size is counted while reading, because a pipe or device has none.
    for await (const chunk of createReadStream(absolute, { end: maximumSecretFileBytes }) as AsyncIterable<Buffer>)
      chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    if (bytes.length > maximumSecretFileBytes) {
      return unread(path, 'must be the name of a file of at most 1 MiB', context);
    }
    const text = decodeFile(bytes)?.replace(/\r?\n$/, '');
    if (text !== undefined && text !== '') return text;
    return unread(
      path,
      text === undefined ? 'must be the name of a file of UTF-8 text' : 'must be the name of a file that is not empty',
      context,
    );
  } catch (error) {
    return unread(path, expectation(systemCodeOf(error)), context);
  }
}

function unread(path: Path, message: string, context: Context): undefined {
  if (context.missing?.tolerates(path) !== true) context.report(path, message);
}

function expectation(code: string | undefined): string {
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'must be the name of a file that exists';
  if (code === 'EISDIR') return 'is a folder, not a file';
  // A line end or NUL in a name means that it is probably the secret itself, so the message must not quote it.
  if (code === 'ENAMETOOLONG' || code === 'ERR_INVALID_ARG_VALUE') return 'not the name of a file';
  return `must be the name of a file that can be read (${code ?? 'unknown error'})`;
}

/** TLS settings with the content of PEM files. */
export interface TlsSettings {
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: Secret;
  readonly serverName?: string;
  /** Accepts a valid certificate for another host: `sslmode=verify-ca`. */
  readonly acceptsAnyName?: boolean;
  readonly insecureSkipVerify: boolean;
}

/** `tls`. */
export const tlsOptions = {
  ca_file: optional(fileName(), 'PEM file of the certificates to trust.', {
    defaultIs: 'those of Node.js',
    synonyms: 'ca ca_cert cacert ca_certificate root_ca ca_path',
  }),
  cert_file: optional(fileName(), 'PEM file of the client certificate; needs key_file.', {
    synonyms: 'cert certificate client_cert',
  }),
  key_file: optional(fileName(), 'PEM file of the unencrypted private key of cert_file.', {
    synonyms: 'private_key client_key',
  }),
  server_name: optional(text(), 'Name to ask for and to verify.', {
    defaultIs: 'the host of the URL',
    synonyms: 'sni servername',
  }),
  insecure_skip_verify: optional(
    flag(),
    'Whether to accept any certificate. Expiry and validity are exported either way.',
    {
      default: false,
      synonyms:
        'insecure skip_verify verify verify_ssl ssl_verify verify_tls tls_verify ignore_tls reject_unauthorized skip_tls_verify',
    },
  ),
};

type GivenTls = Given<typeof tlsOptions>;

/** The settings of `tls` with the content of the files. Reports files that are missing, not PEM, or do not match. */
export async function resolveTls(given: GivenTls, path: Path, context: Context): Promise<TlsSettings> {
  const read = async (key: 'ca_file' | 'cert_file' | 'key_file', label: RegExp) => {
    const file = given[key];
    if (file === undefined) return undefined;
    const text = await readNamedFile(file, [...path, key], context);
    if (text === undefined || label.test(text)) return text;
    context.report(
      [...path, key],
      `must be the name of a PEM file with a ${key === 'key_file' ? 'private key' : 'certificate'}`,
    );
    return undefined;
  };
  const ca = await read('ca_file', /-----BEGIN (?:TRUSTED )?CERTIFICATE-----/);
  const certificate = await read('cert_file', /-----BEGIN CERTIFICATE-----/);
  const key = await read('key_file', /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/);
  if ((given.cert_file === undefined) !== (given.key_file === undefined)) {
    context.report(path, 'needs both cert_file and key_file', 'key');
  }
  const serverName = given.server_name === undefined ? undefined : asciiHost(given.server_name);
  if (given.server_name !== undefined && serverName === undefined)
    context.report([...path, 'server_name'], 'must be a host name');
  const settings: TlsSettings = {
    ...(ca === undefined ? {} : { ca }),
    ...(certificate === undefined ? {} : { certificate }),
    ...(key === undefined ? {} : { key: new Secret(key) }),
    ...(serverName === undefined ? {} : { serverName }),
    insecureSkipVerify: complete(tlsOptions, given).insecure_skip_verify,
  };
  if (ca !== undefined || certificate !== undefined) await tryOut(settings, path, context);
  return settings;
}

/** Lets OpenSSL read the files now, so that an error appears in the check and not in the first probe. */
async function tryOut({ ca, certificate: cert, key }: TlsSettings, path: Path, context: Context): Promise<void> {
  const { createSecureContext } = await import('node:tls');
  const { X509Certificate } = await import('node:crypto');
  // A secure context ignores trusted certificates that it cannot read, so each is checked separately.
  const authorities = ca?.match(/-----BEGIN (?:TRUSTED )?CERTIFICATE-----.*?(?:-----END|$)[^\n]*/gs) ?? [];
  if (!succeeds(() => authorities.forEach((pem) => new X509Certificate(pem)))) {
    context.report([...path, 'ca_file'], 'must be the name of a file with valid certificates');
  }
  if (cert === undefined || key === undefined) return;
  if (!succeeds(() => createSecureContext({ cert }))) {
    context.report([...path, 'cert_file'], 'must be the name of a file with a valid certificate');
  } else if (!succeeds(() => createSecureContext({ cert, key: key.reveal() }))) {
    context.report([...path, 'key_file'], 'must be the name of the file with the unencrypted private key of cert_file');
  }
}

function succeeds(attempt: () => void): boolean {
  try {
    attempt();
    return true;
  } catch {
    return false;
  }
}
