import { getEventListeners } from 'node:events';
import { cpus, hostname, release, totalmem, type, uptime, version } from 'node:os';
import t from 'tap';
import type { HostConfig } from '../../src/config/sections/host-section.js';
import { realOutside } from '../../src/host/filesystems.js';
import { HangGuard } from '../../src/host/hang-guard.js';
import { PortableHost } from '../../src/host/portable.js';
import { ManualClock } from '../support/manual-clock.js';

const signal = new AbortController().signal;
const here = { enabled: true, rootfs: '/' };

type System = NonNullable<ConstructorParameters<typeof PortableHost>[2]>;
type Library = Awaited<ReturnType<System['library']>>;

const disk = (fs: string, mount: string, type = 'NTFS') => ({ fs, mount, type });
const device = (iface: string, received: number, sent: number, operstate = 'up') => ({
  iface,
  operstate,
  rx_bytes: received,
  tx_bytes: sent,
});
const socket = (protocol: string, state: string) => ({ protocol, state });

/** A host with another system, of which the library says this. `asked` are its functions, `paths` those of statfs. */
function systemOf(
  platform: NodeJS.Platform,
  says: Readonly<Partial<Record<keyof Library, unknown>>> = {},
  config: Partial<HostConfig> = {},
) {
  const clock = new ManualClock();
  const asked: string[] = [];
  const paths: string[] = [];
  const library = Object.fromEntries(
    ['mem', 'fsSize', 'networkStats', 'processes', 'networkConnections'].map((name) => [
      name,
      async (...given: readonly unknown[]) => {
        asked.push([name, ...given].join(' '));
        return says[name as keyof Library];
      },
    ]),
  ) as unknown as Library;
  const outside = {
    ...realOutside(),
    clock,
    guard: new HangGuard(clock),
    isDirectory: async () => true,
    statfs: async (path: string) => {
      paths.push(path);
      return { bsize: 1024, blocks: 100, bfree: 40, bavail: 40 };
    },
  };
  const host = new PortableHost({ ...here, ...config }, outside, { platform, library: async () => library });
  return { host, clock, asked, paths };
}

t.test('the modes of CPU time that a system does not count are absent', async (t) => {
  const modes = async (platform: NodeJS.Platform) => [...(await systemOf(platform).host.cpu()).secondsByMode.keys()];
  t.strictSame(await modes('freebsd'), ['user', 'nice', 'system', 'idle', 'irq']);
  t.strictSame(await modes('win32'), ['user', 'system', 'idle', 'irq']);
  t.strictSame(await modes('darwin'), ['user', 'nice', 'system', 'idle']);
});

t.test('Windows itself tells its available memory; of other systems the library does', async (t) => {
  const windows = systemOf('win32');
  const { availableBytes } = await windows.host.memory(signal);
  t.ok(availableBytes > 0 && availableBytes <= totalmem());
  t.strictSame(windows.asked, []);
  const memory = async (available: number) => await systemOf('darwin', { mem: { available } }).host.memory(signal);
  t.strictSame(await memory(4096), { totalBytes: totalmem(), availableBytes: 4096 });
  t.equal((await memory(2 * totalmem())).availableBytes, totalmem(), 'never more than there is');
});

t.test('drives of Windows are asked at their root, and listed again after five minutes', async (t) => {
  const drives = [disk('C:', 'C:'), disk('D:', 'D:'), disk('E:', 'C:\\data')];
  const { host, clock, asked, paths } = systemOf('win32', { fsSize: drives });
  const { filesystems } = await host.filesystems(signal);
  t.strictSame(
    filesystems.map(({ mountpoint, fstype }) => [mountpoint, fstype]),
    [
      ['C:', 'ntfs'],
      ['D:', 'ntfs'],
      ['C:\\data', 'ntfs'],
    ],
  );
  t.strictSame(paths, ['C:\\', 'D:\\', 'C:\\data']);
  clock.advance(299);
  await host.filesystems(signal);
  t.strictSame(asked, ['fsSize']);
  clock.advance(1);
  await host.filesystems(signal);
  t.strictSame(asked, ['fsSize', 'fsSize']);
});

t.test('a drive that is named in the configuration is the only one, with or without its backslash', async (t) => {
  const drives = { fsSize: [disk('C:', 'C:'), disk('D:', 'D:')] };
  const { host } = systemOf('win32', drives, { mountpoints: ['D:\\', 'E:'] });
  const { filesystems, unanswered } = await host.filesystems(signal);
  t.strictSame(
    filesystems.map(({ mountpoint }) => mountpoint),
    ['D:'],
  );
  t.strictSame(unanswered, [{ mountpoint: 'E:', why: 'not mounted' }]);
});

t.test('of the volumes of macOS only the disk and its data are file systems', async (t) => {
  const volumes = ['/', '/System/Volumes/Data', '/System/Volumes/VM', '/System/Volumes/Database', '/Volumes/C:'];
  const { host, paths } = systemOf('darwin', {
    fsSize: volumes.map((mount, index) => disk(`/dev/disk${index}`, mount, 'APFS')),
  });
  const { filesystems } = await host.filesystems(signal);
  t.strictSame(
    filesystems.map(({ mountpoint }) => mountpoint),
    ['/', '/System/Volumes/Data', '/Volumes/C:'],
  );
  t.strictSame(paths, ['/', '/System/Volumes/Data', '/Volumes/C:'], 'a path is asked as it is');
});

t.test('a network device that the library cannot read is absent', async (t) => {
  const says = {
    networkStats: [
      device('en0', 7, 8),
      device('en1', 0, 0),
      device('en2', 0, 0, 'unknown'),
      device('en3', 1, 0, 'unknown'),
      device('en4', 0, 1, 'unknown'),
    ],
  };
  const { host, asked } = systemOf('darwin', says);
  t.strictSame(await host.network(signal), [
    { device: 'en0', receivedBytes: 7, sentBytes: 8 },
    { device: 'en1', receivedBytes: 0, sentBytes: 0 },
    { device: 'en3', receivedBytes: 1, sentBytes: 0 },
    { device: 'en4', receivedBytes: 0, sentBytes: 1 },
  ]);
  t.strictSame(asked, ['networkStats *'], 'of all devices');
  const named = systemOf('darwin', says, { devices: ['en4', 'en9'] });
  t.match(await named.host.network(signal), [{ device: 'en4' }]);
});

t.test('sockets are counted by state, and what the library does not know is absent', async (t) => {
  const sockets = [
    socket('tcp', 'ESTABLISHED'),
    socket('TCP6', 'listen'),
    socket('tcp4', 'time_wait'),
    socket('udp', 'TIME_WAIT'),
  ];
  const system = async (platform: NodeJS.Platform, all: number, networkConnections: readonly unknown[]) =>
    Object.entries(await systemOf(platform, { processes: { all }, networkConnections }).host.system(signal)).filter(
      ([name]) => name !== 'bootTimeSeconds',
    );
  const connections = new Map([
    ['in_use', 2],
    ['time_wait', 1],
  ]);
  t.strictSame(await system('win32', 200, sockets), [
    ['processes', 200],
    ['connections', connections],
  ]);
  t.strictSame(await system('win32', 0, []), [], 'Windows has no load');
  t.match(await system('darwin', 0, []), [['load', { load1: Number, load5: Number, load15: Number }]]);
});

t.test('the time of the start does not move with the wall clock', async (t) => {
  const { host, clock } = systemOf('win32', { processes: { all: 1 }, networkConnections: [] });
  const { bootTimeSeconds = 0 } = await host.system(signal);
  t.ok(Number.isInteger(bootTimeSeconds));
  t.ok(Math.abs(clock.nowSeconds() - uptime() - bootTimeSeconds) <= 2);
  clock.stepWallClock(3600);
  t.equal((await host.system(signal)).bootTimeSeconds, bootTimeSeconds);
});

t.test('its name is that of the product in Windows, and there are no limits of a container', async (t) => {
  const identity = { hostname: hostname(), kernel: release(), containerOnly: false };
  t.strictSame(await systemOf('win32').host.identity(), { ...identity, os: version() });
  t.strictSame(await systemOf('darwin').host.identity(), { ...identity, os: type() });
  t.equal(await systemOf('win32').host.cgroup(), undefined);
});

t.test('reports what the operating system reports', async (t) => {
  const host = new PortableHost(here, realOutside());
  const times = await host.cpu();
  t.equal(times.cpus, cpus().length);
  t.ok((times.secondsByMode.get('idle') ?? 0) > 0);
  t.ok((times.secondsByMode.get('idle') ?? Infinity) <= cpus().length * (uptime() + 1), 'seconds, not milliseconds');
  const { totalBytes, availableBytes } = await host.memory(signal);
  t.equal(totalBytes, totalmem());
  t.ok(availableBytes > 0 && availableBytes <= totalBytes);
  t.equal((await host.identity()).hostname, hostname());
});

t.test('finds file systems and network devices through the library', async (t) => {
  const host = new PortableHost(here, realOutside());
  const { filesystems, unanswered } = await host.filesystems(signal);
  t.same(unanswered, []);
  const root = filesystems.find(({ mountpoint }) => mountpoint === '/');
  t.ok(
    root !== undefined && root.sizeBytes > root.availableBytes && root.usageRatio > 0 && root.usageRatio < 1,
    JSON.stringify(root),
  );
  const devices = await host.network(signal);
  t.ok(devices.every(({ device, receivedBytes }) => !/^(lo|docker)/.test(device) && receivedBytes >= 0));
});

t.test('reads the system as a whole', async (t) => {
  const { processes = 0, bootTimeSeconds = 0, load } = await new PortableHost(here, realOutside()).system(signal);
  t.ok(processes > 0);
  t.ok(Math.abs(Date.now() / 1000 - uptime() - bootTimeSeconds) < 5);
  t.ok(load !== undefined && load.load15 >= 0);
});

t.test('does not wait for the library after an abort', async (t) => {
  const host = new PortableHost(here, realOutside());
  const controller = new AbortController();
  const asked = host.network(controller.signal);
  const stopped = new Error('stopped');
  controller.abort(stopped);
  await t.rejects(asked, stopped);
  await t.rejects(host.network(controller.signal), stopped, 'and does not ask it');
});

t.test('an answer of the library leaves nothing behind', async (t) => {
  const { host } = systemOf('darwin', { mem: { available: 1 } });
  const controller = new AbortController();
  await host.memory(controller.signal);
  t.strictSame(getEventListeners(controller.signal, 'abort'), []);
});
