import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { TlsSettings } from '../../config/config.js';
import { addPhase, type Measurement } from '../measurement.js';
import { earlierCertificate, secure, type TlsContexts } from './tls.js';

/** What TLS is made with, besides the settings of an endpoint. */
export interface HandshakeOptions {
  readonly contexts: TlsContexts;
  /** Offered by ALPN; empty: none. */
  readonly protocols: readonly string[];
}

/**
 * Secures an open connection, noting the phase `tls`, the certificate and the cipher. Fails with `tls`, or with the reason of `signal`, and the connection is closed then.
 */
export async function handshake(
  socket: Socket,
  host: string,
  settings: TlsSettings,
  { contexts, protocols }: HandshakeOptions,
  measurement: Measurement,
  signal: AbortSignal,
): Promise<TLSSocket> {
  const startedAt = performance.now();
  try {
    const secured = await secure(socket, host, settings, contexts.for(settings), protocols, signal, (facts) => {
      measurement.certificate = earlierCertificate(measurement.certificate, facts);
      measurement.note(
        () =>
          `certificate ${facts.verified ? 'valid' : 'NOT VALID'}, expires ${new Date(facts.expiryTimestampSeconds * 1000).toISOString()} (${facts.whose})`,
      );
    });
    measurement.note(() => `${secured.getProtocol() ?? 'TLS'} ${secured.getCipher().name}`);
    return secured;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    addPhase(measurement, 'tls', startedAt);
  }
}
