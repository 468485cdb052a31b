import t from 'tap';
import { Lane } from '../../src/access/lane.js';
import type { DataEnd, ProbeEnd, Role } from '../../src/access/own-freezes.js';
import { ExporterError } from '../../src/base/errors.js';
import { never } from '../support/data.js';
import { ManualClock } from '../support/manual-clock.js';
import { RecordedLog } from '../support/recorded-log.js';

const well = { reason: null, isSlow: false };
const slow = { reason: null, isSlow: true };
const hung = { reason: 'timeout', isSlow: true } as const;

/** A lane with these components, all of them probed and healthy. */
function setup(roles: Readonly<Record<string, Role>> = { backend: 'witness' }) {
  const clock = new ManualClock();
  const log = new RecordedLog();
  const lane = new Lane('http://crm:8000', clock, log);
  const started: string[] = [];
  const failed: string[] = [];
  const errors: Error[] = [];
  /** Asks for the lane for a data request; the lists show the result. */
  const enter = (name: string, { signal = never, mayFreeze = true, isCleanup = false, source = name } = {}) =>
    void lane.enter(signal, { source, mayFreeze, isCleanup }).then(
      () => started.push(name),
      (error: Error) => {
        failed.push(`${name}: ${error.message}`);
        errors.push(error);
      },
    );
  /** A health probe with this end after these seconds; undefined if it was put off. */
  const probe = async (end: ProbeEnd, { component = 'backend', seconds = 0 } = {}) => {
    const begun = lane.beginProbe(component);
    await clock.pass(seconds);
    return begun === undefined ? undefined : lane.endProbe(component, begun, end);
  };
  lane.expect(new Map(Object.entries(roles)));
  for (const component of Object.keys(roles)) lane.endProbe(component, lane.beginProbe(component) ?? -1, well);
  /** A data request that begins now and ends after these seconds. */
  const ask = async (end: DataEnd, seconds: number, options: Parameters<typeof enter>[1] = {}) => {
    const before = started.length;
    enter('asked', options);
    await clock.pass(0);
    if (started.length !== before + 1) throw new Error(`it was not asked: ${failed.at(-1)}`);
    await clock.pass(seconds);
    lane.leave(end);
  };
  return { clock, log, lane, started, failed, errors, enter, probe, ask };
}

t.test('data requests are sent one at a time, in order, and not during a health probe', async (t) => {
  const { clock, lane, started, enter } = setup();
  const begun = lane.beginProbe('backend') ?? -1;
  for (const name of ['a', 'b', 'c']) enter(name, { mayFreeze: false });
  await clock.pass(100);
  t.same(started, [], 'not while the probe is under way');
  lane.endProbe('backend', begun, well);
  await clock.pass(0);
  t.same(started, ['a']);
  await clock.pass(100);
  t.same(started, ['a']);
  lane.leave('answered');
  await clock.pass(0);
  t.same(started, ['a', 'b']);
});

t.test('a probe during a data request is put off, and runs before the next data request', async (t) => {
  const { clock, lane, started, enter, probe } = setup();
  enter('a');
  enter('b');
  t.equal(await probe(well), undefined);
  await clock.pass(0.5);
  lane.leave('answered');
  await clock.pass(0.2);
  t.same(started, ['a'], 'the probe comes first');
  t.equal(await probe(well), false);
  await clock.pass(0);
  t.same(started, ['a', 'b']);
  t.equal(await probe(well), undefined);
  enter('c', { mayFreeze: false });
  lane.leave('answered');
  await clock.pass(2.9);
  t.same(started, ['a', 'b']);
  await clock.pass(0.2);
  t.same(started, ['a', 'b', 'c'], 'a probe that does not come delays other requests only briefly');
});

t.test(
  'a probe is put off for at most 2 s behind a small request, and 20 s behind one that may freeze the server',
  async (t) => {
    for (const [mayFreeze, seconds] of [
      [false, 2],
      [true, 20],
    ] as const) {
      const { clock, lane, enter } = setup();
      enter('a', { mayFreeze });
      await clock.pass(seconds - 0.1);
      t.equal(lane.beginProbe('backend'), undefined, `${seconds}`);
      await clock.pass(0.1);
      t.type(lane.beginProbe('backend'), 'number', `${seconds}`);
    }
    const { clock, lane, enter } = setup({ backend: 'witness', database: 'witness' });
    enter('a');
    enter('b');
    await clock.pass(20);
    for (const name of ['backend', 'database'])
      t.type(lane.beginProbe(name), 'number', 'even if another request has waited for long');
  },
);

t.test('after a start every component is probed before any data request is sent', async (t) => {
  const { clock, lane, started, enter, probe } = setup({ backend: 'witness', database: 'witness' });
  lane.expect(
    new Map([
      ['backend', 'witness'],
      ['database', 'witness'],
    ]),
  );
  enter('a');
  await probe(well);
  await clock.pass(1);
  t.same(started, []);
  await probe(well, { component: 'database' });
  await clock.pass(0);
  t.same(started, ['a']);
});

t.test(
  'a request stops waiting when its signal ends, by deadline as a failure, otherwise with the reason, and the next request moves up',
  async (t) => {
    const { clock, lane, started, failed, errors, enter } = setup();
    const [late, gone] = [new AbortController(), new AbortController()];
    enter('a');
    enter('late', { signal: late.signal });
    enter('gone', { signal: gone.signal });
    enter('b');
    late.abort(new ExporterError('collector_timeout', 'no result'));
    gone.abort(new Error('the exporter is stopping'));
    enter('too late', { signal: gone.signal });
    await clock.pass(0);
    t.same(failed, [
      'late: not queried: requests to http://crm:8000 before it took all the time until the deadline',
      'gone: the exporter is stopping',
      'too late: the exporter is stopping',
    ]);
    t.match(errors[0], { reason: 'timeout' });
    lane.leave('answered');
    await clock.pass(0);
    t.same(started, ['a', 'b']);
  },
);

t.test(
  'a query that may freeze the server begins right after a sign that the server answers; small requests do not wait, and are such a sign',
  async (t) => {
    const { clock, lane, started, enter, probe } = setup({ backend: 'witness', proxy: 'behind' });
    await clock.pass(10);
    enter('a');
    await probe(well, { component: 'proxy' });
    await probe({ reason: 'connect', isSlow: false });
    await probe({ reason: 'status', isSlow: false, statusCode: 502 });
    for (const reason of ['dns', 'tls'] as const) await probe({ reason, isSlow: false });
    await clock.pass(20);
    t.same(started, [], 'neither the answer of a proxy nor a refused connection is a sign');
    await probe({ reason: 'status', isSlow: false, statusCode: 500 });
    await clock.pass(0);
    t.same(started, ['a'], 'a bad answer is a sign');
    lane.leave('unsent');
    await clock.pass(10);
    enter('b');
    enter('lost', { mayFreeze: false });
    await clock.pass(0);
    lane.leave('unsent');
    enter('small', { mayFreeze: false });
    await clock.pass(0);
    t.same(started, ['a', 'lost', 'small']);
    lane.leave('answered');
    await clock.pass(0);
    t.same(started, ['a', 'lost', 'small', 'b']);
    lane.leave('answered');
    await clock.pass(10);
    enter('c');
    await clock.pass(10);
    enter('d');
    await clock.pass(24);
    t.equal(started.length, 4);
    await clock.pass(1);
    t.equal(started.at(-1), 'c', 'without probes it does not wait');
    const proxyOnly = setup({ proxy: 'behind' });
    await proxyOnly.clock.pass(10);
    await proxyOnly.ask('answered', 1);
  },
);

t.test('a server whose health check hangs gets no data requests until a probe is answered', async (t) => {
  const { clock, lane, started, failed, errors, enter, probe } = setup();
  t.equal(await probe(hung, { seconds: 10 }), false, 'no request of ours was running, so it counts at once');
  enter('a');
  enter('small', { mayFreeze: false });
  await clock.pass(0);
  t.same(failed, [
    'a: not queried: the health check of http://crm:8000 hangs',
    'small: not queried: the health check of http://crm:8000 hangs',
  ]);
  t.match(errors, [{ reason: 'timeout' }, { reason: 'timeout' }]);
  await clock.pass(200);
  t.equal(lane.endProbe('backend', lane.beginProbe('backend') ?? -1, null), false, 'a cancelled probe says nothing');
  enter('b');
  await clock.pass(0);
  t.equal(failed.length, 3);
  await probe({ reason: 'status', isSlow: false });
  enter('c');
  await clock.pass(0);
  t.same(started, ['c'], 'a bad answer is an answer');
});

t.test('when one endpoint hangs and another one answers, the server counts as answering', async (t) => {
  const { clock, lane, started, enter, probe } = setup({ backend: 'witness', database: 'witness' });
  await clock.pass(1);
  const begun = lane.beginProbe('database') ?? -1;
  await clock.pass(4);
  await probe(well);
  await clock.pass(6);
  lane.endProbe('database', begun, hung);
  enter('a', { mayFreeze: false });
  await clock.pass(0);
  t.same(started, ['a']);
});

t.test('an endpoint that always hangs does not stop data requests while another endpoint answers', async (t) => {
  const { clock, lane, started, failed, enter, probe } = setup({ backend: 'witness', database: 'witness' });
  const minute = async () => {
    await probe(well);
    await clock.pass(30);
    await probe(hung, { component: 'database', seconds: 10 });
    await clock.pass(20);
  };
  await minute();
  enter('a', { mayFreeze: false });
  await clock.pass(0);
  t.match(failed, [/hangs$/], 'it may be the server');
  for (let i = 0; i < 3; i++) {
    await minute();
    enter(`b${i}`, { mayFreeze: false });
    await clock.pass(0);
    t.equal(started.length, i + 1);
    lane.leave('answered');
  }
});

t.test('when something behind the server hangs, data requests to the server go on', async (t) => {
  const { clock, started, enter, probe } = setup({ backend: 'witness', frontend: 'behind' });
  await clock.pass(60);
  await probe(hung, { component: 'frontend', seconds: 10 });
  enter('a', { mayFreeze: false });
  await clock.pass(0);
  t.same(started, ['a']);
});

t.test(
  'when probes follow each other without a gap, a data request still gets its turn, and then the probes',
  async (t) => {
    const { clock, lane, started, enter } = setup({ a: 'witness', b: 'witness', c: 'witness', d: 'witness' });
    enter('first');
    await clock.pass(0);
    lane.leave('answered');
    const begun = ['a', 'b', 'c', 'd'].map((name, i) => ({ name, at: i === 0 ? lane.beginProbe(name) : undefined }));
    for (const name of ['x', 'y']) enter(name);
    let putOff = 0;
    // Each probe begins as soon as it may and takes 10 s; the next one begins 3 s later.
    for (let second = 0; second < 40; second++) {
      for (const [i, probe] of begun.entries()) {
        if (probe.at === undefined && second >= 3 * i) probe.at = lane.beginProbe(probe.name);
        else if (probe.at !== undefined && clock.monotonicSeconds() - probe.at >= 10) {
          lane.endProbe(probe.name, probe.at, well);
          probe.at = undefined;
        }
        if (second >= 15 && probe.at === undefined) putOff += 1;
      }
      await clock.pass(1);
      if (started.at(-1) === 'x') break;
    }
    t.same(started, ['first', 'x'], `${putOff} put off`);
    t.ok(putOff > 0);
    lane.leave('answered');
    t.type(lane.beginProbe('a'), 'number', 'not a second request before them');
    await clock.pass(1);
    t.same(started, ['first', 'x']);
  },
);

t.test('a cleanup request waits only for the request under way', async (t) => {
  const { clock, lane, started, failed, enter, probe } = setup();
  await probe(hung, { seconds: 10 });
  enter('a');
  enter('cleanup', { isCleanup: true });
  await clock.pass(0);
  t.match([started, failed], [['cleanup'], [/hangs$/]], 'while the server hangs');
  t.equal(await probe(well), undefined);
  enter('more', { isCleanup: true });
  await clock.pass(5);
  t.same(started, ['cleanup'], 'one at a time');
  lane.leave('timeout');
  await clock.pass(0);
  t.same(started, ['cleanup', 'more'], 'after a request without an answer, and with probes put off');
  lane.leave('timeout');
  await clock.pass(200);
  enter('last', { isCleanup: true });
  await clock.pass(0);
  t.equal(started.at(-1), 'last', 'when the share of time is used up');
});

t.test('a reload forgets a hang only when no component is watched any more', async (t) => {
  const { clock, lane, started, failed, enter, probe } = setup();
  await probe(hung, { seconds: 10 });
  lane.expect(new Map([['backend', 'witness']]));
  enter('a', { mayFreeze: false });
  lane.expect(new Map());
  enter('b', { mayFreeze: false });
  await clock.pass(0);
  t.match([started, failed], [['b'], [/^a: .* hangs$/]]);
});

t.test('a data request also waits for components that may belong to the server', async (t) => {
  const { clock, lane, started, enter, probe } = setup();
  lane.expect(new Map([['backend', 'witness']]), { others: ['other', 'more'] });
  enter('a');
  await probe(well);
  lane.seen('other');
  await clock.pass(0);
  t.same(started, []);
  lane.seen('more');
  await clock.pass(0);
  t.same(started, ['a']);
});

t.test('after five minutes without a further probe, a hang is forgotten', async (t) => {
  const { clock, started, enter, probe } = setup();
  await probe(hung, { seconds: 10 });
  await clock.pass(301);
  enter('a', { mayFreeze: false });
  await clock.pass(0);
  t.same(started, ['a']);
});

t.test(
  'while an unanswered query may freeze the server, bad probes are discounted and logged once, until one is answered',
  async (t) => {
    const { clock, log, failed, errors, enter, probe, ask } = setup();
    await ask('timeout', 30);
    enter('b');
    enter('small', { mayFreeze: false });
    await clock.pass(0);
    t.same(
      failed,
      ['b', 'small'].map(
        (name) => `${name}: not queried: http://crm:8000 may still be busy with a request that got no answer in time`,
      ),
    );
    t.match(errors, [{ reason: 'timeout' }, { reason: 'timeout' }]);
    t.equal(await probe(hung, { seconds: 10 }), true);
    t.equal(
      await probe({ reason: 'status', isSlow: true, statusCode: 504 }, { seconds: 10 }),
      true,
      'a proxy whose timeout is over',
    );
    t.equal(log.messages('debug').length, 1);
    t.equal(log.lines.length, 1);
    t.equal(await probe(slow, { seconds: 9 }), true, 'the answer that ends the freeze is late because of it');
    t.equal(await probe(hung, { seconds: 10 }), false, 'from now on it is not caused by us');
  },
);

t.test(
  'an outage that begins during such a freeze is reported when the longest freeze of a query is over',
  async (t) => {
    const { clock, probe, ask } = setup();
    await ask('timeout', 30);
    await clock.pass(54);
    t.equal(await probe(hung, { seconds: 10 }), true);
    t.equal(await probe(hung, { seconds: 10 }), false);
  },
);

t.test('failures that a busy server does not cause count at once', async (t) => {
  for (const reason of ['status', 'tls', 'dns', 'json', 'auth', 'connect', 'body', 'closed'] as const) {
    const { probe, ask } = setup();
    await ask('timeout', 30);
    t.equal(await probe({ reason, isSlow: true }), false, reason);
  }
});

t.test('a small request does not excuse a failed probe', async (t) => {
  const { clock, probe, ask, lane, enter } = setup();
  enter('account', { mayFreeze: false });
  await clock.pass(2);
  t.equal(await probe(hung, { seconds: 10 }), false, 'while it is under way');
  lane.leave('timeout');
  t.equal(await probe(hung, { seconds: 10 }), false, 'and after it');
  t.equal(await probe(well), false);
  await ask('answered', 0.2, { mayFreeze: false });
  t.equal(await probe(slow), false);
});

t.test('a failure that began before the query, or came after a good answer during it, is not excused', async (t) => {
  const { clock, lane, probe, enter } = setup({ backend: 'witness', other: 'witness', third: 'witness' });
  await probe({ reason: 'timeout', isSlow: true }, { component: 'other', seconds: 5 });
  await probe(slow, { component: 'third' });
  enter('a', { mayFreeze: true });
  await probe(well);
  await clock.pass(20);
  t.equal(await probe(hung, { component: 'other', seconds: 5 }), false, 'it hung before');
  t.equal(await probe(slow, { component: 'third' }), false, 'it was slow before');
  t.equal(await probe(hung, { component: 'third', seconds: 2 }), false, 'and has been answered since');
  t.equal(await probe(hung, { seconds: 2 }), true);
  t.equal(await probe(well), false);
  t.equal(await probe(hung, { seconds: 2 }), false);
  lane.leave('answered');
});

t.test('a probe that is slow because of a long query is discounted, and the next one counts', async (t) => {
  const { clock, lane, probe, enter } = setup();
  enter('a');
  await clock.pass(25);
  const begun = lane.beginProbe('backend') ?? -1;
  await clock.pass(3);
  lane.leave('answered');
  t.equal(lane.endProbe('backend', begun, slow), true);
  t.equal(await probe(slow, { seconds: 3 }), false);
});

t.test('components behind the server are excused too, but their answers do not end the freeze', async (t) => {
  const { probe, ask } = setup({ backend: 'witness', proxy: 'behind', quick: 'behind' });
  await ask('timeout', 30);
  t.equal(await probe(well, { component: 'quick' }), false);
  t.equal(await probe(hung, { component: 'proxy', seconds: 10 }), true);
  t.equal(await probe(hung, { seconds: 10 }), true);
  t.equal(await probe(well, { component: 'proxy' }), false);
  t.equal(await probe(hung, { seconds: 10 }), true, 'the server is still busy');
  t.equal(await probe(hung, { component: 'proxy', seconds: 10 }), false, 'the proxy has answered since');
});

t.test('only components of the server are excused, as it is known when their probe ends', async (t) => {
  const { clock, lane, probe, ask } = setup({ backend: 'witness', other: 'witness', old: 'witness' });
  lane.expect(new Map([['backend', 'witness']]));
  lane.join('other', 'witness');
  await ask('timeout', 30, { isCleanup: true });
  t.equal(await probe(hung, { component: 'old', seconds: 5 }), false, 'no longer configured');
  const begun = lane.beginProbe('other') ?? -1;
  await clock.pass(5);
  lane.remove('other');
  t.equal(lane.endProbe('other', begun, hung), false, 'it was found to be another server');
  t.equal(await probe(slow), true, 'a component without a probe counts as healthy before');
});

t.test('after an aborted request the next one waits for a good probe instead of failing', async (t) => {
  const { clock, lane, started, failed, enter, probe } = setup();
  enter('a');
  lane.leave('gone');
  enter('b', { mayFreeze: false });
  await clock.pass(5);
  t.same(started, ['a']);
  t.equal(await probe(hung, { seconds: 5 }), true);
  t.match(failed, [/hangs$/], 'until it hangs in the next probe');
  enter('c', { mayFreeze: false });
  await probe(well);
  enter('d', { mayFreeze: false });
  await clock.pass(0);
  t.same(started, ['a', 'd']);
});

t.test('a query that did not reach the server, or was answered, excuses no later failure', async (t) => {
  for (const end of ['unsent', 'answered'] as const) {
    const { probe, ask } = setup();
    await ask(end, 0.1);
    t.equal(await probe(hung, { seconds: 5 }), false, end);
  }
});

t.test('the share of time for queries comes from the configuration', async (t) => {
  const { clock, lane, failed, enter, probe, ask } = setup();
  lane.expect(new Map([['backend', 'witness']]), { isGuarded: true, limitRatio: 0.1 });
  await probe(well);
  await ask('answered', 8);
  await probe(well);
  enter('b');
  await clock.pass(0);
  t.match(failed, [/for more than 10 % of its time; next query at/]);
  await clock.pass(8 * 10 - 60 - 8 + 0.1);
  await probe(well);
  await ask('answered', 1);
});

t.test('after a freeze no query is sent for fifty times its length, and the time of freezes is counted', async (t) => {
  const { clock, lane, started, failed, errors, enter, probe, ask } = setup();
  await ask('answered', 8);
  t.equal(lane.frozenSeconds, 8);
  await probe(well);
  enter('b');
  enter('small', { mayFreeze: false });
  await clock.pass(0);
  t.match(failed, [
    /^b: not queried: queries as slow as this one would keep http:\/\/crm:8000 busy for more than 2 % of its time; next query at \d\d:\d\d UTC$/,
  ]);
  t.equal(started.at(-1), 'small', 'requests that do not freeze go on');
  lane.leave('answered');
  await clock.pass(8 * 50 - 60 - 9);
  await probe(well);
  enter('c');
  await clock.pass(0);
  t.equal(failed.length, 2);
  await clock.pass(1);
  await probe(well);
  await ask('timeout', 30);
  t.equal(lane.frozenSeconds, 8, 'the length of the freeze is not known yet');
  await probe(hung, { seconds: 10 });
  await clock.pass(40);
  await probe(slow, { seconds: 9 });
  t.equal(Math.round(lane.frozenSeconds), 97, '89 s more');
  enter('d');
  await clock.pass(0);
  // The first query began at 08:15:30. 97 s cost 4850 s, and 60 s of these are not waited for.
  t.equal(
    failed.at(-1),
    'd: not queried: a query that got no answer has kept http://crm:8000 busy; next query at 09:36 UTC',
  );
  t.match(errors.at(-1), { reason: 'timeout', notBeforeSeconds: 4790 });
});

t.test('the requests of one run follow each other, whatever they cost', async (t) => {
  const { clock, lane, started, failed, enter, ask } = setup();
  await ask('answered', 4, { source: 'tasks' });
  enter('archived', { source: 'tasks' });
  enter('other');
  await clock.pass(0);
  t.same([started.at(-1), failed.length], ['archived', 0]);
  await clock.pass(4);
  lane.leave('answered');
  await clock.pass(0);
  t.match(failed, [/^other: not queried/]);
  t.equal(lane.frozenSeconds, 8);
  await clock.pass(1);
  enter('next run', { source: 'tasks' });
  await clock.pass(0);
  t.match(failed[1], /^next run: not queried/);
  const unanswered = setup();
  await unanswered.ask('timeout', 30, { source: 'tasks' });
  await unanswered.probe(well);
  unanswered.enter('archived', { source: 'tasks' });
  await unanswered.clock.pass(0);
  t.match(unanswered.failed, [/^archived: not queried: a query that got no answer/]);
});

t.test('a run continues when probes and small requests are sent in between', async (t) => {
  const { clock, lane, started, failed, enter, probe } = setup();
  enter('board', { source: 'tasks' });
  await clock.pass(0);
  enter('database', { mayFreeze: false });
  await clock.pass(2);
  t.equal(await probe(well), undefined, 'put off');
  await clock.pass(2);
  lane.leave('answered');
  enter('archived', { source: 'tasks' });
  await clock.pass(1);
  t.equal(await probe(well), false);
  await clock.pass(0);
  t.same([started, failed], [['board', 'database'], []]);
  await clock.pass(1);
  lane.leave('answered');
  await clock.pass(0);
  t.same([started, failed], [['board', 'database', 'archived'], []]);
});

t.test(
  'a freeze lasts until a probe sees its end; without probes it counts with the longest possible time',
  async (t) => {
    const seen = setup();
    await seen.clock.pass(0.4);
    seen.enter('a');
    await seen.clock.pass(30);
    t.equal(seen.lane.notBeforeSeconds, Number.NEGATIVE_INFINITY, 'a request under way has no cost yet');
    seen.lane.leave('timeout');
    t.equal(seen.lane.notBeforeSeconds, 0.4 + 95 * 50 - 60, 'the longest time, until its end is seen');
    await seen.probe(well);
    t.equal(seen.lane.frozenSeconds, 30, 'it is free as soon as our request ends');
    const replicas = setup({ one: 'witness', two: 'witness' });
    await replicas.ask('timeout', 30);
    await replicas.probe(hung, { component: 'one', seconds: 10 });
    await replicas.probe(well, { component: 'two' });
    t.equal(replicas.lane.frozenSeconds, 0, 'another replica is free, this one is not');
    await replicas.probe(well, { component: 'one' });
    t.equal(replicas.lane.frozenSeconds, 40);
    const unseen = setup({});
    unseen.lane.expect(new Map(), { isGuarded: true });
    await unseen.ask('timeout', 30);
    await unseen.clock.pass(100);
    unseen.enter('b');
    await unseen.clock.pass(0);
    t.equal(unseen.lane.frozenSeconds, 95);
    t.equal(unseen.failed.length, 1);
    const reloaded = setup();
    await reloaded.clock.pass(0.4);
    await reloaded.ask('gone', 2);
    t.equal(reloaded.lane.notBeforeSeconds, 0.4 + 2 * 50 - 60);
    await reloaded.clock.pass(100);
    await reloaded.ask('answered', 0.1, { isCleanup: true });
    t.ok(reloaded.lane.frozenSeconds < 2.3, 'an aborted request counts only until its abort');
  },
);

t.test('a server without watched components is asked as often as it answers', async (t) => {
  const { lane, ask } = setup({});
  for (let i = 0; i < 5; i++) await ask('answered', 10);
  t.equal(lane.notBeforeSeconds, Number.NEGATIVE_INFINITY);
});
