import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { hostname, release, totalmem } from 'node:os';
import t, { type Test } from 'tap';
import type { HostConfig } from '../../src/config/sections/host-section.js';
import { ownCgroup, readCgroup } from '../../src/host/cgroup.js';
import { type Outside, realOutside } from '../../src/host/filesystems.js';
import type { HostSource } from '../../src/host/host-source.js';
import { LinuxHost } from '../../src/host/linux.js';

const fixture = (path: string) => readFileSync(`test/fixtures/host/${path}`, 'utf8');
const signal = new AbortController().signal;
const here: HostConfig = { enabled: true, rootfs: '/' };
const skip = process.platform === 'linux' ? false : 'only Linux has /proc';

/** The root directory of a host with three processes, as it is mounted into a container. */
const tree = () => ({
  etc: { 'os-release': fixture('linux-6.1/os-release'), hostname: '# written by hand\n \n  host-a.example \n' },
  srv: {},
  proc: {
    stat: fixture('linux-6.1/stat'),
    meminfo: fixture('linux-6.1/meminfo'),
    loadavg: fixture('linux-6.1/loadavg'),
    uptime: '12345.67 20000.00\n',
    '1': {
      mounts: '/dev/sda1 / ext4 rw 0 0\n/dev/sdb1 /srv xfs rw 0 0\n/dev/sdc1 /gone xfs rw 0 0\n',
      net: {
        dev: fixture('linux-6.1/net-dev'),
        sockstat: fixture('linux-6.1/sockstat'),
        sockstat6: fixture('linux-6.1/sockstat6'),
      },
    },
    '22': {},
    '333': {},
    '44x': {},
    x44: {},
  },
});

const collectAll = async (host: HostSource) => {
  await host.identity();
  return Promise.all([
    host.cpu(signal),
    host.memory(signal),
    host.filesystems(signal),
    host.network(signal),
    host.system(signal),
    host.cgroup(),
  ]);
};

t.test('reads everything of the host below rootfs', { skip }, async (t) => {
  const rootfs = t.testdir(tree());
  const host = new LinuxHost(
    { enabled: true, rootfs: `${rootfs}//` },
    { ...realOutside(), environment: { container: 'podman' } },
  );
  t.equal((await host.cpu()).cpus, 2);
  t.equal((await host.memory()).totalBytes, 16310248 * 1024);
  t.same(
    (await host.network()).map(({ device }) => device),
    ['enp3s0', 'wg0'],
  );
  t.same(await host.system(), {
    processes: 3,
    load: { load1: 0.52, load5: 1.08, load15: 12.3 },
    bootTimeSeconds: 1795000000,
    connections: new Map([
      ['in_use', 35],
      ['time_wait', 14],
      ['orphaned', 1],
    ]),
  });
  t.same(await host.identity(), {
    hostname: 'host-a.example',
    os: 'Debian GNU/Linux 12 (bookworm)',
    kernel: release(),
    containerOnly: false,
  });
  const { filesystems, unanswered } = await host.filesystems(signal);
  t.same(
    filesystems.map(({ mountpoint, fstype }) => [mountpoint, fstype]),
    [
      ['/', 'ext4'],
      ['/srv', 'xfs'],
    ],
  );
  t.same(unanswered, [{ mountpoint: '/gone', why: 'ENOENT' }]);
});

/** A process whose root is this tree. */
const withRoot = (
  t: Test,
  files: Parameters<Test['testdir']>[0],
  environment: Outside['environment'] = {},
): Outside => ({
  ...realOutside(),
  environment,
  root: t.testdir(files),
});

t.test('without rootfs the own tables of the process count, not those of process 1', { skip }, async (t) => {
  const outside = withRoot(t, {
    etc: { hostname: 'of-a-file\n' },
    srv: {},
    proc: {
      mounts: '/dev/sda1 / ext4 rw 0 0\n/dev/sdb1 /srv xfs rw 0 0\n',
      net: { dev: fixture('linux-6.1/net-dev'), sockstat: fixture('linux-6.1/sockstat') },
      self: {},
      '1': {
        mounts: '/dev/sda1 / ext4 rw 0 0\n',
        mountinfo: '27 1 8:1 / / ro - ext4 /dev/sda1 ro\n28 1 8:17 / /srv ro - xfs /dev/sdb1 ro\n',
        net: { dev: '' },
      },
    },
  });
  const { root } = outside;
  writeFileSync(`${root}/proc/self/mountinfo`, `28 1 8:17 / ${root}/srv ro - xfs /dev/sdb1 rw\n`);
  const host = new LinuxHost(here, outside);
  const { filesystems } = await host.filesystems(signal);
  t.same(
    filesystems.map(({ mountpoint, readOnly }) => [mountpoint, readOnly]),
    [
      ['/', undefined],
      ['/srv', false],
    ],
  );
  t.same(
    (await host.network()).map(({ device }) => device),
    ['enp3s0', 'wg0'],
  );
  t.ok((await host.system()).connections);
  t.equal((await host.identity()).hostname, hostname(), 'the kernel knows its name');
});

t.test('each trace of a container is one, and the limits are those of its own cgroup', { skip }, async (t) => {
  const cgroup = { 'cgroup.controllers': 'cpu memory\n', 'memory.max': '1024\n' };
  const at = (environment: Outside['environment'], files: object = {}, processOne: object = {}) =>
    new LinuxHost(
      here,
      withRoot(
        t,
        {
          sys: { fs: { cgroup: { 'crm.slice': cgroup } } },
          proc: { self: { cgroup: '0::/crm.slice\n' }, '1': processOne as { cgroup?: string } },
          ...files,
        },
        environment,
      ),
    );
  const outcome = async (host: LinuxHost) => [(await host.identity()).containerOnly, await host.cgroup()];
  t.strictSame(await outcome(at({})), [false, undefined]);
  t.strictSame(await outcome(at({}, {}, { cgroup: '0::/init.scope\n' })), [false, undefined]);
  // All are in the same folder, so each is read before the next.
  for (const make of [
    () => at({ container: 'podman' }),
    () => at({}, { '.dockerenv': '' }),
    () => at({}, { run: { '.containerenv': '' } }),
    () => at({}, {}, { cgroup: '0::/docker/0123\n' }),
  ])
    t.strictSame(await outcome(make()), [true, { memoryLimitBytes: 1024 }], String(make));
  const without = new LinuxHost(here, withRoot(t, { '.dockerenv': '' }));
  t.equal(await without.cgroup(), undefined, 'an old kernel has none');
});

t.test(
  'the name of the system is also found below /usr, and that of the host only in a line of its own',
  { skip },
  async (t) => {
    const identity = async (hostname: string) => {
      const rootfs = t.testdir({
        etc: { hostname },
        usr: { lib: { 'os-release': 'PRETTY_NAME="Alpine Linux v3.22"\n' } },
      });
      return new LinuxHost({ enabled: true, rootfs }, realOutside()).identity();
    };
    t.match(await identity('host-b\n'), { hostname: 'host-b', os: 'Alpine Linux v3.22' });
    t.equal((await identity('# nothing\n')).hostname, hostname());
  },
);

t.test('a host may have a mount with the name of rootfs itself', { skip }, async (t) => {
  const rootfs = t.testdir(tree());
  writeFileSync(`${rootfs}/proc/1/mounts`, `/dev/sda1 / ext4 rw 0 0\n/dev/sdb1 ${rootfs} xfs rw 0 0\n`);
  const { filesystems, unanswered } = await new LinuxHost({ enabled: true, rootfs }, realOutside()).filesystems(signal);
  t.same(
    [...filesystems, ...unanswered].map(({ mountpoint }) => mountpoint),
    ['/', rootfs],
  );
});

t.test('reports exactly the named mount points and devices', { skip }, async (t) => {
  const host = new LinuxHost(
    { enabled: true, rootfs: t.testdir(tree()), mountpoints: ['/srv/', '/usb'], devices: ['lo'] },
    realOutside(),
  );
  const { filesystems, unanswered } = await host.filesystems(signal);
  t.same(
    filesystems.map(({ mountpoint }) => mountpoint),
    ['/srv'],
  );
  t.same(unanswered, [{ mountpoint: '/usb', why: 'not mounted' }]);
  t.same(await host.network(), [{ device: 'lo', receivedBytes: 9402113, sentBytes: 9402113 }]);
});

t.test('reads swap, disks, pressure and read-only file systems of the host below rootfs', { skip }, async (t) => {
  const rootfs = t.testdir({
    srv: {},
    proc: {
      meminfo: fixture('linux-6.18/meminfo'),
      vmstat: fixture('linux-6.18/vmstat'),
      diskstats: fixture('linux-6.18/diskstats'),
      pressure: { cpu: fixture('linux-6.18/pressure/cpu'), io: fixture('linux-6.18/pressure/io') },
      '1': {
        mounts: '/dev/sda1 / ext4 ro 0 0\n/dev/sdb1 /srv xfs ro 0 0\n',
        mountinfo: '27 1 8:1 / / ro - ext4 /dev/sda1 rw\n28 1 8:17 / /srv ro - xfs /dev/sdb1 ro\n',
      },
      self: { mountinfo: '27 1 8:1 / / rw - overlay overlay ro\n' },
    },
  });
  const host = new LinuxHost({ enabled: true, rootfs }, realOutside());
  t.match((await host.memory()).swap, { totalBytes: 2097148 * 1024, pagesOut: 88412 });
  const { disks, pressure } = await host.system();
  t.same(
    disks?.map(({ device }) => device),
    ['vda'],
  );
  t.same([...(pressure?.keys() ?? [])], ['cpu', 'io']);
  const readOnly = async () =>
    (await host.filesystems(signal)).filesystems.map((facts) => [facts.mountpoint, facts.readOnly, 'inodes' in facts]);
  const hasInodes = (await statfs(rootfs)).files > 0;
  t.same(await readOnly(), [
    ['/', false, hasInodes],
    ['/srv', true, hasInodes],
  ]);
  writeFileSync(`${rootfs}/proc/1/mountinfo`, '27 1 8:1 / / ro - ext4 /dev/sda1 rw,emergency_ro\n');
  t.same(
    await readOnly(),
    [
      ['/', true, hasInodes],
      ['/srv', undefined, hasInodes],
    ],
    'present only if the kernel reports it',
  );
  // The table of process 1 is hidden. This process's own table has the mounts of the host below rootfs.
  rmSync(`${rootfs}/proc/1/mountinfo`);
  writeFileSync(
    `${rootfs}/proc/self/mountinfo`,
    `27 1 0:9 / / rw - overlay overlay ro\n28 1 8:1 / ${rootfs} ro - ext4 /dev/sda1 rw\n29 1 8:17 / ${rootfs}/srv ro - xfs /dev/sdb1 ro\n`,
  );
  t.same(await readOnly(), [
    ['/', false, hasInodes],
    ['/srv', true, hasInodes],
  ]);
});

t.test('reads container limits only in a container', { skip }, async (t) => {
  const outside = { ...realOutside(), environment: {} };
  const host = new LinuxHost(here, outside);
  if (!(await host.identity()).containerOnly) t.equal(await host.cgroup(), undefined);
  const inside = new LinuxHost(here, { ...outside, environment: { container: 'podman' } });
  const folder = ownCgroup('');
  t.same(Object.keys((await inside.cgroup()) ?? {}), folder === undefined ? [] : Object.keys(readCgroup(folder)));
});

t.test('forgets a disk as soon as it is no longer mounted', { skip }, async (t) => {
  const rootfs = t.testdir(tree());
  const host = new LinuxHost({ enabled: true, rootfs }, realOutside());
  await host.filesystems(signal);
  writeFileSync(`${rootfs}/proc/1/mounts`, '/dev/sda1 / ext4 rw 0 0\n');
  const { filesystems, unanswered } = await host.filesystems(signal);
  t.same(
    filesystems.map(({ mountpoint }) => mountpoint),
    ['/'],
  );
  t.same(unanswered, []);
});

t.test('finds the mounts of the host in its own table if those of process 1 are hidden', { skip }, async (t) => {
  const rootfs = t.testdir(tree());
  rmSync(`${rootfs}/proc/1/mounts`);
  writeFileSync(
    `${rootfs}/proc/mounts`,
    `overlay / overlay rw 0 0\n/dev/sda1 ${rootfs} ext4 rw 0 0\n/dev/sdb1 ${rootfs}/srv xfs rw 0 0\n`,
  );
  const { filesystems } = await new LinuxHost({ enabled: true, rootfs }, realOutside()).filesystems(signal);
  t.same(
    filesystems.map(({ mountpoint }) => mountpoint),
    ['/', '/srv'],
  );
});

t.test('works without the optional files', { skip }, async (t) => {
  const rootfs = t.testdir({ proc: { '1': { net: { sockstat6: fixture('linux-6.1/sockstat6') } } } });
  const host = new LinuxHost({ enabled: true, rootfs }, realOutside());
  t.same(await host.system(), { processes: 1, connections: new Map([['in_use', 8]]) });
  t.equal((await host.identity()).os, 'Linux');
});

t.test('names a required file that is missing', { skip }, async (t) => {
  const rootfs = t.testdir({});
  const host = new LinuxHost({ enabled: true, rootfs }, realOutside());
  const refuses = async (work: Promise<unknown>, message: string) => {
    const error = await work.catch((thrown: unknown) => thrown);
    t.match(error, { code: 'host_unreadable' });
    t.equal((error as Error).message, message);
  };
  await refuses(host.cpu(), `${rootfs}/proc/stat: cannot be read: ENOENT`);
  await refuses(host.memory(), `${rootfs}/proc/meminfo: cannot be read: ENOENT`);
  await refuses(host.filesystems(signal), `${rootfs}/proc/mounts: cannot be read: ENOENT`);
  await refuses(host.network(), `${rootfs}/proc/1/net/dev: cannot be read: ENOENT`);
  await refuses(host.system(), `${rootfs}/proc: cannot be listed: ENOENT`);
});

t.test('detects that it sees only a container, unless rootfs is set', { skip }, async (t) => {
  const inside: Outside = { ...realOutside(), environment: { KUBERNETES_SERVICE_HOST: '10.96.0.1' } };
  t.equal((await new LinuxHost(here, inside).identity()).containerOnly, true);
  t.equal((await new LinuxHost({ enabled: true, rootfs: t.testdir({}) }, inside).identity()).containerOnly, false);
});

t.test('agrees with df and with the operating system about this machine', { skip }, async (t) => {
  const host = new LinuxHost({ ...here, mountpoints: ['/'] }, realOutside());
  const root = (await host.filesystems(signal)).filesystems[0];
  const [, line = ''] = execFileSync('df', ['-B1', '--output=size,used,avail', '/'], { encoding: 'utf8' }).split('\n');
  const [size = 0, used = 0, available = 0] = line.trim().split(/\s+/).map(Number);
  t.equal(root?.sizeBytes, size);
  t.ok(Math.abs((root?.usageRatio ?? 0) - used / (used + available)) < 0.01, `${root?.usageRatio} is what df says`);
  t.ok(Math.abs((await host.memory()).totalBytes / totalmem() - 1) < 0.01);
  const { bootTimeSeconds = 0, processes = 0 } = await host.system();
  t.ok(bootTimeSeconds > 0 && bootTimeSeconds < Date.now() / 1000);
  t.ok(processes > 0);
});

t.test('starts no process', { skip }, async (t) => {
  // The kernel counts the page faults of ended children. So even a child that native code starts is noticed.
  const endedChildrensFaults = () =>
    Number(
      readFileSync('/proc/self/stat', 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')[8],
    );
  const livingChildren = () =>
    readdirSync('/proc/self/task')
      .map((task) => readFileSync(`/proc/self/task/${task}/children`, 'utf8'))
      .join('')
      .trim();

  const before = endedChildrensFaults();
  const host = new LinuxHost(here, realOutside());
  for (let run = 0; run < 3; run++) await collectAll(host);
  t.equal(livingChildren(), '');
  t.equal(endedChildrensFaults(), before);

  spawnSync(process.execPath, ['--version']);
  t.ok(endedChildrensFaults() > before, 'a process that had ended would have been noticed');
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] });
  t.equal(livingChildren(), String(child.pid), 'a process that still ran would have been noticed');
  child.stdin.end();
  await once(child, 'close');
});
