import { cpus, hostname, totalmem, uptime } from 'node:os';
import t from 'tap';
import { realOutside } from '../../src/host/filesystems.js';
import { PortableHost } from '../../src/host/portable.js';

const signal = new AbortController().signal;
const here = { enabled: true, rootfs: '/' };

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
