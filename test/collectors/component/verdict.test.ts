import t from 'tap';
import { createBodyMatch } from '../../../src/collectors/component/body-match.js';
import { judgeAnswer } from '../../../src/collectors/component/verdict.js';
import type { Expectation, HttpSettings } from '../../../src/config/config.js';
import type { HttpOutcome } from '../../../src/sources/http/probe.js';
import { newMeasurement } from '../../../src/sources/measurement.js';

const json = 'application/json';

function judge(statusCode: number, body: string | Buffer, contentType = json, expect: Partial<Expectation> = {}) {
  const outcome: HttpOutcome = {
    failure: null,
    measurement: newMeasurement(),
    statusCode,
    headers: contentType === '' ? [] : [['content-type', contentType]],
    receivedBytes: body.length,
    body: Buffer.from(body as string),
  };
  const settings: HttpSettings = {
    method: 'GET',
    headers: new Map(),
    expect: { jsonStatus: false, jsonValues: new Map(), ...expect },
    tls: { insecureSkipVerify: false },
    followRedirects: true,
    maxBodyBytes: 1 << 20,
  };
  return judgeAnswer(outcome, settings, createBodyMatch());
}

const promised = { jsonStatus: true };

t.test('every health word has its level, with any code that carries it', async (t) => {
  const words = {
    healthy: ['healthy', 'ok', 'up', 'pass', 'OK', ' Healthy '],
    warning: ['degraded', 'warning', 'warn'],
    critical: ['unhealthy', 'critical', 'down', 'fail', 'error'],
    unknown: ['unknown', 'strange', '', '5'],
  };
  for (const [level, list] of Object.entries(words)) {
    for (const word of list) t.equal(judge(200, JSON.stringify({ status: word })).level, level, `200 ${word}`);
    for (const word of level === 'healthy' ? [] : list) t.equal(judge(503, JSON.stringify({ status: word })).level, level, `503 ${word}`);
  }
});

t.test('degraded is up, unhealthy and unknown are not, and each failure has its reason', async (t) => {
  t.match(judge(503, '{"status":"degraded"}'), { level: 'warning', up: true, reason: null });
  t.match(judge(200, '{"status":"degraded"}'), { level: 'warning', up: true, reason: null });
  t.match(judge(200, '{"status":"unhealthy"}'), { level: 'critical', up: false, reason: 'body', message: '200: says unhealthy' });
  t.match(judge(503, '{"status":"unhealthy"}'), { level: 'critical', up: false, reason: 'status' });
  t.match(judge(503, '{"status":"unknown"}'), { level: 'unknown', up: false, reason: 'status' });
  t.match(judge(503, '{"status":"healthy"}'), { level: 'critical', up: false, reason: 'status' });
});

t.test('codes without a health word', async (t) => {
  const table: readonly [number, string, string | null, boolean][] = [
    [200, 'healthy', null, true],
    [204, 'healthy', null, true],
    [302, 'critical', 'redirect', false],
    [400, 'critical', 'status', false],
    [401, 'unknown', 'auth', false],
    [403, 'unknown', 'auth', false],
    [404, 'unknown', 'status', false],
    [405, 'critical', 'status', false],
    [429, 'unknown', 'rate_limited', false],
    [500, 'critical', 'status', false],
    [502, 'critical', 'status', false],
    [503, 'critical', 'status', false],
  ];
  for (const [code, level, reason, up] of table) t.match(judge(code, '<html>x</html>', 'text/html'), { level, reason, up }, `${code}`);
});

t.test('a configured code is the only accepted one, and a 404 is then as wrong as any other', async (t) => {
  t.match(judge(401, '', '', { statusCodes: [401] }), { level: 'healthy', up: true });
  t.match(judge(200, '', '', { statusCodes: [401] }), { level: 'critical', reason: 'status' });
  t.match(judge(404, '', '', { statusCodes: [200] }), { level: 'critical', reason: 'status' });
});

t.test('plain text and HTML are healthy where nothing else was promised', async (t) => {
  t.match(judge(200, 'healthy\n', 'text/plain'), { level: 'healthy', up: true });
  t.match(judge(200, '<!doctype html>', 'text/html'), { level: 'healthy', up: true });
  t.match(judge(200, '', ''), { level: 'healthy', up: true });
});

t.test('where JSON was promised anything else is UNKNOWN, with the reason json', async (t) => {
  t.match(judge(200, '<!doctype html>', 'text/html', promised), { level: 'unknown', up: false, reason: 'json', message: 'JSON was promised, HTML came' });
  t.match(judge(200, 'healthy', 'text/plain', promised), { level: 'unknown', reason: 'json' });
  t.match(judge(200, '', '', promised), { level: 'unknown', reason: 'json', message: 'JSON was promised, an empty body came' });
  t.match(judge(200, '{"status":'), { level: 'unknown', reason: 'json', message: 'the body is not valid JSON' });
  t.match(judge(200, Buffer.from([0x22, 0xff, 0x22])), { level: 'unknown', reason: 'json' }, 'invalid UTF-8');
  for (const body of ['{}', '[]', 'null', '"ok"', '{"state":"ok"}']) t.match(judge(200, body, json, promised), { level: 'unknown', reason: 'json' }, body);
});

t.test('JSON without a status is healthy where no status was promised', async (t) => {
  for (const body of ['{}', '[1,2]', 'null', '{"name":"AI-CRM"}']) t.match(judge(200, body), { level: 'healthy', up: true }, body);
});

t.test('expected values: equal is healthy, another value critical, none at all unknown', async (t) => {
  const expect = { jsonValues: new Map([['components.database.status', ['healthy', 'degraded']], ['config_loaded', [true]]]) };
  const body = (database: unknown, loaded: unknown) => JSON.stringify({ components: { database: { status: database } }, config_loaded: loaded });
  t.match(judge(200, body('degraded', true), json, expect), { level: 'healthy', up: true });
  t.match(judge(200, body('unhealthy', true), json, expect), { level: 'critical', reason: 'json', message: 'components.database.status in the JSON is not "healthy" or "degraded"' });
  t.match(judge(200, body('healthy', 'true'), json, expect), { level: 'critical', reason: 'json' }, 'no conversion');
  t.match(judge(200, '{"components":[]}', json, expect), { level: 'unknown', reason: 'json' });
  t.match(judge(200, '{"__proto__":{"components":1}}', json, expect), { level: 'unknown', reason: 'json' });
});

t.test('a body that the pattern does not match is a failure', async (t) => {
  t.match(judge(200, 'all good', 'text/plain', { bodyRegex: /good/ }), { level: 'healthy' });
  t.match(judge(200, 'all bad', 'text/plain', { bodyRegex: /good/ }), { level: 'critical', reason: 'body' });
});

t.test('a body on which the pattern would take for ever, or too much memory, is UNKNOWN, soon', async (t) => {
  const startedAt = performance.now();
  for (const [pattern, body] of [[/foo.*bar/, 'foo'.repeat(350_000)], [/^(a+)+$/, `${'a'.repeat(50)}b`], [/\s+$/, `${' '.repeat(1_000_000)}x`], [new RegExp(`^(?:${'(a)|'.repeat(200)}b)*$`), 'a'.repeat(1_000_000)]] as const) {
    t.match(judge(200, body, 'text/plain', { bodyRegex: pattern }), { level: 'unknown', up: false, reason: 'internal', message: /too much to tell .* body_regex/ }, String(pattern));
  }
  t.ok(performance.now() - startedAt < 5000, 'all of them');
});

t.test('nested checks of every shape are read, bounded, and never throw', async (t) => {
  const checks = (body: unknown) => judge(200, JSON.stringify(body)).health?.checks;
  t.same(checks({ overall_status: 'healthy', components: { database: { status: 'unhealthy', details: {} }, redis: { status: 'healthy' }, odd: { status: 7 } } }), [
    { name: 'database', level: 'critical' },
    { name: 'redis', level: 'healthy' },
    { name: 'odd', level: 'unknown' },
  ]);
  t.same(checks({ status: 'pass', checks: { 'db:time': [{ status: 'warn' }], plain: 'up', flag: false, none: {}, count: 5, empty: [] } }), [
    { name: 'db:time', level: 'warning' },
    { name: 'plain', level: 'healthy' },
    { name: 'flag', level: 'critical' },
  ]);
  const many = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`${'x'.repeat(100)}${i}`, 'ok']));
  t.equal(checks({ status: 'ok', components: many })?.length, 1, 'names are cut and then the same');
  const short = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`check${i}`, 'ok']));
  t.equal(checks({ status: 'ok', components: short })?.length, 50);
  for (const components of [null, [], 'x', 5]) t.same(checks({ status: 'ok', components }), []);
});

t.test('a status that cannot be turned into text is UNKNOWN and no error', async (t) => {
  const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
  for (const status of [deep, '[{"toString":1,"valueOf":1}]', '[]']) t.match(judge(200, `{"status":${status}}`), { level: 'unknown', reason: 'body', message: '200: says a list' });
});

t.test('words and names of an answer stay on one line', async (t) => {
  const verdict = judge(503, JSON.stringify({ status: 'sick\n✔ HEALTHY  other', components: { 'db\r\n✔ HEALTHY  x': 'down', '\ud800': 'down' } }));
  t.equal(verdict.message, '503: says sick ✔ HEALTHY other');
  t.same(verdict.health?.checks.map(({ name }) => name), ['db ✔ HEALTHY x', '\ufffd']);
});

t.test('a stated uptime is taken only if it can be one', async (t) => {
  const uptime = (value: unknown) => judge(200, JSON.stringify({ status: 'ok', uptime_seconds: value })).health?.uptimeSeconds;
  t.equal(uptime(71.5), 71.5);
  for (const value of [-1, '71', null, {}]) t.equal(uptime(value), undefined);
});

t.test('a message never repeats more of the answer than a short word', async (t) => {
  t.ok(judge(200, JSON.stringify({ status: 'x'.repeat(5000) })).message.length < 100);
});
