import { once } from 'node:events';
import { connect } from 'node:net';
import { hashSync } from 'bcryptjs';
import t, { type Test } from 'tap';
import { Secret } from '../../src/config/secret.js';
import type { AlertNotification } from '../../src/http/alert-console.js';
import { startServer } from '../../src/http/server.js';
import type { WebConfig } from '../../src/http/web-config.js';
import { ask } from '../support/ask.js';
import { ManualClock } from '../support/manual-clock.js';
import { down, startsAt } from '../support/received-alert.js';
import { RecordedLog } from '../support/recorded-log.js';
import { documented, fixtureService } from '../support/service-fixture.js';

const payload = (alerts: readonly unknown[], change: Readonly<Record<string, unknown>> = {}) => ({
  version: '4',
  groupKey: '{}:{}',
  truncatedAlerts: 0,
  status: 'firing',
  receiver: 'console',
  groupLabels: {},
  commonLabels: {},
  commonAnnotations: {},
  externalURL: 'http://am',
  alerts,
  ...change,
});

async function serve(t: Test, webConfig?: WebConfig) {
  const log = new RecordedLog();
  const received: AlertNotification[] = [];
  const service = fixtureService({
    components: documented,
    readings: [],
    receiveAlerts: (notification) => void received.push(notification),
  });
  const server = await startServer(service, {
    host: '127.0.0.1',
    port: 0,
    telemetryPath: '/metrics',
    version: '1',
    log,
    clock: new ManualClock(),
    ...(webConfig && { webConfig: { latest: webConfig, current: async () => webConfig } }),
  });
  t.teardown(() => server.stop());
  const post = async (
    body: unknown,
    headers: Readonly<Record<string, string>> = { 'content-type': 'application/json' },
  ) => {
    const answer = await fetch(`${server.url}/alerts`, {
      method: 'POST',
      headers,
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return { status: answer.status, text: await answer.text(), connection: answer.headers.get('connection') };
  };
  return { server, post, received, log };
}

t.test('accepts notifications of Alertmanager', async (t) => {
  const { post, received } = await serve(t);
  t.match(
    await post(
      payload(
        [
          down,
          { ...down, status: 'resolved', annotations: undefined, fingerprint: undefined },
          { ...down, fingerprint: 'x'.repeat(65) },
        ],
        { truncatedAlerts: 3 },
      ),
    ),
    { status: 200, text: '3 alerts received\n' },
  );
  t.match(received, [
    {
      truncatedAlerts: 3,
      alerts: [
        { status: 'firing', startsAt, fingerprint: 'c0ffee' },
        { status: 'resolved', annotations: {}, fingerprint: /^[0-9a-f]{64}$/ },
        { fingerprint: /^[0-9a-f]{64}$/ },
      ],
    },
  ]);
  t.match(await post(payload([])), { status: 200 }, 'a group without alerts');
});

t.test('refuses anything else with a message of one line', async (t) => {
  const { post, received, log } = await serve(t);
  const answers: readonly (readonly [body: unknown, text: string])[] = [
    ['', 'the body is not JSON'],
    ['{"version":', 'the body is not JSON'],
    ['[]', 'the body must be an object'],
    ['null', 'the body must be an object'],
    ['"text"', 'the body must be an object'],
    [{ alerts: [] }, 'version must be "4", the format of Alertmanager\'s webhook'],
    [payload([], { version: '3' }), 'version must be "4", the format of Alertmanager\'s webhook'],
    [payload([], { alerts: {} }), 'alerts must be a list'],
    [payload([down, null]), 'alerts[1] must be an object'],
    [payload([{ ...down, status: 'broken' }]), 'alerts[0].status must be "firing" or "resolved"'],
    [payload([{ ...down, labels: [] }]), 'alerts[0].labels must be an object'],
    [payload([{ ...down, labels: { severity: 5 } }]), 'values of alerts[0].labels must be text'],
    [payload([{ ...down, annotations: { summary: {} } }]), 'values of alerts[0].annotations must be text'],
    ['{"version":"4","alerts":'.concat('['.repeat(100_000)), 'the body is not JSON'],
  ];
  for (const [body, text] of answers) t.match(await post(body), { status: 400, text: `${text}\n` }, text);
  t.same(received, [], 'if one part is wrong, no part is accepted');
  t.same(log.messages('error'), []);
});

t.test('of more than a thousand alerts the first thousand are accepted, and the answer forbids a retry', async (t) => {
  const { post, received } = await serve(t);
  const alerts = (count: number) =>
    payload(
      Array.from({ length: count }, () => ({ status: 'firing', labels: {} })),
      { truncatedAlerts: 2 },
    );
  t.match(await post(alerts(1000)), { status: 200, text: '1000 alerts received\n' });
  t.match(await post(alerts(32_000)), {
    status: 413,
    text: /^1000 alerts received, 31000 refused: at most 1000 in one notification; set max_alerts /,
  });
  t.same(
    received.map(({ alerts: taken, truncatedAlerts }) => [taken.length, truncatedAlerts]),
    [
      [1000, 2],
      [1000, 31_002],
    ],
  );
});

t.test(
  'up to sixteen notifications at once are accepted in turn; more are refused so that they are sent again',
  async (t) => {
    const { post, server, received } = await serve(t);
    const body = JSON.stringify(payload([down]));
    const open = await Promise.all(
      Array.from({ length: 16 }, async () => {
        const socket = connect(server.port, '127.0.0.1').on('error', () => {});
        t.teardown(() => socket.destroy());
        // The server asks for the body when it has begun to read the notification.
        socket.write(
          `POST /alerts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n`,
        );
        const [asked] = (await once(socket, 'data')) as [Buffer];
        t.match(asked.toString(), /^HTTP\/1\.1 100 /);
        return socket;
      }),
    );
    const more = { method: 'POST', headers: { 'content-type': 'application/json' }, body };
    t.match(await ask(`${server.url}/alerts`, more), {
      status: 503,
      text: 'too many notifications at once, send it again later\n',
      headers: { connection: 'close', 'retry-after': '1' },
    });
    await Promise.all(open.map((socket) => (socket.write(body), once(socket.resume(), 'close'))));
    t.equal(received.length, 16);
    t.match(await post(payload([down])), { status: 200 });
  },
);

t.test('labels may have the names of built-in properties', async (t) => {
  const { post, received } = await serve(t);
  const labels = '{"__proto__":"x","constructor":"y","toString":"z"}';
  t.match(await post(JSON.stringify(payload([{ ...down, labels: 0 }])).replace('"labels":0', `"labels":${labels}`)), {
    status: 200,
  });
  t.equal(JSON.stringify(received[0]?.alerts[0]?.labels), labels);
  t.equal(received[0]?.alerts[0]?.labels['severity'], undefined);
});

t.test('accepts only JSON, and at most a mebibyte', async (t) => {
  const { post, server, received } = await serve(t);
  t.match(
    await post(payload([]), { 'content-type': 'text/plain' }),
    {
      status: 415,
      text: 'Content-Type must be application/json, without Content-Encoding, as Alertmanager sends it\n',
    },
    'a form of another web site could send this',
  );
  t.match(await post(payload([]), { 'content-type': 'application/json', 'content-encoding': 'gzip' }), { status: 415 });
  const plain = { 'content-type': 'application/json; charset=utf-8', 'content-encoding': 'identity' };
  t.match(await post(payload([]), plain), { status: 200 });
  const filler = (bytes: number) => JSON.stringify(payload([], { filler: 'x'.repeat(bytes) }));
  t.match(await post(filler(1_000_000)), { status: 200 });
  t.match(await post(filler(1_100_000)).catch(() => ({ status: 413 })), { status: 413 }, 'with a length');
  // Without a length: endless chunks, until the server stops them.
  const socket = connect(server.port, '127.0.0.1');
  socket.on('error', () => {});
  let answer = '';
  socket.on('data', (bytes: Buffer) => (answer += bytes.toString()));
  socket.write(
    'POST /alerts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
  );
  const chunk = `10000\r\n${' '.repeat(0x10000)}\r\n`;
  const closed = once(socket, 'close');
  for (let i = 0; i < 40 && !socket.destroyed; i++) socket.write(chunk);
  await closed;
  t.match(answer, /^HTTP\/1\.1 413 [^]*\r\nrequest body too large: at most 1048576 bytes\n/);
  t.equal(received.length, 2);
  t.equal((await fetch(`${server.url}/alerts`)).status, 405, 'GET is not allowed');
});

t.test('if the web configuration has users, Alertmanager must be one of them', async (t) => {
  const { post, received } = await serve(t, {
    users: new Map([['alertmanager', new Secret(hashSync('open sesame', 4))]]),
    headers: new Map(),
  });
  const json = { 'content-type': 'application/json' };
  t.match(await post(payload([down]), json), { status: 401 });
  t.match(
    await post(payload([down]), {
      ...json,
      authorization: `Basic ${Buffer.from('alertmanager:open sesame').toString('base64')}`,
    }),
    { status: 200 },
  );
  t.equal(received.length, 1);
});
