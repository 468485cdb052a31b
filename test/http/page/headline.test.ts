import t from 'tap';
import { headlineOf } from '../../../src/http/page/headline.js';
import { heartbeatsOf, job } from '../../support/heartbeats.js';
import {
  calmHost,
  component,
  documented,
  type FixtureOptions,
  fixtureService,
  hostReading,
  measureReading,
  reading,
  refused,
  sourceReading,
  transactionReading,
} from '../../support/service-fixture.js';

const headline = (options: Partial<FixtureOptions>) =>
  headlineOf(fixtureService({ components: [], readings: [], ...options }).overview());

/** These transactions as in a configuration. */
const withTransactions = (...names: readonly string[]): Partial<FixtureOptions> => ({
  config: {
    transactions: names.map((name) => ({ name, intervalSeconds: 60, timeoutSeconds: 9, steps: [], cleanup: [] })),
  },
});

/** Jobs that have reported success, and `late`, which has not reported yet. */
async function reported(...names: readonly string[]) {
  const { heartbeats } = await heartbeatsOf([...names, 'late'].map((name) => job(name)));
  for (const name of names) await heartbeats.report(name, { kind: 'success' });
  return { heartbeats };
}

t.test('if all is well, the sentence says what was looked at, and how much of it', async (t) => {
  const unknown = measureReading('database', { level: 'unknown' });
  const cases: readonly (readonly [options: Partial<FixtureOptions>, sentence: string])[] = [
    [{ components: [component('backend')], readings: [reading('backend')] }, 'The one component answers as expected.'],
    [
      { ...withTransactions('a', 'b'), readings: [transactionReading('a'), transactionReading('b')] },
      'All 2 transactions go through.',
    ],
    [await reported('backup'), 'The one job that is due has reported.'],
    [await reported('backup', 'sync'), 'All 2 jobs that are due have reported.'],
    [{ readings: [measureReading('database')] }, 'AI-CRM is within its thresholds.'],
    [{ readings: calmHost }, 'The host is within its thresholds.'],
    [{ readings: [measureReading('database'), ...calmHost] }, 'AI-CRM and the host are within their thresholds.'],
    [{ readings: [unknown, ...calmHost] }, 'The host is within its thresholds.'],
    [
      {
        ...withTransactions('delegate'),
        ...(await reported('backup')),
        components: [component('backend'), component('database')],
        readings: [reading('backend'), reading('database'), transactionReading('delegate'), ...calmHost],
      },
      'All 2 components answer as expected, the one transaction goes through, the one job that is due has reported, and the host is within its thresholds.',
    ],
  ];
  for (const [options, sentence] of cases) t.same(headline(options), { sentence, remarks: [] });
});

t.test('what is in maintenance is neither praised nor blamed', async (t) => {
  const failed = {
    ...withTransactions('delegate'),
    components: documented,
    readings: [
      ...documented.map(({ name }) => refused(name)),
      transactionReading('delegate', { level: 'warning', up: false }),
      measureReading('database', { level: 'warning' }),
    ],
  };
  t.same(headline({ ...failed, maintenance: 'all' }), {
    sentence: 'Everything that is watched is in maintenance.',
    remarks: ['4 components in maintenance, left out'],
  });
  t.same(headline({ ...failed, readings: [...failed.readings, ...calmHost], maintenance: 'all' }), {
    sentence: 'The host is within its thresholds.',
    remarks: ['everything but the host is in maintenance, left out'],
  });
  const full = hostReading('/', 0.93, { level: 'warning', message: '93 GiB of 100 GiB used' });
  t.match(headline({ ...failed, readings: [...failed.readings, full], maintenance: 'all' }), {
    sentence: '/: 93 GiB of 100 GiB used',
    remarks: ['everything but the host is in maintenance, left out'],
  });
  const { heartbeats } = await heartbeatsOf([job('backup'), job('sync')]);
  await heartbeats.report('backup', { kind: 'failure' });
  await heartbeats.report('sync', { kind: 'failure' });
  t.match(headline({ heartbeats, maintenance: ['backup'] }), { sentence: /^job sync: failed/, remarks: [] });
  t.match(headline({ heartbeats, maintenance: ['backup', 'sync'] }), {
    sentence: 'Everything that is watched is in maintenance.',
  });
});

t.test('of many problems three are named, and the others are counted', async (t) => {
  const down = (names: readonly string[]) => ({
    components: names.map((name) => component(name)),
    readings: names.map((name) => refused(name, 1)),
  });
  t.same(headline(down(['a', 'b', 'c', 'd'])).remarks, ['also CRITICAL: b, c, d']);
  t.same(headline(down(['a', 'b', 'c', 'd', 'e'])).remarks, ['also CRITICAL: b, c, d and 1 more']);
  const missing = (count: number) =>
    headline({
      readings: [
        ...calmHost,
        sourceReading('well'),
        ...['a', 'b', 'c', 'd'].slice(0, count).map((name) => sourceReading(name, { up: false })),
      ],
    }).remarks;
  t.same(missing(3), ['numbers missing, 3 data sources down: a, b, c']);
  t.same(missing(4), ['numbers missing, 4 data sources down: a, b, c and 1 more']);
});

t.test('a component that only warns comes after those that make the whole CRITICAL', async (t) => {
  const components = [component('a', { severity: 'warning' }), component('b')];
  const readings = [refused('a'), refused('b')];
  t.match(headline({ components, readings }), {
    sentence: 'b: connection refused',
    remarks: ['3 failed probes in a row'],
  });
  t.match(headline({ components, readings: [readings[0] ?? refused('a'), reading('b')] }), {
    sentence: 'a: connection refused',
  });
});

t.test('a cause comes before a worse effect that only warns', async (t) => {
  const components = [component('a', { severity: 'warning', dependsOn: ['b'] }), component('b')];
  const readings = [refused('a'), reading('b', { level: 'warning', message: 'slow' })];
  t.match(headline({ components, readings }), { sentence: 'b: slow', remarks: ['also WARNING: a'] });
});

t.test('if all causes depend on each other, the first one is named', async (t) => {
  const components = [component('a', { dependsOn: ['b'] }), component('b', { dependsOn: ['a'] })];
  t.same(headline({ components, readings: [refused('a', 1), refused('b', 2)] }), {
    sentence: 'a: connection refused',
    remarks: ['also CRITICAL: b'],
  });
});

t.test(
  'before the first probe the sentence says so, unless something else is worse or is all that is watched',
  async (t) => {
    const waiting = { components: [component('backend'), component('database')] };
    t.match(headline({ ...waiting, readings: calmHost }), {
      sentence: 'No component has been probed yet.',
      remarks: [],
    });
    const full = hostReading('/', 0.96, { level: 'critical', message: '96 GiB of 100 GiB used' });
    t.match(headline({ ...waiting, readings: [full] }), { sentence: '/: 96 GiB of 100 GiB used' });
    t.match(headline({ ...waiting, readings: [reading('backend')] }), { sentence: 'database: not probed yet' });
    const unknown = measureReading('database', { level: 'unknown', message: 'no answer' });
    t.match(headline({ readings: [unknown] }), { sentence: 'database: no answer' });
  },
);

t.test('parts with a better level than the whole are not named', async (t) => {
  const options = {
    ...withTransactions('delegate'),
    ...(await reported('backup')),
    components: [component('backend'), component('database')],
    readings: [
      refused('backend', 1),
      reading('database'),
      transactionReading('delegate'),
      measureReading('database'),
      ...calmHost,
    ],
  };
  t.same(headline(options), { sentence: 'backend: connection refused', remarks: [] });
});

t.test('collectors that fail are counted, because the level may be wrong', async (t) => {
  const options = { readings: calmHost, failed: { tasks: 'no answer' } };
  t.same(headline(options).remarks, ['1 collector failing or overdue']);
  t.same(headline({ ...options, ageSeconds: 91 }).remarks, ['4 collectors failing or overdue']);
});
