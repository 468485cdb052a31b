import type { Socket } from 'node:net';
import t from 'tap';
import { createAuthority, selfSigned } from '../../simulator/certificate.js';
import { Secret } from '../../src/config/secret.js';
import { answerTo } from '../../src/stack/finding.js';
import { createProgramClient, ProgramFailure } from '../../src/stack/other-program.js';
import { answeringProgram, Refusal } from '../support/answering-program.js';
import { httpSettings } from '../support/config.js';
import { closedPort, httpAnswer, rawServer } from '../support/raw-server.js';

const [notBefore, notAfter] = [new Date(Date.now() - 3_600_000), new Date(Date.now() + 3_600_000)];

/** The failure of one question to an address. */
async function failureAt(url: string, timeoutSeconds = 10): Promise<ProgramFailure> {
  const client = await createProgramClient({ name: 'Prometheus', flag: 'prometheus', url, timeoutSeconds });
  const answer = await answerTo(client.ask('GET', '/api?token=x'));
  await client.close();
  if (answer instanceof ProgramFailure) return answer;
  throw new Error('it answered');
}

t.test('a question is sent with its body, headers and credentials', async (t) => {
  const answer = () => ({ a: 1 });
  const { client, questions, url } = await answeringProgram(t, answer, {
    http: httpSettings({
      headers: new Map([['x-scope', new Secret('shop')]]),
      auth: { kind: 'bearer', token: new Secret('configured') },
    }),
  });
  t.equal(client.url, url);
  t.strictSame(await client.ask('GET', '/a?b=c'), { a: 1 });
  t.strictSame(await client.ask('POST', '/a', { d: 2 }), { a: 1 });
  t.equal(await client.askText('/text', 'POST'), '{"a":1}');
  t.equal(await client.askText('/text'), '{"a":1}');
  t.strictSame(
    questions.map(({ method, path, query, body, headers }) => [
      `${method} ${path} ${String(query)}`,
      body,
      headers['content-type'],
    ]),
    [
      ['GET /a b=c', '', undefined],
      ['POST /a ', '{"d":2}', 'application/json'],
      ['POST /text ', '', undefined],
      ['GET /text ', '', undefined],
    ],
  );
  t.match(questions[0]?.headers, { 'x-scope': 'shop', authorization: 'Bearer configured' });
  const other = await answeringProgram(t, answer, {
    auth: { kind: 'bearer', token: new Secret('flag') },
    http: httpSettings({ auth: { kind: 'bearer', token: new Secret('configured') } }),
  });
  await other.client.ask('GET', '/');
  t.equal(other.questions[0]?.headers.authorization, 'Bearer flag', 'a flag replaces the configuration');
});

t.test('an empty answer is no document, and what is no JSON is of another program', async (t) => {
  const { client, url } = await answeringProgram(t, ({ path }) => (path === '/empty' ? '' : '<html>'));
  t.equal(await client.ask('GET', '/empty'), undefined);
  t.match(await answerTo(client.ask('GET', '/api?token=x')), {
    kind: 'stranger',
    code: 'program_failed',
    message: `${url}/api: the answer is not JSON, so it is not Prometheus; check --prometheus.url`,
  });
});

t.test('the status of an answer says what is wrong, without the query', async (t) => {
  const login = 'set them with --prometheus.token-file, or --prometheus.username and --prometheus.password-file';
  const prefix = 'check the path prefix of --prometheus.url';
  const cases: readonly (readonly [status: number, text: string, kind: string, what: string, remedy: string])[] = [
    [401, '', 'refused', '401, it does not accept the credentials', login],
    [403, 'no', 'refused', '403, it does not accept the credentials', login],
    [403, 'see --web.allowed-host', 'failed', '403: see --web.allowed-host', ''],
    [404, 'no', 'stranger', '404, not found', prefix],
    [404, 'no job: see heartbeats', 'refused', '404: no job: see heartbeats', ''],
    [300, '', 'stranger', '300, it redirects to another address', 'check --prometheus.url'],
    [399, '', 'stranger', '399, it redirects to another address', 'check --prometheus.url'],
    [503, 'x', 'starting', '503, it is not ready', 'wait a moment; if this stays, see its log'],
    [400, 'bad\n query', 'failed', '400: bad query', ''],
    [500, '<html>', 'failed', '500', ''],
    [500, '', 'failed', '500', ''],
    [500, 'see http://h/?token=hunter2', 'failed', '500: see http://h/?<secret>', ''],
  ];
  for (const [status, text, kind, what, remedy] of cases) {
    const { client, url } = await answeringProgram(t, () => new Refusal(status, text));
    const failure = (await answerTo(client.ask('GET', '/api?token=x'))) as ProgramFailure;
    t.strictSame(
      [failure.kind, failure.what, failure.remedy],
      [kind, `GET ${url}/api: ${what}`, remedy],
      `${status} ${text}`,
    );
    t.equal(failure.message, remedy === '' ? failure.what : `${failure.what}; ${remedy}`);
  }
  const { client } = await answeringProgram(t, () => new Refusal(500, 'e'.repeat(5000)));
  const { what } = (await answerTo(client.ask('GET', '/'))) as ProgramFailure;
  t.match(what, /: 500: e{199,200}…?$/, 'a long text is cut');
  const created = await answeringProgram(t, () => new Refusal(299, '{}'));
  t.strictSame(await created.client.ask('GET', '/'), {});
});

t.test('why there is no answer is said in plain words', async (t) => {
  const certificate = selfSigned({ names: ['127.0.0.1'], notBefore, notAfter });
  const ending = (bytes: string | Buffer) => (socket: Socket) => socket.end(bytes);
  const cases: readonly (readonly [answer: (socket: Socket) => void, reason: string, more?: object])[] = [
    [(socket) => socket.destroy(), 'the connection was closed'],
    [(socket) => socket.resetAndDestroy(), 'connection reset'],
    [() => {}, 'no answer in time', { timeoutSeconds: 0.2 }],
    [
      (socket) => socket.write('HTTP/1.1 200 X\r\ncontent-length: 9\r\n\r\n{'),
      'no answer in time',
      { timeoutSeconds: 0.2 },
    ],
    [ending(httpAnswer('x'.repeat(11 * 1024 * 1024))), 'the answer is too large'],
    [ending(httpAnswer('{}')), 'it does not speak TLS; try http://', { scheme: 'https' }],
    [ending(httpAnswer('{}')), 'its certificate is self-signed', { scheme: 'https', certificate }],
  ];
  for (const [answer, reason, more = {}] of cases) {
    const { scheme = 'http', timeoutSeconds, ...options } = more as { scheme?: string; timeoutSeconds?: number };
    const server = await rawServer(answer, options);
    t.teardown(() => server.stop());
    const url = `${scheme}://127.0.0.1:${server.port}`;
    const failure = await failureAt(url, timeoutSeconds);
    t.strictSame(
      [failure.kind, failure.what, failure.remedy],
      ['unreachable', `no answer of Prometheus at ${url}: ${reason}`, 'start it, or check --prometheus.url'],
    );
    t.ok(failure.cause instanceof Error);
  }
  const nowhere = `http://127.0.0.1:${await closedPort()}`;
  t.match(await failureAt(nowhere), { kind: 'unreachable', what: /: connection refused$/ });
});

t.test('a certificate is checked with the authority of the configuration', async (t) => {
  const authority = createAuthority();
  const certificate = authority.issue({ names: ['127.0.0.1'], notBefore, notAfter });
  const server = await rawServer((socket) => socket.end(httpAnswer('{}')), { certificate });
  t.teardown(() => server.stop());
  const url = `https://127.0.0.1:${server.port}`;
  t.match(await failureAt(url), {
    kind: 'unreachable',
    what: /: its certificate is from an unknown authority; set NODE_EXTRA_CA_CERTS to the certificate file/,
  });
  const http = httpSettings({ tls: { ca: authority.certificatePem, insecureSkipVerify: false } });
  const client = await createProgramClient({ name: 'Prometheus', flag: 'prometheus', url, timeoutSeconds: 10, http });
  t.strictSame(await client.ask('GET', '/'), {});
  await client.close();
});

t.test('a closed client asks nothing more', async (t) => {
  const { url, questions } = await answeringProgram(t, () => ({}));
  const client = await createProgramClient({ name: 'Prometheus', flag: 'prometheus', url, timeoutSeconds: 10 });
  await client.ask('GET', '/');
  await client.close();
  t.match(await answerTo(client.ask('GET', '/')), { kind: 'unreachable' });
  t.equal(questions.length, 1);
});

t.test('a server of another protocol is another program', async (t) => {
  const mail = await rawServer((socket) => socket.end('220 mail.example.com ESMTP\r\n'));
  t.teardown(() => mail.stop());
  const url = `http://127.0.0.1:${mail.port}`;
  const failure = await failureAt(url);
  t.strictSame(
    [failure.kind, failure.what, failure.remedy],
    ['stranger', `the program at ${url} does not speak HTTP, so it is not Prometheus`, 'check --prometheus.url'],
  );
  t.ok(failure.cause instanceof Error);
});
