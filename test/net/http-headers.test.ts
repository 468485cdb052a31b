import t from 'tap';
import { Cookies, fieldOf, identityOf, parseHeaders } from '../../src/net/http-headers.js';

const local = new URL('http://localhost:8000/');

t.test('a secure cookie is sent only over https, also on this machine', async (t) => {
  const cookies = new Cookies();
  await cookies.keep(local, [
    ['set-cookie', 'open=1'],
    ['set-cookie', 'secure=1; Secure'],
  ]);
  t.equal(cookies.headerFor(local, undefined), 'open=1');
  t.equal(cookies.headerFor(new URL('https://localhost:8000/'), undefined), 'open=1; secure=1');
});

t.test('only valid Set-Cookie headers set cookies', async (t) => {
  const cookies = new Cookies();
  await cookies.keep(local, [
    ['x-session', 'a=1'],
    ['content-type', 'text/html; b=1'],
  ]);
  t.equal(cookies.headerFor(local, undefined), undefined);
  await cookies.keep(local, [
    ['set-cookie', '=nameless'],
    ['set-cookie', 'nothing'],
    ['set-cookie', ''],
    ['set-cookie', 'c=1'],
  ]);
  t.equal(cookies.headerFor(local, undefined), 'c=1');
});

t.test('configured cookies keep their values', async (t) => {
  const cookies = new Cookies();
  t.equal(cookies.headerFor(local, 'lang=de; theme=dark'), 'lang=de; theme=dark');
  await cookies.keep(
    local,
    ['lang=en', 'theme=light', 'sid=1'].map((cookie) => ['set-cookie', cookie] as const),
  );
  t.equal(cookies.headerFor(local, 'lang=de; theme=dark'), 'lang=de; theme=dark; sid=1');
});

t.test('the first of several equal headers counts, and a missing header is empty', async (t) => {
  const headers = parseHeaders(['A: 1', 'B: 2', 'a: 3']);
  t.equal(fieldOf(headers, 'a'), '1');
  t.equal(fieldOf(headers, 'c'), '');
});

t.test('a header without a value is read as empty', async (t) => {
  t.strictSame(parseHeaders(['A:', 'B: ', 'C:c']), [
    ['a', ''],
    ['b', ''],
    ['c', 'c'],
  ]);
});

t.test('two answers have the same identity if the same fields describe the program in the same way', async (t) => {
  const one = { status: 'ok', service: 'crm', version: '1.2', config_loaded: true, uptime: 7 };
  t.equal(identityOf(one), identityOf({ config_loaded: true, version: '1.2', service: 'crm', uptime: 9, status: 'x' }));
  for (const other of [
    { ...one, version: '1.3' },
    { ...one, config_loaded: false },
    { ...one, more: 1 },
    { status: 'ok', service: 'crm', version: '1.2', config_loaded: true, seconds: 7 },
    { status: 'ok', service: 'crm', version: '1.2', uptime: 7 },
  ])
    t.not(identityOf(one), identityOf(other), JSON.stringify(other));
});

t.test('common and changing fields do not identify a program', async (t) => {
  const nothing: readonly unknown[] = [
    undefined,
    null,
    'crm',
    ['crm'],
    {},
    { version: 7 },
    { version: null },
    { version: { major: '1' } },
    { version: 'x'.repeat(201) },
    Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`a${index}`, 'x'])),
    ...[
      ...['status', 'health', 'app_state', 'ok', 'ready', 'alive', 'success', 'time', 'update', 'uptime', 'ts', 'now'],
      ...['request_id', 'latency', 'duration', 'message', 'check', 'checks', 'db_checks', 'components', 'services'],
      ...['dependencies', 'details', 'Status', 'OK'],
    ].map((key) => ({ [key]: 'x' })),
  ];
  for (const body of nothing) t.equal(identityOf(body), undefined, JSON.stringify(body)?.slice(0, 60));
  for (const key of ['token', 'okapi', 'tsar', 'knows', 'known', 'parts', 'checksum', 'service'])
    t.type(identityOf({ [key]: 'x' }), 'string', key);
  t.type(identityOf({ version: 'x'.repeat(200) }), 'string', 'a text of 200 characters');
  t.type(
    identityOf(Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`a${index}`, 'x']))),
    'string',
    'twenty fields',
  );
});
