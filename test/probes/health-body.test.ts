import t from 'tap';
import { readHealthBody, readHealthText } from '../../src/probes/health-body.js';

const checksIn = (body: object) =>
  Object.fromEntries(readHealthBody(body).checks.map(({ name, level }) => [name, level]));

t.test('a body that is not an object has no status, unless it is a known word', async (t) => {
  for (const body of ['strange', '', [], [{ status: 'ok' }], null, 5, true])
    t.strictSame(readHealthBody(body), { checks: [] }, JSON.stringify(body));
  t.strictSame(readHealthBody('Degraded'), { word: 'Degraded', level: 'warning', checks: [] });
  t.strictSame(readHealthText(' Healthy\n'), { word: 'Healthy', level: 'healthy', checks: [] });
  t.equal(readHealthText('strange'), undefined);
  t.strictSame(readHealthBody({ status: 'strange' }), { word: 'strange', path: 'status', checks: [] });
});

t.test('an uptime is a number of seconds, 0 included', async (t) => {
  t.strictSame(
    [0, 1.5, -1, NaN, Infinity, '5', null].map((uptime_seconds) => readHealthBody({ uptime_seconds }).uptimeSeconds),
    [0, 1.5, undefined, undefined, undefined, undefined, undefined],
  );
});

t.test('a status may be an object with the status in it, up to four levels deep', async (t) => {
  const nested = (depth: number): object => ({ status: depth === 1 ? 'down' : nested(depth - 1) });
  t.match(readHealthBody(nested(4)), { level: 'critical', path: 'status.status.status.status' });
  t.strictSame(readHealthBody(nested(5)), { checks: [] });
});

t.test(
  'field names are compared without case and punctuation, the first match counts, and long names are ignored',
  async (t) => {
    for (const key of ['Status', 'OVERALL_STATUS', 'overall-status', 'overall-------status'])
      t.match(readHealthBody({ [key]: 'down' }), { level: 'critical', path: key });
    t.strictSame(readHealthBody({ 'overall--------status': 'down' }), { checks: [] });
    t.match(readHealthBody({ Status: 'down', status: 'ok' }), { level: 'critical', path: 'Status' });
  },
);

t.test(
  'checks are found under every usual name; plain words count only where they cannot be mere information',
  async (t) => {
    for (const key of ['components', 'checks', 'services', 'dependencies'])
      t.strictSame(
        checksIn({ status: 'ok', [key]: { a: 'down', b: { status: 'up' } } }),
        { a: 'critical', b: 'healthy' },
        key,
      );
    for (const key of ['details', 'entries', 'results', 'checkResults', 'indicators'])
      t.strictSame(checksIn({ status: 'ok', [key]: { a: 'down', b: { status: 'up' } } }), { b: 'healthy' }, key);
    for (const key of ['name', 'id', 'key', 'component', 'service', 'check'])
      t.strictSame(checksIn({ status: 'ok', checks: [{ [key]: 'a', status: 'down' }] }), { a: 'critical' }, key);
    t.strictSame(
      checksIn({
        status: 'ok',
        checks: [
          { name: '', id: 7, status: 'down' },
          { name: {}, status: 'up' },
        ],
      }),
      { 7: 'critical', checks: 'healthy' },
    );
  },
);

t.test('a check needs a name and a status, and unnamed parts count only beside a status of the whole', async (t) => {
  t.strictSame(checksIn({ status: 'ok', checks: { '': { status: 'down' }, bare: { other: 1 }, odd: { status: 7 } } }), {
    odd: 'unknown',
  });
  t.strictSame(checksIn({ status: 'ok', db: { status: 'down' }, other: { name: 'x' } }), { db: 'critical' });
  t.strictSame(checksIn({ db: { status: 'down' } }), {});
  t.strictSame(checksIn({ status: 'strange', db: { status: 'down' } }), {});
});

t.test('beyond the limit of names, known names can still get a worse level', async (t) => {
  const checks = [
    ...Array.from({ length: 60 }, (_, i) => ({ name: `c${i}`, status: 'up' })),
    { name: 'c3', status: 'down' },
  ];
  const found = checksIn({ status: 'ok', checks });
  t.equal(Object.keys(found).length, 50);
  t.equal(found['c3'], 'critical');
});
