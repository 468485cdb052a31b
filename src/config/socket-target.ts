import { bracketed, hostOf } from '../base/host-name.js';

/** Protocols whose beginning the exporter knows: how they greet, and how they change to TLS. */
export const knownProtocols = ['smtp', 'imap', 'pop3', 'ftp', 'ldap', 'postgres'] as const;

/** See `knownProtocols`. */
export type KnownProtocol = (typeof knownProtocols)[number];

/** A port that is connected to, taken apart. */
export interface SocketTarget {
  readonly kind: 'tcp' | 'tls';
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  /** What is spoken there, as far as the scheme says it. */
  readonly protocol?: KnownProtocol;
  readonly shown: string;
}

/** A gRPC server that is asked for its health, taken apart. */
export interface GrpcTarget {
  readonly kind: 'grpc' | 'grpcs';
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  /** Empty: the server itself. */
  readonly service: string;
  readonly shown: string;
}

/** A host that is pinged, taken apart. */
export interface IcmpTarget {
  readonly kind: 'icmp';
  /** Without brackets. */
  readonly host: string;
  readonly shown: string;
}

/** The schemes of ports, those of TLS with the port that they have unless another one is given. */
const schemes: Readonly<Record<string, Pick<SocketTarget, 'kind' | 'protocol'> & { readonly port?: number }>> = {
  tcp: { kind: 'tcp' },
  tls: { kind: 'tls' },
  smtps: { kind: 'tls', protocol: 'smtp', port: 465 },
  imaps: { kind: 'tls', protocol: 'imap', port: 993 },
  pop3s: { kind: 'tls', protocol: 'pop3', port: 995 },
  ftps: { kind: 'tls', protocol: 'ftp', port: 990 },
  ldaps: { kind: 'tls', protocol: 'ldap', port: 636 },
};

/** What speaks a known protocol without TLS at first, with the port that it usually has. */
const plainSchemes: Readonly<Record<string, readonly [protocol: KnownProtocol, port: number]>> = {
  smtp: ['smtp', 25],
  submission: ['smtp', 587],
  imap: ['imap', 143],
  pop3: ['pop3', 110],
  pop: ['pop3', 110],
  ftp: ['ftp', 21],
  ldap: ['ldap', 389],
};

/** Schemes of other programs for a port of which no more than the connection is known, by whether TLS is there from the first byte. */
const otherSchemes: readonly (readonly [scheme: RegExp, kind: SocketTarget['kind']])[] = [
  [/^(?:ssl|amqps|mqtts|sips|ircs|nntps|submissions|telnets)$/, 'tls'],
  [/^(?:ssh|sftp|telnet|mqtt|sip|irc|nntp|git|rsync|smb|nfs|rtmp|rtsp|vnc|rdp|socket)$/, 'tcp'],
];

/** What a URL of another scheme must be instead; undefined where nothing is known of it. */
function otherSocket(scheme: string, givenPort: string): string | undefined {
  const [protocol, usualPort] = plainSchemes[scheme] ?? [];
  if (protocol !== undefined)
    return `must be tcp://host:${givenPort || usualPort} with "starttls: ${protocol}", without it for no TLS, or ${protocol}s://host for TLS from the first byte`;
  if (/^(?:udp|ntp|snmp|syslog|quic|tftp|radius)$/.test(scheme))
    return 'must be a service over TCP: of those over UDP only dns:// is asked';
  if (/^(?:ping|ping6|icmp[46])$/.test(scheme)) return 'must be icmp://host';
  const [, kind] = otherSchemes.find(([known]) => known.test(scheme)) ?? [];
  return kind && `must be ${kind}://host:port${kind === 'tls' ? ', which has TLS from the first byte' : ''}`;
}

/** What to write instead of a port that is known to begin otherwise than `kind` says; undefined for one that may well be meant. */
export function otherBeginning({
  kind,
  protocol,
  port,
}: Pick<SocketTarget, 'kind' | 'protocol' | 'port'>): string | undefined {
  if (protocol === undefined) return undefined;
  if (kind === 'tls') {
    const isPlain = Object.values(plainSchemes).some(([spoken, usual]) => spoken === protocol && usual === port);
    return isPlain
      ? `port ${port} begins without TLS: write tcp://host:${port} with "starttls: ${protocol}"`
      : undefined;
  }
  const [scheme] =
    Object.entries(schemes).find(([, other]) => other.protocol === protocol && other.port === port) ?? [];
  return scheme && `port ${port} has TLS from the first byte: write ${scheme}://host without starttls`;
}

/** Takes a URL of these schemes apart; a text says what it must be instead, undefined that it is a URL of another kind. */
export function socketTarget(url: URL): SocketTarget | string | undefined {
  const scheme = url.protocol.slice(0, -1);
  const found = schemes[scheme];
  // Of `git:3000/health` the host is git.
  if (found === undefined) return hostOf(url) === undefined ? undefined : otherSocket(scheme, url.port);
  const { kind, protocol, port: ownPort = 0 } = found;
  const host = hostOf(url);
  const port = url.port === '' ? ownPort : Number(url.port);
  if (!isBare(url) || port === 0 || host === undefined)
    return `must be ${scheme}://${ownPort === 0 ? 'host:port' : 'host or host:port'} and nothing more`;
  return {
    kind,
    host,
    port,
    ...(protocol === undefined ? {} : { protocol }),
    shown: `${scheme}://${bracketed(host)}:${port}`,
  };
}

/** Names of services are those of protobuf. */
const serviceName = /^(?:[\w.-]{1,200}|)$/;

/** Takes grpc://host:port/service apart; a text says what it must be instead. */
export function grpcTarget(url: URL): GrpcTarget | string {
  const scheme = url.protocol === 'grpcs:' ? 'grpcs' : 'grpc';
  const host = hostOf(url);
  const port = Number(url.port);
  const service = url.pathname.slice(1);
  if (host === undefined || port === 0 || !serviceName.test(service) || !hasOnlyPath(url))
    return `must be ${scheme}://host:port or ${scheme}://host:port/package.Service`;
  const shown = `${scheme}://${bracketed(host)}:${port}${service === '' ? '' : `/${service}`}`;
  return { kind: scheme, host, port, service, shown };
}

/** Takes icmp://host apart; a text says what it must be instead. */
export function icmpTarget(url: URL): IcmpTarget | string {
  const host = hostOf(url);
  if (host === undefined || url.port !== '' || !isBare(url)) return 'must be icmp://host and nothing more';
  return { kind: 'icmp', host, shown: `icmp://${bracketed(host)}` };
}

function isBare(url: URL): boolean {
  return ['', '/'].includes(url.pathname) && hasOnlyPath(url);
}

function hasOnlyPath({ search, hash, username, password }: URL): boolean {
  return [search, hash, username, password].every((part) => part === '');
}
