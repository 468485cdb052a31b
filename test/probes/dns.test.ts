import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { loadConfig } from '../../src/config/load.js';
import { createResolver } from '../../src/net/resolve.js';
import { TlsContexts } from '../../src/net/tls.js';
import { createProbe } from '../../src/probes/component-probe.js';
import { thresholdsWith } from '../support/config.js';
import { missing, start } from '../support/programs.js';
import { closedPort } from '../support/raw-server.js';
import { until } from '../support/until.js';

const prober = { resolve: createResolver(), tlsContexts: new TlsContexts(), userAgent: 'test' };
const probe = createProbe(prober, thresholdsWith({ warning: 2, critical: 5 }));

async function configOf(endpoint: unknown) {
  const directory = await mkdtemp(join(tmpdir(), 'dns-'));
  try {
    await writeFile(join(directory, 'monitoring.yml'), JSON.stringify({ endpoints: { a: endpoint } }));
    return await loadConfig(undefined, { environment: {}, directory });
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** The reading of an endpoint. */
async function reading(
  endpoint: string | { readonly url: string; readonly records?: readonly string[] },
  milliseconds = 10_000,
) {
  const { components } = await configOf(endpoint);
  const log: string[] = [];
  return { ...(await probe(components[0]!, AbortSignal.timeout(milliseconds), log)), log };
}

/** A name server with these answers, or without an answer. */
async function nameServer(t: Tap, answer: (question: Buffer) => Buffer | undefined) {
  const socket = createSocket('udp4');
  socket.on('message', (question, { port, address }) => {
    const bytes = answer(question);
    if (bytes !== undefined) socket.send(bytes, port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  t.teardown(() => void socket.close());
  return `127.0.0.1:${(socket.address() as AddressInfo).port}`;
}

type Tap = Pick<typeof t, 'teardown'>;

t.test('a real name server', { skip: missing('dnsmasq') }, async (t) => {
  const port = await closedPort();
  const dnsmasq = start('dnsmasq', [
    '--keep-in-foreground',
    `--user=${userInfo().username}`,
    '--conf-file=/dev/null',
    '--no-resolv',
    '--no-hosts',
    '--pid-file',
    '--bind-interfaces',
    '--listen-address=127.0.0.1',
    `--port=${port}`,
    '--local=/example/',
    '--host-record=crm.example,10.0.0.7,fd00::7',
    '--host-record=crm.example,10.0.0.8',
    '--cname=www.example,crm.example',
    '--mx-host=crm.example,mail.example,10',
    '--txt-record=crm.example,v=spf1 -all,second piece',
    '--srv-host=_crm._tcp.example,crm.example,443,5,7',
    '--ptr-record=7.0.0.10.in-addr.arpa,crm.example',
  ]);
  t.teardown(() => dnsmasq.stop());
  const server = `127.0.0.1:${port}`;
  await until(
    'dnsmasq answers',
    async () => dnsmasq.hasEnded() || (await reading(`dns://${server}/crm.example`, 500)).up,
    30,
  );
  t.notOk(dnsmasq.hasEnded(), dnsmasq.output());

  await t.test('returns each type of record as in a zone file', async (t) => {
    for (const [query, records] of [
      ['crm.example', ['10.0.0.7', '10.0.0.8']],
      ['crm.example?type=aaaa', ['fd00::7']],
      ['www.example?type=CNAME', ['crm.example']],
      ['crm.example?type=MX', ['10 mail.example']],
      ['crm.example?type=TXT', ['v=spf1 -allsecond piece']],
      ['_crm._tcp.example?type=SRV', ['5 7 443 crm.example']],
      ['7.0.0.10.in-addr.arpa?type=PTR', ['crm.example']],
    ] as const) {
      const { level, message, log, kind, ipProtocol, phases } = await reading({
        url: `dns://${server}/${query}`,
        records,
      });
      t.match(
        { level, message, kind, ipProtocol },
        { level: 'healthy', message: 'answered', kind: 'dns', ipProtocol: 4 },
        query,
      );
      t.match(log.join('\n'), records.join(', '), query);
      t.same(Object.keys(phases), ['first_byte'], query);
    }
  });

  await t.test('records are compared by value, not by spelling', async (t) => {
    for (const [query, record] of [
      ['crm.example?type=aaaa', 'FD00:0::0007'],
      ['www.example?type=CNAME', 'CRM.example.'],
      ['crm.example?type=MX', '010  Mail.Example.'],
      ['_crm._tcp.example?type=SRV', '5 7 443 CRM.example.'],
    ] as const)
      t.match(await reading({ url: `dns://${server}/${query}`, records: [record] }), { up: true }, query);
  });

  await t.test('is down when an expected record is missing, which is named', async (t) => {
    t.match(await reading({ url: `dns://${server}/crm.example`, records: ['10.0.0.7', '10.0.0.9'] }), {
      level: 'critical',
      up: false,
      reason: 'body',
      message: 'answered 10.0.0.7, 10.0.0.8, without 10.0.0.9',
    });
  });

  await t.test('reports why there is no record', async (t) => {
    for (const [query, reason, message] of [
      ['nobody.example', 'status', /NXDOMAIN: there is no such name/],
      ['crm.example?type=SOA', 'status', /no record of this type/],
      ['crm.elsewhere.test', 'status', /REFUSED/],
    ] as const)
      t.match(await reading(`dns://${server}/${query}`), { level: 'critical', up: false, reason, message }, query);
  });

  await t.test('may be given by name, which adds the phase dns', async (t) => {
    const { up, phases } = await reading(`dns://localhost:${port}/crm.example`);
    t.ok(up);
    t.same(Object.keys(phases), ['dns', 'first_byte']);
  });
});

t.test('a name server that does not answer, answers nonsense or does not exist fails with its reason', async (t) => {
  const silent = await nameServer(t, () => undefined);
  t.match(await reading(`dns://${silent}/crm.example`, 300), {
    reason: 'timeout',
    message: 'no answer before the deadline, still waiting for the first byte',
  });
  const servfail = await nameServer(t, (question) => {
    const answer = Buffer.from(question);
    answer[2] = 0x81;
    answer[3] = 0x82;
    return answer;
  });
  t.match(await reading(`dns://${servfail}/crm.example`), { reason: 'status', message: /SERVFAIL/ });
  const garbled = await nameServer(t, (question) => {
    const answer = Buffer.concat([question.subarray(0, 12), Buffer.from('nonsense')]);
    answer[2] = 0x81;
    answer[3] = 0x80;
    return answer;
  });
  t.match(await reading(`dns://${garbled}/crm.example`, 3000), { up: false, reason: /body|timeout/ });
  t.match(await reading(`dns://127.0.0.1:${await closedPort()}/crm.example`), { reason: 'connect' });
  t.match(await reading('dns://no-such-host.invalid/crm.example'), { reason: 'dns' });
  const never = { ...prober, resolve: () => new Promise<never>(() => {}) };
  const { components } = await configOf('dns://ns.example/crm.example');
  t.match(
    await createProbe(never, thresholdsWith({ warning: 2, critical: 5 }))(components[0]!, AbortSignal.timeout(200)),
    {
      reason: 'timeout',
      message: 'no answer before the deadline, still resolving the name',
    },
  );
});

t.test('a lost datagram is sent again', async (t) => {
  let asked = 0;
  const server = await nameServer(t, (question) => {
    asked += 1;
    if (asked === 1) return undefined;
    const record = Buffer.from([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 0, 0, 7]);
    const header = Buffer.from(question.subarray(0, 12));
    header.set([0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0], 2);
    // The question is repeated without its EDNS part.
    const end = question.indexOf(0, 12) + 5;
    return Buffer.concat([header, question.subarray(12, end), record]);
  });
  t.match(await reading({ url: `dns://${server}/crm.example`, records: ['10.0.0.7'] }), {
    up: true,
    level: /healthy|warning/,
  });
  t.equal(asked, 2);
});

t.test('an invalid URL is refused with an example', async (t) => {
  for (const [url, message] of [
    ['dns://10.0.0.53', /must be dns:\/\/server\/name/],
    ['dns:///crm.example', /must be dns:\/\/server\/name/],
    ['dns://10.0.0.53:0/crm.example', /must be dns:\/\/server\/name/],
    ['dns://user:pass@10.0.0.53/crm.example', /must be dns:\/\/server\/name/],
    ['dns://10.0.0.53/crm.example?type=ANY', /must have one type of A, AAAA/],
    ['dns://10.0.0.53/crm.example?type=A&type=MX', /must have one type of/],
    ['dns://10.0.0.53/crm..example', /must be dns:\/\/server\/name/],
    ['dns://10.0.0.53/.example', /must be dns:\/\/server\/name/],
    ['dns://10.0.0.53/crm:53', /must be dns:\/\/server\/name/],
    ['dns://10.0.0.53/fd00::7?type=PTR', /must ask for a name: that of an IPv6 address ends in \.ip6\.arpa/],
    ['dns://10.0.0.53/crm.example?class=CH', /must be dns:\/\/server\/name/],
  ] as const)
    await t.rejects(configOf(url), { message }, url);
  await t.rejects(configOf({ url: 'dns://10.0.0.53/a', expect: { status: 200 } }), {
    message: /expect: not an option of dns:\/\/ endpoints/,
  });
  await t.rejects(configOf({ url: 'http://a/', records: ['x'] }), {
    message: /records: not an option of http:\/\/ endpoints/,
  });
});
