import { bracketed, hostOf } from '../../host-name.js';
import { Secret } from '../secret.js';

/** How far libpq's `sslmode` goes; see `reference.yml`. */
export type SslMode = 'disable' | 'require' | 'verify-ca' | 'verify-full';

/** A database URL, taken apart. */
export interface DatabaseTarget {
  readonly kind: 'postgres' | 'redis';
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  readonly database?: string;
  readonly username?: string;
  readonly password?: Secret;
  /** Absent: not said. Of Redis, `rediss://` is `verify-full` and `redis://` is `disable`. */
  readonly sslMode?: SslMode;
  /** Without credentials and query, for people. */
  readonly shown: string;
}

const forms = {
  postgres: { port: 5432, expected: 'must be postgres://user@host:port/database', database: /^[^/]{1,63}$/ },
  redis: { port: 6379, expected: 'must be redis://host:port/number or rediss://', database: /^\d{1,5}$/ },
} as const;

const sslModes: readonly SslMode[] = ['disable', 'require', 'verify-ca', 'verify-full'];

/** Parameters about how a client behaves, not about where the database is or whom to trust: a probe passes over them. */
const harmlessParameters: ReadonlySet<string> = new Set([
  'application_name', 'fallback_application_name', 'connect_timeout', 'client_encoding', 'keepalives', 'keepalives_idle', 'keepalives_interval', 'keepalives_count',
  'schema', 'connection_limit', 'pool_timeout', 'pool_size', 'max_overflow', 'pgbouncer', 'statement_cache_size', 'prepared_statement_cache_size',
]);

/** What to write instead of parameters that must not be passed over. */
const otherwise: Readonly<Record<string, string>> = {
  ssl: 'must have sslmode=require or sslmode=verify-full instead of ssl',
  sslrootcert: 'must have no sslrootcert, that is tls.ca_file here',
  sslcert: 'must have no sslcert, that is tls.cert_file here',
  sslkey: 'must have no sslkey, that is tls.key_file here',
  host: 'must name its host after the "@": postgres://user@host:port/database',
  user: 'must name its user before the "@": postgres://user@host:port/database',
  password: 'must have its password before the "@", or in auth.basic',
};

const isDatabaseUrl = /^(?:postgres(?:ql)?|rediss?)(?:\+\w+)?:/i;

/**
 * The URL as other programs take it, as one of the standard: without the driver of SQLAlchemy (`postgresql+asyncpg://`), and
 * with what a password must not contain percent-encoded (`p#w`). Other texts come back as they are.
 */
export function standardDatabaseUrl(text: string): string {
  if (!isDatabaseUrl.test(text)) return text;
  const plain = text.replace(/^(postgres(?:ql)?)\+\w+:/i, '$1:');
  // Digits before a slash are a port: the "@" further on is one of the path or query.
  return plain.replace(/^(\w+:\/\/[^:/?#@]*:)(?!\d+[/?])([^@]*)(?=@)/, (_all, start: string, password: string) => {
    return start + password.replace(/%(?![0-9a-f]{2})|[^\w.~!$&'()*+,;=:%-]/gi, (letter) => encodeURIComponent(letter));
  });
}

/** What is wrong with a URL that cannot be parsed; undefined when it is not one of a database. */
export function databaseRefusal(text: string): string | undefined {
  if (/^jdbc:/i.test(text)) return 'must be without "jdbc:", as in postgres://user@host:port/database';
  if (!isDatabaseUrl.test(text)) return undefined;
  if (/^\w+(?:\+\w+)?:\/\/[^/?#]*@[^/?#]*@/.test(text)) return 'must have "@" in its password written as %40';
  if (/^[^?#]*@?[^/?#]+,[^/?#]+/.test(text)) return 'must name one host: each is a component of its own';
  return /^r/i.test(text) ? forms.redis.expected : forms.postgres.expected;
}

/** Takes a URL of these schemes apart; a text says what it must be instead, undefined that it is a URL of another kind. */
export function databaseTarget(url: URL): DatabaseTarget | string | undefined {
  const scheme = url.protocol.slice(0, -1);
  switch (scheme) {
    case 'postgres':
    case 'postgresql':
      return takeApart('postgres', 'postgres', url);
    case 'redis':
    case 'rediss':
      return takeApart('redis', scheme, url);
    case 'redis+sentinel':
    case 'redis-sentinel':
      return 'must be redis://host:port/number of one server, as sentinels are not asked';
    case 'unix':
    case 'redis+unix':
    case 'redis-socket':
      return 'must name a host, as sockets of the file system are not asked';
    default:
      return databaseRefusal(url.href);
  }
}

function takeApart(kind: DatabaseTarget['kind'], scheme: string, url: URL): DatabaseTarget | string {
  const { port: defaultPort, expected, database: databasePattern } = forms[kind];
  const host = hostOf(url);
  const port = url.port === '' ? defaultPort : Number(url.port);
  const texts = [url.username, url.password, url.pathname.slice(1)].map(decoded);
  const [username, password, database] = texts;
  if (username === undefined || password === undefined || database === undefined) return 'must have its credentials percent-encoded as UTF-8';
  const isSound = port !== 0 && url.hash === '' && (database === '' || databasePattern.test(database));
  if (host === undefined || !isSound || texts.some((text) => text?.includes('\0'))) return databaseRefusal(url.href) ?? expected;
  const sslMode = kind === 'postgres' ? sslModeOf(url) : redisMode(url, scheme);
  if (typeof sslMode === 'object') return sslMode.refusal;
  return {
    kind,
    host,
    port,
    ...(database === '' ? {} : { database }),
    ...(username === '' ? {} : { username }),
    ...(password === '' ? {} : { password: new Secret(password) }),
    ...(sslMode === undefined ? {} : { sslMode }),
    shown: `${scheme}://${bracketed(host)}:${port}${database === '' ? '' : `/${encodeURIComponent(database)}`}`,
  };
}

function redisMode({ search }: URL, scheme: string): SslMode | { readonly refusal: string } {
  if (search !== '') return { refusal: forms.redis.expected };
  return scheme === 'rediss' ? 'verify-full' : 'disable';
}

/** Parameters that cannot be obeyed are refused: passing over `sslrootcert` would be worse. */
function sslModeOf({ searchParams }: URL): SslMode | undefined | { readonly refusal: string } {
  const names = [...searchParams.keys()].filter((name) => !harmlessParameters.has(name));
  if (names.length === 0) return undefined;
  const [refusal] = names.flatMap((name) => (Object.hasOwn(otherwise, name) ? (otherwise[name] ?? []) : []));
  if (refusal !== undefined) return { refusal };
  const sslMode = sslModes.find((mode) => mode === searchParams.get('sslmode'));
  if (names.length === 1 && sslMode !== undefined) return sslMode;
  return { refusal: 'must have no other parameter than sslmode, with disable, require, verify-ca or verify-full' };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
