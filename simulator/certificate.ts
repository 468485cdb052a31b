import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIP, isIPv4 } from 'node:net';
import * as der from './der.js';

/** A certificate and its private key, both as PEM. */
export interface CertifiedKey {
  readonly certificatePem: string;
  readonly keyPem: string;
}

/** Content of a server certificate. */
interface LeafOptions {
  /** DNS names and IP addresses for the subject alternative name. The first is also the common name. Not empty. */
  readonly names: readonly [string, ...string[]];
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** A certificate authority in memory. */
export interface Authority {
  /** The authority's own certificate, for `ca_file`. */
  readonly certificatePem: string;
  /** Creates a key and a server certificate signed by this authority. Every validity is allowed, also an expired one. */
  issue(options: LeafOptions): CertifiedKey;
}

const oids = {
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  commonName: '2.5.4.3',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
} as const;

/** X.509 key usages: the bits, and the number of unused low ones (RFC 5280, 4.2.1.3). */
const keyUsages = {
  /** keyCertSign and cRLSign. */
  authority: { bits: 0b0000_0110, unusedBits: 1 },
  /** digitalSignature. */
  server: { bits: 0b1000_0000, unusedBits: 7 },
} as const;

interface KeyPair {
  readonly privateKey: KeyObject;
  /** SubjectPublicKeyInfo. */
  readonly publicKeyDer: Buffer;
  /** SHA-1 of the public key: an identifier, not a protection (RFC 5280, 4.2.1.2). */
  readonly keyId: Buffer;
}

/**
 * A new authority with an ECDSA P-256 key. Its certificate is valid from 2000 to 2049, so that tests about expiry only
 * depend on the leaf.
 */
export function createAuthority(name = 'AI-CRM demo authority'): Authority {
  const keys = createKeyPair();
  const issuer = { name, keys };
  const certificatePem = certificate({
    subject: name,
    issuer,
    publicKey: keys,
    notBefore: new Date('2000-01-01T00:00:00Z'),
    notAfter: new Date('2049-12-31T23:59:59Z'),
    extensions: [
      extension(oids.basicConstraints, der.sequence(der.booleanTrue()), true),
      keyUsage(keyUsages.authority),
    ],
  });
  return { certificatePem, issue: (options) => leaf(options, issuer) };
}

/** A self-signed server certificate. */
export function selfSigned(options: LeafOptions): CertifiedKey {
  return leaf(options, undefined);
}

interface Issuer {
  readonly name: string;
  readonly keys: KeyPair;
}

function leaf({ names, notBefore, notAfter }: LeafOptions, authority: Issuer | undefined): CertifiedKey {
  const keys = createKeyPair();
  const certificatePem = certificate({
    subject: names[0],
    issuer: authority ?? { name: names[0], keys },
    publicKey: keys,
    notBefore,
    notAfter,
    extensions: [
      extension(oids.basicConstraints, der.sequence(), true),
      keyUsage(keyUsages.server),
      extension(oids.extendedKeyUsage, der.sequence(der.objectIdentifier(oids.serverAuth))),
      extension(oids.subjectAltName, der.sequence(...names.map(generalName))),
    ],
  });
  return { certificatePem, keyPem: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

function certificate(content: {
  readonly subject: string;
  readonly issuer: Issuer;
  readonly publicKey: KeyPair;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly extensions: readonly der.Der[];
}): string {
  const algorithm = der.sequence(der.objectIdentifier(oids.ecdsaWithSha256));
  const version3 = der.explicit(0, der.integer(Buffer.from([2])));
  const toBeSigned = der.sequence(
    version3,
    der.integer(randomBytes(16)),
    algorithm,
    distinguishedName(content.issuer.name),
    der.sequence(der.time(content.notBefore), der.time(content.notAfter)),
    distinguishedName(content.subject),
    content.publicKey.publicKeyDer,
    der.explicit(
      3,
      der.sequence(
        ...content.extensions,
        extension(oids.subjectKeyIdentifier, der.octetString(content.publicKey.keyId)),
        extension(oids.authorityKeyIdentifier, der.sequence(der.implicit(0, content.issuer.keys.keyId))),
      ),
    ),
  );
  const signature = sign('sha256', toBeSigned, content.issuer.keys.privateKey);
  return pem('CERTIFICATE', der.sequence(toBeSigned, algorithm, der.bitString(signature)));
}

function createKeyPair(): KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const publicKeyDer = publicKey.export({ type: 'spki', format: 'der' });
  return { privateKey, publicKeyDer, keyId: createHash('sha1').update(publicKeyDer).digest() };
}

function distinguishedName(commonName: string): der.Der {
  return der.sequence(der.setOf(der.sequence(der.objectIdentifier(oids.commonName), der.utf8String(commonName))));
}

function extension(oid: string, value: der.Der, isCritical = false): der.Der {
  return der.sequence(der.objectIdentifier(oid), ...(isCritical ? [der.booleanTrue()] : []), der.octetString(value));
}

function keyUsage({ bits, unusedBits }: (typeof keyUsages)[keyof typeof keyUsages]): der.Der {
  return extension(oids.keyUsage, der.bitString(Buffer.from([bits]), unusedBits), true);
}

function generalName(name: string): der.Der {
  return isIP(name) === 0 ? der.implicit(2, Buffer.from(name, 'ascii')) : der.implicit(7, addressBytes(name));
}

function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  // The URL parser converts every form of an IPv6 address to groups with at most one "::", also a dotted end.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const groupsOf = (part: string) => (part === '' ? [] : part.split(':'));
  const left = groupsOf(head);
  const right = groupsOf(tail ?? '');
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0');
  return Buffer.from([...left, ...zeros, ...right].map((group) => group.padStart(4, '0')).join(''), 'hex');
}

function pem(label: string, content: Buffer): string {
  const lines = content.toString('base64').match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}
