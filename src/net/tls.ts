import type { Socket } from 'node:net';
import { connect, createSecureContext, type PeerCertificate, type SecureContext, type TLSSocket } from 'node:tls';
import { messageOf, systemCodeOf } from '../base/errors.js';
import { ProbeFailure } from '../base/reason.js';
import { oneLine } from '../base/text.js';
import type { TlsSettings } from '../config/sections/credential-options.js';
import { literalAddress } from './resolve.js';

/** Facts about the other side's certificate, valid or not. */
export interface CertificateFacts {
  /** Unix seconds: the earliest expiry in the chain, without self-signed roots. */
  readonly expiryTimestampSeconds: number;
  /** The certificate that expires then: `leaf of crm.example.com`, `intermediate "R3" of crm.example.com`. */
  readonly whose: string;
  readonly verified: boolean;
}

/** Facts about the certificates of two connections of a probe: the earlier expiry, and whether all are valid. */
export function earlierCertificate(before: CertificateFacts | undefined, now: CertificateFacts): CertificateFacts {
  if (before === undefined) return now;
  const earlier = before.expiryTimestampSeconds <= now.expiryTimestampSeconds ? before : now;
  return { ...earlier, verified: before.verified && now.verified };
}

/**
 * Parsed certificates and keys, shared by all endpoints with the same ones, because parsing costs as much as a
 * handshake. Memory is freed with the last settings that use them: each reload may bring renewed certificates.
 */
export class TlsContexts {
  readonly #bySettings = new WeakMap<TlsSettings, SecureContext>();
  readonly #byMaterial = new Map<string, WeakRef<SecureContext>>();

  /** The context for these settings. Fails with `tls` when key and certificate do not fit. */
  for(settings: TlsSettings): SecureContext {
    const known = this.#bySettings.get(settings);
    if (known !== undefined) return known;
    const { ca, certificate, key } = settings;
    const material = JSON.stringify([ca, certificate, key?.reveal()]);
    const context = this.#byMaterial.get(material)?.deref() ?? parse(ca, certificate, key);
    for (const [other, reference] of this.#byMaterial)
      if (reference.deref() === undefined) this.#byMaterial.delete(other);
    this.#byMaterial.set(material, new WeakRef(context));
    this.#bySettings.set(settings, context);
    return context;
  }
}

function parse(ca: TlsSettings['ca'], cert: TlsSettings['certificate'], key: TlsSettings['key']): SecureContext {
  try {
    return createSecureContext({ ca, cert, key: key?.reveal() });
  } catch (error) {
    throw new ProbeFailure(
      'tls',
      `cannot use the configured certificate or key: ${systemCodeOf(error) ?? 'malformed'}`,
      { cause: error },
    );
  }
}

/**
 * Makes a TLS connection over an open one.
 *
 * `seen` gets the certificate before it is verified, so its expiry is known even when it is not trusted. Fails with
 * `tls`; nothing is sent to an untrusted server. `protocols` are offered by ALPN: servers that know ALPN refuse a
 * client of another protocol.
 */
export function secure(
  socket: Socket,
  host: string,
  settings: TlsSettings,
  secureContext: SecureContext,
  protocols: readonly string[],
  signal: AbortSignal,
  seen: (facts: CertificateFacts) => void,
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const name = settings.serverName ?? host;
    const secured = connect({
      socket,
      host: name,
      ...(literalAddress(name) === undefined ? { servername: name } : {}),
      secureContext,
      rejectUnauthorized: false,
      ...(settings.acceptsAnyName === true ? { checkServerIdentity: () => undefined } : {}),
      ...(protocols.length === 0 ? {} : { ALPNProtocols: [...protocols] }),
    });
    const finish = () => {
      signal.removeEventListener('abort', onAbort);
      secured
        .removeListener('error', onError)
        .removeListener('close', onClose)
        .removeListener('secureConnect', onSecure);
    };
    const fail = (error: Error) => {
      finish();
      secured.on('error', () => {});
      secured.destroy();
      socket.destroy();
      reject(error);
    };
    const onAbort = () => fail(signal.reason as Error);
    const onError = (error: Error) =>
      fail(
        new ProbeFailure('tls', `TLS handshake with ${name} failed: ${explainHandshake(error, protocols)}`, {
          cause: error,
        }),
      );
    const onClose = () => fail(new ProbeFailure('tls', `TLS handshake with ${name} failed: connection closed`));
    const onSecure = () => {
      const facts = factsOf(secured, name);
      if (facts !== undefined) seen(facts);
      if (secured.authorized || settings.insecureSkipVerify) {
        finish();
        resolve(secured);
      } else
        fail(
          new ProbeFailure(
            'tls',
            `certificate of ${name} is not valid: ${explainVerification(secured.authorizationError, facts)}`,
          ),
        );
    };
    signal.addEventListener('abort', onAbort, { once: true });
    secured.once('error', onError).once('close', onClose).once('secureConnect', onSecure);
    if (signal.aborted) onAbort();
  });
}

function factsOf(socket: TLSSocket, host: string): CertificateFacts | undefined {
  let earliest = Number.POSITIVE_INFINITY;
  let whose = '';
  const leaf = socket.getPeerCertificate(true);
  for (let certificate = leaf; ; ) {
    const isRoot = isSelfSigned(certificate);
    // Whether an expired root is trusted depends on the store of the reader. Only certificates that the server must renew count.
    const expiry = Date.parse(certificate.valid_to) / 1000;
    if ((certificate === leaf || !isRoot) && expiry < earliest) {
      earliest = expiry;
      whose = `${certificate === leaf ? 'leaf' : `intermediate ${JSON.stringify(subjectOf(certificate))}`} of ${host}`;
    }
    if (isRoot || certificate.issuerCertificate === undefined) break;
    certificate = certificate.issuerCertificate;
  }
  return Number.isFinite(earliest)
    ? { expiryTimestampSeconds: earliest, whose, verified: socket.authorized }
    : undefined;
}

/** The name of a certificate. Its issuer chooses it, so it is cleaned. */
function subjectOf({ subject }: PeerCertificate): string {
  const [name = ''] = [subject?.CN ?? subject?.OU ?? subject?.O].flat();
  return oneLine(name, 64);
}

function isSelfSigned(certificate: {
  readonly issuerCertificate?: PeerCertificate;
  readonly fingerprint256: string;
}): boolean {
  return certificate.issuerCertificate?.fingerprint256 === certificate.fingerprint256;
}

/**
 * The failure when a server ends an open TLS connection; undefined for any other error. In TLS 1.3 a server refuses a
 * missing or wrong client certificate only after the handshake.
 */
export function endOfTls(error: unknown): ProbeFailure | undefined {
  const code = systemCodeOf(error);
  if (code?.startsWith('ERR_SSL_') !== true) return undefined;
  const message = refusedCertificate(code) ?? `the server ended the TLS connection: ${code}`;
  return new ProbeFailure('tls', message, { cause: error });
}

/** What TLS alerts about a client certificate mean. Programs in Go report a missing one as a bad one. */
function refusedCertificate(code: string): string | undefined {
  if (code.endsWith('ALERT_CERTIFICATE_REQUIRED')) return 'the server requires a client certificate; set tls.cert_file';
  return /ALERT_(?:(?:BAD|UNSUPPORTED)_CERTIFICATE|CERTIFICATE_(?:REVOKED|EXPIRED|UNKNOWN)|UNKNOWN_CA)$/.test(code)
    ? 'the server does not accept the client certificate, or requires one; check tls.cert_file'
    : undefined;
}

function explainHandshake(error: Error, protocols: readonly string[]): string {
  const code = systemCodeOf(error);
  if (code?.endsWith('NO_APPLICATION_PROTOCOL') === true) {
    const remedy = protocols.includes('http/1.1')
      ? '; http_version: 2 of https:// is for servers that know only HTTP/2'
      : '';
    return `the server does not speak ${protocols.join(' or ')} (ALPN)${remedy}`;
  }
  if (code === 'ECONNRESET') return 'connection reset';
  if (code?.includes('WRONG_VERSION_NUMBER') || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG')
    return 'the server does not speak TLS';
  if (code?.endsWith('ALERT_HANDSHAKE_FAILURE') === true)
    return 'no cipher in common, or the server requires a client certificate; check tls.cert_file';
  if (code?.endsWith('ALERT_PROTOCOL_VERSION') === true || code === 'ERR_SSL_UNSUPPORTED_PROTOCOL')
    return 'no version of TLS in common';
  return code === undefined ? messageOf(error) : (refusedCertificate(code) ?? code);
}

/** Node gives an OpenSSL code, or for a wrong name a long sentence with all names of the certificate. */
function explainVerification(given: unknown, facts: CertificateFacts | undefined): string {
  const code = given instanceof Error ? (systemCodeOf(given) ?? given.message) : String(given);
  if (code === 'CERT_HAS_EXPIRED') {
    const isKnown = facts !== undefined && facts.expiryTimestampSeconds * 1000 <= Date.now();
    if (!isKnown) return 'a certificate of its chain has expired';
    return facts.whose.startsWith('leaf') ? 'it has expired' : `a certificate of its chain has expired, ${facts.whose}`;
  }
  if (code === 'CERT_NOT_YET_VALID') return 'it is not valid yet';
  if (code === 'DEPTH_ZERO_SELF_SIGNED_CERT' || code === 'SELF_SIGNED_CERT_IN_CHAIN') return 'it is self-signed';
  if (code === 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' || code === 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY')
    return 'its issuer is not trusted';
  if (code.includes('ALTNAME') || code.includes('altnames')) return 'it was issued for another name';
  return oneLine(code, 200);
}
