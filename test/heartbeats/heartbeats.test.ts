import { execFileSync } from 'node:child_process';
import { chmodSync, closeSync, existsSync, openSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { HeartbeatFile } from '../../src/heartbeats/heartbeat-file.js';
import { reportedHeartbeats } from '../../src/heartbeats/heartbeats.js';
import { createCalendar } from '../../src/maintenance/maintenance-calendar.js';
import { CurrentSilences } from '../../src/maintenance/silences.js';
import { catalogue } from '../../src/metrics/catalogue.js';
import { Recorder } from '../../src/metrics/recorder.js';
import { Latest } from '../../src/status/latest.js';
import { overviewOf, wholeLevel } from '../../src/status/overview.js';
import { config } from '../support/config.js';
import { samplesIn } from '../support/exposition.js';
import { heartbeatsOf, job } from '../support/heartbeats.js';
import { leftOpen } from '../support/left-open.js';
import { ManualClock } from '../support/manual-clock.js';
import { isRoot } from '../support/nobody.js';
import { missing } from '../support/programs.js';
import { until } from '../support/until.js';

/** Level and message of the only job. */
function verdict({ heartbeats, clock }: Awaited<ReturnType<typeof heartbeatsOf>>): string {
  const [reading] = heartbeats.readings(clock.nowSeconds());
  return `${reading?.level}: ${reading?.message}`;
}

t.test('a job is first HEALTHY, then late, then missing', async (t) => {
  const jobs = await heartbeatsOf([job('backup')]);
  const at = (seconds: number) => {
    jobs.clock.advance(seconds);
    return verdict(jobs);
  };
  t.equal(at(0), 'unknown: has not reported a success yet, the first one is due within 1h10m');
  t.equal(at(4200), 'unknown: has not reported a success yet, the first one is due within 0s');
  t.equal(at(1), 'critical: no success was ever reported, expected every 1h with a grace of 10m');
  await jobs.heartbeats.report('backup', { kind: 'success', message: '12 tables' });
  t.equal(verdict(jobs), 'healthy: ended well 0s ago: 12 tables');
  t.equal(at(3600), 'healthy: ended well 1h ago: 12 tables');
  t.equal(at(1), 'warning: late: the last success is 1h old, expected every 1h; CRITICAL in 9m');
  t.equal(at(600), 'critical: the last success is 1h10m old, expected every 1h with a grace of 10m');
  await jobs.heartbeats.report('backup', { kind: 'success' });
  t.equal(verdict(jobs), 'healthy: ended well 0s ago', 'the earlier message is gone');
});

t.test('a failure stays CRITICAL until a success; a start ends neither a failure nor a delay', async (t) => {
  const jobs = await heartbeatsOf([job('backup', { maxRuntimeSeconds: 1200 })]);
  const { heartbeats, clock } = jobs;
  await heartbeats.report('backup', { kind: 'start' });
  t.equal(verdict(jobs), 'unknown: it has been running for 0s');
  clock.advance(90);
  await heartbeats.report('backup', { kind: 'failure', exitStatus: 3, message: 'disk full' });
  t.equal(verdict(jobs), 'critical: failed 0s ago with exit status 3: disk full');
  clock.advance(60);
  await heartbeats.report('backup', { kind: 'start' });
  t.equal(verdict(jobs), 'critical: failed 1m ago with exit status 3; it has been running for 0s');
  clock.advance(90);
  await heartbeats.report('backup', { kind: 'success' });
  t.equal(verdict(jobs), 'healthy: ended well 0s ago, took 1m30s');
  await heartbeats.report('backup', { kind: 'success' });
  t.equal(verdict(jobs), 'healthy: ended well 0s ago', 'the run time is not known without a start');
  await heartbeats.report('backup', { kind: 'start' });
  clock.advance(1201);
  t.equal(verdict(jobs), 'critical: it has been running for 20m, max_runtime is 20m');
});

t.test('the message of a missed job has its run time only while the job runs', async (t) => {
  const jobs = await heartbeatsOf([job('backup', { maxRuntimeSeconds: 1200 })]);
  const { heartbeats, clock } = jobs;
  await heartbeats.report('backup', { kind: 'start' });
  clock.advance(60);
  await heartbeats.report('backup', { kind: 'success' });
  clock.advance(4201);
  const missed = (age: string) => `critical: the last success is ${age} old, expected every 1h with a grace of 10m`;
  t.equal(verdict(jobs), missed('1h10m'), 'max_runtime does not apply to a finished run');
  await heartbeats.report('backup', { kind: 'start' });
  clock.advance(120);
  t.equal(verdict(jobs), `${missed('1h12m')}; it has been running for 2m`, 'nor to a short one');
  const unbounded = await heartbeatsOf([job('backup')]);
  await unbounded.heartbeats.report('backup', { kind: 'success' });
  await unbounded.heartbeats.report('backup', { kind: 'start' });
  unbounded.clock.advance(2 * 3600 + 13 * 60);
  t.equal(verdict(unbounded), `${missed('2h10m')}; it has been running for 2h10m`);
  unbounded.clock.advance(2 * 86_400);
  t.equal(verdict(unbounded), `${missed('2d2h')}; it has been running for 2d2h`, 'a longer time is rounded more');
});

t.test('severity: warning limits the level, and a job without a start has no run time', async (t) => {
  const jobs = await heartbeatsOf([
    job('report', {
      severity: 'warning',
      about: { labels: { team: 'crm' }, group: 'Back office', description: 'Weekly figures' },
    }),
  ]);
  const { heartbeats, clock } = jobs;
  await heartbeats.report('report', { kind: 'failure' });
  t.equal(verdict(jobs), 'warning: failed 0s ago', 'an unknown exit status is not shown');
  await heartbeats.report('report', { kind: 'success' });
  clock.advance(5000);
  t.match(verdict(jobs), /^warning: the last success/);
  const recorder = new Recorder(catalogue, { processMetrics: false });
  recorder.record('heartbeats', heartbeats.samples(clock.nowSeconds()));
  const samples = samplesIn(recorder.renderOwn('text'));
  const value = (name: string, more = '') => samples.get(`aicrm_heartbeat_${name}{component="report"${more}}`);
  t.equal(value('info', ',severity="warning",label_team="crm",group="Back office",description="Weekly figures"'), 1);
  t.equal(value('status', ',status="warning"'), 1);
  t.equal(value('status', ',status="critical"'), 0);
  t.equal(value('reports_total', ',report="failure"'), 1);
  t.equal(value('deadline_timestamp_seconds'), clock.nowSeconds() - 5000 + 4200);
  for (const name of ['running', 'started_timestamp_seconds', 'runtime_seconds', 'exit_status'])
    t.equal(value(name), undefined, `${name} is absent`);
  t.equal(value('every_seconds'), 3600);
  t.equal(value('grace_seconds'), 600);
  t.equal(samples.get('aicrm_heartbeats_kept'), 0, 'there is no disk');
  await heartbeats.report('report', { kind: 'start' });
  clock.advance(7);
  await heartbeats.report('report', { kind: 'success', exitStatus: 0 });
  recorder.record('heartbeats', heartbeats.samples(clock.nowSeconds()));
  const after = samplesIn(recorder.renderOwn('text'));
  const now = clock.nowSeconds();
  for (const [name, expected] of [
    ['last_report_timestamp_seconds', now],
    ['last_success_timestamp_seconds', now],
    ['last_failure_timestamp_seconds', now - 5007],
    ['started_timestamp_seconds', now - 7],
    ['running', 0],
    ['runtime_seconds', 7],
    ['exit_status', 0],
  ] as const)
    t.equal(after.get(`aicrm_heartbeat_${name}{component="report"}`), expected, name);
  t.same((await heartbeatsOf([])).heartbeats.samples(0), [], 'nothing without jobs');
});

t.test('jobs count in the overall level, except jobs that are not due yet or in maintenance', async (t) => {
  const { heartbeats, clock } = await heartbeatsOf([job('backup'), job('sync')]);
  const calendar = await createCalendar(
    [{ name: 'w', components: ['backup'], cron: '* * * * *', durationSeconds: 600, timeZone: 'UTC' }],
    new CurrentSilences(),
  );
  const never = await createCalendar([]);
  const now = () => clock.nowSeconds();
  const level = (by = never) => wholeLevel(config(), new Latest(), by, now(), heartbeats.readings(now()));
  t.equal(level(), 'unknown');
  await heartbeats.report('sync', { kind: 'success' });
  t.equal(level(), 'healthy', 'a job that is not due yet does not count');
  await heartbeats.report('backup', { kind: 'failure' });
  t.equal(level(), 'critical');
  t.equal(level(calendar), 'healthy');
  const { heartbeats: shown } = overviewOf(config(), new Latest(), calendar, now(), heartbeats.readings(now()));
  t.match(shown, [
    { name: 'sync', inMaintenance: false },
    { name: 'backup', inMaintenance: true },
  ]);
});

t.test('reports survive a restart and a reload; reports of removed jobs are forgotten', async (t) => {
  const folder = join(t.testdir({}), 'deep', 'state');
  const first = await heartbeatsOf([job('backup'), job('sync')], { folder });
  await first.heartbeats.report('backup', { kind: 'start' });
  first.clock.advance(30);
  await first.heartbeats.report('backup', { kind: 'success', exitStatus: 0, message: 'zwölf Tabellen' });
  first.clock.advance(100);
  await first.heartbeats.configure([job('backup'), job('sync')]);
  const known = first.heartbeats.readings(first.clock.nowSeconds());
  const second = await heartbeatsOf([job('backup'), job('sync')], { folder, clock: first.clock });
  t.same(second.heartbeats.readings(first.clock.nowSeconds()), known);
  t.same(
    [...first.log.messages('warn'), ...first.log.messages('info'), ...second.log.lines],
    [],
    'a reload logs nothing',
  );
  t.notOk(existsSync(join(folder, 'heartbeats.json.new')));
  t.same(leftOpen(folder), [], 'nothing is left open');
  const seen = await reportedHeartbeats([job('other'), job('sync')], new HeartbeatFile(folder), 0);
  t.match(seen, [{ name: 'sync' }], 'other programs see the kept reports');
  t.equal(seen.length, 1, 'and nothing else');
  t.same(await reportedHeartbeats([job('sync')], undefined, 0), []);
  t.same(await reportedHeartbeats([], new HeartbeatFile(folder), 0), []);
  await second.heartbeats.configure([job('sync')]);
  t.notMatch(readFileSync(join(folder, 'heartbeats.json'), 'utf8'), 'backup');
  await second.heartbeats.report('backup', { kind: 'success' });
  t.match(second.heartbeats.readings(0), [{ name: 'sync' }], 'and a late report is refused');
});

t.test('a new job is reported as missed in time, also after a restart of the exporter', async (t) => {
  const folder = t.testdir({});
  const { clock } = await heartbeatsOf([job('backup')], { folder });
  clock.advance(4000);
  const again = await heartbeatsOf([job('backup')], { folder, clock });
  clock.advance(201);
  t.match(verdict(again), /^critical: no success was ever reported/);
});

t.test('a damaged file is named in the log, and its jobs count as new', async (t) => {
  const sound = { knownSinceSeconds: 1, isRunning: false, reports: { start: 0, success: 1, failure: 0 } };
  const file = (heartbeats: unknown) => JSON.stringify({ version: 1, heartbeats });
  const texts: readonly (readonly [text: string, detail: string])[] = [
    ['', 'it is damaged, or of another version'],
    ['{"version": 1, "heartbeats": {"backup', 'it is damaged, or of another version'],
    ['{"version": 2, "heartbeats": {}}', 'it is damaged, or of another version'],
    [file({ 'a\nb': { ...sound, isRunning: 'no' }, sync: sound }), 'it is damaged at a b'],
    [file({ backup: { ...sound, knownSinceSeconds: -1 }, sync: 1 }), 'it is damaged at backup, sync'],
    [file({ backup: { ...sound, knownSinceSeconds: '5' } }), 'it is damaged at backup'],
    [file({ backup: { ...sound, knownSinceSeconds: 5 } }).replace(':5', ':1e999'), 'it is damaged at backup'],
    ...Object.keys(sound.reports).map(
      (kind) =>
        [
          file({ backup: { ...sound, reports: { ...sound.reports, [kind]: 'many' } } }),
          'it is damaged at backup',
        ] as const,
    ),
  ];
  for (const [text, detail] of texts) {
    const jobs = await heartbeatsOf([job('backup')], { folder: t.testdir({ 'heartbeats.json': text }) });
    t.match(jobs.log.lines, [
      {
        level: 'warn',
        message: 'reports of jobs from before the start are lost',
        fields: { file: /heartbeats\.json$/ },
      },
    ]);
    t.equal(jobs.log.lines[0]?.fields['detail'], detail);
    t.match(verdict(jobs), /^unknown: /);
  }
  const folders = t.testdir({ large: { 'heartbeats.json': '' }, strange: { 'heartbeats.json': {} } });
  truncateSync(join(folders, 'large', 'heartbeats.json'), 8 * 1024 * 1024 + 1);
  for (const [name, detail] of [
    ['large', 'larger than 8388608 bytes'],
    ['strange', 'it cannot be read (EISDIR)'],
  ] as const) {
    const { log } = await heartbeatsOf([job('backup')], { folder: join(folders, name) });
    t.equal(log.lines[0]?.fields['detail'], detail);
  }
  const clock = new ManualClock();
  const future = {
    ...sound,
    lastSuccessSeconds: clock.nowSeconds() + 1e9,
    runtimeSeconds: 3,
    message: 'x'.repeat(999),
  };
  const set = await heartbeatsOf([job('backup')], {
    folder: t.testdir({ 'heartbeats.json': file({ backup: future }) }),
    clock,
  });
  clock.advance(4201);
  t.match(verdict(set), /^critical: the last success is 1h10m old/, 'a time in the future counts as now');
});

t.test('a failed write is logged once and retried, and reports stay in memory', async (t) => {
  const folder = t.testdir({ state: 'a file is where a folder is needed' });
  const jobs = await heartbeatsOf([job('backup')], { folder: join(folder, 'state') });
  const { heartbeats, clock, log } = jobs;
  const kept = () =>
    heartbeats.samples(clock.nowSeconds()).find(({ series }) => series.definition.name === 'aicrm_heartbeats_kept');
  await heartbeats.report('backup', { kind: 'success' });
  t.match(verdict(jobs), /^healthy: /);
  t.match(kept(), { value: 0 });
  const lost = 'reports of jobs cannot be saved: a restart would lose them';
  const error = 'a part of the path is a file instead of a folder; choose another path';
  t.match(log.lines, [{ level: 'error', message: lost, fields: { file: /heartbeats\.json$/, error } }], 'once');
  rmSync(join(folder, 'state'));
  clock.advance(60);
  await until('it is written without another report', () => kept()?.value === 1);
  t.match(log.lines.at(-1), { level: 'info', message: 'reports of jobs are saved again', fields: { file: /json$/ } });
  rmSync(join(folder, 'state'), { recursive: true });
  writeFileSync(join(folder, 'state'), 'again');
  await heartbeats.report('backup', { kind: 'success' });
  t.equal(clock.waiting, 1, 'another attempt is due');
  await heartbeats.stop();
  t.equal(clock.waiting, 0, 'nothing continues after the end');
});

t.test('a problem with the file is found without writing', async (t) => {
  const folder = t.testdir({ file: '', closed: {} });
  chmodSync(join(folder, 'closed'), 0o555);
  const file = (...path: readonly string[]) => new HeartbeatFile(join(folder, ...path));
  // Root can write everywhere.
  const why = isRoot
    ? undefined
    : 'this user has no permission to write there; choose another path, or run the command as a user with that permission';
  t.same([await file('closed').obstacle(), await file('closed', 'new', 'er').obstacle()], [why, why]);
  t.same(
    [await file().obstacle(), await file('new', 'er').obstacle(), await file('file', 'in').obstacle()],
    [undefined, undefined, 'a part of the path is a file instead of a folder; choose another path'],
  );
  t.notOk(existsSync(join(folder, 'new')));
  await file('new', 'er').write(new Map());
  t.ok(existsSync(join(folder, 'new', 'er', 'heartbeats.json')), 'missing folders are made');
});

t.test(
  'when the folder cannot be made, the write fails',
  { skip: existsSync('/proc/self') ? false : 'no /proc' },
  async (t) => {
    await t.rejects(new HeartbeatFile('/proc/no-such-process/a').write(new Map()), { code: 'ENOENT' });
  },
);

t.test('when the disk hangs, reports still succeed', { skip: missing('mkfifo') }, async (t) => {
  const folder = t.testdir({});
  // Opening the pipe for writing blocks until somebody reads it.
  const pipe = join(folder, 'heartbeats.json.new');
  execFileSync('mkfifo', [pipe]);
  t.teardown(() => {
    if (existsSync(pipe)) closeSync(openSync(pipe, 'r+'));
  });
  const clock = new ManualClock();
  const beginning = heartbeatsOf([job('backup')], { folder, clock });
  await clock.timerSet();
  clock.advance(2);
  const { heartbeats } = await beginning;
  const reporting = heartbeats.report('backup', { kind: 'success' });
  await clock.timerSet();
  clock.advance(2);
  await reporting;
  t.equal(heartbeats.readings(clock.nowSeconds())[0]?.level, 'healthy');
  t.equal(clock.waiting, 0);
  const reader = openSync(pipe, 'r+');
  rmSync(pipe);
  await until('what waited is written', () => existsSync(join(folder, 'heartbeats.json')));
  closeSync(reader);
  await heartbeats.stop();
});

t.test('many reports at once share a few writes, and more than ten per second are refused', async (t) => {
  const folder = t.testdir({});
  const { heartbeats, clock } = await heartbeatsOf([job('backup'), job('sync')], { folder });
  await Promise.all(Array.from({ length: 10 }, () => heartbeats.report('backup', { kind: 'success' })));
  await t.rejects(heartbeats.report('backup', { kind: 'success' }), {
    code: 'overloaded',
    expose: true,
    message: 'backup has reported 10 times within this second',
  });
  await heartbeats.report('sync', { kind: 'success' });
  clock.advance(1);
  await heartbeats.report('backup', { kind: 'success' });
  t.match(JSON.parse(readFileSync(join(folder, 'heartbeats.json'), 'utf8')), {
    heartbeats: { backup: { reports: { success: 11 } }, sync: { reports: { success: 1 } } },
  });
});

t.test('without a folder the log says at the start that reports are not kept, but only with jobs', async (t) => {
  const { log } = await heartbeatsOf([job('backup')]);
  t.same(log.messages('warn'), [
    'reports of jobs are lost when the exporter stops: set a folder for them with --storage.path',
  ]);
  t.same((await heartbeatsOf([])).log.lines, []);
});

t.test(
  'the message about a file without read permission has the remedy',
  { skip: process.getuid?.() === 0 ? 'root reads everything' : false },
  async (t) => {
    const folder = t.testdir({});
    writeFileSync(join(folder, 'heartbeats.json'), '{}');
    chmodSync(join(folder, 'heartbeats.json'), 0);
    const { log } = await heartbeatsOf([job('backup')], { folder });
    t.match(log.lines, [{ fields: { detail: 'it cannot be read (EACCES)' } }]);
  },
);
