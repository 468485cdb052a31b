import { readFileSync } from 'node:fs';
import t from 'tap';
import { parseBootTime, parseCpuTimes } from '../../src/host/cpu.js';
import { parseMemory } from '../../src/host/memory.js';
import { parseConnections, parseNetDev, selectDevices } from '../../src/host/network.js';
import { type ContainerTraces, isContainer, parseLoadAverage, parseOsName } from '../../src/host/system.js';

const fixture = (path: string) => readFileSync(`test/fixtures/host/${path}`, 'utf8');

t.test('reads CPU time in seconds by mode, without counting guest time twice', async (t) => {
  const { secondsByMode, cpus } = parseCpuTimes(fixture('linux-6.1/stat'), 'stat');
  t.same(
    [...secondsByMode],
    [
      ['user', 10152],
      ['nice', 34],
      ['system', 4026],
      ['idle', 512003],
      ['iowait', 205],
      ['irq', 0],
      ['softirq', 91],
      ['steal', 7],
    ],
  );
  t.equal(cpus, 2);
});

t.test('leaves out the modes that an old kernel does not count', async (t) => {
  const { secondsByMode, cpus } = parseCpuTimes(fixture('linux-2.6.32/stat'), 'stat');
  t.same([...secondsByMode.keys()], ['user', 'nice', 'system', 'idle']);
  t.equal(cpus, 1);
});

t.test('without a line for each CPU their number is unknown', async (t) => {
  t.strictSame(Object.keys(parseCpuTimes('cpu  1 2 3 4 \n', 'stat')), ['secondsByMode']);
});

t.test('counts the CPUs of a large machine', async (t) => {
  const lines = Array.from({ length: 512 }, (_, index) => `cpu${index} 1 2 3 4 5 6 7 8 9 10`);
  t.equal(parseCpuTimes(`cpu  1 2 3 4 5 6 7 8 9 10\n${lines.join('\n')}\nintr 5\n`, 'stat').cpus, 512);
});

t.test('refuses a broken cpu line, naming file, line and text', async (t) => {
  const refuses = (text: string, message: string) =>
    t.throws(() => parseCpuTimes(text, '/proc/stat'), { code: 'host_unreadable', message }, JSON.stringify(text));
  refuses('', '/proc/stat:1: expected a line "cpu", found ""');
  refuses('cpu  9243 0', '/proc/stat:1: expected at least 4 counters, found "cpu  9243 0"');
  refuses('cpu0 1 2 3 4\ncpu  1 -2 3 4\n', '/proc/stat:2: expected at least 4 counters, found "cpu  1 -2 3 4"');
  refuses('cpu  1 2 3 NaN 5', '/proc/stat:1: expected at least 4 counters, found "cpu  1 2 3 NaN 5"');
  refuses('cpu  1 2 3 4x', '/proc/stat:1: expected at least 4 counters, found "cpu  1 2 3 4x"');
  refuses(`\u0000${'x'.repeat(90)}`, `/proc/stat:1: expected a line "cpu", found "\\u0000${'x'.repeat(59)}…"`);
});

t.test('reads the boot time, or nothing', async (t) => {
  t.equal(parseBootTime(fixture('linux-6.1/stat')), 1795000000);
  for (const line of ['btime soon', 'btime 5 s', 'old btime 5'])
    t.equal(parseBootTime(`cpu 1 2 3 4\n${line}\n`), undefined, line);
});

t.test('reads load averages, or nothing', async (t) => {
  t.same(parseLoadAverage(fixture('linux-6.1/loadavg')), { load1: 0.52, load5: 1.08, load15: 12.3 });
  t.same(parseLoadAverage('10.52 21.08 32.30 1/2 3'), { load1: 10.52, load5: 21.08, load15: 32.3 });
  for (const text of ['', '0.52 1.08', '0.52 1.08 12.3', 'a b c 1/2 3', '-1.00 0.00 0.00 1/2 3'])
    t.equal(parseLoadAverage(text), undefined, text);
});

t.test('reads total and available memory in bytes', async (t) => {
  t.same(parseMemory(fixture('linux-6.1/meminfo'), 'meminfo'), {
    totalBytes: 16310248 * 1024,
    availableBytes: 9437184 * 1024,
  });
});

t.test('on an old kernel free memory and caches count as available', async (t) => {
  t.same(parseMemory(fixture('linux-2.6.32/meminfo'), 'meminfo'), {
    totalBytes: 2054376 * 1024,
    availableBytes: 1100000 * 1024,
  });
});

t.test('never has more memory available than there is', async (t) => {
  t.same(parseMemory('MemTotal: 100 kB\nMemFree: 90 kB\nMemAvailable: 400 kB\n', 'meminfo'), {
    totalBytes: 102400,
    availableBytes: 102400,
  });
});

t.test('refuses a meminfo without the required lines, naming file and line', async (t) => {
  const refuses = (text: string, message: string) =>
    t.throws(() => parseMemory(text, '/proc/meminfo'), { code: 'host_unreadable', message }, JSON.stringify(text));
  refuses('', '/proc/meminfo:1: there is no MemTotal');
  refuses('MemTotal: 0 kB\nMemFree: 0 kB\n', '/proc/meminfo:1: there is no MemTotal');
  refuses('MemTotal:       16310248 kB\nBuffers: 1 kB\n', '/proc/meminfo:1: there is neither MemAvailable nor MemFree');
  refuses('MemTotal:       16310248 kB\nMemFr', '/proc/meminfo:1: there is neither MemAvailable nor MemFree');
  refuses(
    'MemTotal:       16310248 kB\nMemFree: 8112',
    '/proc/meminfo:2: expected a size in kB, found "MemFree: 8112"',
  );
  refuses('MemTotal: 5 kB or so\n', '/proc/meminfo:1: expected a size in kB, found "MemTotal: 5 kB or so"');
  refuses('MemTotal: lots\n', '/proc/meminfo:1: expected a size in kB, found "MemTotal: lots"');
});

t.test('reads network counters beyond 32 bits', async (t) => {
  t.same(parseNetDev(fixture('linux-6.1/net-dev'), 'dev')[1], {
    device: 'enp3s0',
    receivedBytes: 7205759403792,
    sentBytes: 1801439850948,
  });
});

t.test('reads network counters without a space after the colon, and an alias that contains a colon', async (t) => {
  t.same(parseNetDev(fixture('linux-2.6.32/net-dev'), 'dev').slice(1), [
    { device: 'eth0', receivedBytes: 4183920117, sentBytes: 811304557 },
    { device: 'eth0:1', receivedBytes: 1500, sentBytes: 900 },
  ]);
});

t.test('finds the network counters by the heading', async (t) => {
  const table = 'Inter-| Receive | Transmit\n face | packets bytes | errs packets bytes\n eth0: 1 2 3 4 5\n';
  t.same(parseNetDev(table, 'dev'), [{ device: 'eth0', receivedBytes: 2, sentBytes: 5 }]);
});

t.test('refuses a broken network table, naming file, line and text', async (t) => {
  const heading = fixture('linux-6.1/net-dev').split('\n').slice(0, 2).join('\n');
  t.same(parseNetDev(`${heading}\n`, 'dev'), [], 'no device at all is not broken');
  const refuses = (text: string, message: string) =>
    t.throws(() => parseNetDev(text, '/proc/net/dev'), { code: 'host_unreadable', message }, JSON.stringify(text));
  refuses('', '/proc/net/dev:2: expected a heading with bytes, found ""');
  refuses('garbage\nmore | of | it', '/proc/net/dev:2: expected a heading with bytes, found "more | of | it"');
  for (const line of ['a | bytes | packets', 'a | packets | bytes'])
    refuses(`\n${line}`, `/proc/net/dev:2: expected a heading with bytes, found "${line}"`);
  const numbers = (changes: Readonly<Record<number, string>>, count = 16) =>
    Array.from({ length: count }, (_, index) => changes[index] ?? '1').join(' ');
  for (const line of [
    `: ${numbers({})}`,
    `a: ${numbers({}, 15)}`,
    `a: ${numbers({ 0: '-1' })}`,
    `a: ${numbers({ 0: '1x' })}`,
    `a: ${numbers({ 8: '-1' })}`,
  ])
    refuses(`${heading}\n${line}`, `/proc/net/dev:3: expected a device and its counters, found "${line}"`);
  refuses(`${heading}\n  eth0: 12 13`, '/proc/net/dev:3: expected a device and its counters, found "  eth0: 12 13"');
  refuses(`${heading}\n 1 2 3`, '/proc/net/dev:3: expected a device and its counters, found " 1 2 3"');
  refuses(
    `${heading}\n eth0: ${'x '.repeat(16)}`,
    `/proc/net/dev:3: expected a device and its counters, found " eth0: ${'x '.repeat(15)}x"`,
  );
});

t.test('reports real network devices, or exactly the named ones', async (t) => {
  const named = (names: readonly string[], only?: readonly string[]) =>
    selectDevices(
      names.map((device) => ({ device })),
      only,
    ).map(({ device }) => device);
  const real = [
    'eth0',
    'enp3s0',
    'wlan0',
    'bond0',
    'br0',
    'wg0',
    'tun0',
    'ens5',
    'ib0',
    'en0',
    'lowpan0',
    'green',
    'oslo',
  ];
  const virtual = [
    'lo',
    'lo0',
    'veth41a7c2e',
    'docker0',
    'docker_gwbridge',
    'br-9f2c',
    'virbr0',
    'cali12',
    'cni0',
    'flannel.1',
    'tap3',
    'vnet0',
    'sit0',
    'Loopback Pseudo-Interface 1',
  ];
  t.same(named([...virtual, ...real]), real);
  const others = [
    'eno1',
    'enid1',
    'enx00e04c680001',
    'enP2p1s0',
    'azure-nic',
    'gkenet',
    'vmbr0',
    'team0',
    'tailscale0',
    'fwd0',
    'fade0',
  ];
  const ofClusters = [
    'eni0a1b2c3d4e5',
    'gke52a1f0c9b7d',
    'azv7c01aa23bf4',
    'azure0',
    'ovn-k8s-mp0',
    'ovn0',
    'ovs-system',
    'genev_sys_6081',
    '3f8b1c2d9e0a1b2',
    '9a0b1c2d3e4f_h',
    'antrea-gw0',
    'vxlan.calico',
    'vxlan_sys_4789',
    'wireguard.cali',
    'cilium_host',
    'lxc_health',
    'kube-ipvs0',
    'fwbr100i0',
    'fwln100i0',
    'fwpr100p0',
    'tap100i0',
    'macvtap0',
    'incusbr0',
    'qvo3c1d2e4f-aa',
    'vboxnet0',
  ];
  t.same(named([...ofClusters, ...others]), others);
  t.same(named([...virtual, ...real], ['docker0', 'eth0', 'eth7']), ['docker0', 'eth0']);
});

t.test('adds the TCP sockets of both IP versions', async (t) => {
  t.same(
    [...(parseConnections(fixture('linux-6.1/sockstat'), fixture('linux-6.1/sockstat6')) ?? [])],
    [
      ['in_use', 35],
      ['time_wait', 14],
      ['orphaned', 1],
    ],
  );
});

t.test('counts the sockets of one table if the other is missing or broken', async (t) => {
  t.equal(parseConnections(fixture('linux-6.1/sockstat'), undefined)?.get('in_use'), 27);
  t.same([...(parseConnections(undefined, fixture('linux-6.1/sockstat6')) ?? [])], [['in_use', 8]]);
  t.same([...(parseConnections('TCP: inuse x tw 3 orphan\n', '') ?? [])], [['time_wait', 3]]);
  t.equal(parseConnections(undefined, undefined), undefined);
  t.equal(parseConnections('sockets: used', 'TCP6:'), undefined);
});

t.test('names the operating system as its os-release does', async (t) => {
  t.equal(parseOsName(fixture('linux-6.1/os-release')), 'Debian GNU/Linux 12 (bookworm)');
  t.equal(parseOsName("# comment\nNAME='Plain Linux'\nVERSION_ID=3\n"), 'Plain Linux 3');
  t.equal(parseOsName('NAME=Rolling\n'), 'Rolling');
  t.equal(parseOsName('PRETTY_NAME="The \\"best\\" \\$ one"\n'), 'The "best" $ one');
  t.equal(parseOsName('PRETTY_NAME=""\nrubbish'), undefined);
  t.equal(parseOsName('\n  NAME=Rolling \n#NAME=Other\n'), 'Rolling');
  for (const [written, name] of [
    ["'a\\$b'", 'a\\$b'],
    ['"a', '"a'],
    ['a"', 'a"'],
    ["'a", "'a"],
    ["a'", "a'"],
    [`'a"`, `'a"`],
    ['"', '"'],
    ['"a"b', '"a"b'],
    ['a"b"', 'a"b"'],
  ] as const)
    t.equal(parseOsName(`NAME=${written}\n`), name, written);
});

t.test('recognises a container by each of its signs, and none on a host', async (t) => {
  const host: ContainerTraces = {
    dockerenv: false,
    containerenv: false,
    environment: { HOME: '/root', container: '' },
    cgroup: '0::/init.scope\n',
  };
  t.equal(isContainer(host), false);
  t.equal(isContainer({ dockerenv: false, containerenv: false, environment: {} }), false);
  const traces: Partial<ContainerTraces>[] = [
    { dockerenv: true },
    { containerenv: true },
    { environment: { container: 'lxc' } },
    { environment: { KUBERNETES_SERVICE_HOST: '10.0.0.1' } },
    { cgroup: '5:memory:/docker/9f3a\n' },
    { cgroup: '0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-77.scope\n' },
    { cgroup: '1:name=systemd:/lxc/web/init.scope\n' },
    { cgroup: '0::/machine.slice/libpod-12.scope\n' },
  ];
  for (const trace of traces) t.equal(isContainer({ ...host, ...trace }), true, JSON.stringify(trace));
});
