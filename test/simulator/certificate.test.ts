import { execFileSync, spawnSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type ConnectionOptions, connect, createServer } from 'node:tls';
import t, { type Test } from 'tap';
import { type CertifiedKey, createAuthority, selfSigned } from '../../simulator/certificate.js';
import { integer, objectIdentifier, octetString, time } from '../../simulator/der.js';
import { systemCodeOf } from '../../src/base/errors.js';

const dayMilliseconds = 86_400_000;
const inDays = (days: number) => new Date(Date.now() + days * dayMilliseconds);
const current = { notBefore: inDays(-1), notAfter: inDays(30) };

/** The result of a TLS client with a server with this certificate: `accepted`, or an error code. */
async function handshake(
  t: Test,
  { certificatePem, keyPem }: CertifiedKey,
  options: ConnectionOptions,
): Promise<string> {
  const server = createServer({ cert: certificatePem, key: keyPem }, (socket) => socket.end());
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', servername: 'crm.example', ...options });
    socket.once('secureConnect', () => {
      resolve('accepted');
      socket.destroy();
    });
    socket.once('error', (error) => resolve(systemCodeOf(error) ?? error.message));
  });
}

t.test('a TLS client accepts a signed certificate only with the right authority, time and name', async (t) => {
  const authority = createAuthority();
  const ca = authority.certificatePem;
  const good = authority.issue({ names: ['crm.example', '127.0.0.1'], ...current });
  t.equal(await handshake(t, good, { ca }), 'accepted');
  t.equal(await handshake(t, good, {}), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  t.equal(await handshake(t, good, { ca: createAuthority().certificatePem }), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  t.equal(await handshake(t, good, { ca, servername: 'other.example' }), 'ERR_TLS_CERT_ALTNAME_INVALID');

  const expired = authority.issue({ names: ['crm.example'], notBefore: inDays(-9), notAfter: inDays(-1) });
  t.equal(await handshake(t, expired, { ca }), 'CERT_HAS_EXPIRED');
  const future = authority.issue({ names: ['crm.example'], notBefore: inDays(1), notAfter: inDays(9) });
  t.equal(await handshake(t, future, { ca }), 'CERT_NOT_YET_VALID');

  const alone = selfSigned({ names: ['crm.example'], ...current });
  t.equal(await handshake(t, alone, { ca }), 'DEPTH_ZERO_SELF_SIGNED_CERT');
  t.equal(await handshake(t, alone, { ca: alone.certificatePem }), 'accepted');
});

t.test('the certificate has the requested values', async (t) => {
  const authority = createAuthority('Test authority');
  const notBefore = new Date('2026-01-02T03:04:05Z');
  const notAfter = new Date('2051-06-07T08:09:10Z');
  const { certificatePem, keyPem } = authority.issue({
    names: ['crm.example', '10.0.0.7', '2001:db8::7', '::ffff:1.2.3.4', '2001:db8:1:2:3:4:5:6'],
    notBefore,
    notAfter,
  });
  const parsed = new X509Certificate(certificatePem);
  t.equal(parsed.subject, 'CN=crm.example');
  t.equal(parsed.issuer, 'CN=Test authority');
  t.equal(
    parsed.subjectAltName,
    'DNS:crm.example, IP Address:10.0.0.7, IP Address:2001:DB8:0:0:0:0:0:7, IP Address:0:0:0:0:0:FFFF:102:304, IP Address:2001:DB8:1:2:3:4:5:6',
  );
  t.equal(Date.parse(parsed.validFrom), notBefore.getTime());
  t.equal(Date.parse(parsed.validTo), notAfter.getTime(), 'also past 2049, where the encoding of the time changes');
  t.notOk(parsed.ca);
  t.match(parsed.raw.toString('hex'), '0603551d130101ff04023000', 'that it is no authority is critical');
  t.ok(parsed.checkPrivateKey(createPrivateKey(keyPem)));
  const issuer = new X509Certificate(authority.certificatePem);
  t.ok(issuer.ca);
  t.ok(parsed.checkIssued(issuer) && parsed.verify(issuer.publicKey));
});

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
t.test('openssl verifies it, strictly', { skip: hasOpenssl ? false : 'openssl is not on PATH' }, async (t) => {
  const directory = t.testdir({});
  const authority = createAuthority();
  const caFile = join(directory, 'ca.pem');
  const leafFile = join(directory, 'leaf.pem');
  writeFileSync(caFile, authority.certificatePem);
  writeFileSync(leafFile, authority.issue({ names: ['crm.example'], ...current }).certificatePem);
  const output = execFileSync('openssl', [
    'verify',
    '-x509_strict',
    '-purpose',
    'sslserver',
    '-verify_hostname',
    'crm.example',
    '-CAfile',
    caFile,
    leafFile,
  ]);
  t.match(output.toString(), /leaf\.pem: OK/);
});

t.test('DER is encoded as in X.690', async (t) => {
  t.equal(integer(Buffer.from([0, 0, 0x7f])).toString('hex'), '02017f', 'no leading zero');
  t.equal(integer(Buffer.from([0x80])).toString('hex'), '02020080', 'except one that keeps the sign');
  t.equal(integer(Buffer.from([])).toString('hex'), '020100');
  t.equal(objectIdentifier('1.2.840.10045.4.3.2').toString('hex'), '06082a8648ce3d040302');
  t.equal(octetString(Buffer.alloc(0x7f)).subarray(0, 2).toString('hex'), '047f');
  t.equal(octetString(Buffer.alloc(0x80)).subarray(0, 3).toString('hex'), '048180');
  t.equal(octetString(Buffer.alloc(0x1234)).subarray(0, 4).toString('hex'), '04821234');
  t.equal(octetString(Buffer.alloc(0xffff)).subarray(0, 4).toString('hex'), '0482ffff');
  t.equal(octetString(Buffer.alloc(0x10000)).subarray(0, 5).toString('hex'), '0483010000');
  t.equal(time(new Date('2049-12-31T23:59:59.999Z')).subarray(2).toString(), '491231235959Z');
  t.equal(time(new Date('1950-01-01T00:00:00Z')).subarray(2).toString(), '500101000000Z');
  t.equal(time(new Date('1949-12-31T23:59:59Z')).subarray(2).toString(), '19491231235959Z');
  t.equal(time(new Date('2050-01-01T00:00:00Z')).subarray(2).toString(), '20500101000000Z');
});
