import type { Path } from '../problem.js';
import type { Context } from '../resolving.js';
import type { Secret } from '../secret.js';
import type { DatabaseTarget } from '../target-url.js';
import { readSecret, resolveTls, type TlsSettings } from './credential-options.js';
import type { GivenHttp } from './http-options.js';

/** Address of a database and credentials for it. */
export interface DatabaseAddress {
  /** Without the brackets of an IPv6 address. */
  readonly host: string;
  readonly port: number;
  /** Name of the PostgreSQL database, or number of the Redis one. */
  readonly database?: string;
  readonly username?: string;
  readonly password?: Secret;
  /** Absent: no TLS. */
  readonly tls?: TlsSettings;
}

/** The options for access to a database, in `endpoints` and `sql_sources`. */
type GivenDatabase = Pick<GivenHttp, 'tls' | 'auth'>;

/** Address and credentials of a database. Reports contradictions. `urlPath` is the path of the URL. */
export async function resolveDatabase(
  target: DatabaseTarget,
  given: GivenDatabase,
  path: Path,
  urlPath: Path,
  context: Context,
): Promise<DatabaseAddress> {
  const { host, port, database } = target;
  const credentials =
    given.auth === undefined ? target : await givenCredentials(target, given.auth, [...path, 'auth'], context);
  const { username, password } = credentials;
  if (target.kind === 'postgres' && username === undefined && given.auth === undefined) {
    context.report(urlPath, 'names no user: postgres://user@host/database, or auth.basic', 'key');
  }
  const tls = await tlsOf(target, given.tls, [...path, 'tls'], context);
  return {
    host,
    port,
    ...(database === undefined ? {} : { database }),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls === undefined ? {} : { tls }),
  };
}

async function givenCredentials(
  target: DatabaseTarget,
  { basic, ...others }: NonNullable<GivenDatabase['auth']>,
  path: Path,
  context: Context,
): Promise<Pick<DatabaseAddress, 'username' | 'password'>> {
  const foreign = (['bearer', 'oauth2'] as const).filter((key) => others[key] !== undefined);
  for (const key of foreign) context.report([...path, key], `not an option of ${target.kind}://`, 'key');
  if (basic === undefined) {
    if (foreign.length === 0) context.report(path, 'needs basic', 'key');
    return {};
  }
  if (target.username !== undefined || target.password !== undefined) {
    context.report(path, 'the URL contains credentials, too: use only one of them', 'key');
  }
  const password = await readSecret(basic, 'password', [...path, 'basic'], context);
  // Redis may have a password without a user.
  if (basic.username === '' && target.kind === 'postgres')
    context.report([...path, 'basic', 'username'], 'must not be empty');
  return {
    ...(basic.username === '' ? {} : { username: basic.username }),
    ...(password === undefined ? {} : { password }),
  };
}

/** Like libpq, except for the default: no TLS without `sslmode` and `tls`, full verification with `tls`. */
async function tlsOf(
  { kind, sslMode }: DatabaseTarget,
  given: GivenDatabase['tls'],
  path: Path,
  context: Context,
): Promise<TlsSettings | undefined> {
  if ((sslMode ?? (given === undefined ? 'disable' : 'verify-full')) === 'disable') {
    if (given !== undefined)
      context.report(
        path,
        kind === 'redis' ? 'not an option of redis://, use rediss://' : 'contradicts sslmode=disable of the URL',
        'key',
      );
    return undefined;
  }
  const settings = await resolveTls(given ?? {}, path, context);
  if (sslMode === 'verify-ca') return { ...settings, acceptsAnyName: true };
  if (sslMode !== 'require') return settings;
  // With "require", libpq verifies the certificate only if it has certificates to trust.
  return settings.ca === undefined ? { ...settings, insecureSkipVerify: true } : { ...settings, acceptsAnyName: true };
}
