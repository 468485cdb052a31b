import type { RequestListener, Server, ServerOptions } from 'node:http';
import { createServer } from 'node:https';
import type { SecureContextOptions, TLSSocket } from 'node:tls';
import { messageOf } from '../errors.js';
import type { Log } from '../log.js';
import type { ClientAuthentication, WebTls } from './web-tls.js';

/** How long a client may take for the handshake. */
const handshakeTimeoutMilliseconds = 10_000;

/** An HTTPS server whose certificate can be replaced while it runs. */
export interface SecureServer {
  readonly server: Server;
  /** Uses this certificate, key and client CA for connections to come. */
  renew(tls: WebTls): void;
}

/** An HTTPS server; which clients it lets in is decided during the handshake, before a request is read. */
export function createSecureServer(tls: WebTls, limits: ServerOptions, listener: RequestListener, log: Log): SecureServer {
  const { clientAuthentication } = tls;
  const server = createServer(
    {
      ...limits,
      ...contextOf(tls),
      handshakeTimeout: handshakeTimeoutMilliseconds,
      requestCert: clientAuthentication !== 'NoClientCert',
      rejectUnauthorized: clientAuthentication === 'RequireAndVerifyClientCert',
    },
    listener,
  );
  server.on('secureConnection', (socket: TLSSocket) => {
    if (!admits(clientAuthentication, socket)) socket.destroy();
  });
  server.on('tlsClientError', (error) => log.debug('tls handshake failed', { error: messageOf(error) }));
  return { server, renew: (next) => server.setSecureContext(contextOf(next)) };
}

function contextOf(tls: WebTls): SecureContextOptions {
  return {
    cert: tls.certificate,
    key: tls.key.reveal(),
    minVersion: tls.minVersion,
    ...(tls.clientCa === undefined ? {} : { ca: tls.clientCa }),
  };
}

/** The policies that Node.js does not have: both let the handshake pass and decide by the certificate that came. */
function admits(policy: ClientAuthentication, socket: TLSSocket): boolean {
  const presented = Object.keys(socket.getPeerCertificate()).length > 0;
  if (policy === 'RequireAnyClientCert') return presented;
  if (policy === 'VerifyClientCertIfGiven') return !presented || socket.authorized;
  return true;
}
