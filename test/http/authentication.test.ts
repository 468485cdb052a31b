import { hashSync } from 'bcryptjs';
import t, { type Test } from 'tap';
import { ask } from '../support/ask.js';
import { serveWith, webFiles } from '../support/web-files.js';

// The lowest cost of bcrypt, for fast tests.
const hash = hashSync('open sesame', 4);
const basic = (name: string, password: string) => `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;

const files = (t: Test, text: string) => webFiles(t, text).file;

t.test('allows only its users, on every path', async (t) => {
  const server = await serveWith(
    t,
    files(
      t,
      `basic_auth_users:\n  ann: ${hash}\n  bob: ${hash.replace('$2b$', '$2y$')}\n  ë: ${hashSync('a:b: ü', 4)}\n`,
    ),
  );
  for (const path of ['/metrics', '/', '/-/healthy', '/nothing']) {
    const answer = await ask(server.url + path);
    t.equal(answer.status, 401, path);
    t.equal(answer.headers['www-authenticate'], 'Basic realm="ai-crm-exporter", charset="UTF-8"');
    t.equal(answer.text, 'user name and password required\n');
  }
  const statusFor = async (authorization: string) =>
    (await ask(`${server.url}/metrics`, { headers: { authorization } })).status;
  t.equal(await statusFor(basic('ann', 'open sesame')), 200);
  t.equal(await statusFor(basic('bob', 'open sesame')), 200);
  t.equal(await statusFor(basic('ë', 'a:b: ü')), 200, 'only the first colon ends the name');
  t.equal(await statusFor(basic('ann', 'open sesame').replace('Basic ', 'bAsIc   ')), 200);
  for (const wrong of [
    basic('ann', 'wrong'),
    basic('eve', 'open sesame'),
    basic('__proto__', 'open sesame'),
    basic('', ''),
    'Basic !',
    `x${basic('ann', 'open sesame')}`,
    `${basic('ann', 'open sesame')} x`,
    basic('ann', 'open sesame').replace(' ', ''),
    'Basic',
    'Bearer x',
    `Basic ${Buffer.from('ann').toString('base64')}`,
  ]) {
    t.equal(await statusFor(wrong), 401, wrong);
  }
});

t.test('a client with too many logins at once is asked to come again later', async (t) => {
  const { url } = await serveWith(t, files(t, `basic_auth_users:\n  ann: ${hashSync('open sesame', 8)}\n`));
  const answers = Array.from({ length: 100 }, async (_, i) => {
    const answer = await ask(`${url}/metrics`, { headers: { authorization: basic('ann', `guess ${i}`) } });
    if (answer.status !== 503) throw new Error(`${answer.status}`);
    return answer;
  });
  t.match(await Promise.any(answers), {
    headers: { 'retry-after': '1' },
    text: 'too many logins at once, try again later\n',
  });
});

t.test('a rate limit allows its burst and then one request per interval, except for the health check', async (t) => {
  const { url, clock } = await serveWith(t, files(t, 'rate_limit: {interval: 2s, burst: 3}\n'));
  const statuses = async (count: number) => {
    const found: number[] = [];
    for (let i = 0; i < count; i += 1) found.push((await ask(`${url}/metrics`)).status);
    return found;
  };
  t.same(await statuses(4), [200, 200, 200, 429]);
  t.match(await ask(`${url}/metrics`), {
    status: 429,
    text: 'too many requests: more than rate_limit of the web configuration allows\n',
    headers: { 'retry-after': '2', 'x-content-type-options': 'nosniff' },
  });
  t.equal((await ask(`${url}/-/healthy`)).status, 200);
  clock.advance(1);
  t.match(await ask(`${url}/metrics`), { status: 429, headers: { 'retry-after': '1' } });
  clock.advance(1);
  t.same(await statuses(2), [200, 429]);
  clock.advance(3600);
  t.same(await statuses(4), [200, 200, 200, 429]);
});
