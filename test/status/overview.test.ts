import t from 'tap';
import type { Level } from '../../src/base/level.js';
import type { ComponentReading, Reading } from '../../src/collector.js';
import { type HeartbeatReading, Heartbeats } from '../../src/heartbeats/heartbeats.js';
import { Latest } from '../../src/status/latest.js';
import { countingParts, overviewOf, wholeLevel } from '../../src/status/overview.js';
import { config, httpComponent } from '../support/config.js';
import { job } from '../support/heartbeats.js';
import { ManualClock } from '../support/manual-clock.js';
import { RecordedLog } from '../support/recorded-log.js';
import {
  forbidden,
  measureReading,
  off,
  sourceReading,
  transactionReading,
  withAiCrm,
} from '../support/service-fixture.js';

function latestOf(levels: Readonly<Record<string, Level>>): Latest {
  const latest = new Latest();
  for (const [name, level] of Object.entries(levels)) {
    const reading: ComponentReading = {
      subject: 'component',
      name,
      target: '',
      kind: 'http',
      level,
      up: level === 'healthy',
      reason: null,
      message: '',
      responseSeconds: 0,
      phases: {},
      checks: [],
      failuresInARow: 0,
      headers: [],
      log: [],
    };
    latest.accept({
      collector: `component:${name}`,
      success: true,
      endedAtSeconds: 100,
      durationSeconds: 0.1,
      intervalSeconds: 30,
      collected: { samples: [], readings: [reading] },
    });
  }
  return latest;
}

const component = (name: string, ...dependsOn: string[]) => httpComponent(name, 'http://localhost/', { dependsOn });
const calendar = (...inMaintenance: string[]) => ({ isActive: (name: string) => inMaintenance.includes(name) });

t.test('components are sorted: the worst first, causes before consequences, maintenance last', async (t) => {
  const settings = config({
    components: [component('a', 'd'), component('b'), component('c'), component('d'), component('e'), component('f')],
  });
  const latest = latestOf({ a: 'critical', b: 'healthy', c: 'warning', d: 'critical', e: 'critical' });
  const overview = overviewOf(settings, latest, calendar('e'), 130);
  t.same(
    overview.components.map(({ name }) => name),
    ['d', 'a', 'c', 'f', 'b', 'e'],
  );
  t.same(
    overview.components.map(({ suspects }) => suspects.join()),
    ['', 'd', '', '', '', ''],
  );
  t.equal(overview.level, 'critical');
});

t.test('a component that has not been probed is UNKNOWN, and so is the whole', async (t) => {
  const settings = config({ components: [component('a'), component('b')] });
  const overview = overviewOf(settings, latestOf({ a: 'healthy' }), calendar(), 130);
  t.match(overview, {
    level: 'unknown',
    components: [
      { name: 'b', level: 'unknown' },
      { name: 'a', level: 'healthy', reading: { takenAtSeconds: 100 } },
    ],
  });
  t.notOk(overview.components[0]?.reading);
});

t.test('maintenance is shown and does not count', async (t) => {
  const settings = config({ components: [component('a'), component('b')] });
  const latest = latestOf({ a: 'critical', b: 'healthy' });
  t.equal(wholeLevel(settings, latest, calendar('a'), 130), 'healthy');
  t.match(overviewOf(settings, latest, calendar('a'), 130).components.at(-1), {
    name: 'a',
    level: 'critical',
    inMaintenance: true,
  });
});

const jobReading = (name: string, level: Level): HeartbeatReading => ({
  name,
  level,
  message: '',
  severity: 'critical',
  about: { labels: {} },
  everySeconds: 60,
  graceSeconds: 10,
  deadlineSeconds: 200,
  state: { knownSinceSeconds: 0, isRunning: false, reports: { start: 0, success: 0, failure: 0 } },
});

t.test('parts that are not components are named with their levels if they count', async (t) => {
  const settings = config({ ...withAiCrm, components: [component('a')] });
  const latest = latestOf({ a: 'critical' });
  bring(latest, 'host', {
    subject: 'host',
    name: 'disk /',
    resource: 'disk',
    level: 'warning',
    usageRatio: 0.92,
    message: '',
  });
  bring(latest, 'ai_crm:agents', measureReading('agent response'), measureReading('PM analysis', { level: 'unknown' }));
  const disk = { kind: 'host', name: 'disk /', level: 'warning' };
  t.same(countingParts(settings, latest, calendar(), 130), [
    disk,
    { kind: 'transaction', name: 'delegate', level: 'unknown' },
    { kind: 'measure', name: 'agent response', level: 'healthy' },
  ]);
  t.same(
    countingParts(settings, latest, { isActive: (name) => name === null }, 130),
    [disk],
    'maintenance of everything',
  );
  const jobs = [jobReading('backup', 'critical'), jobReading('sync', 'unknown'), jobReading('report', 'warning')];
  t.same(
    countingParts(settings, latest, calendar('report'), 130, jobs).slice(3),
    [{ kind: 'heartbeat', name: 'backup', level: 'critical' }],
    'jobs that have reported or are due, and are not in maintenance',
  );
});

t.test('a failed collector has no reading until it works again', async (t) => {
  const latest = latestOf({ a: 'healthy' });
  latest.accept({
    collector: 'component:a',
    success: false,
    error: 'no result within 5 s',
    endedAtSeconds: 130,
    durationSeconds: 6,
    intervalSeconds: 30,
  });
  t.equal(latest.components().size, 0);
  t.match(latest.collectors(), [{ name: 'component:a', success: false, error: 'no result within 5 s' }]);
  latest.retain(new Set());
  t.same(latest.collectors(), []);
});

/** Accepts these readings from a collector. */
function bring(latest: Latest, collector: string, ...readings: Reading[]): void {
  latest.accept({
    collector,
    success: true,
    endedAtSeconds: 100,
    durationSeconds: 0.1,
    intervalSeconds: 30,
    collected: { samples: [], readings },
  });
}

t.test('measures and transactions count like components, also a transaction that was not run', async (t) => {
  const settings = config({ ...withAiCrm, components: [component('a')] });
  const latest = latestOf({ a: 'healthy' });
  t.equal(wholeLevel(settings, latest, calendar(), 130), 'unknown');
  bring(latest, 'transaction:delegate', transactionReading('delegate'));
  t.equal(wholeLevel(settings, latest, calendar(), 130), 'healthy');
  bring(
    latest,
    'ai_crm:agents',
    measureReading('b'),
    measureReading('PM analysis'),
    measureReading('c'),
    measureReading('agent response', { level: 'warning' }),
  );
  t.equal(wholeLevel(settings, latest, calendar(), 130), 'warning');
  bring(latest, 'transaction:delegate', transactionReading('delegate', { level: 'critical', up: false }));
  const overview = overviewOf(settings, latest, calendar(), 130);
  t.equal(overview.level, 'critical');
  t.same(
    overview.measures.map(({ name }) => name),
    ['agent response', 'PM analysis', 'b', 'c'],
    'the worst first, then by name',
  );
  t.match(overview.transactions, [
    { name: 'delegate', level: 'critical', reading: { takenAtSeconds: 100, collector: 'transaction:delegate' } },
  ]);
});

t.test('a source that is down is shown first and changes no level', async (t) => {
  const settings = config({ components: [component('a')], sqlSources: [{ name: 'sessions' }] as never });
  const latest = latestOf({ a: 'healthy' });
  bring(latest, 'ai_crm:tasks', sourceReading('ai_crm_tasks'));
  bring(latest, 'json:shop', sourceReading('shop', { notices: ['cut off'] }));
  bring(latest, 'ai_crm:agents', off('ai_crm_agents'));
  bring(latest, 'ai_crm:database', { ...forbidden('ai_crm_database'), isShared: true });
  bring(latest, 'ai_crm:users', forbidden('ai_crm_users'));
  const overview = overviewOf(settings, latest, calendar(), 130);
  t.equal(overview.level, 'healthy');
  t.same(
    overview.sources.map(({ name, collector, reading }) => [name, collector, reading?.up]),
    [
      ['ai_crm_users', 'ai_crm:users', false],
      ['ai_crm_database', 'ai_crm:database', false],
      ['sessions', 'sql:sessions', undefined],
      ['shop', 'json:shop', true],
      ['ai_crm_tasks', 'ai_crm:tasks', true],
      ['ai_crm_agents', 'ai_crm:agents', true],
    ],
  );
});

t.test('the host counts in the overall level, and not in the level without host', async (t) => {
  const settings = config({ components: [component('a')] });
  const latest = latestOf({ a: 'healthy' });
  bring(latest, 'host', {
    subject: 'host',
    name: 'disk /',
    resource: 'disk',
    level: 'critical',
    usageRatio: 0.99,
    message: '',
  });
  t.match(overviewOf(settings, latest, calendar(), 130), { level: 'critical', levelWithoutHost: 'healthy' });
  t.equal(wholeLevel(settings, latest, calendar(), 130), 'critical');
});

t.test('jobs are sorted: the worst first, maintenance last, then by name', async (t) => {
  const clock = new ManualClock();
  const jobs = new Heartbeats({ clock, log: new RecordedLog() });
  await jobs.configure(['d', 'c', 'b', 'a'].map((name) => job(name)));
  for (const name of ['a', 'c']) await jobs.report(name, { kind: 'success' });
  await jobs.report('d', { kind: 'failure' });
  await jobs.report('b', { kind: 'failure' });
  const now = clock.nowSeconds();
  const settings = config({ components: [component('x')] });
  const overview = overviewOf(settings, latestOf({ x: 'healthy' }), calendar('b'), now, jobs.readings(now));
  t.same(
    overview.heartbeats.map(({ name, level, inMaintenance }) => [name, level, inMaintenance]),
    [
      ['d', 'critical', false],
      ['a', 'healthy', false],
      ['c', 'healthy', false],
      ['b', 'critical', true],
    ],
  );
  t.equal(overview.level, 'critical');
});

t.test('a postponed run does not change the reading or its age', async (t) => {
  const latest = latestOf({ a: 'warning' });
  latest.accept({
    collector: 'component:a',
    success: true,
    endedAtSeconds: 300,
    durationSeconds: 0,
    intervalSeconds: 30,
    collected: { samples: [], isPostponed: true },
  });
  t.match(latest.components().get('a'), { level: 'warning', takenAtSeconds: 100 });
  t.match(latest.collectors(), [{ endedAtSeconds: 100 }]);
});

t.test('an UNKNOWN measure does not count, and no measure counts in a maintenance of everything', async (t) => {
  const settings = config({ ...withAiCrm, transactions: [], components: [component('a')] });
  const latest = latestOf({ a: 'healthy' });
  bring(latest, 'ai_crm:database', measureReading('database', { level: 'unknown' }));
  t.equal(wholeLevel(settings, latest, calendar(), 130), 'healthy');
  bring(latest, 'ai_crm:database', measureReading('database', { level: 'critical' }));
  t.equal(wholeLevel(settings, latest, calendar(), 130), 'critical');
  t.equal(wholeLevel(settings, latest, { isActive: (name) => name === null }, 130), 'healthy');
});

t.test(
  'a failed component with severity: warning is CRITICAL itself, WARNING for the whole, and sorted behind critical ones',
  (t) => {
    const settings = config({
      components: [{ ...component('a'), severity: 'warning' }, component('b'), component('c')],
    });
    const alone = overviewOf(settings, latestOf({ a: 'critical', b: 'healthy', c: 'healthy' }), calendar(), 130);
    t.match(alone.components[0], { name: 'a', level: 'critical', countsAs: 'warning' });
    t.equal(alone.level, 'warning');
    const levels = latestOf({ a: 'critical', b: 'critical', c: 'healthy' });
    const both = overviewOf(settings, levels, calendar(), 130);
    t.same(
      both.components.map(({ name }) => name),
      ['b', 'a', 'c'],
    );
    t.equal(wholeLevel(settings, levels, calendar(), 130), 'critical');
    t.equal(wholeLevel(settings, latestOf({ a: 'unknown', b: 'healthy', c: 'healthy' }), calendar(), 130), 'unknown');
    t.end();
  },
);
