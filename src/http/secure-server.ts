import { isIPv6, type Socket, SocketAddress } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { messageOf } from '../base/errors.js';
import type { Log } from '../base/log.js';
import { contextOf, type WebTls } from './web-tls.js';

/**
 * The names, addresses, e-mail addresses and URIs in the `subjectaltname` of a certificate. Node.js puts the value of an entry
 * in quotes, as JSON, where it could be taken for more than one, and writes a comma in it as an escape.
 */
function alternativeNames(text: string): readonly string[] {
  return text.split(', ').flatMap((entry) => {
    const [, kind, value = ''] = /^(DNS|IP Address|email|URI):(.*)$/s.exec(entry) ?? [];
    if (kind === undefined) return [];
    const plain = value.startsWith('"') ? (JSON.parse(value) as string) : value;
    return [kind === 'IP Address' ? comparable(plain) : plain];
  });
}

/** An IPv6 address in its shortest form; any other text as it is. */
function comparable(name: string): string {
  return isIPv6(name) ? new SocketAddress({ address: name, family: 'ipv6' }).address : name;
}

/** How long a client may take for the handshake. */
const handshakeTimeoutMilliseconds = 10_000;

/**
 * Takes TCP connections over, each with the settings for it, and calls `accept` with those whose client may come in. There is one server of Node.js for each settings, which does not listen itself: which certificates are asked
 * for cannot be changed later, and sessions that clients want to resume end with the settings they began under.
 */
export function secureConnections(
  accept: (socket: TLSSocket, tls: WebTls) => void,
  log: Log,
): (raw: Socket, tls: WebTls) => void {
  let made: { readonly tls: WebTls; readonly server: Server } | undefined;
  return (raw, tls) => {
    if (made?.tls !== tls) made = { tls, server: serverFor(tls, accept, log) };
    made.server.emit('connection', raw);
  };
}

function serverFor(tls: WebTls, accept: (socket: TLSSocket, tls: WebTls) => void, log: Log): Server {
  const server = createServer({
    ...contextOf(tls),
    ALPNProtocols: ['http/1.1'],
    handshakeTimeout: handshakeTimeoutMilliseconds,
    requestCert: tls.clientAuthentication !== 'NoClientCert',
    rejectUnauthorized: tls.clientAuthentication === 'RequireAndVerifyClientCert',
  });
  server.on('secureConnection', (socket) => {
    const refusal = refusalOf(tls, socket);
    if (refusal === undefined) return accept(socket, tls);
    log.debug('client certificate refused', { reason: refusal });
    socket.destroy();
  });
  server.on('tlsClientError', (error, socket) => {
    log.debug('tls handshake failed', { error: messageOf(error) });
    socket.destroy();
  });
  return server;
}

/** What Node.js does not see to: policies that let the handshake pass and decide by the certificate that came, and its names. */
function refusalOf({ clientAuthentication, clientAllowedSans }: WebTls, socket: TLSSocket): string | undefined {
  const { subjectaltname, raw } = socket.getPeerCertificate();
  const isPresented = raw !== undefined;
  if (clientAuthentication === 'RequireAnyClientCert' && !isPresented) return 'there is none';
  if (clientAuthentication === 'VerifyClientCertIfGiven' && isPresented && !socket.authorized)
    return 'it is not from the client CA';
  if (clientAllowedSans === undefined) return undefined;
  const names = alternativeNames(subjectaltname ?? '');
  return clientAllowedSans.some((name) => names.includes(comparable(name)))
    ? undefined
    : 'none of client_allowed_sans is in it';
}
