import { getEventListeners, once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t, { type Test } from 'tap';
import { createAuthority, selfSigned } from '../../simulator/certificate.js';
import { Secret } from '../../src/config/secret.js';
import type { TlsSettings } from '../../src/config/sections/credential-options.js';
import { handshake } from '../../src/net/connect.js';
import { newMeasurement } from '../../src/net/measurement.js';
import { type CertificateFacts, earlierCertificate, secure, TlsContexts } from '../../src/net/tls.js';
import { certificateChain } from '../support/certificate-chain.js';
import { rawServer } from '../support/raw-server.js';

const trusting = (ca: string): TlsSettings => ({ ca, insecureSkipVerify: false });

t.test('settings with the same certificates and keys share one parsed context', async (t) => {
  const contexts = new TlsContexts();
  const [one, other] = [createAuthority().certificatePem, createAuthority().certificatePem];
  const settings = trusting(one);
  const context = contexts.for(settings);
  t.equal(contexts.for(settings), context);
  t.equal(contexts.for(trusting(one)), context);
  t.not(contexts.for(trusting(other)), context);
  t.equal(contexts.for(trusting(one)), context, 'other settings do not displace it');
  t.throws(() => contexts.for({ certificate: one, key: new Secret('no key'), insecureSkipVerify: false }), {
    message: /^cannot use the configured certificate or key: /,
  });
});

t.test('parsed certificates are freed with their settings, since certificates are renewed for years', async (t) => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const contexts = new TlsContexts();
  const kept = trusting(createAuthority().certificatePem);
  const stays = new WeakRef(contexts.for(kept));
  const goes = new WeakRef(contexts.for(trusting(createAuthority().certificatePem)));
  // The target of a weak reference that was read stays until the end of the turn.
  await setImmediate();
  collectGarbage();
  t.equal(goes.deref(), undefined);
  t.ok(stays.deref());
  t.equal(contexts.for(kept), stays.deref());
});

const never = new AbortController().signal;
const day = 86_400_000;
const authority = createAuthority();
const issued = (names: readonly [string, ...string[]] = ['localhost', '127.0.0.1'], fromDays = -1, toDays = 30) =>
  authority.issue({
    names,
    notBefore: new Date(Date.now() + fromDays * day),
    notAfter: new Date(Date.now() + toDays * day),
  });
const trusted = trusting(authority.certificatePem);

/** A TLS server on the loopback interface, with the server names that clients sent. */
async function tlsServer(
  t: Test,
  { certificatePem, keyPem }: { readonly certificatePem: string; readonly keyPem: string } = issued(),
  options: TlsOptions = {},
) {
  const named: string[] = [];
  const SNICallback: TlsOptions['SNICallback'] = (name, use) => (named.push(name), use(null));
  const server = createTlsServer({ cert: certificatePem, key: keyPem, SNICallback, ...options }, (socket) =>
    socket.on('error', () => {}),
  );
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => new Promise((resolve) => server.close(resolve)));
  return { port: (server.address() as AddressInfo).port, named };
}

/** Makes a TLS connection to this port. Returns the facts about the certificate, and the result. */
async function securely(
  port: number,
  settings: TlsSettings = trusted,
  { host = 'localhost', protocols = [] as readonly string[], signal = never } = {},
) {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const seen: CertificateFacts[] = [];
  const secured = await secure(socket, host, settings, new TlsContexts().for(settings), protocols, signal, (facts) =>
    seen.push(facts),
  ).catch((error: unknown) => error as Error);
  return { socket, seen, secured };
}

function letGo({ socket, secured }: Awaited<ReturnType<typeof securely>>) {
  if (!(secured instanceof Error)) secured.destroy();
  socket.destroy();
}

t.test('the configured server name is sent, otherwise the host name, and never an address', async (t) => {
  const { port, named } = await tlsServer(t);
  for (const [settings, host] of [
    [trusted, 'localhost'],
    [{ ...trusted, serverName: 'localhost' }, 'crm.example'],
    [trusted, '127.0.0.1'],
  ] as const) {
    const made = await securely(port, settings, { host });
    t.notOk(made.secured instanceof Error, host);
    letGo(made);
  }
  t.same(named, ['localhost', 'localhost']);
});

t.test('a certificate must match the requested name, unless any name is accepted', async (t) => {
  const { port } = await tlsServer(t, issued(['crm.example']));
  t.match((await securely(port)).secured, {
    reason: 'tls',
    message: 'certificate of localhost is not valid: it was issued for another name',
  });
  const { secured, seen, socket } = await securely(port, { ...trusted, acceptsAnyName: true });
  t.notOk(secured instanceof Error);
  t.match(seen, [{ verified: true, whose: 'leaf of localhost' }]);
  letGo({ secured, seen, socket });
});

t.test('protocols are offered if there are any', async (t) => {
  const { port } = await tlsServer(t, issued(), { ALPNProtocols: ['postgresql'] });
  const offered = await securely(port, trusted, { protocols: ['postgresql'] });
  t.match(offered.secured, { alpnProtocol: 'postgresql' });
  const none = await securely(port);
  t.match(none.secured, { alpnProtocol: false });
  for (const made of [offered, none]) letGo(made);
  t.match((await securely(port, trusted, { protocols: ['http/1.1'] })).secured, {
    reason: 'tls',
    message: /does not speak http\/1\.1 \(ALPN\)/,
  });
});

t.test('a silent peer is waited for until the signal, and no longer', async (t) => {
  const server = await rawServer(() => {});
  t.teardown(() => server.stop());
  const reason = new Error('enough');
  const controller = new AbortController();
  const making = securely(server.port, trusted, { signal: controller.signal });
  while (server.accepted() === 0) await setImmediate();
  controller.abort(reason);
  const { secured, socket } = await making;
  t.equal(secured, reason);
  t.ok(socket.destroyed);
  const late = await securely(server.port, trusted, { signal: AbortSignal.abort(reason) });
  t.equal(late.secured, reason);
  t.ok(late.socket.destroyed);
});

t.test('a finished connection ignores the signal, and its later errors go to its user', async (t) => {
  const { port } = await tlsServer(t);
  const controller = new AbortController();
  const { secured, socket } = await securely(port, trusted, { signal: controller.signal });
  t.same(getEventListeners(controller.signal, 'abort'), []);
  if (secured instanceof Error) throw secured;
  controller.abort();
  await setImmediate();
  t.notOk(secured.destroyed);
  t.same(
    ['error', 'secureConnect'].map((event) => secured.listenerCount(event)),
    [0, 0],
  );
  secured.destroy();
  socket.destroy();
});

t.test('a failed handshake has a reason, and the connection is closed', async (t) => {
  const answers: readonly (readonly [answer: (socket: Socket) => void, why: string | RegExp])[] = [
    [(socket) => socket.destroy(), /^connection (?:closed|reset)$/],
    [(socket) => socket.resetAndDestroy(), 'connection reset'],
    [(socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'), 'the server does not speak TLS'],
    [(socket) => socket.write(Buffer.from([22, 3, 3, 255, 255])), 'the server does not speak TLS'],
    [
      (socket) => socket.write(Buffer.from([21, 3, 3, 0, 2, 2, 40])),
      /^no cipher in common, or the server requires a client certificate/,
    ],
  ];
  for (const [answer, why] of answers) {
    const server = await rawServer(answer);
    const { secured, socket, seen } = await securely(server.port);
    t.match(secured, { reason: 'tls', cause: Error });
    t.match((secured as Error).message.replace('TLS handshake with localhost failed: ', ''), why);
    t.match((secured as Error).message, /^TLS handshake with localhost failed: /);
    t.ok(socket.destroyed);
    t.same(seen, []);
    await server.stop();
  }
});

t.test('an invalid certificate is reported with its problem, and its expiry is still measured', async (t) => {
  const unknown = createAuthority('unknown');
  const leaf = {
    names: ['localhost'] as const,
    notBefore: new Date(Date.now() - day),
    notAfter: new Date(Date.now() + day),
  };
  const stranger = unknown.issue({ ...leaf, names: ['localhost'] });
  const table = [
    ['expired', issued(['localhost'], -9, -1), trusted, 'it has expired'],
    ['of tomorrow', issued(['localhost'], 1, 9), trusted, 'it is not valid yet'],
    ['self-signed', selfSigned(leaf), trusted, 'it is self-signed'],
    ['of another authority', issued(), trusting(unknown.certificatePem), 'its issuer is not trusted'],
    [
      'of another authority, with its own certificate',
      { ...stranger, certificatePem: stranger.certificatePem + unknown.certificatePem },
      trusted,
      'it is self-signed',
    ],
    ['for another name', issued(['crm.example']), trusted, 'it was issued for another name'],
  ] as const;
  for (const [what, certificate, settings, why] of table) {
    const { port } = await tlsServer(t, certificate);
    const { secured, socket, seen } = await securely(port, settings);
    t.match(secured, { reason: 'tls', message: `certificate of localhost is not valid: ${why}` }, what);
    t.match(seen, [{ verified: false, whose: 'leaf of localhost' }], what);
    t.ok(socket.destroyed, what);
    const lenient = await securely(port, { ...settings, insecureSkipVerify: true });
    t.notOk(lenient.secured instanceof Error, `${what}, with verification skipped`);
    t.match(lenient.seen, [{ verified: what === 'for another name' ? /./ : false }]);
    letGo(lenient);
  }
});

t.test('of a chain the certificate that expires first counts, without the root, and it is named', async (t) => {
  const daysLeft = ({ expiryTimestampSeconds }: CertificateFacts) =>
    Math.round((expiryTimestampSeconds - Date.now() / 1000) / 86_400);
  const table = [
    [{ intermediateDays: 5, leafDays: 40 }, '/CN=R3', 5, 'intermediate "R3" of 127.0.0.1'],
    [{ intermediateDays: 90, leafDays: 60 }, '/CN=R3', 60, 'leaf of 127.0.0.1'],
    [{ intermediateDays: 5, leafDays: 40 }, '/O=Some Authority/OU=Issuing', 5, 'intermediate "Issuing" of 127.0.0.1'],
    [{ intermediateDays: 5, leafDays: 40 }, '/C=DE/O=Some Authority', 5, 'intermediate "Some Authority" of 127.0.0.1'],
    [{ intermediateDays: 5, leafDays: 40 }, '/C=DE', 5, 'intermediate "" of 127.0.0.1'],
    [
      { intermediateDays: 5, leafDays: 40 },
      `/CN=${'long '.repeat(12)}name`,
      5,
      `intermediate "${'long '.repeat(12)}name" of 127.0.0.1`,
    ],
  ] as const;
  for (const [days, subject, left, whose] of table) {
    const { ca, certificate } = certificateChain(t, subject, days);
    const { port } = await tlsServer(t, certificate);
    const made = await securely(port, trusting(ca), { host: '127.0.0.1' });
    t.match(made.seen, [{ whose, verified: true }]);
    t.equal(made.seen.map(daysLeft)[0], left);
    letGo(made);
  }
  const old = certificateChain(t, '/CN=Old', { intermediateDays: -1, leafDays: 30 });
  const { port } = await tlsServer(t, old.certificate);
  t.match((await securely(port, trusting(old.ca), { host: '127.0.0.1' })).secured, {
    message:
      'certificate of 127.0.0.1 is not valid: a certificate of its chain has expired, intermediate "Old" of 127.0.0.1',
  });
});

t.test('a chain that is not valid is reported with its problem', async (t) => {
  const days = { intermediateDays: 30, leafDays: 30 };
  const whole = certificateChain(t, '/CN=R3', days);
  const oldRoot = certificateChain(t, '/CN=R3', { ...days, rootDays: -1 });
  const unfit = certificateChain(t, '/CN=R3', { ...days, mayIssue: false });
  const table = [
    [whole.certificate, trusted, 'its issuer is not trusted'],
    [oldRoot.certificate, trusting(oldRoot.ca), 'a certificate of its chain has expired'],
    [unfit.certificate, trusting(unfit.ca), /^INVALID_\w+$/],
  ] as const;
  for (const [certificate, settings, why] of table) {
    const { port } = await tlsServer(t, certificate);
    const { secured } = await securely(port, settings, { host: '127.0.0.1' });
    t.match((secured as Error).message.replace('certificate of 127.0.0.1 is not valid: ', ''), why);
  }
});

t.test('of two certificates the earlier expiry counts, and the result is valid only if both are', async (t) => {
  const facts = (expiryTimestampSeconds: number, verified = true): CertificateFacts => ({
    expiryTimestampSeconds,
    verified,
    whose: `${expiryTimestampSeconds}`,
  });
  t.same(earlierCertificate(undefined, facts(5)), facts(5));
  t.same(earlierCertificate(facts(4), facts(5)), facts(4));
  t.same(earlierCertificate(facts(6), facts(5)), facts(5));
  t.same(earlierCertificate({ ...facts(5), whose: 'first' }, facts(5)).whose, 'first');
  t.same(
    [earlierCertificate(facts(4, false), facts(5)).verified, earlierCertificate(facts(4), facts(5, false)).verified],
    [false, false],
  );
});

t.test('a handshake is timed, and its certificate and cipher are reported, also when it fails', async (t) => {
  const { port } = await tlsServer(t);
  const shake = async (settings: TlsSettings, log: string[]) => {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    const measurement = newMeasurement(log);
    const made = await handshake(
      socket,
      'localhost',
      settings,
      { contexts: new TlsContexts(), protocols: [] },
      measurement,
      never,
    ).catch((error: unknown) => error as Error);
    return { socket, measurement, made };
  };
  const log: string[] = [];
  const { socket, measurement, made } = await shake(trusted, log);
  t.notOk(made instanceof Error);
  t.ok((measurement.phases.tls ?? 0) > 0);
  t.match(measurement.certificate, { verified: true });
  t.match(log, [/ certificate valid, expires \d{4}-\d\d-\d\dT.*Z \(leaf of localhost\)$/, / TLSv1\.[23] \w+$/]);
  socket.destroy();
  const failed = await shake(trusting(createAuthority().certificatePem), log);
  t.match(failed.made, { reason: 'tls' });
  t.ok((failed.measurement.phases.tls ?? 0) > 0);
  t.match(failed.measurement.certificate, { verified: false });
  t.match(log[2], / certificate NOT VALID, expires /);
  t.ok(failed.socket.destroyed);
  const unusable = await shake({ ...trusted, certificate: 'x', key: new Secret('no key') }, []);
  t.match(unusable.made, { reason: 'tls', message: /^cannot use the configured certificate or key: / });
  t.ok(unusable.socket.destroyed);
});
