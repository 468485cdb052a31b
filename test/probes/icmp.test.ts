import { writeFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { loadConfig } from '../../src/config/load.js';
import { createResolver } from '../../src/net/resolve.js';
import { TlsContexts } from '../../src/net/tls.js';
import { createProbe } from '../../src/probes/component-probe.js';
import { thresholdsWith } from '../support/config.js';
import { missing } from '../support/programs.js';
import { until } from '../support/until.js';

const prober = { resolve: createResolver(), tlsContexts: new TlsContexts(), userAgent: 'test' };
const probe = createProbe(prober, thresholdsWith({ warning: 5, critical: 8 }));

async function reading(t: Test, url: string, milliseconds = 10_000) {
  const directory = await mkdtemp(join(tmpdir(), 'icmp-'));
  t.teardown(() => rm(directory, { recursive: true }));
  await writeFile(join(directory, 'monitoring.yml'), JSON.stringify({ endpoints: { a: url } }));
  const { components } = await loadConfig(undefined, { environment: {}, directory });
  return probe(components[0]!, AbortSignal.timeout(milliseconds), []);
}

t.test('a host that answers a ping is up, with its round-trip time', { skip: missing('ping') }, async (t) => {
  const answered = await reading(t, 'icmp://127.0.0.1');
  t.match(answered, {
    level: 'healthy',
    up: true,
    kind: 'icmp',
    message: 'answers a ping',
    target: 'icmp://127.0.0.1',
    ipProtocol: 4,
  });
  t.equal(answered.responseSeconds, answered.phases.first_byte);
  t.ok(answered.responseSeconds > 0 && answered.responseSeconds < 0.1, `${answered.responseSeconds}`);
  const named = await reading(t, 'icmp://localhost');
  t.ok(named.up);
  t.same(Object.keys(named.phases), ['dns', 'first_byte']);
});

/**
 * Replaces ping by another program for the rest of a test, because a silent address is not certain in any network, and root may always
 * ping.
 */
function pretend(t: Test, script?: string) {
  const path = process.env['PATH'];
  t.teardown(() => void (process.env['PATH'] = path));
  process.env['PATH'] = t.testdir({});
  if (script !== undefined) writeFileSync(join(process.env['PATH'], 'ping'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

t.test('a host that does not answer is down at the deadline, and nothing is left behind', async (t) => {
  pretend(t, 'exec /bin/sleep 60');
  t.match(await reading(t, 'icmp://192.0.2.1', 500), {
    level: 'critical',
    up: false,
    reason: 'timeout',
    message: 'no answer before the deadline',
  });
  await until('ping is gone', () => !process.getActiveResourcesInfo().includes('ProcessWrap'));
});

t.test('a missing answer has its reason, and a missing right to ping has a remedy', async (t) => {
  t.match(await reading(t, 'icmp://no-such-host.invalid'), { reason: 'dns' });
  for (const [script, expected] of [
    ['echo "From 10.0.0.1 icmp_seq=1 Destination Host Unreachable"; exit 1', { level: 'critical', reason: 'connect' }],
    ['echo "1 packets transmitted, 0 received"; exit 1', { level: 'critical', reason: 'timeout' }],
    [
      'echo "ping: socktype: SOCK_RAW"; echo "ping: socket: Operation not permitted" >&2; exit 2',
      { level: 'unknown', reason: 'internal', message: /net\.ipv4\.ping_group_range/ },
    ],
    ['exit 3', { level: 'unknown', reason: 'internal', message: 'ping ended with 3 and got no answer' }],
    [undefined, { level: 'unknown', reason: 'internal', message: 'the program ping is missing: install iputils-ping' }],
  ] as const)
    await t.test(script ?? 'no ping', async (t) => {
      pretend(t, script);
      t.match(await reading(t, 'icmp://192.0.2.1'), { up: false, ...expected });
    });
});
