import t from 'tap';
import { ExporterError } from '../../../src/errors.js';
import { Origin, type ProbeEnd } from '../../../src/sources/data/origin.js';
import { askedOrigins, originName } from '../../../src/sources/data/origin-name.js';
import { config } from '../../support/config.js';
import { never } from '../../support/data.js';
import { ManualClock } from '../../support/manual-clock.js';
import { RecordedLog } from '../../support/recorded-log.js';

const well = { reason: null, isSlow: false };
const slow = { reason: null, isSlow: true };
const hung = { reason: 'timeout', isSlow: true } as const;

function setup(components: readonly string[] = []) {
  const clock = new ManualClock();
  const log = new RecordedLog();
  const origin = new Origin('http://crm:8000', clock, log);
  origin.expect(components);
  const started: string[] = [];
  const failed: string[] = [];
  /** A data request; what became of its waiting is in the two lists. */
  const enter = (name: string, signal = never) => void origin.enter(signal).then(() => started.push(name), (error: Error) => failed.push(`${name}: ${error.message}`));
  /** A health probe with this end; undefined when it was put off. */
  const probe = (end: ProbeEnd, component = 'backend') => {
    const begun = origin.beginProbe(component);
    return begun === undefined ? undefined : origin.endProbe(component, begun, end);
  };
  return { clock, log, origin, started, failed, enter, probe };
}

t.test('one data request at a time, in order, and none beside a health probe', async (t) => {
  const { clock, origin, started, enter } = setup();
  const begun = origin.beginProbe('backend') ?? -1;
  for (const name of ['a', 'b', 'c']) enter(name);
  await clock.pass(100);
  t.same(started, [], 'not while the probe is under way');
  origin.endProbe('backend', begun, well);
  await clock.pass(0);
  t.same(started, ['a']);
  await clock.pass(100);
  t.same(started, ['a']);
  origin.leave(0, 'answered');
  await clock.pass(0);
  t.same(started, ['a', 'b']);
});

t.test('a probe that comes while data is asked for is put off, and has its turn before the next data request', async (t) => {
  const { clock, origin, started, enter, probe } = setup();
  enter('a');
  enter('b');
  t.equal(probe(well), undefined);
  await clock.pass(5);
  origin.leave(0, 'answered');
  await clock.pass(1);
  t.same(started, ['a'], 'the probe comes first');
  t.equal(probe(well), false);
  await clock.pass(0);
  t.same(started, ['a', 'b']);
  t.equal(probe(well), undefined);
  enter('c');
  origin.leave(6, 'answered');
  await clock.pass(2.9);
  t.same(started, ['a', 'b']);
  await clock.pass(0.2);
  t.same(started, ['a', 'b', 'c'], 'a probe that does not come back holds nobody up for long');
});

t.test('after a start every component is looked at before anything is asked', async (t) => {
  const { clock, started, enter, probe } = setup(['backend', 'database']);
  enter('a');
  probe(well, 'backend');
  await clock.pass(1);
  t.same(started, []);
  probe(well, 'database');
  await clock.pass(0);
  t.same(started, ['a']);
});

t.test('waiting ends with the signal: by its deadline as a failure, otherwise with its reason, and the others move up', async (t) => {
  const { clock, origin, started, failed, enter } = setup();
  const [late, gone] = [new AbortController(), new AbortController()];
  enter('a');
  enter('late', late.signal);
  enter('gone', gone.signal);
  enter('b');
  late.abort(new ExporterError('collector_timeout', 'no result'));
  gone.abort(new Error('the exporter is stopping'));
  enter('too late', gone.signal);
  await clock.pass(0);
  t.same(failed, ['late: not asked: its turn at http://crm:8000 did not come before the deadline', 'gone: the exporter is stopping', 'too late: the exporter is stopping']);
  origin.leave(0, 'answered');
  await clock.pass(0);
  t.same(started, ['a', 'b']);
});

t.test('a server whose health check hangs is not asked until a probe is answered', async (t) => {
  const { clock, started, failed, enter, probe } = setup();
  t.equal(probe(hung), false, 'no request of ours was involved: it counts at once');
  enter('a');
  await clock.pass(0);
  t.same(failed, ['a: not asked: the health check of http://crm:8000 hangs']);
  await clock.pass(200);
  enter('b');
  await clock.pass(0);
  t.equal(failed.length, 2);
  probe({ reason: 'status', isSlow: false });
  enter('c');
  await clock.pass(0);
  t.same(started, ['c'], 'a bad answer is an answer');
});

t.test('one endpoint that hangs beside others that answer is not the server', async (t) => {
  const { clock, origin, started, enter, probe } = setup();
  const begun = origin.beginProbe('database') ?? -1;
  await clock.pass(4);
  probe(well, 'backend');
  await clock.pass(6);
  origin.endProbe('database', begun, hung);
  enter('a');
  await clock.pass(0);
  t.same(started, ['a']);
});

t.test('an endpoint that hangs for ever keeps nobody from being asked, as long as another one answers', async (t) => {
  const { clock, origin, started, failed, enter, probe } = setup();
  const minute = async () => {
    probe(well, 'backend');
    await clock.pass(30);
    probe(hung, 'database');
    await clock.pass(30);
  };
  await minute();
  enter('a');
  await clock.pass(0);
  t.match(failed, [/hangs$/], 'it may be the server');
  for (let i = 0; i < 3; i++) {
    await minute();
    enter(`b${i}`);
    await clock.pass(0);
    t.equal(started.length, i + 1);
    origin.leave(clock.monotonicSeconds(), 'answered');
  }
});

t.test('probes that follow each other without a gap let a data request through, and have their turn after it', async (t) => {
  const { clock, origin, started, enter } = setup();
  enter('first');
  await clock.pass(0);
  origin.leave(0, 'answered');
  const begun = ['a', 'b', 'c', 'd'].map((name, i) => ({ name, at: i === 0 ? origin.beginProbe(name) : undefined }));
  for (const name of ['x', 'y']) enter(name);
  let putOff = 0;
  // Each begins as soon as it may and takes 10 s, the next one 3 s later.
  for (let second = 0; second < 40; second++) {
    for (const [i, probe] of begun.entries()) {
      if (probe.at === undefined && second >= 3 * i) probe.at = origin.beginProbe(probe.name);
      else if (probe.at !== undefined && clock.monotonicSeconds() - probe.at >= 10) {
        origin.endProbe(probe.name, probe.at, well);
        probe.at = undefined;
      }
      if (second >= 15 && probe.at === undefined) putOff += 1;
    }
    await clock.pass(1);
    if (started.at(-1) === 'x') break;
  }
  t.same(started, ['first', 'x'], `${putOff} put off`);
  t.ok(putOff > 0);
  origin.leave(clock.monotonicSeconds(), 'answered');
  t.type(origin.beginProbe('a'), 'number', 'not a second request before them');
  await clock.pass(1);
  t.same(started, ['first', 'x']);
});

t.test('cleanup waits for what is under way and for nothing else', async (t) => {
  const { clock, origin, started, failed, enter, probe } = setup(['backend']);
  probe(hung);
  enter('a');
  void origin.enter(never, true).then(() => started.push('cleanup'));
  await clock.pass(0);
  t.match([started, failed], [['cleanup'], [/hangs$/]], 'a server that hangs');
  t.equal(probe(well), undefined);
  void origin.enter(never, true).then(() => started.push('more'));
  await clock.pass(5);
  t.same(started, ['cleanup'], 'one at a time');
  origin.leave(0, 'timeout');
  await clock.pass(0);
  t.same(started, ['cleanup', 'more'], 'the shadow of a request without an answer, and probes that were put off');
});

t.test('a hang that nothing follows is not believed for ever', async (t) => {
  const { clock, started, enter, probe } = setup();
  probe(hung);
  await clock.pass(301);
  enter('a');
  await clock.pass(0);
  t.same(started, ['a']);
});

t.test('in the shadow of a request that got no answer bad probes are discounted, said once, until one goes well', async (t) => {
  const { clock, origin, log, started, failed, enter, probe } = setup();
  enter('a');
  await clock.pass(30);
  origin.leave(0, 'timeout');
  enter('b');
  await clock.pass(0);
  t.same(failed, ['b: not asked: http://crm:8000 may still be busy with a request that got no answer in time']);
  for (const reason of ['timeout', 'body', 'connect'] as const) t.equal(probe({ reason, isSlow: false }), true, reason);
  t.equal(probe(slow), true);
  t.equal(log.messages('debug').length, 1);
  t.equal(log.lines.length, 1);
  await clock.pass(60);
  t.equal(probe(hung), true);
  t.equal(probe(well), false);
  t.equal(probe(hung), false, 'from now on it is not our doing');
  t.same(started, ['a']);
});

t.test('an outage that began in the shadow shows when it ends, 120 s after the request began', async (t) => {
  const { clock, origin, enter, probe } = setup();
  await clock.pass(1000);
  enter('a');
  await clock.pass(30);
  origin.leave(1000, 'timeout');
  await clock.pass(89);
  t.equal(probe(hung), true);
  await clock.pass(1);
  t.equal(probe(hung), false);
});

t.test('a trouble that no busy server has is never discounted', async (t) => {
  for (const reason of ['status', 'tls', 'dns', 'json', 'auth'] as const) {
    const { clock, origin, enter, probe } = setup();
    enter('a');
    await clock.pass(30);
    origin.leave(0, 'timeout');
    t.equal(probe({ reason, isSlow: false }), false, reason);
  }
});

t.test('after a request that was called off the next one waits for a good probe instead of failing', async (t) => {
  const { clock, origin, started, failed, enter, probe } = setup();
  enter('a');
  origin.leave(0, 'gone');
  enter('b');
  await clock.pass(5);
  t.same(started, ['a']);
  t.equal(probe(slow), true);
  await clock.pass(5);
  t.same(started, ['a']);
  probe(well);
  await clock.pass(0);
  t.same(started, ['a', 'b']);
  origin.leave(10, 'gone');
  enter('c');
  await clock.pass(119);
  t.same(started, ['a', 'b']);
  await clock.pass(1);
  t.same(started, ['a', 'b', 'c'], 'or for the end of the shadow where nobody probes');
  t.same(failed, []);
});

t.test('what was asked without reaching the server casts no shadow', async (t) => {
  const { clock, origin, enter, probe } = setup();
  for (const end of ['unsent', 'answered'] as const) {
    enter(end);
    await clock.pass(0);
    origin.leave(clock.monotonicSeconds(), end);
    t.equal(probe({ reason: 'connect', isSlow: false }), false, end);
  }
});

t.test('the same server has one name, however its machine is called', async (t) => {
  t.equal(originName('http://127.0.0.1:8000/tasks?x=1'), 'http://localhost:8000');
  t.equal(originName('http://user:secret@localhost:8000'), 'http://localhost:8000');
  t.equal(originName('https://[::1]/'), 'https://localhost');
  t.equal(originName('https://crm.example/'), 'https://crm.example');
  t.equal(originName('{{base}}/x'), undefined);
  t.same([...askedOrigins(config())], []);
});
