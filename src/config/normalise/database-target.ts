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
    default:
      return undefined;
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
  if (host === undefined || !isSound || texts.some((text) => text?.includes('\0'))) return expected;
  const sslMode = kind === 'postgres' ? sslModeOf(url) : url.search !== '' ? null : scheme === 'rediss' ? 'verify-full' : 'disable';
  if (sslMode === null) return kind === 'postgres' ? `must have no other parameter than sslmode, with disable, require, verify-ca or verify-full` : expected;
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

/** Null for parameters that cannot be obeyed: passing over `sslrootcert` would be worse than refusing it. */
function sslModeOf({ searchParams }: URL): SslMode | undefined | null {
  const names = [...searchParams.keys()];
  if (names.length === 0) return undefined;
  if (names.length > 1 || names[0] !== 'sslmode') return null;
  return sslModes.find((mode) => mode === searchParams.get('sslmode')) ?? null;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
