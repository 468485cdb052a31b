import { isIPv4, isIPv6 } from 'node:net';
import { asciiHost, bracketed, hostOf, readUrl } from '../base/host-name.js';
import { type RecordType, recordTypes } from './dns-records.js';
import { Secret } from './secret.js';
import {
  type GrpcTarget,
  grpcTarget,
  type IcmpTarget,
  icmpTarget,
  type SocketTarget,
  socketTarget,
} from './socket-target.js';

/** A parsed URL of a target. */
export type Target =
  | {
      readonly kind: 'http' | 'https';
      /** Without credentials and fragment. */
      readonly url: string;
      /** Without credentials, query and fragment, for people. */
      readonly shown: string;
      /** From `user:password@` in the URL. */
      readonly credentials?: { readonly username: string; readonly password: Secret };
    }
  | SocketTarget
  | GrpcTarget
  | IcmpTarget
  | WebSocketTarget
  | DnsTarget
  | DatabaseTarget;

/** A parsed URL of a WebSocket server. */
export interface WebSocketTarget extends Pick<SocketTarget, 'host' | 'port'> {
  readonly kind: 'ws' | 'wss';
  /** The same URL with http:// or https://. */
  readonly address: string;
  readonly shown: string;
  readonly credentials?: { readonly username: string; readonly password: Secret };
}

/** A parsed URL of a DNS query. */
export interface DnsTarget {
  readonly kind: 'dns';
  /** The server, without the brackets of an IPv6 address. */
  readonly host: string;
  readonly port: number;
  /** The name to look up. */
  readonly question: string;
  readonly recordType: RecordType;
  readonly shown: string;
}

/** Parses a URL of a target. A text says what it must be instead. */
export function parseTarget(text: string): Target | string {
  // WHATWG URL ignores tabs and line ends, and spaces at both ends. Here they are mistakes.
  const standard = /\s/.test(text) ? text : standardDatabaseUrl(text);
  const url = /\s/.test(standard) ? undefined : readUrl(standard);
  if (url === undefined) return databaseRefusal(text) ?? unreadable(text);
  switch (url.protocol) {
    case 'http:':
    case 'https:':
      return httpTarget(text, url);
    case 'ws:':
    case 'wss:':
      return webSocketTarget(text);
    case 'grpc:':
    case 'grpcs:':
      return grpcTarget(url);
    case 'icmp:':
      return icmpTarget(url);
    case 'dns:':
      return dnsTarget(url);
    default:
      return (
        socketTarget(url) ??
        databaseTarget(url) ??
        'must be a URL that begins with http://, https://, ws://, grpc://, tcp://, tls://, icmp://, dns://, postgres:// or redis://'
      );
  }
}

function unreadable(text: string): string {
  if (/^\$\w+$/.test(text)) return 'must be a URL: variables of the environment are written as ${NAME}';
  // In `http://user:p#w@host` the parser reads `p` as the port.
  if (/^https?:\/\/[^/?#@]*:(?!\d+[/?#])[^@]*[/?#[\]][^@]*@/i.test(text))
    return 'must have its credentials percent-encoded: "#" is %23, "/" is %2F, "?" is %3F';
  // Only the digits of its port are wrong.
  if (/^[a-z][a-z0-9+.-]*:\/\/[^/?#@\s]*:\d{5,}(?:[/?#]|$)/i.test(text)) return 'must have a port between 1 and 65535';
  return 'must be a URL such as http://localhost:8000/health';
}

/** The base URL for the paths of an API, without a final slash, or the error message. */
export function baseUrl(
  text: string,
  { example, credentialsKey }: { readonly example: string; readonly credentialsKey: string },
): { readonly url: string; readonly refusal?: never } | { readonly refusal: string; readonly url?: never } {
  const target = parseTarget(text);
  if (typeof target === 'string' || !('url' in target)) return { refusal: `must be a URL such as ${example}` };
  if (target.credentials !== undefined)
    return { refusal: `the URL contains credentials; they belong under ${credentialsKey}` };
  if (/[?#]/.test(text)) return { refusal: 'must be a URL without query and fragment' };
  return { url: target.url.replace(/\/+$/, '') };
}

function httpTarget(text: string, url: URL): Target | string {
  // `http:host` and `http:/host` are valid URLs, but are probably mistakes.
  if (!/^https?:\/\/[^/]/i.test(text)) return 'must be a URL such as http://localhost:8000/health';
  if (url.port === '0') return 'must have a port between 1 and 65535';
  const { username, password } = url;
  let credentials: { readonly username: string; readonly password: Secret } | undefined;
  if (username !== '' || password !== '') {
    try {
      credentials = { username: decodeURIComponent(username), password: new Secret(decodeURIComponent(password)) };
    } catch {
      return 'must have its credentials percent-encoded as UTF-8';
    }
    url.username = '';
    url.password = '';
  }
  url.hash = '';
  return {
    kind: url.protocol === 'https:' ? 'https' : 'http',
    url: url.href,
    shown: url.origin + (url.pathname === '/' ? '' : url.pathname),
    ...(credentials === undefined ? {} : { credentials }),
  };
}

/** Read as a URL of HTTP, because the handshake is an HTTP request. */
function webSocketTarget(text: string): WebSocketTarget | string {
  const asHttp = text.replace(/^ws/i, 'http');
  const url = new URL(asHttp);
  const target = httpTarget(asHttp, url);
  if (typeof target === 'string' || !('url' in target)) return 'must be a URL such as wss://crm.example.com/live';
  const { kind, url: address, shown, credentials } = target;
  return {
    kind: kind === 'https' ? 'wss' : 'ws',
    host: hostOf(url) ?? '',
    port: Number(url.port || (kind === 'https' ? 443 : 80)),
    address,
    shown: shown.replace(/^http/, 'ws'),
    ...(credentials === undefined ? {} : { credentials }),
  };
}

/** Names of DNS have parts of 1 to 63 characters. */
const isQuestion = /^(?=.{1,254}$)(?:[^.:]{1,63}\.)*[^.:]{1,63}\.?$/;

/** Reads the form of RFC 4501 without a class. */
function dnsTarget(url: URL): Target | string {
  const example = 'must be dns://server/name or dns://server:port/name?type=MX';
  const host = hostOf(url);
  const port = url.port === '' ? 53 : Number(url.port);
  const question = asciiHost(decoded(url.pathname.slice(1)) ?? '') ?? '';
  const [given = 'A', ...others] = url.searchParams.getAll('type');
  const recordType = recordTypes.find((type) => type === given.toUpperCase());
  if (recordType === undefined || others.length > 0)
    return `must have one type of ${recordTypes.slice(0, -1).join(', ')} and ${recordTypes.at(-1)}`;
  const isBare = url.username === '' && url.password === '' && url.hash === '' && /^\?type=\w+$|^$/.test(url.search);
  if (isIPv4(question))
    return `must ask for a name: that of ${question} is ${question.split('.').reverse().join('.')}.in-addr.arpa?type=PTR`;
  if (isIPv6(question)) return 'must ask for a name: that of an IPv6 address ends in .ip6.arpa';
  if (!isBare || port === 0 || host === undefined || !isQuestion.test(question)) return example;
  const shownPort = port === 53 ? '' : `:${port}`;
  return {
    kind: 'dns',
    host,
    port,
    question,
    recordType,
    shown: `dns://${bracketed(host)}${shownPort}/${question}${recordType === 'A' ? '' : `?type=${recordType}`}`,
  };
}

/** The error message for the URL of a target; undefined if it is valid. */
export function targetRefusal(text: string): string | undefined {
  const target = parseTarget(text);
  return typeof target === 'string' ? target : undefined;
}

/** The error message for an address of links; undefined if a path can be appended. */
export function linkRefusal(text: string, example: string): string | undefined {
  const target = parseTarget(text);
  if (typeof target === 'string' || !('url' in target)) return `must be a URL such as ${example}`;
  if (target.credentials !== undefined)
    return 'the URL contains credentials, which everybody who is notified would see';
  return /[?#]/.test(text) ? 'must be a URL without query and fragment' : undefined;
}

/** A valid address without its final slash. */
export function withoutFinalSlash(text: string): string {
  const target = parseTarget(text);
  return (typeof target !== 'string' && 'url' in target ? target.url : text).replace(/\/+$/, '');
}

/** Values of libpq's `sslmode`; see `reference.yml`. */
type SslMode = 'disable' | 'require' | 'verify-ca' | 'verify-full';

/** A parsed URL of a database. */
export interface DatabaseTarget {
  readonly kind: 'postgres' | 'redis';
  /** Without the brackets of an IPv6 address. */
  readonly host: string;
  readonly port: number;
  readonly database?: string;
  readonly username?: string;
  readonly password?: Secret;
  /** Absent: not given. For Redis, `rediss://` is `verify-full` and `redis://` is `disable`. */
  readonly sslMode?: SslMode;
  /** Without credentials and query, for people. */
  readonly shown: string;
}

const forms = {
  postgres: { port: 5432, expected: 'must be postgres://user@host:port/database', database: /^[^/]{1,63}$/ },
  redis: { port: 6379, expected: 'must be redis://host:port/number or rediss://', database: /^\d{1,5}$/ },
} as const;

const sslModes: readonly SslMode[] = ['disable', 'require', 'verify-ca', 'verify-full'];

/**
 * Parameters about the behaviour of a client, which a probe ignores. They do not change the address or the
 * verification. Written in small letters without `_`, because each library has another spelling.
 */
const harmlessParameters: ReadonlySet<string> = new Set(
  `applicationname fallbackapplicationname clientname connecttimeout connectiontimeout logintimeout sockettimeout socketconnecttimeout timeout tcpusertimeout
  keepalives keepalivesidle keepalivesinterval keepalivescount healthcheckinterval clientencoding encoding charset serverversion timezone schema protocol family
  connectionlimit maxconnections maxconns pool poolsize pooltimeout poolmaxconns poolminconns maxoverflow connmaxage retryontimeout decoderesponses
  pgbouncer preparedstatementcachesize statementcachesize preparethreshold defaultqueryexecmode asyncfallback uselibpqcompat supa workaround`.split(
    /\s+/,
  ),
);

const notHere = (name: string) => `must have no ${name}; use `;

/** What to write instead of parameters that must not be ignored. */
const otherwise: Readonly<Record<string, string>> = {
  ssl: 'must have sslmode=require or sslmode=verify-full instead of ssl',
  sslrootcert: `${notHere('sslrootcert')}tls.ca_file here`,
  sslcert: `${notHere('sslcert')}tls.cert_file here`,
  sslkey: `${notHere('sslkey')}tls.key_file here`,
  ssl_ca_certs: `${notHere('ssl_ca_certs')}tls.ca_file here`,
  ssl_cert_reqs: `${notHere('ssl_cert_reqs')}tls.insecure_skip_verify here`,
  channel_binding:
    'must have no channel_binding, which this client does not have; sslmode=verify-full proves which server it is',
  options: 'must have no options: the exporter makes no settings in the session',
  host: 'must name its host after the "@": postgres://user@host:port/database',
  user: 'must name its user before the "@": postgres://user@host:port/database',
  username: 'must name its user before the "@": redis://user:password@host:port/number',
  password: 'must have its password before the "@", or in auth.basic',
  db: 'must have the number of its database after the "/": redis://host:port/number',
};

const noSockets = 'must have a host: sockets of the file system are not supported';

/** Databases and queues that are not supported, with any driver. */
const isOtherDatabase =
  /^(?:mysql2?|mariadb|mongodb|mssql|sqlserver|oracle|amqps?|memcached|clickhouse|cassandra|kafka|nats|elasticsearch)(?:\+\w+)?:/i;

const isDatabaseUrl = /^(?:postgres(?:ql)?|rediss?)(?:\+\w+)?:/i;

/**
 * Makes a standard URL from forms of other programs: removes the driver of SQLAlchemy (`postgresql+asyncpg://`), and
 * percent-encodes special characters of a password (`p#w`). Does not change other texts.
 */
function standardDatabaseUrl(text: string): string {
  if (!isDatabaseUrl.test(text)) return text;
  const plain = text.replace(/^(postgres(?:ql)?)\+\w+:/i, '$1:');
  // Digits before a slash are a port, and a later "@" belongs to the path or query.
  return plain.replace(/^(\w+:\/\/[^:/?#@]*:)(?!\d+[/?])([^@]*)(?=@)/, (_all, start: string, password: string) => {
    return start + password.replace(/%(?![0-9a-f]{2})|[^\w.~!$&'()*+,;=:%-]/gi, (letter) => encodeURIComponent(letter));
  });
}

/** The error message for an invalid URL; undefined if it is not one of a database. */
function databaseRefusal(text: string): string | undefined {
  if (/^jdbc:/i.test(text)) return 'must be without "jdbc:", as in postgres://user@host:port/database';
  if (/^(?:postgis|psql|pgsql|pg|timescale(?:db)?|cockroach(?:db)?)(?:\+\w+)?:/i.test(text))
    return 'must begin with postgres://';
  if (/^valkeys?:/i.test(text)) return 'must begin with redis://, or rediss:// for TLS';
  if (isOtherDatabase.test(text))
    return 'must begin with tcp:// and end with its port: of databases, only PostgreSQL and Redis have a probe of their own; for others the exporter only connects';
  if (/^(?:host|hostaddr|server|data source|dbname|database|user|user id|port)\s*=/i.test(text))
    return 'must be a URL such as postgres://user@host:port/database';
  if (!isDatabaseUrl.test(text)) return undefined;
  if (/^\w+(?:\+\w+)?:\/\/(?:[^/?#]*@)?(?:\/|%2f)|[?&]host=(?:\/|%2f)/i.test(text)) return noSockets;
  if (/^[^?#]*@?[^/?#]+,[^/?#]+/.test(text)) return 'must name one host: configure each as a component of its own';
  return /^r/i.test(text) ? forms.redis.expected : forms.postgres.expected;
}

/** Parses a URL of a database. A text says what it must be instead; undefined for a URL of another kind. */
function databaseTarget(url: URL): DatabaseTarget | string | undefined {
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
      return 'must be redis://host:port/number of one server: sentinels are not supported';
    case 'unix':
    case 'redis-socket':
      return noSockets;
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
  if (username === undefined || password === undefined || database === undefined)
    return 'must have its credentials percent-encoded as UTF-8';
  const isSound = port !== 0 && url.hash === '' && (database === '' || databasePattern.test(database));
  if (host === undefined || !isSound || texts.some((text) => text?.includes('\0')))
    return databaseRefusal(url.href) ?? expected;
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

function redisMode(url: URL, scheme: string): SslMode | { readonly refusal: string } {
  const refusal = refusalOf([...url.searchParams.keys()]);
  if (refusal !== undefined) return { refusal };
  return scheme === 'rediss' ? 'verify-full' : 'disable';
}

/** Refuses parameters that it does not support, because ignoring `sslrootcert` is unsafe. */
function sslModeOf({ searchParams }: URL): SslMode | undefined | { readonly refusal: string } {
  const refusal = refusalOf([...searchParams.keys()].filter((name) => name !== 'sslmode'));
  if (refusal !== undefined) return { refusal };
  const [given, second] = searchParams.getAll('sslmode');
  if (given === undefined) return undefined;
  const sslMode = sslModes.find((mode) => mode === given);
  if (sslMode !== undefined && second === undefined) return sslMode;
  const meant =
    {
      prefer: '; instead of prefer or allow use require or disable',
      allow: '; instead of prefer or allow use require or disable',
      'no-verify': ', where no-verify is called require',
    }[given] ?? '';
  return { refusal: `must have one sslmode of disable, require, verify-ca and verify-full${meant}` };
}

/** The error message for the first parameter that is neither supported nor harmless. */
function refusalOf(names: readonly string[]): string | undefined {
  const name = names.find((each) => !harmlessParameters.has(each.replaceAll('_', '').toLowerCase()));
  if (name === undefined) return undefined;
  if (Object.hasOwn(otherwise, name)) return otherwise[name];
  // Anything but a simple name may be a part of a password.
  const shown = /^[a-z][a-z_]{0,30}$/i.test(name) ? `no parameter ${JSON.stringify(name)}` : 'no such parameter';
  return `must have ${shown}, which this client does not know`;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
