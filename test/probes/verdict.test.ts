import t from 'tap';
import { TookTooLong } from '../../src/base/bounded-call.js';
import { Secret } from '../../src/config/secret.js';
import type { Expectation } from '../../src/config/sections/expect-options.js';
import type { HttpSettings } from '../../src/config/sections/http-options.js';
import type { HttpOutcome } from '../../src/net/http-client.js';
import { newMeasurement } from '../../src/net/measurement.js';
import { createBodyMatch, failed, type JudgeOptions, judgeAnswer } from '../../src/probes/verdict.js';
import { httpSettings } from '../support/config.js';
import { cpuSeconds } from '../support/cpu-time.js';

const json = 'application/json';

function judge(
  statusCode: number,
  body: string | Buffer,
  contentType = json,
  expect: Partial<Expectation> = {},
  changes: Partial<HttpSettings> = {},
  options?: JudgeOptions,
) {
  const outcome: HttpOutcome = {
    failure: null,
    measurement: newMeasurement(),
    statusCode,
    headers: contentType === '' ? [] : [['content-type', contentType]],
    receivedBytes: body.length,
    body: Buffer.from(body as string),
  };
  const settings = httpSettings({ ...changes, expect });
  return judgeAnswer(outcome, settings, createBodyMatch(), options);
}

const promised = { jsonStatus: true };
const required = { jsonStatus: true, healthWord: 'required' } as const;

t.test('a known health word has its level on a good code, in any case and spelling', async (t) => {
  const words = {
    healthy: [
      'healthy',
      'ok',
      'up',
      'pass',
      'OK',
      ' Healthy ',
      'ready',
      'RUNNING',
      'success',
      'operational',
      'available',
      'alive',
      'SERVING',
      'green',
      'online',
      'All Systems Operational.',
      true,
    ],
    warning: ['degraded', 'warning', 'WARN', 'yellow', 'degraded_performance', 'partial-outage'],
    critical: [
      'unhealthy',
      'critical',
      'DOWN',
      'fail',
      'error',
      'NOT_SERVING',
      'not ready',
      'OUT_OF_SERVICE',
      'unavailable',
      'Failure',
      'red',
      'major_outage',
      false,
    ],
    unknown: ['unknown', ' UNKNOWN\n', 'SERVICE_UNKNOWN'],
  };
  for (const [level, list] of Object.entries(words)) {
    for (const word of list) t.equal(judge(200, JSON.stringify({ status: word })).level, level, `200 ${word}`);
  }
});

const notUnderstood = [
  'strange',
  '',
  'not found',
  'open',
  5,
  200,
  503,
  0,
  null,
  {},
  { a: 1 },
  [],
  ['fail'],
  `down${' '.repeat(80)}x`,
];

t.test('an unknown word has no meaning: the code decides', async (t) => {
  for (const status of notUnderstood) {
    const body = JSON.stringify({ status });
    t.match(judge(200, body), { level: 'healthy', up: true, reason: null }, `200 ${body}`);
    for (const code of [500, 502, 503, 504])
      t.match(
        judge(code, body),
        { level: 'critical', up: false, reason: 'status', message: new RegExp(`^${code}: `) },
        `${code} ${body}`,
      );
    t.match(judge(404, body), { level: 'critical', reason: 'status' }, `404 ${body}`);
  }
});

t.test('no health word improves a bad code, except degraded, which AI-CRM sends with 503', async (t) => {
  const bodies = ['unavailable', 'unknown', 'healthy', 'UP', 'SERVING', 'error', 503, true, false].map((status) =>
    JSON.stringify({ status }),
  );
  const problems = [
    '{"type":"about:blank","title":"Service Unavailable","status":503}',
    '{"status":500,"error":"Internal Server Error"}',
    '{"timestamp":"2026-11-29T10:00:00Z","status":503,"error":"Service Unavailable","path":"/health"}',
    '{"ok":true}',
    '{"status":{"indicator":"none"}}',
    '{"status":"pass","checks":{"db:time":[{"status":"warn"}]}}',
  ];
  for (const code of [500, 502, 503]) {
    for (const body of [...bodies, ...problems])
      t.match(judge(code, body), { level: 'critical', up: false, reason: 'status' }, `${code} ${body}`);
    for (const body of ['degraded', 'WARNING', 'warn'].map((status) => JSON.stringify({ status })))
      t.match(judge(code, body), { level: 'warning', up: true, reason: null }, `${code} ${body}`);
  }
  t.match(judge(503, '<b>degraded</b>', 'text/html'), { level: 'critical' }, 'a page is not a health answer');
  for (const code of [400, 404, 410, 302])
    t.match(
      judge(code, '{"status":"degraded"}'),
      { level: 'critical', up: false },
      `${code}: only the server's own errors can have this meaning`,
    );
  t.equal(judge(503, '{"status":"UP"}').message, '503: not an accepted status code, although it says UP');
  t.equal(judge(503, '{"status":503}').message, '503: not an accepted status code');
  t.equal(judge(503, '{"status":"unavailable"}').message, '503: says unavailable');
});

t.test('degraded is up, unhealthy and unknown are not, and each failure has its reason', async (t) => {
  t.match(judge(503, '{"status":"degraded"}'), {
    level: 'warning',
    up: true,
    reason: null,
    message: '503: says degraded',
  });
  t.match(judge(200, '{"status":"degraded"}'), { level: 'warning', up: true, reason: null });
  t.match(judge(200, '{"status":"unhealthy"}'), {
    level: 'critical',
    up: false,
    reason: 'unhealthy',
    message: '200: says unhealthy',
  });
  t.match(judge(503, '{"status":"unhealthy"}'), { level: 'critical', up: false, reason: 'status' });
  t.match(judge(200, '{"status":"unknown"}'), { level: 'unknown', up: false, reason: 'body' });
});

t.test('the status is found at all usual places', async (t) => {
  const found: readonly [body: unknown, level: string, note: string][] = [
    [{ overall_status: 'unhealthy' }, 'critical', 'the monitoring app of AI-CRM'],
    [{ Status: 'Degraded', TotalDuration: '00:00:01' }, 'warning', 'ASP.NET without a naming policy'],
    [{ status: { indicator: 'minor', description: 'Partially Degraded Service' } }, 'warning', 'a status page'],
    [{ status: { indicator: 'none', description: 'All Systems Operational' } }, 'healthy', 'a status page'],
    [{ status: { indicator: 'major' } }, 'critical', 'a status page'],
    [{ status: { code: 'DOWN', description: '' } }, 'critical', 'Spring Boot Admin'],
    [{ status: { overall: { level: 'degraded', summary: '1 service' } } }, 'warning', 'Kibana'],
    [{ overallStatus: 'DOWN' }, 'critical', 'camel case'],
    [{ state: 'stopped' }, 'critical', 'a state'],
    [{ ok: false }, 'critical', 'a boolean'],
    [{ ready: false }, 'critical', 'a boolean'],
    [{ status: 200, healthy: false }, 'critical', 'the code once more, and the health after it'],
    [{ status: 'degraded', ok: false }, 'warning', 'the status comes first'],
    [{ cluster_name: 'x', status: 'yellow' }, 'warning', 'Elasticsearch'],
    [{ kind: 'Status', status: 'Failure', code: 500 }, 'critical', 'Kubernetes'],
    [{ health: { status: 'HEALTH_WARN', checks: {} } }, 'warning', 'Ceph'],
    [{ health: 'false', reason: 'RAFT NO LEADER' }, 'critical', 'etcd'],
    [{ health_status: 'unhealthy' }, 'critical', 'snake case'],
    [{ isHealthy: false }, 'critical', 'a boolean'],
    [{ status: 'Partially Available', failures: {} }, 'warning', 'hellofresh/health-go'],
    [{ status: 'NotReady' }, 'critical', 'camel case'],
    [{ status: 'OutOfService' }, 'critical', 'camel case'],
    ['Unhealthy', 'critical', 'a word that a framework made JSON of'],
    ['degraded', 'warning', 'a word that a framework made JSON of'],
    ['out of milk', 'healthy', 'a text that is none'],
    [false, 'healthy', 'a boolean that nothing says is about health'],
  ];
  for (const [body, level, note] of found)
    t.equal(judge(200, JSON.stringify(body)).level, level, `${note}: ${JSON.stringify(body)}`);
  const deep = `${'{"status":'.repeat(20_000)}"down"${'}'.repeat(20_000)}`;
  t.match(judge(200, deep), { level: 'healthy' }, 'but only to a limited depth');
});

t.test('plain text is a health answer if it is one known word or JSON, otherwise not', async (t) => {
  t.match(judge(200, 'Degraded', 'text/plain'), { level: 'warning', up: true, message: '200: says Degraded' });
  t.match(judge(200, 'Unhealthy\r\n', 'text/plain; charset=utf-8'), { level: 'critical', reason: 'unhealthy' });
  t.match(judge(503, 'Unhealthy', 'text/plain'), { level: 'critical', reason: 'status' });
  t.match(judge(503, 'OK', 'text/plain'), { level: 'critical', reason: 'status' });
  for (const text of ['ok', 'healthy\n', '', 'all bad', 'no error', `fail${' '.repeat(100)}`])
    t.match(judge(200, text, 'text/plain'), { level: 'healthy' }, text);
  t.match(judge(200, 'fail', 'text/html'), { level: 'healthy' }, 'a page');
  for (const type of ['text/plain', 'text/plain; charset=utf-8', '']) {
    t.match(
      judge(200, '\ufeff {"health":"false"}\n', type),
      { level: 'critical', message: '200: says false' },
      `JSON as ${type}`,
    );
    t.match(judge(200, '{"status":', type), { level: 'healthy' }, `invalid JSON as ${type}`);
    t.match(judge(200, '{"health":"false"}', type, { bodyRegex: /health/ }), { level: 'healthy' });
    t.match(judge(503, '{"health":"true"}', type), { level: 'critical' });
  }
  t.match(judge(200, '{"health":"false"}', 'text/html'), { level: 'healthy' }, 'a page');
  t.match(judge(200, 'fail', 'text/plain', { healthWord: 'ignored' }), { level: 'healthy' });
});

const page = (code: number, expect: Partial<Expectation> = {}, settings: Partial<HttpSettings> = {}, options = {}) =>
  judge(code, '<html>x</html>', 'text/html', expect, settings, options);

t.test('codes without a health word', async (t) => {
  const table: readonly [number, string, string | null, boolean][] = [
    [200, 'healthy', null, true],
    [204, 'healthy', null, true],
    [206, 'healthy', null, true],
    [302, 'critical', 'redirect', false],
    [300, 'critical', 'status', false],
    [304, 'critical', 'status', false],
    [305, 'critical', 'status', false],
    [308, 'critical', 'redirect', false],
    [400, 'critical', 'status', false],
    [401, 'critical', 'auth', false],
    [403, 'critical', 'auth', false],
    [404, 'critical', 'status', false],
    [405, 'critical', 'status', false],
    [407, 'critical', 'auth', false],
    [410, 'critical', 'status', false],
    [429, 'unknown', 'rate_limited', false],
    [451, 'critical', 'status', false],
    [500, 'critical', 'status', false],
    [502, 'critical', 'status', false],
    [503, 'critical', 'status', false],
    [599, 'critical', 'status', false],
    [600, 'critical', 'status', false],
    [101, 'critical', 'status', false],
  ];
  for (const [code, level, reason, up] of table) t.match(page(code), { level, reason, up }, `${code}`);
});

t.test('a refusal is UNKNOWN only if the component has credentials', async (t) => {
  const secret = new Secret('hunter2');
  const ours: readonly Partial<HttpSettings>[] = [
    { auth: { kind: 'bearer', token: secret } },
    { auth: { kind: 'basic', username: 'monitor', password: secret } },
    { headers: new Map([['authorization', secret]]) },
    { headers: new Map([['x-api-key', secret]]) },
    { headers: new Map([['cookie', secret]]) },
    { tls: { insecureSkipVerify: false, certificate: 'PEM', key: secret } },
  ];
  for (const settings of ours) {
    for (const code of [401, 403, 407]) {
      t.match(
        page(code, {}, settings),
        { level: 'unknown', up: false, reason: 'auth' },
        `${code} with ${Object.keys(settings)}`,
      );
      t.match(
        page(code, { statusCodes: [200] }, settings),
        { level: 'critical', reason: 'auth' },
        'expect.status decides',
      );
    }
    t.match(page(404, {}, settings), { level: 'critical' });
  }
  for (const code of [401, 403])
    t.match(page(code, {}, { headers: new Map([['accept', secret]]) }), { level: 'critical' });
});

t.test('a 404 is UNKNOWN only if the endpoint may be missing and no code is expected', async (t) => {
  const optional = { mayBeMissing: true };
  t.match(page(404, {}, {}, optional), {
    level: 'unknown',
    up: false,
    reason: 'status',
    message: '404: there is no such path',
  });
  t.match(page(404, promised, {}, optional), { level: 'unknown' }, 'also if JSON is expected');
  t.match(page(404, { statusCodes: [200] }, {}, optional), { level: 'critical' });
  t.match(page(410, {}, {}, optional), { level: 'critical' });
});

t.test('a configured code is the only accepted one, whatever it usually means', async (t) => {
  for (const code of [401, 403, 404, 407, 429, 302, 500]) {
    t.match(page(code, { statusCodes: [200] }), { level: 'critical', up: false }, `${code} instead of 200`);
    t.match(page(code, { statusCodes: [code] }), { level: 'healthy', up: true }, `${code} as expected`);
  }
  t.match(
    judge(503, '{"status":"degraded"}', json, { statusCodes: [200] }),
    { level: 'critical', reason: 'status' },
    'no word outranks it',
  );
  for (const status of ['fail', 'error', 401, 'degraded']) {
    t.match(
      judge(401, JSON.stringify({ status }), json, { statusCodes: [200, 401] }),
      { level: 'healthy', up: true },
      `an expected error is named: ${status}`,
    );
  }
  t.match(
    judge(401, '<html>', 'text/html', { statusCodes: [401], ...promised }),
    { level: 'healthy' },
    'an expectation that follows from the name applies to good answers only',
  );
  t.match(
    judge(503, '{"status":"unhealthy"}', json, { statusCodes: [200, 503], ...required }),
    { level: 'critical' },
    'unless a health word is required',
  );
  t.match(
    judge(200, '{"status":"unhealthy"}', json, { statusCodes: [200] }),
    { level: 'critical' },
    'an expected good code does not change the meaning of a word',
  );
  t.match(judge(401, '', '', { statusCodes: [401] }), { level: 'healthy', up: true });
  t.match(judge(200, '', '', { statusCodes: [401] }), { level: 'critical', reason: 'status' });
  t.match(judge(404, '', '', { statusCodes: [200] }), { level: 'critical', reason: 'status' });
});

t.test('plain text and HTML are healthy if nothing else is expected', async (t) => {
  t.match(judge(200, 'healthy\n', 'text/plain'), { level: 'healthy', up: true });
  t.match(judge(200, '<!doctype html>', 'text/html'), { level: 'healthy', up: true });
  t.match(judge(200, '', ''), { level: 'healthy', up: true });
});

t.test('if JSON is expected, anything else is UNKNOWN with the reason json', async (t) => {
  t.match(judge(200, '<!doctype html>', 'text/html', promised), {
    level: 'unknown',
    up: false,
    reason: 'json',
    message: 'expected JSON, the answer is HTML',
  });
  t.match(judge(200, 'healthy', 'text/plain', promised), { level: 'unknown', reason: 'json' });
  t.match(judge(200, '', '', promised), {
    level: 'unknown',
    reason: 'json',
    message: 'expected JSON, the answer is an empty body',
  });
  t.match(judge(200, '{"status":'), { level: 'unknown', reason: 'json', message: 'the body is not valid JSON' });
  t.match(judge(200, Buffer.from([0x22, 0xff, 0x22])), { level: 'unknown', reason: 'json' }, 'invalid UTF-8');
  for (const body of ['{}', '[]', 'null', '"x"', 'true', '{"name":"ok"}', '{"status":{}}'])
    t.match(judge(200, body, json, promised), { level: 'unknown', reason: 'json' }, body);
});

t.test('JSON without a status is healthy if no status is expected', async (t) => {
  for (const body of ['{}', '[1,2]', 'null', '{"name":"AI-CRM"}'])
    t.match(judge(200, body), { level: 'healthy', up: true }, body);
});

t.test('expected values: equal is healthy, another value critical, a missing one unknown', async (t) => {
  const expect = {
    jsonValues: new Map([
      ['components.database.status', ['healthy', 'degraded']],
      ['config_loaded', [true]],
    ]),
  };
  const body = (database: unknown, loaded: unknown) =>
    JSON.stringify({ components: { database: { status: database } }, config_loaded: loaded });
  t.match(judge(200, body('degraded', true), json, expect), { level: 'healthy', up: true });
  t.match(judge(200, body('unhealthy', true), json, expect), {
    level: 'critical',
    reason: 'json',
    message: 'components.database.status in the JSON is not "healthy" or "degraded"',
  });
  t.match(judge(200, body('healthy', 'true'), json, expect), { level: 'critical', reason: 'json' }, 'no conversion');
  t.match(judge(200, '{"components":[]}', json, expect), { level: 'unknown', reason: 'json' });
  t.match(judge(200, '{"__proto__":{"components":1}}', json, expect), { level: 'unknown', reason: 'json' });
});

t.test('a body must match one pattern and not the other, and headers their own', async (t) => {
  t.match(judge(200, 'all fine', 'text/plain', { bodyNotRegex: /fatal/ }), { level: 'healthy', up: true });
  t.match(judge(200, 'fatal error', 'text/plain', { bodyNotRegex: /fatal/ }), {
    level: 'critical',
    up: false,
    reason: 'body',
    message: '200: the body matches body_not_regex',
  });
  t.match(
    judge(200, '{"status":"unhealthy"}', json, { bodyNotRegex: /fatal/ }),
    { level: 'critical', reason: 'unhealthy' },
    'body_not_regex alone does not make the body healthy',
  );
  const headers = (...expected: readonly (readonly [string, RegExp | boolean])[]) => ({ headers: new Map(expected) });
  t.match(judge(200, '', json, headers(['content-type', /json/], ['server', false])), { level: 'healthy', up: true });
  t.match(judge(200, '', json, headers(['content-type', true])), { level: 'healthy' });
  t.match(judge(200, '', json, headers(['content-type', /html/], ['strict-transport-security', true], ['etag', /./])), {
    level: 'critical',
    reason: 'body',
    message:
      '200: the header content-type does not match; there is no header strict-transport-security; there is no header etag',
  });
  t.match(judge(200, '', json, headers(['content-type', false])), { message: '200: there is a header content-type' });
});

t.test('each failed expectation is named, and the worst counts', async (t) => {
  const expect = {
    headers: new Map([['etag', true]]),
    jsonValues: new Map([
      ['gone', [true]],
      ['status', ['up']],
    ]),
    bodyRegex: /fine/,
    bodyNotRegex: /ok/,
  };
  t.match(judge(200, '{"status":"ok"}', json, expect), {
    level: 'critical',
    reason: 'body',
    message:
      '200: there is no header etag; the JSON has no gone; status in the JSON is not "up"; the body does not match body_regex; the body matches body_not_regex',
  });
  t.match(judge(200, '<html>', 'text/html', { jsonValues: expect.jsonValues, bodyRegex: /fine/ }), {
    level: 'critical',
    reason: 'body',
    message: '200: expected JSON, the answer is HTML; the body does not match body_regex',
  });
  t.match(
    judge(500, '{"status":"ok"}', json, expect),
    { reason: 'status', message: '500: not an accepted status code, although it says ok' },
    'an error page is not checked further',
  );
});

t.test('a pattern for a header that takes too long makes the component UNKNOWN, not down', async (t) => {
  const outcome: HttpOutcome = {
    failure: null,
    measurement: newMeasurement(),
    statusCode: 200,
    headers: [['x-a', `${'a'.repeat(60)}!`]],
    receivedBytes: 0,
  };
  const settings = httpSettings({ expect: { headers: new Map([['x-a', /^(a+)+$/]]) } });
  t.match(judgeAnswer(outcome, settings, createBodyMatch()), {
    level: 'unknown',
    reason: 'internal',
    message: '200: its pattern takes too long to match the header x-a',
  });
});

t.test('an expectation of the body outranks the meaning of its word', async (t) => {
  const values = (...accepted: readonly string[]) => ({ jsonValues: new Map([['status', accepted]]) });
  t.match(judge(200, '{"status":"fail"}', json, values('open', 'fail')), { level: 'healthy', up: true });
  t.match(judge(200, '{"status":"unknown"}', json, values('unknown')), { level: 'healthy' });
  t.match(judge(200, '{"status":"degraded"}', json, values('degraded')), { level: 'healthy' });
  t.match(judge(200, '{"status":"healthy"}', json, values('open')), { level: 'critical', reason: 'json' });
  t.match(
    judge(200, '{"status":{"indicator":"major"}}', json, { jsonValues: new Map([['status.indicator', ['major']]]) }),
    { level: 'healthy' },
  );
  t.match(
    judge(200, '{"status":"unhealthy","loaded":true}', json, { jsonValues: new Map([['loaded', [true]]]) }),
    { level: 'critical', reason: 'unhealthy' },
    'no expectation is about the status word',
  );
  for (const status of ['fail', 'degraded', 'unknown', 'strange']) {
    const body = JSON.stringify({ status });
    t.match(judge(200, body, json, { bodyRegex: new RegExp(status) }), { level: 'healthy' }, `body_regex ${status}`);
    t.match(judge(200, body, json, { healthWord: 'ignored' }), { level: 'healthy' }, `json: false ${status}`);
    t.match(
      judge(200, body, json, { bodyRegex: /nothing/ }),
      { level: 'critical', reason: 'body' },
      `body_regex not met ${status}`,
    );
  }
  t.match(
    judge(200, '{"status":NaN, "running"', json, { bodyRegex: /running/ }),
    { level: 'healthy' },
    'the content type has no effect',
  );
  t.match(judge(200, '{"status":', json, { healthWord: 'ignored' }), { level: 'healthy' });
});

t.test('an expectation of the body improves neither a bad code nor degraded', async (t) => {
  t.match(judge(503, '{"status":"fail"}', json, { jsonValues: new Map([['status', ['fail']]]) }), {
    level: 'critical',
    reason: 'status',
  });
  t.match(judge(503, 'running', 'text/plain', { bodyRegex: /running/ }), { level: 'critical', reason: 'status' });
  t.match(judge(503, '{"status":"degraded"}', json, { jsonValues: new Map([['status', ['healthy', 'degraded']]]) }), {
    level: 'warning',
    up: true,
  });
  t.match(judge(503, '{"status":"degraded"}', json, { bodyRegex: /degraded/ }), { level: 'warning', up: true });
  t.match(judge(503, '{"status":"degraded"}', json, { bodyRegex: /healthy/ }), {
    level: 'critical',
    up: false,
    reason: 'status',
  });
  t.match(judge(503, '{"status":"degraded"}', json, { jsonValues: new Map([['gone', [1]]]) }), {
    level: 'critical',
    up: false,
    reason: 'status',
  });
  t.match(judge(503, '{"status":"degraded"}', json, { healthWord: 'ignored' }), {
    level: 'critical',
    reason: 'status',
  });
});

t.test('if a health word is required, an unknown word is UNKNOWN', async (t) => {
  for (const status of ['strange', '', 5, null]) {
    t.match(judge(200, JSON.stringify({ status }), json, required), {
      level: 'unknown',
      up: false,
      reason: 'body',
      message: /, which is no known health word$/,
    });
    t.match(
      judge(200, JSON.stringify({ status }), json, promised),
      { level: 'healthy' },
      'an expectation that follows from the name only requires JSON with a status',
    );
  }
  for (const status of ['fail', 'degraded'])
    t.not(
      judge(200, JSON.stringify({ status }), json, { ...required, bodyRegex: /./ }).level,
      'healthy',
      'and no pattern replaces it',
    );
});

t.test('a body that the pattern does not match is a failure', async (t) => {
  t.match(judge(200, 'all good', 'text/plain', { bodyRegex: /good/ }), { level: 'healthy' });
  t.match(judge(200, 'all bad', 'text/plain', { bodyRegex: /good/ }), { level: 'critical', reason: 'body' });
});

t.test('a body on which the pattern needs too much time or memory is soon UNKNOWN', async (t) => {
  const before = cpuSeconds();
  for (const [pattern, body] of [
    [/foo.*bar/, 'foo'.repeat(350_000)],
    [/^(a+)+$/, `${'a'.repeat(50)}b`],
    [/\s+$/, `${' '.repeat(1_000_000)}x`],
    [new RegExp(`^(?:${'(a)|'.repeat(200)}b)*$`), 'a'.repeat(1_000_000)],
  ] as const) {
    t.match(
      judge(200, body, 'text/plain', { bodyRegex: pattern }),
      { level: 'unknown', up: false, reason: 'internal', message: /body_regex takes too long to match/ },
      String(pattern),
    );
  }
  t.ok(cpuSeconds() - before < 5, 'all of them');
});

const checksIn = (body: unknown) =>
  Object.fromEntries((judge(200, JSON.stringify(body)).health?.checks ?? []).map(({ name, level }) => [name, level]));

t.test('nested checks of any shape are read, limited, and never throw', async (t) => {
  t.same(
    checksIn({
      overall_status: 'healthy',
      components: { database: { status: 'unhealthy', details: {} }, redis: { status: 'healthy' }, odd: { status: 7 } },
    }),
    {
      database: 'critical',
      redis: 'healthy',
      odd: 'unknown',
    },
  );
  t.same(
    checksIn({
      status: 'pass',
      checks: { 'db:time': [{ status: 'warn' }], plain: 'up', flag: false, none: {}, count: 5, empty: [] },
    }),
    {
      'db:time': 'warning',
      plain: 'healthy',
      flag: 'critical',
    },
  );
  const many = Object.fromEntries(
    Array.from({ length: 1000 }, (_, i) => [`${'x'.repeat(100)}${i}`, i === 7 ? 'down' : 'ok']),
  );
  t.same(
    Object.values(checksIn({ status: 'ok', components: many })),
    ['critical'],
    'long names are cut and become equal',
  );
  const short = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`check${i}`, 'ok']));
  t.equal(Object.keys(checksIn({ status: 'ok', components: short })).length, 50);
  for (const components of [null, [], 'x', 5, [null, 1, 'x', [], {}], { a: [[{ status: 'ok' }]] }])
    t.same(checksIn({ status: 'ok', components }), {});
  const deep = `{"status":"ok","checks":${'{"a":{"status":"ok","checks":'.repeat(5000)}{}${'}}'.repeat(5000)}}`;
  t.same(
    judge(200, deep).health?.checks.map(({ name }) => name),
    ['a', 'a/a', 'a/a/a', 'a/a/a/a'],
  );
});

t.test('of several checks with one name the worst counts, at any position', async (t) => {
  const of = (...statuses: readonly string[]) =>
    checksIn({ status: 'pass', checks: { 'db:time': statuses.map((status, i) => ({ componentId: `${i}`, status })) } });
  t.same(of('pass', 'fail'), { 'db:time': 'critical' });
  t.same(of('pass', 'pass', 'warn'), { 'db:time': 'warning' });
  t.same(of('fail', 'pass', 'warn', 'strange'), { 'db:time': 'critical' });
  t.same(of('pass', 'pass'), { 'db:time': 'healthy' });
  t.same(
    checksIn({
      status: 'UP',
      checks: [
        { name: 'db', status: 'UP' },
        { name: 'db', status: 'DOWN' },
      ],
    }),
    { db: 'critical' },
  );
});

t.test('nested checks are read as the frameworks send them', async (t) => {
  const frameworks: Readonly<Record<string, readonly [body: unknown, checks: object]>> = {
    'Spring Boot': [
      {
        status: 'DOWN',
        components: {
          db: {
            status: 'DOWN',
            components: {
              main: { status: 'UP', details: { database: 'PostgreSQL' } },
              audit: { status: 'DOWN', details: { error: 'refused' } },
            },
          },
          diskSpace: { status: 'UP', details: { total: 5, free: 3, exists: true, path: '/' } },
          ping: { status: 'UP' },
          eureka: { status: 'OUT_OF_SERVICE' },
          idle: { status: 'UNKNOWN' },
        },
      },
      {
        db: 'critical',
        'db/main': 'healthy',
        'db/audit': 'critical',
        diskSpace: 'healthy',
        ping: 'healthy',
        eureka: 'critical',
        idle: 'unknown',
      },
    ],
    'Spring Boot 2.1': [
      { status: 'UP', details: { db: { status: 'UP', details: { hello: 1 } }, redis: { status: 'DOWN' } } },
      { db: 'healthy', redis: 'critical' },
    ],
    'Spring Boot 1': [
      { status: 'UP', diskSpace: { status: 'UP', total: 1 }, db: { status: 'DOWN', error: 'x' } },
      { diskSpace: 'healthy', db: 'critical' },
    ],
    'GitLab, its parts in lists beside the whole': [
      {
        status: 'failed',
        master_check: [{ status: 'ok' }],
        db_check: [{ status: 'ok' }, { status: 'failed', message: 'x' }],
        labels: [{ status: 5 }],
      },
      { master_check: 'healthy', db_check: 'critical' },
    ],
    'Laravel Health': [
      { finishedAt: 1, checkResults: [{ name: 'UsedDiskSpace', label: 'x', status: 'failed' }] },
      { UsedDiskSpace: 'critical' },
    ],
    NestJS: [
      {
        status: 'error',
        info: { db: { status: 'up' } },
        error: { redis: { status: 'down', message: 'x' } },
        details: { db: { status: 'up' }, redis: { status: 'down', message: 'x' } },
      },
      { db: 'healthy', redis: 'critical' },
    ],
    'ASP.NET': [
      {
        status: 'Unhealthy',
        totalDuration: '00:00:01',
        entries: {
          sql: { data: {}, duration: '0', status: 'Unhealthy', tags: [] },
          cache: { data: {}, status: 'Degraded', tags: ['x'] },
        },
      },
      { sql: 'critical', cache: 'warning' },
    ],
    'ASP.NET, as its guide writes it': [
      { status: 'Healthy', results: { example: { status: 'Healthy', description: 'fine', data: { status: 'x' } } } },
      { example: 'healthy' },
    ],
    Quarkus: [
      {
        status: 'DOWN',
        checks: [
          { name: 'Database connections health check', status: 'DOWN', data: { '<default>': 'down' } },
          { name: 'Alive', status: 'UP' },
        ],
      },
      { 'Database connections health check': 'critical', Alive: 'healthy' },
    ],
    'a status page': [
      {
        page: { id: 'x' },
        status: { indicator: 'minor' },
        components: [
          { id: '1', name: 'API', status: 'operational' },
          { id: '2', name: 'Mail', status: 'partial_outage' },
          { id: '3', name: 'Web', status: 'under_maintenance' },
        ],
      },
      { API: 'healthy', Mail: 'warning', Web: 'unknown' },
    ],
    Elasticsearch: [
      {
        status: 'yellow',
        indicators: { disk: { status: 'green', symptom: 'x' }, shards_availability: { status: 'yellow' } },
      },
      { disk: 'healthy', shards_availability: 'warning' },
    ],
    booleans: [
      { ok: true, checks: { db: { ok: true }, queue: { healthy: false } } },
      { db: 'healthy', queue: 'critical' },
    ],
    'no names': [{ status: 'ok', checks: [{ status: 'ok' }, { status: 'down' }] }, { checks: 'critical' }],
  };
  for (const [name, [body, checks]] of Object.entries(frameworks)) t.same(checksIn(body), checks, name);
  const parts = {
    agents: { status: 'healthy', details: { agent_status: { 'local-0': true }, healthy_agents: 1 } },
    database: { status: 'healthy', details: { connection_pool: { pool_size: 5 }, status: 'healthy', error: '' } },
  };
  t.same(
    checksIn({ overall_status: 'healthy', components: parts }),
    { agents: 'healthy', database: 'healthy' },
    "AI-CRM's monitoring app: numbers of a check are not checks",
  );
  t.same(
    checksIn({ status: 'success', data: { status: 'open' }, user: { name: 'x' } }),
    {},
    'not every object is a check',
  );
});

t.test('a status that cannot be turned into text is not an error', async (t) => {
  const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
  for (const status of [deep, '[{"toString":1,"valueOf":1}]', '[]']) {
    t.match(judge(200, `{"status":${status}}`), { level: 'healthy', message: '200: says a list' });
    t.match(judge(200, `{"status":${status}}`, json, required), {
      level: 'unknown',
      message: '200: says a list, which is no known health word',
    });
  }
});

t.test('words and names of an answer stay on one line', async (t) => {
  const verdict = judge(
    503,
    JSON.stringify({
      status: 'sick\n✔ HEALTHY  other',
      components: { 'db\r\n✔ HEALTHY  x': 'down', '\ud800': 'down' },
    }),
  );
  t.equal(verdict.message, '503: says sick ✔ HEALTHY other');
  t.same(
    verdict.health?.checks.map(({ name }) => name),
    ['db ✔ HEALTHY x', '\ufffd'],
  );
});

t.test('a reported uptime is used only if it is plausible', async (t) => {
  const uptime = (value: unknown) =>
    judge(200, JSON.stringify({ status: 'ok', uptime_seconds: value })).health?.uptimeSeconds;
  t.equal(uptime(71.5), 71.5);
  for (const value of [-1, '71', null, {}]) t.equal(uptime(value), undefined);
});

t.test('a message quotes at most a short word of the answer', async (t) => {
  t.ok(judge(200, JSON.stringify({ status: 'x'.repeat(5000) })).message.length < 100);
});

t.test('each verdict has its cause in words', async (t) => {
  const words: readonly (readonly [ReturnType<typeof judge>, object])[] = [
    [page(403), { message: '403: access refused' }],
    [page(429), { message: '429: too many requests' }],
    [page(301), { reason: 'redirect', up: false, message: '301: redirected, and the redirect was not followed' }],
    [page(304), { reason: 'status', up: false, message: '304: not an accepted status code' }],
    [page(204), { message: '204' }],
    [judge(500, '{"status":"down"}'), { reason: 'status', message: '500: says down' }],
    [
      judge(503, '{"status":"ok"}'),
      { reason: 'status', message: '503: not an accepted status code, although it says ok' },
    ],
    [judge(500, '{"status":"degraded"}', json, { bodyRegex: /degraded/ }), { level: 'warning', up: true }],
    [judge(200, '<html>', 'text/html', { bodyRegex: /fine/ }), { message: '200: the body does not match body_regex' }],
    [judge(200, '{}', json, promised), { message: '200: the JSON has no status' }],
    [judge(200, 'what?', 'text/css', promised), { message: 'expected JSON, the answer is something else' }],
    [
      judge(200, '<html>', 'text/html', { jsonValues: new Map([['a', [1]]]) }),
      { level: 'unknown', reason: 'json', message: 'expected JSON, the answer is HTML' },
    ],
    [judge(200, '{"a":', 'application/health+json'), { reason: 'json', message: 'the body is not valid JSON' }],
    [judge(200, '', 'application/health+json'), { level: 'healthy' }],
    [judge(200, '{"status":"down"}', 'x-application/json'), { level: 'healthy' }],
    [judge(200, '\ufeff \n {"status":"down"}', 'text/plain'), { level: 'critical' }],
    [judge(200, ' \n {"status":"down"}', ''), { level: 'critical' }],
    [judge(200, 'x {"status":"down"}', 'text/plain'), { level: 'healthy' }],
    [judge(200, `down${' '.repeat(60)}`, 'text/plain'), { level: 'critical' }],
    [judge(200, `down${' '.repeat(61)}`, 'text/plain'), { level: 'healthy' }],
    [judge(200, 'down', 'x-text/plain'), { level: 'healthy' }],
  ];
  for (const [i, [verdict, expected]] of words.entries()) t.match(verdict, expected, `${i}`);
  t.same(['health' in page(200), 'identity' in page(200)], [false, false]);
  t.type(judge(200, '{"status":"ok","version":"7"}').identity, 'string');
  for (const reason of ['json', 'auth', 'rate_limited', 'refused_target', 'internal'] as const)
    t.same(failed(reason, 'x'), { level: 'unknown', up: false, reason, message: 'x' });
  for (const reason of ['connect', 'body'] as const) t.equal(failed(reason, 'x').level, 'critical');
});

t.test('a pattern that was delayed by other work of the machine is tried again, a slow one is not', async (t) => {
  let calls = 0;
  const heldUp = (times: number) =>
    createBodyMatch((work) => {
      calls += 1;
      if (calls <= times) throw new TookTooLong('held up');
      return work();
    });
  for (const [times, expected, expectedCalls] of [
    [0, true, 1],
    [2, true, 3],
    [3, undefined, 3],
  ] as const) {
    calls = 0;
    t.equal(heldUp(times)(/a/, 'a'), expected, `held up ${times} times`);
    t.equal(calls, expectedCalls);
  }
  calls = 0;
  const busy = createBodyMatch(() => {
    calls += 1;
    const { user, system } = process.cpuUsage();
    const until = user + system + 200_000;
    for (;;) {
      const now = process.cpuUsage();
      if (now.user + now.system > until) throw new TookTooLong('busy');
    }
  });
  t.equal(busy(/a/, 'a'), undefined);
  t.equal(calls, 1);
});
