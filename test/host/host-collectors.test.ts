import t from 'tap';
import { ExporterError } from '../../src/base/errors.js';
import type { Log, LogFields } from '../../src/base/log.js';
import type { Collected, Collector } from '../../src/collector.js';
import type { HostConfig } from '../../src/config/sections/host-section.js';
import { resolveThresholds } from '../../src/config/sections/thresholds-section.js';
import { hostCollectors } from '../../src/host/host-collectors.js';
import { percentText, sizeText } from '../../src/host/host-readings.js';
import type { HostSource } from '../../src/host/host-source.js';
import { catalogue } from '../../src/metrics/catalogue.js';
import { Recorder } from '../../src/metrics/recorder.js';

const gib = 2 ** 30;
const thresholds = resolveThresholds({}, () => {});

/** A source whose answers the test replaces between runs, with its collectors and their log. */
function scene(config: Partial<HostConfig> = {}) {
  const source: { -readonly [K in keyof HostSource]: HostSource[K] } = {
    cpu: async () => ({ secondsByMode: new Map(), cpus: 4 }),
    memory: async () => ({ totalBytes: 24 * gib, availableBytes: 9.3 * gib }),
    filesystems: async () => ({ filesystems: [], unanswered: [] }),
    network: async () => [],
    system: async () => ({}),
    cgroup: async () => undefined,
    identity: async () => ({ hostname: 'crm-1', os: 'Debian 12', kernel: '6.1', containerOnly: false }),
  };
  const logged: [level: string, message: string, fields: LogFields | undefined][] = [];
  const at = (level: string) => (message: string, fields?: LogFields) => void logged.push([level, message, fields]);
  const log: Log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  const collectors = hostCollectors({
    source,
    config: { enabled: true, rootfs: '/', ...config },
    intervalSeconds: 60,
    thresholds,
    log,
  });
  const run = (name: string, signal = new AbortController().signal): Promise<Collected> => {
    const collector = collectors.find((candidate): candidate is Collector => candidate.name === name);
    if (collector === undefined) throw new Error(`no collector ${name}`);
    return collector.collect(signal);
  };
  return { source, logged, collectors, run };
}

/** Samples with their names in the exposition. */
const named = ({ samples }: Collected) =>
  Object.fromEntries(
    samples.map(({ series, value }) => [series.definition.name.replace('aicrm_host_', '') + series.key, value]),
  );
const times =
  (user: number, idle: number, iowait: number, steal = 0) =>
  async () => ({
    secondsByMode: new Map([
      ['user', user],
      ['idle', idle],
      ['iowait', iowait],
      ['steal', steal],
    ]),
    cpus: 4,
  });

t.test('each subject has one collector, with a deadline within its interval', async (t) => {
  t.same(
    scene().collectors.map(({ name, intervalSeconds, timeoutSeconds }) => [name, intervalSeconds, timeoutSeconds]),
    ['cpu', 'memory', 'filesystem', 'network', 'system'].map((name) => [name, 60, 10]),
  );
});

t.test('CPU usage is absent in the first run, which asks for another run a second later', async (t) => {
  const { source, run } = scene();
  source.cpu = times(10, 80, 10);
  const first = await run('cpu');
  t.same(named(first), {
    'cpu_seconds_total{mode="user"}': 10,
    'cpu_seconds_total{mode="idle"}': 80,
    'cpu_seconds_total{mode="iowait"}': 10,
    'cpu_seconds_total{mode="steal"}': 0,
    cpus: 4,
  });
  t.equal(first.againInSeconds, 1);
  t.equal(first.readings, undefined);
});

t.test('CPU usage covers the time since the previous run, and waiting for a disk counts as idle', async (t) => {
  const { source, run } = scene();
  source.cpu = times(10, 80, 10);
  await run('cpu');
  source.cpu = times(15, 82, 12, 1);
  const second = await run('cpu');
  t.equal(named(second)['cpu_usage_ratio'], 0.6);
  t.equal(second.againInSeconds, undefined);
  t.same(second.readings, [
    {
      subject: 'host',
      name: 'cpu',
      resource: 'cpu',
      level: 'healthy',
      usageRatio: 0.6,
      message: '60 % of 4 CPUs busy',
    },
  ]);
  source.cpu = times(24, 83, 12, 1);
  t.match((await run('cpu')).readings, [{ level: 'warning', usageRatio: 0.9 }]);
});

t.test('the number of CPUs is named if it is known', async (t) => {
  for (const [cpus, message] of [
    [undefined, '50 % busy'],
    [1, '50 % of 1 CPU busy'],
  ] as const) {
    const { source, run } = scene();
    const after = (user: number, idle: number) => async () => ({
      secondsByMode: (await times(user, idle, 0)()).secondsByMode,
      ...(cpus !== undefined && { cpus }),
    });
    source.cpu = after(1, 1);
    await run('cpu');
    source.cpu = after(3, 3);
    const found = await run('cpu');
    t.strictSame([named(found)['cpus'], 'cpus' in named(found)], [cpus, cpus !== undefined]);
    t.match(found.readings, [{ message }]);
  }
});

t.test('CPU usage is absent for one run after the counters went backwards or stood still', async (t) => {
  const { source, run } = scene();
  const usage = async () => named(await run('cpu'))['cpu_usage_ratio'];
  source.cpu = times(100, 800, 100);
  await usage();
  const still = await run('cpu');
  t.same([named(still)['cpu_usage_ratio'], still.againInSeconds], [undefined, undefined], 'stood still');
  source.cpu = times(100, 803, 99);
  t.equal(await usage(), 0, 'only the time of waiting for disks may shrink');
  source.cpu = times(1, 8, 1);
  t.equal(await usage(), undefined, 'backwards');
  source.cpu = times(2, 11, 1);
  t.equal(await usage(), 0.25);
  source.cpu = times(9, 11, 1);
  t.equal(await usage(), 1, 'never idle');
  source.cpu = times(19, 9, 1);
  t.equal(await usage(), undefined, 'only idle time went backwards');
  source.cpu = times(15, 19, 1);
  t.equal(await usage(), undefined, 'only busy time went backwards');
});

t.test('memory has a level from its threshold and a line for people', async (t) => {
  const { source, run } = scene();
  const collected = await run('memory');
  t.same(Object.keys(named(collected)), ['memory_total_bytes', 'memory_available_bytes', 'memory_usage_ratio']);
  t.match(collected.readings, [
    {
      subject: 'host',
      name: 'memory',
      resource: 'memory',
      level: 'healthy',
      message: '62 % of 24.0 GiB used, 9.3 GiB available',
    },
  ]);
  source.memory = async () => ({ totalBytes: 1000, availableBytes: 100 });
  t.match((await run('memory')).readings, [
    { level: 'warning', usageRatio: 0.9, message: '90 % of 1000 B used, 100 B available' },
  ]);
  source.memory = async () => ({ totalBytes: 2000, availableBytes: 99 });
  t.match((await run('memory')).readings, [{ level: 'critical', message: '96 % of 2.0 KiB used, 99 B available' }]);
});

t.test('drops the gauges of a disk that vanished', async (t) => {
  const { source, run } = scene();
  const disk = (mountpoint: string) => ({
    mountpoint,
    fstype: 'ext4',
    sizeBytes: 100 * gib,
    availableBytes: 5 * gib,
    usageRatio: 0.949,
  });
  source.filesystems = async () => ({ filesystems: [disk('/'), disk('/srv "x"')], unanswered: [] });
  const recorder = new Recorder(catalogue, { processMetrics: false });
  const both = await run('filesystem');
  t.match(both.readings, [
    {
      subject: 'host',
      name: 'disk /',
      resource: 'disk',
      level: 'warning',
      message: '95 % used, 5.0 GiB of 100.0 GiB available',
    },
    { name: 'disk /srv "x"' },
  ]);
  recorder.record('filesystem', both.samples);
  t.match(
    recorder.renderOwn('text'),
    'aicrm_host_filesystem_usage_ratio{mountpoint="/srv \\"x\\"",fstype="ext4"} 0.949\n',
  );
  source.filesystems = async () => ({ filesystems: [disk('/')], unanswered: [] });
  recorder.record('filesystem', (await run('filesystem')).samples);
  t.equal(recorder.size, 3);
  t.notMatch(recorder.renderOwn('text'), 'srv');
});

t.test('logs once that a file system does not answer, and once that it does again', async (t) => {
  const { source, logged, run } = scene();
  source.filesystems = async () => ({
    filesystems: [],
    unanswered: [{ mountpoint: '/mnt/share', why: 'statfs hangs' }],
  });
  t.same(await run('filesystem'), { samples: [], readings: [] });
  await run('filesystem');
  t.same(logged, [['warn', 'file system does not answer', { mountpoint: '/mnt/share', why: 'statfs hangs' }]]);
  source.filesystems = async () => ({ filesystems: [], unanswered: [] });
  await run('filesystem', AbortSignal.abort());
  t.equal(logged.length, 1, 'a run that is aborted has not waited for the answer');
  await run('filesystem');
  await run('filesystem');
  t.same(logged.slice(1), [
    ['info', 'file system answers again, or is no longer monitored', { mountpoint: '/mnt/share' }],
  ]);
});

t.test('counts bytes by device, and warns once of a named device that is missing', async (t) => {
  const { source, logged, run } = scene({ devices: ['eth0', 'eth1'] });
  source.network = async () => [{ device: 'eth0', receivedBytes: 7, sentBytes: 8 }];
  t.same(named(await run('network')), {
    'network_receive_bytes_total{device="eth0"}': 7,
    'network_transmit_bytes_total{device="eth0"}': 8,
  });
  await run('network');
  t.same(logged, [['warn', 'network device is missing', { device: 'eth1', why: 'no such device' }]]);
  source.network = async () => ['eth0', 'eth1'].map((device) => ({ device, receivedBytes: 7, sentBytes: 8 }));
  await run('network');
  t.same(logged.slice(1), [['info', 'network device is back', { device: 'eth1' }]]);
});

t.test('unknown values of the system are absent', async (t) => {
  const { source, run } = scene();
  const always = { 'info{hostname="crm-1",os="Debian 12",kernel="6.1"}': 1, container: 0 };
  t.strictSame(named(await run('system')), always);
  source.system = async () => ({
    load: { load1: 1, load5: 2, load15: 3 },
    connections: new Map([['in_use', 0]]),
    processes: 84,
    bootTimeSeconds: 1795000000,
  });
  t.same(named(await run('system')), {
    ...always,
    load1: 1,
    load5: 2,
    load15: 3,
    'network_connections{state="in_use"}': 0,
    processes: 84,
    boot_time_seconds: 1795000000,
  });
});

t.test('reads swap, inodes, disks, pressure and the limits of a container if they are known', async (t) => {
  const { source, run } = scene();
  source.memory = async () => ({ totalBytes: 4, availableBytes: 1, swap: { totalBytes: 0, usedBytes: 0, pagesIn: 5 } });
  t.match(named(await run('memory')), { swap_total_bytes: 0, swap_used_bytes: 0, swap_in_pages_total: 5 });
  t.notOk('swap_out_pages_total' in named(await run('memory')));

  const disk = { mountpoint: '/', fstype: 'ext4', sizeBytes: 8, availableBytes: 4, usageRatio: 0.5 };
  const labels = '{mountpoint="/",fstype="ext4"}';
  const known = { ...disk, inodes: { total: 10, free: 3 }, readOnly: true };
  source.filesystems = async () => ({ filesystems: [known], unanswered: [] });
  t.match(named(await run('filesystem')), {
    [`filesystem_inodes${labels}`]: 10,
    [`filesystem_inodes_free${labels}`]: 3,
    [`filesystem_readonly${labels}`]: 1,
  });
  source.filesystems = async () => ({ filesystems: [{ ...disk, readOnly: false }], unanswered: [] });
  t.equal(named(await run('filesystem'))[`filesystem_readonly${labels}`], 0);
  source.filesystems = async () => ({ filesystems: [disk], unanswered: [] });
  t.equal(Object.keys(named(await run('filesystem'))).length, 3);

  const activity = {
    readBytes: 512,
    writtenBytes: 1024,
    reads: 1,
    writes: 2,
    readSeconds: 0.1,
    writeSeconds: 0.2,
    ioSeconds: 0.3,
  };
  source.system = async () => ({
    disks: [{ device: 'vda', ...activity }],
    pressure: new Map([['io', { waitingSeconds: 3, stalledSeconds: 2 }]]),
  });
  source.cgroup = async () => ({ memoryLimitBytes: 4096 });
  t.same(named(await run('system')), {
    'info{hostname="crm-1",os="Debian 12",kernel="6.1"}': 1,
    container: 0,
    'disk_read_bytes_total{device="vda"}': 512,
    'disk_written_bytes_total{device="vda"}': 1024,
    'disk_reads_completed_total{device="vda"}': 1,
    'disk_writes_completed_total{device="vda"}': 2,
    'disk_read_time_seconds_total{device="vda"}': 0.1,
    'disk_write_time_seconds_total{device="vda"}': 0.2,
    'disk_io_time_seconds_total{device="vda"}': 0.3,
    'pressure_waiting_seconds_total{resource="io"}': 3,
    'pressure_stalled_seconds_total{resource="io"}': 2,
    cgroup_memory_limit_bytes: 4096,
  });
});

t.test('logs once that it sees only a container, with the remedy', async (t) => {
  const { source, logged, run } = scene();
  source.identity = async () => ({ hostname: 'c0ffee', os: 'Alpine', kernel: '6.1', containerOnly: true });
  t.equal(named(await run('system'))['container'], 1);
  await run('system');
  t.equal(logged.length, 1);
  t.match(logged, [['info', 'host metrics are of this container, not of its host', { remedy: /set host\.rootfs/ }]]);
});

t.test('sizes have a fitting unit, and percentages are rounded up as df does', async (t) => {
  t.same([0, 512, 1023, 1024, 1048575, 2 ** 40 * 1.5].map(sizeText), [
    '0 B',
    '512 B',
    '1023 B',
    '1.0 KiB',
    '1.0 MiB',
    '1.5 TiB',
  ]);
  t.same([0, 0.001, 0.61, 0.9, 0.9001, 1].map(percentText), ['0 %', '1 %', '61 %', '90 %', '91 %', '100 %']);
});

t.test('when a source cannot measure, the run fails', async (t) => {
  const { source, run } = scene();
  const broken = async () => {
    throw new ExporterError('host_unreadable', '/proc/stat:1: broken');
  };
  Object.assign(source, { cpu: broken, memory: broken, filesystems: broken, network: broken, system: broken });
  for (const name of ['cpu', 'memory', 'filesystem', 'network', 'system']) {
    await t.rejects(run(name), { code: 'host_unreadable', message: '/proc/stat:1: broken' }, name);
  }
});
