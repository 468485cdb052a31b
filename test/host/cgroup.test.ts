import t from 'tap';
import { cgroupSamples, ownCgroup, readCgroup } from '../../src/host/cgroup.js';

const limited = {
  'cgroup.controllers': 'cpuset cpu io memory pids\n',
  'memory.max': '268435456\n',
  'memory.current': '61931520\n',
  'cpu.max': '50000 100000\n',
  'cpu.stat':
    'usage_usec 5120331\nuser_usec 4110200\nsystem_usec 1010131\nnr_periods 812\nnr_throttled 41\nthrottled_usec 2310044\n',
};

t.test('reads the limits of a container, and how much of them is used', async (t) => {
  const root = t.testdir({ proc: { self: { cgroup: '0::/\n' } }, sys: { fs: { cgroup: limited } } });
  t.equal(ownCgroup(root), `${root}/sys/fs/cgroup`);
  const facts = readCgroup(`${root}/sys/fs/cgroup`);
  t.same(facts, {
    memoryLimitBytes: 268435456,
    memoryUsedBytes: 61931520,
    cpuLimitCores: 0.5,
    cpuThrottledSeconds: 2.310044,
  });
  t.same(
    cgroupSamples(facts).map(({ series, value }) => [series.definition.name.replace('aicrm_host_cgroup_', ''), value]),
    [
      ['memory_limit_bytes', 268435456],
      ['memory_used_bytes', 61931520],
      ['cpu_limit_cores', 0.5],
      ['cpu_throttled_seconds_total', 2.310044],
    ],
  );
});

t.test('max means no limit, and a disabled controller gives no values', async (t) => {
  const folder = t.testdir({
    'memory.max': 'max\n',
    'memory.current': '4096\n',
    'cpu.max': 'max 100000\n',
    'cpu.stat': 'usage_usec 5120331\nuser_usec 4110200\nnot_throttled_usec 7\nthrottled_usec 7 x\n',
  });
  t.same(readCgroup(folder), { memoryUsedBytes: 4096 });
  t.same(
    readCgroup(t.testdir({ 'memory.max': 'a 1\n', 'memory.current': '1 a\n', 'cpu.max': '5 0\n' })),
    {},
    'invalid numbers and a period of 0 are absent, too',
  );
  t.same(readCgroup(t.testdir({ 'memory.max': '1 a\n', 'memory.current': 'a 1\n', 'cpu.max': '5 1 a\n' })), {});
  t.same(Object.keys(readCgroup(t.testdir({}))), []);
  t.same(cgroupSamples({}), []);
});

t.test('finds the cgroup by the path in /proc/self/cgroup, or at the top if that path is not visible', async (t) => {
  const tree = (cgroup: string) => ({
    proc: { self: { cgroup } },
    sys: { fs: { cgroup: { 'cgroup.controllers': '', 'system.slice': { 'docker-77.scope': limited } } } },
  });
  const found = (cgroup: string) => {
    const root = t.testdir(tree(cgroup));
    return ownCgroup(root)?.slice(root.length);
  };
  t.equal(found('0::/system.slice/docker-77.scope\n'), '/sys/fs/cgroup/system.slice/docker-77.scope');
  t.equal(
    found('10::/system.slice\n0::/system.slice/docker-77.scope\n'),
    '/sys/fs/cgroup/system.slice/docker-77.scope',
  );
  t.equal(found('0::/kubepods/pod1/c1\n'), '/sys/fs/cgroup');
  t.equal(found('0::/../../system.slice/docker-77.scope\n'), '/sys/fs/cgroup');
});

t.test('ignores cgroups of version 1, mixed ones, and their absence', async (t) => {
  const top = (files: object) => t.testdir({ ...files, sys: { fs: { cgroup: { memory: {}, unified: {} } } } });
  t.equal(
    ownCgroup(top({ proc: { self: { cgroup: '4:memory:/docker/77\n1:name=systemd:/docker/77\n' } } })),
    undefined,
  );
  t.equal(ownCgroup(top({ proc: { self: { cgroup: '4:memory:/docker/77\n0::/\n' } } })), undefined);
  t.equal(ownCgroup(top({})), undefined);
  t.equal(ownCgroup(t.testdir({ sys: { fs: { cgroup: limited } } })), undefined, 'also without its own path');
});
