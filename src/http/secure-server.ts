import { isIPv6, type Socket, SocketAddress } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { messageOf } from '../base/errors.js';
import type { Log } from '../base/log.js';
import { contextOf, type WebTls } from './web-tls.js';

/**
 * The names, addresses, e-mail addresses and URIs in the `subjectaltname` of a certificate. Node.js quotes a value as
 * JSON when it is ambiguous, and escapes commas in it.
 */
function alternativeNames(text: string): readonly string[] {
  return text.split(', ').flatMap((entry) => {
    const [, kind, value = ''] = /^(DNS|IP Address|email|URI):(.*)$/s.exec(entry) ?? [];
    if (kind === undefined) return [];
    const plain = value.startsWith('"') ? (JSON.parse(value) as string) : value;
    return [kind === 'IP Address' ? comparable(plain) : plain];
  });
}

/** An IPv6 address in its shortest form. Other text is unchanged. */
function comparable(name: string): string {
  return isIPv6(name) ? new SocketAddress({ address: name, family: 'ipv6' }).address : name;
}

/** Maximum time for the handshake of a client. */
const handshakeTimeoutMilliseconds = 10_000;

/**
 * Handles TCP connections with the settings for each, and calls `accept` for permitted clients. Each group of settings
 * has its own server of Node.js, which does not listen: the requested client certificates cannot change later, and
 * sessions that clients resume must end with their settings.
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

/**
 * Checks that Node.js does not do: policies that accept the handshake and decide later by the certificate, and names in
 * the certificate.
 */
function refusalOf({ clientAuthentication, clientAllowedSans }: WebTls, socket: TLSSocket): string | undefined {
  const { subjectaltname, raw } = socket.getPeerCertificate();
  const isPresented = raw !== undefined;
  if (clientAuthentication === 'RequireAnyClientCert' && !isPresented) return 'the client sent none';
  if (clientAuthentication === 'VerifyClientCertIfGiven' && isPresented && !socket.authorized)
    return 'it is not from the client CA';
  if (clientAllowedSans === undefined) return undefined;
  const names = alternativeNames(subjectaltname ?? '');
  return clientAllowedSans.some((name) => names.includes(comparable(name)))
    ? undefined
    : 'it contains none of client_allowed_sans';
}
