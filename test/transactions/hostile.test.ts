import t, { type Test } from 'tap';
import { httpAnswer, rawServer } from '../support/raw-server.js';
import { failuresIn, transactionOf } from '../support/transactions.js';

const secret = 'hunter2';

/** A server with this first answer, which records its requests. Every later answer is `{}`. */
async function serverWith(t: Test, first: Buffer | string) {
  const requests: string[] = [];
  const server = await rawServer((socket, request) => {
    requests.push(request);
    socket.end(requests.length === 1 ? first : httpAnswer('{}'));
  });
  t.teardown(() => server.stop());
  return { requests, url: `http://127.0.0.1:${server.port}` };
}

/** A transaction whose first step captures `$.v`, and whose second uses it in every possible place. */
function using(url: string, second: string): string {
  return `transactions:
  x:
    base_url: ${url}
    steps:
      - {name: a, path: /, capture: {v: $.v}}
      - {name: b, ${second}}
`;
}
const everywhere =
  'path: "/tasks/{{v}}/x?q={{v}}", headers: {X-Value: "<{{v}}>"}, json: {text: "is {{v}}", list: ["{{v}}"]}';

t.test('an answer without the captured value is one failure with a reason, whatever the answer is', async (t) => {
  const json = (value: string) => httpAnswer(`{"v":${value}}`);
  const html = httpAnswer(`<html>${secret}</html>`, { headers: ['Content-Type: text/html'] });
  const table: Readonly<Record<string, readonly [answer: Buffer | string, reason: string, message: RegExp]>> = {
    'broken JSON': [httpAnswer(`{"v":"${secret}`), 'json', /: the body is not valid JSON/],
    'broken JSON that is not called JSON': [
      httpAnswer(`{"v":"${secret}`, { headers: [] }),
      'json',
      /capture v: the answer is not JSON/,
    ],
    'no UTF-8': [
      httpAnswer(Buffer.from([0x7b, 0x22, 0x76, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d])),
      'json',
      /not valid JSON/,
    ],
    HTML: [html, 'json', /capture v: the answer is not JSON/],
    'an empty body': [httpAnswer(''), 'json', /capture v: the answer is not JSON/],
    'a truncated body': [`HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"v":"${secret}"`, 'closed', /./],
    'no answer at all': ['', 'closed', /./],
    'nothing there': [httpAnswer(`{"w":"${secret}"}`), 'json', /capture v: nothing found/],
    'a list': [json(`["${secret}"]`), 'json', /capture v: found a list/],
    'an object': [json(`{"${secret}":1}`), 'json', /capture v: found an object/],
    null: [json('null'), 'json', /capture v: found null/],
    'an empty text': [json('""'), 'json', /capture v: found an empty text/],
    'a number that cannot be kept': [
      json('12345678901234567890'),
      'json',
      /capture v: found a number with too many digits/,
    ],
    'a long text': [json(`"${secret.repeat(1200)}"`), 'json', /capture v: found more than 8192 bytes/],
    'deep nesting': [json(`${'['.repeat(100_000)}${']'.repeat(100_000)}`), 'json', /capture v: found a list/],
    'a body without end': [httpAnswer(`{"v":"${'x'.repeat(2 << 20)}"}`), 'size', /./],
  };
  for (const [name, [answer, reason, message]] of Object.entries(table)) {
    const { url, requests } = await serverWith(t, answer);
    const { run, told } = await transactionOf(t, using(url, everywhere));
    const { reading, samples } = await run();
    t.match(reading, { up: false, reason, failedStep: 'a', message }, name);
    t.strictSame(failuresIn(samples), [`a ${reason}`], name);
    t.equal(requests.length, 1, name);
    t.notMatch(told(), new RegExp(secret), name);
  }
});

t.test('several values, or a value that is nested too deeply, are a failure', async (t) => {
  const many = await serverWith(t, httpAnswer('{"v":[1,2,3]}'));
  const yaml = (url: string, path: string) =>
    `transactions: {x: {base_url: "${url}", steps: [{name: a, path: /, capture: {v: "${path}"}}]}}`;
  t.match((await (await transactionOf(t, yaml(many.url, '$.v[*]'))).run()).reading, {
    message: 'step a failed: capture v: several values found where one is needed',
  });
  const deep = await serverWith(t, httpAnswer(`${'['.repeat(100_000)}${']'.repeat(100_000)}`));
  t.match((await (await transactionOf(t, yaml(deep.url, '$..v'))).run()).reading, {
    message: 'step a failed: capture v: the answer is nested too deeply',
  });
  const winding = await serverWith(t, httpAnswer(JSON.stringify({ v: [{ n: `${'a'.repeat(60)}!` }] })));
  t.match((await (await transactionOf(t, yaml(winding.url, "$.v[?search(@.n, '(a+)+$')].n"))).run()).reading, {
    message: 'step a failed: capture v: its path takes too long in the answer',
  });
});

t.test('header captures are as strict', async (t) => {
  const yaml = (url: string) =>
    `transactions: {x: {base_url: "${url}", steps: [{name: a, path: /, capture: {v: {header: X-Id}}}, {name: b, path: "/{{v}}"}]}}`;
  const outcome = async (headers: readonly string[]) => {
    const { url, requests } = await serverWith(t, httpAnswer('', { headers }));
    const { reading } = await (await transactionOf(t, yaml(url))).run();
    return reading.up ? requests[1]?.split(' ')[1] : reading.message;
  };
  t.equal(await outcome(['x-ID: 7/8']), '/7%2F8');
  t.equal(await outcome([]), 'step a failed: capture v: nothing found');
  t.equal(await outcome(['X-Id: 1', 'X-Id: 2']), 'step a failed: capture v: several values found where one is needed');
  t.equal(await outcome(['X-Id:']), 'step a failed: capture v: found an empty text');
});

t.test('a captured text stays one value wherever it is inserted', async (t) => {
  const texts = [
    `"quoted" and '`,
    '../../admin?x=1#y',
    'a&b=c;d',
    '{{v}}{{run_id}}{{',
    '\\u0022, "admin": true',
    'ü%2e%2e/',
    'true',
    '-12.5',
    '$& $1 $$',
  ];
  for (const text of texts) {
    const { url, requests } = await serverWith(t, httpAnswer(JSON.stringify({ v: text })));
    const { run, told } = await transactionOf(t, using(url, everywhere));
    t.match((await run()).reading, { up: true }, text);
    const [head = '', body = ''] = (requests[1] ?? '').split('\r\n\r\n');
    const target = new URL(head.split(' ')[1] ?? '', url);
    const segments = target.pathname.split('/');
    t.strictSame(
      [segments.length, segments[1], decodeURIComponent(segments[2] ?? ''), segments[3]],
      [4, 'tasks', text, 'x'],
      text,
    );
    t.strictSame([...target.searchParams], [['q', text]], text);
    t.equal(target.hash, '');
    t.equal(
      /^x-value: <(.*)>$/m.exec(Buffer.from(head, 'utf8').toString())?.[1],
      Buffer.from(text, 'latin1').toString('utf8'),
      text,
    );
    t.strictSame(JSON.parse(body), { text: `is ${text}`, list: [text] }, text);
    t.notOk(told().includes(text.slice(0, 8)) && text.length > 8, `${text} appears nowhere`);
  }
});

t.test('a captured value that would start another header or path is not sent', async (t) => {
  const attempt = async (value: unknown, second: string) => {
    const { url, requests } = await serverWith(t, httpAnswer(JSON.stringify({ v: value })));
    const { reading } = await (await transactionOf(t, using(url, second))).run();
    return { count: requests.length, message: reading.message, reason: reading.reason };
  };
  const noHeader = { count: 1, reason: 'json', message: 'step b failed: {{v}} has characters that no header may have' };
  // The last two contain a line end if their upper bytes are cut off.
  for (const value of ['a\r\nX-Admin: 1', 'a\nb', 'a\0b', '\u010a', 'x\u010d\u010aX-Admin: 1']) {
    t.strictSame(await attempt(value, 'path: /, headers: {X: "{{v}}"}'), noHeader, JSON.stringify(value));
    t.strictSame(await attempt(value, 'path: /, auth: {bearer: {token: "{{v}}"}}'), noHeader, JSON.stringify(value));
  }
  const otherPath = {
    count: 1,
    reason: 'json',
    message: 'step b failed: a captured value would change the path of the URL',
  };
  for (const value of ['.', '..'])
    for (const path of ['/tasks/{{v}}', '/tasks/{{v}}/x', '/tasks/{{v}}?q'])
      t.strictSame(await attempt(value, `path: "${path}"`), otherPath, path);
  t.strictSame(await attempt('.', 'path: "/tasks/{{v}}{{v}}/x"'), otherPath);
  t.match(await attempt('..', 'path: "/tasks?q={{v}}"'), { count: 2, reason: null });
  t.match(await attempt('.5', 'path: "/tasks/{{v}}"'), { count: 2, reason: null });
});

t.test('text bodies are escaped for their content type', async (t) => {
  const value = 'a&b="c" d';
  const sent = async (type: string, body: string) => {
    const { url, requests } = await serverWith(t, httpAnswer(JSON.stringify({ v: value })));
    await (await transactionOf(t, using(url, `path: /, headers: {Content-Type: ${type}}, body: '${body}'`))).run();
    return requests[1]?.split('\r\n\r\n')[1];
  };
  t.equal(await sent('application/x-www-form-urlencoded; charset=utf-8', 'x={{v}}&y=1'), 'x=a%26b%3D%22c%22%20d&y=1');
  t.equal(await sent('application/vnd.crm+json', '{"x":"{{v}}"}'), '{"x":"a&b=\\"c\\" d"}');
  t.equal(await sent('text/plain', '{{v}}, {{{{v}}'), `${value}, {{v}}`);
});
