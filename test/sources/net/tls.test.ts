import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import type { TlsSettings } from '../../../src/config/config.js';
import { Secret } from '../../../src/config/secret.js';
import { createAuthority } from '../../../src/demo/certificate.js';
import { TlsContexts } from '../../../src/sources/net/tls.js';

const trusting = (ca: string): TlsSettings => ({ ca, insecureSkipVerify: false });

t.test('settings with the same certificates and keys share what was parsed of them', async (t) => {
  const contexts = new TlsContexts();
  const [one, other] = [createAuthority().certificatePem, createAuthority().certificatePem];
  const settings = trusting(one);
  const context = contexts.for(settings);
  t.equal(contexts.for(settings), context);
  t.equal(contexts.for(trusting(one)), context);
  t.not(contexts.for(trusting(other)), context);
  t.throws(() => contexts.for({ certificate: one, key: new Secret('no key'), insecureSkipVerify: false }), {
    message: /^cannot use the configured certificate or key: /,
  });
});

t.test('what was parsed goes with the settings: certificates are renewed for years', async (t) => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const contexts = new TlsContexts();
  const kept = trusting(createAuthority().certificatePem);
  const stays = new WeakRef(contexts.for(kept));
  const goes = new WeakRef(contexts.for(trusting(createAuthority().certificatePem)));
  // What a weak reference was asked for stays until the end of the turn.
  await setImmediate();
  collectGarbage();
  t.equal(goes.deref(), undefined);
  t.ok(stays.deref());
  t.equal(contexts.for(kept), stays.deref());
});
