import { getEventListeners } from 'node:events';
import t from 'tap';
import type { Clock } from '../../src/base/clock.js';
import { type FilesystemCalls, Filesystems } from '../../src/host/filesystems.js';
import { HangGuard } from '../../src/host/hang-guard.js';
import type { FilesystemBlocks, MountGroup } from '../../src/host/mounts.js';

const blocks: FilesystemBlocks = { bsize: 1024, blocks: 100, bfree: 40, bavail: 40 };
const quiet = new AbortController().signal;

const group = (mountpoints: readonly [string, ...string[]], remote = false): MountGroup => {
  const mount = (mountpoint: string) => ({ device: `dev:${mountpoint}`, mountpoint, fstype: remote ? 'nfs' : 'ext4' });
  const [first, ...others] = mountpoints;
  return { key: first, mounts: [mount(first), ...others.map(mount)], remote };
};

const forbidden = Object.assign(new Error('statfs: not permitted'), { code: 'EACCES' });

/** File systems, some of which hang until the test lets them answer, and timers that fire when the test says so. */
function scene(
  options: { hanging?: readonly string[]; files?: readonly string[]; failing?: Readonly<Record<string, Error>> } = {},
) {
  const failing: Record<string, Error> = { ...options.failing };
  const hanging = new Set(options.hanging);
  const asked: string[] = [];
  const answers = new Map<string, () => void>();
  const timers = new Set<() => void>();
  let inFlight = 0;
  let mostInFlight = 0;
  const clock: Clock = {
    nowSeconds: () => 0,
    monotonicSeconds: () => 0,
    setTimer(task) {
      timers.add(task);
      return () => timers.delete(task);
    },
  };
  const calls: FilesystemCalls = {
    isDirectory: async (path) => !(options.files ?? []).includes(path),
    async statfs(path) {
      asked.push(path);
      mostInFlight = Math.max(mostInFlight, ++inFlight);
      try {
        if (hanging.has(path)) await new Promise<void>((resolve) => answers.set(path, resolve));
        const failure = failing[path];
        if (failure !== undefined) throw failure;
        return blocks;
      } finally {
        inFlight -= 1;
      }
    },
  };
  const guard = new HangGuard(clock);
  const configured = () => new Filesystems(calls, guard, (mountpoint) => mountpoint);
  let filesystems = configured();
  return {
    asked,
    timers,
    most: () => mostInFlight,
    fail: (path: string, failure: Error) => void (failing[path] = failure),
    reload: () => void (filesystems = configured()),
    /** Starts a run, and fires every timer as soon as only hanging calls are left. */
    async run(groups: readonly MountGroup[], named: readonly string[] = [], signal = quiet) {
      const report = filesystems.report(groups, named, signal);
      await new Promise((resolve) => setImmediate(resolve));
      const needsPatience = timers.size > 0;
      for (const fire of timers) fire();
      const { filesystems: answered, unanswered } = await report;
      return { answered: answered.map(({ mountpoint }) => mountpoint), unanswered, needsPatience };
    },
    async recover(path: string) {
      hanging.delete(path);
      answers.get(path)?.();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

t.test('a file system that hangs is left out, and the others are not', async (t) => {
  const { run, timers } = scene({ hanging: ['/b'] });
  const { signal } = new AbortController();
  const result = await run(
    ['/a', '/b', '/c', '/d', '/e'].map((mountpoint) => group([mountpoint])),
    [],
    signal,
  );
  t.same(result.answered, ['/a', '/c', '/d', '/e']);
  t.same(result.unanswered, [{ mountpoint: '/b', why: 'statfs hangs' }]);
  t.equal(result.needsPatience, true);
  t.equal(timers.size, 0, 'no timer is left behind');
  t.same(getEventListeners(signal, 'abort'), [], 'and no listener');
});

t.test('a file system that still hangs is neither asked again nor waited for', async (t) => {
  const { run, asked } = scene({ hanging: ['/b'] });
  const groups = [group(['/a']), group(['/b'])];
  await run(groups);
  const second = await run(groups);
  t.equal(second.needsPatience, false);
  t.same(second.answered, ['/a']);
  t.same(second.unanswered, [{ mountpoint: '/b', why: 'statfs hangs' }]);
  t.same(asked, ['/a', '/b', '/a']);
});

t.test('after a reload a hanging file system is still not asked again', async (t) => {
  const { run, reload, asked } = scene({ hanging: ['/b'] });
  await run([group(['/b'])]);
  reload();
  t.same((await run([group(['/b'])])).unanswered, [{ mountpoint: '/b', why: 'statfs hangs' }]);
  t.same(asked, ['/b']);
});

t.test('a file system that has recovered is asked again', async (t) => {
  const { run, recover } = scene({ hanging: ['/b'] });
  await run([group(['/b'])]);
  await recover('/b');
  t.same(await run([group(['/b'])]), { answered: ['/b'], unanswered: [], needsPatience: false });
});

t.test('when all remote file systems hang, one thread stays free for local ones and one for the process', async (t) => {
  const { run, most } = scene({ hanging: ['/nfs1', '/nfs2', '/nfs3'] });
  const groups = [group(['/nfs1'], true), group(['/nfs2'], true), group(['/nfs3'], true), group(['/a']), group(['/b'])];
  const first = await run(groups);
  t.same(first.answered, ['/a', '/b']);
  t.same(first.unanswered, [
    { mountpoint: '/nfs1', why: 'statfs hangs' },
    { mountpoint: '/nfs2', why: 'statfs hangs' },
    { mountpoint: '/nfs3', why: 'not read while other file systems hang' },
  ]);
  t.same((await run(groups)).answered, ['/a', '/b']);
  t.equal(most(), 3);
});

t.test('when local file systems hang, a remote one is still asked', async (t) => {
  const { run } = scene({ hanging: ['/a', '/b'] });
  t.same((await run([group(['/a']), group(['/b']), group(['/nfs'], true)])).answered, ['/nfs']);
});

t.test('an answer after the end of a round starts no further request', async (t) => {
  const { run, recover, asked } = scene({ hanging: ['/a', '/b', '/c'] });
  await run(['/a', '/b', '/c', '/d'].map((mountpoint) => group([mountpoint])));
  await recover('/a');
  t.same(asked, ['/a', '/b', '/c']);
});

t.test('never takes the last thread, even when local disks hang', async (t) => {
  const all = ['/a', '/b', '/c', '/d', '/e'];
  const { run, most } = scene({ hanging: all });
  t.equal((await run(all.map((mountpoint) => group([mountpoint])))).unanswered.length, 5);
  const again = await run(all.map((mountpoint) => group([mountpoint])));
  t.equal(again.needsPatience, false, 'nothing can be asked, so nothing is waited for');
  t.equal(most(), 3);
});

t.test('ends at once when the run is aborted', async (t) => {
  const { run } = scene({ hanging: ['/a'] });
  const controller = new AbortController();
  controller.abort();
  const result = await run([group(['/a'])], [], controller.signal);
  t.equal(result.needsPatience, false);
  t.same(result.answered, []);

  const later = new AbortController();
  const running = scene({ hanging: ['/a'] }).run([group(['/a']), group(['/b'])], [], later.signal);
  later.abort();
  t.equal((await running).needsPatience, false);
});

t.test('skips single files and uses the first directory of the device', async (t) => {
  const { run } = scene({ files: ['/etc/hosts', '/etc/hostname'] });
  const groups = [group(['/etc/hosts', '/etc/hostname', '/data', '/data/deeper']), group(['/etc/hostname'])];
  t.same(await run(groups), { answered: ['/data'], unanswered: [], needsPatience: false });
});

t.test('reports the error of a file system, and a file system that is not mounted', async (t) => {
  const { run } = scene({ failing: { '/secret': forbidden, '/odd': new Error('odd') } });
  const result = await run([group(['/secret']), group(['/odd']), group(['/a'])], ['/a', '/usb']);
  t.same(result.answered, ['/a']);
  t.same(result.unanswered, [
    { mountpoint: '/secret', why: 'EACCES' },
    { mountpoint: '/odd', why: 'odd' },
    { mountpoint: '/usb', why: 'not mounted' },
  ]);
});

t.test('tries the next mount of a device when the first is forbidden', async (t) => {
  const { run } = scene({ failing: { '/secret': forbidden } });
  t.same((await run([group(['/secret', '/secret/public'])])).answered, ['/secret/public']);
});

t.test('a device that has answered at one mount keeps it, also when it fails there', async (t) => {
  const { run, fail } = scene();
  const groups = [group(['/data', '/data/deeper'])];
  t.same((await run(groups)).answered, ['/data']);
  fail('/data', forbidden);
  t.match(await run(groups), { answered: [], unanswered: [{ mountpoint: '/data', why: 'EACCES' }] });
});
