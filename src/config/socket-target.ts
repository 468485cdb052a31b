import { bracketed, hostOf } from '../base/host-name.js';

/** Protocols whose greeting and change to TLS the exporter knows. */
export const knownProtocols = ['smtp', 'imap', 'pop3', 'ftp', 'ldap', 'postgres'] as const;

/** See `knownProtocols`. */
export type KnownProtocol = (typeof knownProtocols)[number];

/** A parsed URL of a TCP or TLS port. */
export interface SocketTarget {
  readonly kind: 'tcp' | 'tls';
  /** Without the brackets of an IPv6 address. */
  readonly host: string;
  readonly port: number;
  /** The protocol, if the scheme names it. */
  readonly protocol?: KnownProtocol;
  readonly shown: string;
}

/** A parsed URL of a gRPC server. */
export interface GrpcTarget {
  readonly kind: 'grpc' | 'grpcs';
  /** Without the brackets of an IPv6 address. */
  readonly host: string;
  readonly port: number;
  /** Empty means the server itself. */
  readonly service: string;
  readonly shown: string;
}

/** A parsed URL of a host for ping. */
export interface IcmpTarget {
  readonly kind: 'icmp';
  /** Without the brackets of an IPv6 address. */
  readonly host: string;
  readonly shown: string;
}

/** The schemes of ports. Some schemes of TLS have a default port. */
const schemes: Readonly<Record<string, Pick<SocketTarget, 'kind' | 'protocol'> & { readonly port?: number }>> = {
  tcp: { kind: 'tcp' },
  tls: { kind: 'tls' },
  smtps: { kind: 'tls', protocol: 'smtp', port: 465 },
  imaps: { kind: 'tls', protocol: 'imap', port: 993 },
  pop3s: { kind: 'tls', protocol: 'pop3', port: 995 },
  ftps: { kind: 'tls', protocol: 'ftp', port: 990 },
  ldaps: { kind: 'tls', protocol: 'ldap', port: 636 },
};

/** Schemes of known protocols that begin without TLS, with their usual port. */
const plainSchemes: Readonly<Record<string, readonly [protocol: KnownProtocol, port: number]>> = {
  smtp: ['smtp', 25],
  submission: ['smtp', 587],
  imap: ['imap', 143],
  pop3: ['pop3', 110],
  pop: ['pop3', 110],
  ftp: ['ftp', 21],
  ldap: ['ldap', 389],
};

/** Schemes of other programs for which only the connection is probed, by whether TLS starts at once. */
const otherSchemes: readonly (readonly [scheme: RegExp, kind: SocketTarget['kind']])[] = [
  [/^(?:ssl|amqps|mqtts|sips|ircs|nntps|submissions|telnets)$/, 'tls'],
  [/^(?:ssh|sftp|telnet|mqtt|sip|irc|nntp|git|rsync|smb|nfs|rtmp|rtsp|vnc|rdp|socket)$/, 'tcp'],
];

/** What to write instead of a URL of another scheme; undefined for an unknown scheme. */
function otherSocket(scheme: string, givenPort: string): string | undefined {
  const [protocol, usualPort] = plainSchemes[scheme] ?? [];
  if (protocol !== undefined)
    return `must be tcp://host:${givenPort || usualPort} with "starttls: ${protocol}", without it for no TLS, or ${protocol}s://host for TLS from the first byte`;
  if (/^(?:udp|ntp|snmp|syslog|quic|tftp|radius)$/.test(scheme))
    return 'must be a service over TCP: of services over UDP only dns:// can be probed';
  if (/^(?:ping|ping6|icmp[46])$/.test(scheme)) return 'must be icmp://host';
  const [, kind] = otherSchemes.find(([known]) => known.test(scheme)) ?? [];
  return kind && `must be ${kind}://host:port${kind === 'tls' ? ', which has TLS from the first byte' : ''}`;
}

/** What to write instead of a well-known port of the other kind; undefined if the port may be right. */
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

/** Parses a URL of a port. A text says what it must be instead; undefined for a URL of another kind. */
export function socketTarget(url: URL): SocketTarget | string | undefined {
  const scheme = url.protocol.slice(0, -1);
  const found = schemes[scheme];
  // In `git:3000/health`, git is a host and no scheme.
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

/** Services have the names of protobuf. */
const serviceName = /^(?:[\w.-]{1,200}|)$/;

/** Parses grpc://host:port/service. A text says what it must be instead. */
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

/** Parses icmp://host. A text says what it must be instead. */
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
