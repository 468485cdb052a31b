import t from 'tap';
import type { DataAnswer, DataFailure } from '../../src/access/data-access.js';
import {
  accountOf,
  askIdentity,
  isPastLogin,
  isTokenAccepted,
  loginSettings,
  objectIn,
  readLogin,
  tokenIn,
} from '../../src/access/login.js';
import { Secret } from '../../src/config/secret.js';
import type { HttpSettings } from '../../src/config/sections/http-options.js';
import { aiCrm, aiCrmUrl } from '../support/data.js';

/** An answer with this value as its body. */
const answer = (statusCode: number, value: unknown = {}, headers: DataAnswer['headers'] = []): DataAnswer => ({
  statusCode,
  headers,
  body: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
  durationSeconds: 0.1,
});

/** The failure that a function throws. */
function failureOf(read: () => unknown): DataFailure | undefined {
  try {
    return void read();
  } catch (error) {
    return error as DataFailure;
  }
}

t.test('each refused login has its reason, its code, and what to do', async (t) => {
  for (const [code, reason, message] of [
    [302, 'redirect', /is redirected: check ai_crm\.url$/],
    [401, 'auth', /username and password/],
    [403, 'auth', /may be locked$/],
    [404, 'status', /no POST \/auth\/login/],
    [405, 'status', /no POST \/auth\/login/],
    [407, 'auth', /a proxy .* requires credentials$/],
    [418, 'status', /did not answer the login as expected$/],
    [422, 'status', /another version$/],
    [429, 'rate_limited', /too many requests$/],
    [500, 'status', /its database may be down$/],
  ] as const) {
    const failure = failureOf(() => readLogin(answer(code)));
    t.match(failure, { reason, statusCode: code, message });
    t.match(failure?.message, new RegExp(`^${code}: `));
  }
  for (const [body, message] of [
    ['[]', /is not a JSON object/],
    ['<p>', /is not a JSON object/],
    ['{}', /has no access_token$/],
  ] as const)
    t.match(
      failureOf(() => readLogin(answer(200, body))),
      { reason: 'json', statusCode: 200, message },
    );
});

t.test('a login is JSON, whatever the configured headers are, and follows no redirect', async (t) => {
  const headers = new Map([
    ['x-a', new Secret('b')],
    ['content-type', new Secret('text/plain')],
  ]);
  const http = loginSettings(aiCrm({ headers }), 'monitor', new Secret('p'));
  t.same(
    [...http.headers].map(([name, value]) => [name, value.reveal()]),
    [
      ['x-a', 'b'],
      ['content-type', 'application/json'],
    ],
  );
  t.match(http, {
    method: 'POST',
    followRedirects: false,
    maxBodyBytes: 65_536,
    expect: { jsonStatus: false, jsonValues: new Map() },
  });
});

t.test('a token without a usable lifetime lasts as long as a usual one of AI-CRM', async (t) => {
  const day = 86_400;
  for (const [stated, seconds] of [
    [undefined, 1800],
    [0, 1800],
    [-5, 1800],
    ['soon', 1800],
    [365 * day + 1, 1800],
    [365 * day, 365 * day],
    ['60', 60],
  ] as const)
    t.equal(readLogin(answer(200, { access_token: 'a', expires_in: stated })).expiresInSeconds, seconds, `${stated}`);
  t.equal(tokenIn({ access_token: ['a'] }), undefined);
});

t.test('an object is read from JSON only, in the encoding that the answer names', async (t) => {
  t.same(objectIn(answer(200, { a: 1 })), { a: 1 });
  for (const body of ['[1]', '1', 'null', '{']) t.equal(objectIn(answer(200, body)), undefined, body);
  const headers = [['content-type', 'application/json; charset=iso-8859-1']] as const;
  t.same(objectIn({ headers, body: Buffer.from('{"a":"\xfc"}', 'latin1') }), { a: 'ü' });
});

t.test('an account has role and tier', async (t) => {
  t.same(accountOf(answer(200, { role: 'user', subscription_tier: 'pro' })), { role: 'user', tier: 'pro' });
  for (const user of [{ role: 'user' }, { subscription_tier: 'pro' }, { role: ['user'], subscription_tier: 'pro' }])
    t.match(
      failureOf(() => accountOf(answer(200, user))),
      { reason: 'json', statusCode: 200 },
      JSON.stringify(user),
    );
  t.match(
    failureOf(() => accountOf(answer(500))),
    { reason: 'status', statusCode: 500 },
  );
});

t.test('a worker accepts a token unless it answers 401; after a crash or a 429 nothing is known', async (t) => {
  const asked: (readonly [string, HttpSettings])[] = [];
  const ask = (code: number) =>
    isTokenAccepted(aiCrm(), new Secret('abc'), async (...request) => (asked.push(request), answer(code)));
  for (const [code, isAccepted] of [
    [200, true],
    [403, true],
    [401, false],
  ] as const)
    t.equal(await ask(code), isAccepted, `${code}`);
  for (const code of [429, 500, 503])
    await t.rejects(ask(code), { reason: 'status', message: new RegExp(`^${code}: it is not known`) });
  const [[url, { method, auth }] = ['', { method: '' } as HttpSettings]] = asked;
  t.match([method, url, auth], ['GET', `${aiCrmUrl}/auth/me`, { kind: 'bearer' }]);
  t.same(
    [200, 403, 499, 401, 429, 500].map((code) => isPastLogin(answer(code))),
    [true, true, true, false, false, false],
  );
});

t.test('AI-CRM is identified by its health answer', async (t) => {
  const ask = (body: unknown) =>
    askIdentity(aiCrm(), async (url) => answer(200, url === `${aiCrmUrl}/health` ? body : 'another page'));
  t.type(await ask({ status: 'healthy', version: '1' }), 'string');
  t.equal(await ask('<p>'), undefined);
});
