import t from 'tap';
import { PoliteDataAccess } from '../../src/access/polite-access.js';
import { systemClock } from '../../src/base/clock.js';
import { Cookies } from '../../src/net/http-headers.js';
import { createResolver } from '../../src/net/resolve.js';
import { TlsContexts } from '../../src/net/tls.js';
import { httpSettings } from '../support/config.js';
import { httpAnswer, rawServer } from '../support/raw-server.js';
import { failuresIn, transactionOf } from '../support/transactions.js';

/** A site with a login form. A client with a session has access; after a logout it has none. */
async function siteWithSessions() {
  let logins = 0;
  const seen: string[] = [];
  const server = await rawServer((socket, request) => {
    const [, method, path] = /^(\S+) (\S+)/.exec(request) ?? [];
    const session = /^cookie: .*\bsession=(\w+)/m.exec(request)?.[1];
    seen.push(`${method} ${path} ${session ?? '-'}`);
    const answer = (bytes: Buffer) => void socket.end(bytes);
    if (path === '/login')
      return answer(
        httpAnswer('', {
          code: 303,
          headers: ['Location: /home', `Set-Cookie: session=hunter${++logins}; Path=/; HttpOnly; SameSite=Lax`],
        }),
      );
    if (session !== `hunter${logins}`) return answer(httpAnswer('', { code: 302, headers: ['Location: /sign-in'] }));
    if (path === '/logout')
      return answer(httpAnswer('', { code: 204, headers: ['Set-Cookie: session=; Max-Age=0; Path=/'] }));
    answer(httpAnswer('welcome', { headers: ['Content-Type: text/html'] }));
  });
  return { seen, server, url: `http://127.0.0.1:${server.port}` };
}

const steps = (url: string) => `transactions:
  shop:
    base_url: ${url}
    steps:
      - {name: log_in, path: /login, method: POST, headers: {Content-Type: application/x-www-form-urlencoded}, body: user=ada&password=open-sesame, follow_redirects: true, expect: {body_regex: welcome}}
      - {name: orders, path: /orders, expect: {body_regex: welcome}}
    cleanup:
      - {name: log_out, path: /logout, method: POST}
`;

t.test('a transaction logs in to a site with sessions, and its next run begins without cookies', async (t) => {
  const { seen, server, url } = await siteWithSessions();
  t.teardown(() => server.stop());
  const { run, told } = await transactionOf(t, steps(url));
  for (const number of [1, 2]) {
    const { reading, samples } = await run();
    t.match(reading, { level: 'healthy', up: true }, `run ${number}: ${reading.message}`);
    t.strictSame(failuresIn(samples), []);
  }
  t.strictSame(seen, [
    'POST /login -',
    'GET /home hunter1',
    'GET /orders hunter1',
    'POST /logout hunter1',
    'POST /login -',
    'GET /home hunter2',
    'GET /orders hunter2',
    'POST /logout hunter2',
  ]);
  t.notMatch(told(), /hunter/, 'cookies are never shown');
});

t.test('this works also through the polite access, where each redirect waits for its turn', async (t) => {
  const { seen, server, url } = await siteWithSessions();
  t.teardown(() => server.stop());
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const { client } = new PoliteDataAccess({
    prober: { resolve: createResolver(), tlsContexts: new TlsContexts(), userAgent: 'test' },
    clock: systemClock,
    log,
  });
  const cookies = new Cookies();
  const ask = (path: string, own?: Cookies) =>
    client.ask(
      { source: 'x', url: `${url}${path}`, http: httpSettings(), timeoutSeconds: 5, cookies: own },
      new AbortController().signal,
    );
  t.equal((await ask('/login', cookies)).body.toString(), 'welcome');
  t.equal((await ask('/orders', cookies)).body.toString(), 'welcome');
  t.equal((await ask('/login')).body.toString(), 'welcome', 'a single request keeps them for its redirects');
  t.strictSame(seen, ['GET /login -', 'GET /home hunter1', 'GET /orders hunter1', 'GET /login -', 'GET /home hunter2']);
});
