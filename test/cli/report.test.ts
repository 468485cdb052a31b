import t from 'tap';
import { renderReport } from '../../src/cli/report.js';
import {
  component,
  documented,
  type FixtureOptions,
  fixtureService,
  forbidden,
  hostReading,
  measureReading,
  off,
  ownReadings,
  reading,
  refused,
  sourceReading,
  transactionReading,
  withAiCrm,
} from '../support/service-fixture.js';

function report(change: Partial<FixtureOptions>, verbose = false): string {
  const options = {
    components: documented.slice(3),
    readings: [reading('database'), ...ownReadings],
    config: withAiCrm,
    ...change,
  };
  return renderReport(fixtureService(options).overview(), { verbose });
}

t.test('has a line for each transaction and measure, and one for all sources while they are up', async (t) => {
  t.equal(
    report({}),
    `AI-CRM is HEALTHY  2026-11-23T08:15:30.000Z

✔ HEALTHY   database         38.0 ms  200 with status "healthy"

✔ HEALTHY   delegate        298.0 ms  3 steps went as expected

✔ HEALTHY   PM analysis               16 ms of 5 s
✔ HEALTHY   agent response            24 ms of 3 s
✔ HEALTHY   database                  answers in 6 ms

3 of 3 data sources are up
`,
  );
});

t.test('says of a component what its answer contains, where to look first, and how much it counts', async (t) => {
  const inside = [
    { name: 'redis', level: 'critical' as const },
    { name: 'disk', level: 'healthy' as const },
    { name: 'queue', level: 'warning' as const },
  ];
  const text = report({
    components: [
      component('backend'),
      component('database', { dependsOn: ['backend', 'queue'], severity: 'warning' }),
      component('queue'),
      component('replica'),
    ],
    readings: [
      reading('backend', { level: 'warning', message: 'says degraded', checks: inside, responseSeconds: 1 }),
      refused('database'),
    ],
    config: {},
    maintenance: ['replica'],
  });
  t.equal(
    text,
    `AI-CRM is WARNING  2026-11-23T08:15:30.000Z

✖ CRITICAL  database    0.8 ms  connection refused; look first at backend, queue; counts as WARNING
▲ WARNING   backend     1.00 s  says degraded; inside: redis CRITICAL, queue WARNING
? UNKNOWN   queue               not measured
? UNKNOWN   replica             not measured; in maintenance
`,
  );
});

t.test(
  'names the components instead of the whole if not all were checked, and what could not be measured',
  async (t) => {
    const { overview } = fixtureService({
      components: documented.slice(3),
      readings: [reading('database')],
      failed: { host: 'no /proc', disks: 'too slow' },
    });
    t.equal(
      renderReport(overview(), { verbose: false, subject: 'database, backend' }),
      `database, backend: HEALTHY  2026-11-23T08:15:30.000Z

✔ HEALTHY   database   38.0 ms  200 with status "healthy"

? could not measure host: no /proc
? could not measure disks: too slow
`,
    );
  },
);

t.test(
  'shows target, steps, phases and headers of a probe on request, without what would change the terminal',
  async (t) => {
    const title = {
      message: 'a title\u001b[2J',
      log: ['connected', 'answer 200'],
      headers: [['server', 'nginx']] as const,
    };
    const short = { phases: {}, headers: [], log: [] };
    t.equal(
      report({ readings: [reading('database', title)], config: {} }, true),
      `AI-CRM is HEALTHY  2026-11-23T08:15:30.000Z

✔ HEALTHY   database   38.0 ms  a title�[2J
    http://database.example:8000/health
    connected
    answer 200
    phases: dns 1.0 ms, connect 2.0 ms, first_byte 34.0 ms, transfer 1.0 ms
    < server: nginx

`,
    );
    t.match(
      report({ readings: [reading('database', short)], config: {} }, true),
      /healthy"\n {4}http:.*\/health\n\n$/,
      'and nothing that was not measured',
    );
  },
);

t.test('shows missing numbers with the reason, and notices about the others, in 80 columns', async (t) => {
  const failed = transactionReading('delegate', {
    level: 'critical',
    up: false,
    reason: 'timeout',
    failedStep: 'suggest',
    message: 'step x failed: hangs',
    durationSeconds: 10.2,
  });
  const down = sourceReading('ai_crm_users', { up: false, reason: 'auth', message: 'it may not' });
  const text = report({
    readings: [
      reading('database'),
      failed,
      measureReading('agent response', { level: 'warning', message: '4.2 s, above 3 s' }),
      down,
      sourceReading('shop', { notices: ['cut off at max_series 9'] }),
      hostReading('cpu', 0.2),
    ],
    config: { ...withAiCrm, sqlSources: [{ name: 'sessions' }] as never },
  });
  t.equal(
    text,
    `AI-CRM is CRITICAL  2026-11-23T08:15:30.000Z

✔ HEALTHY   database         38.0 ms  200 with status "healthy"

✖ CRITICAL  delegate         10.20 s  step x failed: hangs

▲ WARNING   agent response            4.2 s, above 3 s

✔ HEALTHY   cpu                       20 % used

1 of 3 data sources are up; the numbers of the others are missing
✖ down      ai_crm_users              it may not
?           sessions                  not queried
▲ up        shop                      cut off at max_series 9
`,
  );
  t.same(
    text.split('\n').filter((line) => line.length > 80),
    [],
  );
});

t.test('a reason that several sources share is printed once', async (t) => {
  const waiting = (name: string) =>
    sourceReading(name, { up: false, isShared: true, reason: 'json', message: 'cannot tell' });
  t.match(
    report({ readings: [reading('database'), forbidden('z'), forbidden('y'), waiting('a'), waiting('b')] }),
    /y +403.*\n.*z +403.*\n.*a +cannot tell\n.*b +likewise\n/,
  );
});

t.test('shows the steps of a transaction on request, and a transaction that was not run', async (t) => {
  const steps = [
    { name: 'log in', durationSeconds: 0.231, reason: null },
    { name: 'suggest', durationSeconds: 10, reason: 'timeout' as const },
  ];
  t.match(
    report({ readings: [reading('database'), transactionReading('delegate', { steps })] }, true),
    '\n    log in: 231.0 ms\n    suggest: 10.00 s, failed (no answer in time)\n',
  );
  t.match(report({ readings: [reading('database')] }), /^\? UNKNOWN {3}delegate +not run$/m);
});

t.test('has no lines for parts that are not configured, and "1 source" in the singular', async (t) => {
  const bare = { readings: [reading('database')], config: {} };
  t.equal(
    report(bare),
    'AI-CRM is HEALTHY  2026-11-23T08:15:30.000Z\n\n✔ HEALTHY   database   38.0 ms  200 with status "healthy"\n',
  );
  t.match(
    report({ ...bare, readings: [reading('database'), sourceReading('shop'), off('ai_crm_users')] }),
    /\n1 of 1 data source is up, 1 off\n– off +ai_crm_users +not collected: needs role admin, the account has role user\n$/,
  );
  t.match(
    report({ ...bare, readings: [reading('database'), forbidden('a'), forbidden('b')] }),
    '\n0 of 2 data sources are up; their numbers are missing\n',
  );
  t.match(
    report({ ...bare, readings: [reading('database'), forbidden('shop')] }),
    '\n0 of 1 data source is up; its numbers are missing\n✖ down ',
  );
});
