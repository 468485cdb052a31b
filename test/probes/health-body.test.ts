import t from 'tap';
import { readHealthBody, readHealthText } from '../../src/probes/health-body.js';

const checksIn = (body: object) =>
  Object.fromEntries(readHealthBody(body).checks.map(({ name, level }) => [name, level]));

t.test('what is no object says nothing, unless it is a word', async (t) => {
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

t.test('a status may be an object with the status in it, four deep', async (t) => {
  const nested = (depth: number): object => ({ status: depth === 1 ? 'down' : nested(depth - 1) });
  t.match(readHealthBody(nested(4)), { level: 'critical', path: 'status.status.status.status' });
  t.strictSame(readHealthBody(nested(5)), { checks: [] });
});

t.test(
  'names of fields are compared without case and marks, the first spelling counts, and long ones are none',
  async (t) => {
    for (const key of ['Status', 'OVERALL_STATUS', 'overall-status', 'overall-------status'])
      t.match(readHealthBody({ [key]: 'down' }), { level: 'critical', path: key });
    t.strictSame(readHealthBody({ 'overall--------status': 'down' }), { checks: [] });
    t.match(readHealthBody({ Status: 'down', status: 'ok' }), { level: 'critical', path: 'Status' });
  },
);

t.test(
  'checks are found under every name that they go by, as words only where a word cannot be mere information',
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

t.test(
  'a check has a name and a status, and parts beside the status of the whole count only where there is one',
  async (t) => {
    t.strictSame(
      checksIn({ status: 'ok', checks: { '': { status: 'down' }, bare: { other: 1 }, odd: { status: 7 } } }),
      { odd: 'unknown' },
    );
    t.strictSame(checksIn({ status: 'ok', db: { status: 'down' }, other: { name: 'x' } }), { db: 'critical' });
    t.strictSame(checksIn({ db: { status: 'down' } }), {});
    t.strictSame(checksIn({ status: 'strange', db: { status: 'down' } }), {});
  },
);

t.test('when there is no room for more names, those that are known still get worse', async (t) => {
  const checks = [
    ...Array.from({ length: 60 }, (_, i) => ({ name: `c${i}`, status: 'up' })),
    { name: 'c3', status: 'down' },
  ];
  const found = checksIn({ status: 'ok', checks });
  t.equal(Object.keys(found).length, 50);
  t.equal(found['c3'], 'critical');
});
