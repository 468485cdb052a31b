import type { Socket } from 'node:net';
import t from 'tap';
import { createAuthority } from '../../simulator/certificate.js';
import { createResolver, type IpVersion } from '../../src/net/resolve.js';
import { endpointReader } from '../support/endpoint-reading.js';
import { closedPort, httpAnswer, rawServer } from '../support/raw-server.js';

const addresses: Readonly<Record<string, readonly { readonly address: string; readonly family: IpVersion }[]>> = {
  'both.example': [
    { address: '127.0.0.1', family: 4 },
    { address: '::1', family: 6 },
  ],
  'old.example': [{ address: '127.0.0.1', family: 4 }],
};
const questions: string[] = [];
const resolve = createResolver(async (host, ipVersion) => {
  questions.push(`${host} ${ipVersion ?? 'any'}`);
  // Some systems ignore the requested family.
  return addresses[host] ?? [];
});
const reading = endpointReader(createAuthority(), { resolve });

t.test('each kind of component connects over the configured IP version', async (t) => {
  const greet = (socket: Socket) => void socket.end(httpAnswer('{"status":"healthy"}'));
  // Ports that are also free on the other loopback address.
  const servers = {
    4: await rawServer(greet, { port: await closedPort() }),
    6: await rawServer(greet, { host: '::1', port: await closedPort() }),
  };
  t.teardown(() => Promise.all(Object.values(servers).map((server) => server.stop())));
  for (const version of [4, 6] as const) {
    const { port } = servers[version];
    for (const scheme of ['http', 'tcp']) {
      const url = `${scheme}://both.example:${port}`;
      t.match(await reading({ url, ip_version: version }), { up: true, ipProtocol: version }, `${url} ${version}`);
      t.match(await reading({ url, ip_version: String(version) }), { up: true, ipProtocol: version });
    }
    const other = version === 4 ? 6 : 4;
    t.match(await reading({ url: `tcp://both.example:${port}`, ip_version: other }), { up: false, reason: 'connect' });
    t.match(
      await reading(`tcp://both.example:${port}`),
      { up: true, ipProtocol: version },
      'without the option any version',
    );
  }
  t.same([...new Set(questions)].sort(), ['both.example 4', 'both.example 6', 'both.example any']);
});

t.test('a host without such an address is reported as such', async (t) => {
  for (const url of [
    'http://old.example/',
    'tcp://old.example:1',
    'tls://old.example:1',
    'ws://old.example/',
    'grpc://old.example:1',
    'icmp://old.example',
    'dns://old.example/crm.example',
    'postgres://me@old.example/crm',
    'redis://old.example',
  ])
    t.match(
      await reading({ url, ip_version: 6 }),
      { up: false, level: 'critical', reason: 'dns', message: 'old.example has no IPv6 address' },
      url,
    );
  // The message of the system; no name in .invalid exists.
  const real = endpointReader(createAuthority());
  t.match(await real({ url: 'tcp://old.invalid:1', ip_version: 6 }), {
    reason: 'dns',
    message:
      /^cannot resolve old\.invalid: (?:no such host, or it has no IPv6 address|the name server does not answer)$/,
  });
});

t.test('a redirect to an address of the other version is not followed', async (t) => {
  const server = await rawServer(
    (socket) => void socket.end(httpAnswer('', { code: 302, headers: ['Location: http://[::1]:1/'] })),
  );
  t.teardown(() => server.stop());
  t.match(await reading({ url: `http://both.example:${server.port}/`, ip_version: 4 }), {
    reason: 'dns',
    message: '::1 has no IPv4 address',
  });
});
