import t from 'tap';
import {
  type Fault,
  Faults,
  faultKinds,
  faultWord,
  isJobName,
  isScenarioName,
  isServiceName,
  isTimed,
  jobNames,
  serviceNames,
  supportedFaults,
  switchOn,
} from '../../simulator/faults.js';

function start(fails: { isPortTaken: boolean } = { isPortTaken: false }) {
  const effects: string[] = [];
  const faults = new Faults({
    async setReachable(service, isReachable) {
      await Promise.resolve();
      if (isReachable && fails.isPortTaken) throw new Error('the port is taken');
      effects.push(`${service} ${isReachable ? 'opens' : 'closes'}`);
    },
    setCertificate: (state) => void effects.push(`certificate ${state}`),
  });
  return { faults, effects };
}

t.test('--fault takes a scenario, a service with its fault and seconds, or a job with its fault', async (t) => {
  const cases: readonly (readonly [text: string, active: unknown])[] = [
    ['database-down', { service: 'postgres', fault: { kind: 'refuse' } }],
    ['backend=500', { service: 'backend', fault: { kind: '500' } }],
    ['backend=slow', { service: 'backend', fault: { kind: 'slow', seconds: 2.5 } }],
    ['backend=slow:0.5', { service: 'backend', fault: { kind: 'slow', seconds: 0.5 } }],
    ['backend=freeze', { service: 'backend', fault: { kind: 'freeze', seconds: 8 } }],
    ['backend=upstream-slow', { service: 'backend', fault: { kind: 'upstream-slow', seconds: 2 } }],
    ['sync=failing', { service: 'sync', fault: { kind: 'failing' } }],
    ['nightly_backup=stopped', { service: 'nightly_backup', fault: { kind: 'stopped' } }],
  ];
  for (const [text, active] of cases) {
    const { faults } = start();
    await switchOn(faults, text);
    t.same(faults.active(), [active], text);
  }
});

t.test('--fault refuses anything else, and says what is possible', async (t) => {
  const { faults } = start();
  const shape = `database-down, or SERVICE=FAULT with ${serviceNames.join(', ')} and ${faultKinds.join(', ')}, or nightly_backup, sync and stopped, failing`;
  for (const text of ['', 'mars', 'mars=500', 'backend', 'backend=', 'backend=late', 'sync=slow', 'backend=failing'])
    await t.rejects(switchOn(faults, text), { code: 'usage', message: `--fault "${text}": must be ${shape}` });
  for (const text of ['backend=slow:', 'backend=slow:0', 'backend=slow:-1', 'backend=slow:x'])
    await t.rejects(switchOn(faults, text), {
      code: 'usage',
      message: `--fault "${text}": the seconds must be a positive number`,
    });
  await t.rejects(switchOn(faults, 'postgres=html'), {
    code: 'bad_request',
    expose: true,
    message: 'postgres cannot have the fault "html"; it can have: refuse',
  });
  t.same(faults.active(), []);
});

t.test('names of services, jobs, scenarios and faults with a duration are told apart', async (t) => {
  for (const name of [...serviceNames, ...jobNames, 'database-down', 'toString', '']) {
    t.equal(isServiceName(name), (serviceNames as readonly string[]).includes(name), name);
    t.equal(isJobName(name), name === 'sync' || name === 'nightly_backup', name);
    t.equal(isScenarioName(name), name === 'database-down', name);
  }
  t.same(faultKinds.filter(isTimed), ['slow', 'freeze', 'upstream-slow']);
});

t.test('a fault in words', async (t) => {
  t.equal(faultWord(undefined), 'none');
  t.equal(faultWord({ kind: 'hang' }), 'hang');
  t.equal(faultWord({ kind: 'slow', seconds: 2.5 }), 'slow, 2.5 s');
  t.equal(faultWord({ kind: 'failing' }), 'failing');
});

t.test('each service can have the faults that its kind can show', async (t) => {
  const answers = [
    'slow',
    'hang',
    'reset',
    'flaky',
    '500',
    '404',
    '401',
    'degraded',
    'unhealthy',
    'wrong-json',
    'html',
  ];
  const upstream = ['upstream-slow', 'upstream-hang', 'upstream-refuse'];
  t.same(supportedFaults, {
    backend: [...answers, 'freeze', 'refuse', ...upstream],
    pm_gateway: answers,
    database: answers,
    frontend: [...answers, 'refuse', 'bundle-404', 'bundle-html'],
    monitoring: [...answers, 'refuse'],
    gateway: [...answers, 'refuse', 'expired-certificate'],
    postgres: ['refuse'],
    redis: ['slow', 'hang', 'refuse'],
  });
  t.same([...new Set(Object.values(supportedFaults).flat())].sort(), [...faultKinds].sort(), 'and each is possible');
});

t.test('a change has its effect once, and the next one takes it back', async (t) => {
  const { faults, effects } = start();
  const steps: readonly (readonly [Fault['kind'] | undefined, readonly string[]])[] = [
    ['500', []],
    ['refuse', ['gateway closes']],
    ['refuse', ['gateway closes']],
    ['expired-certificate', ['gateway opens', 'certificate expired']],
    ['hang', ['certificate valid']],
    ['expired-certificate', ['certificate expired']],
    [undefined, ['certificate valid']],
    [undefined, []],
    ['refuse', ['gateway closes']],
    [undefined, ['gateway opens']],
  ];
  for (const [kind, expected] of steps) {
    effects.length = 0;
    if (kind === undefined) await faults.lift('gateway');
    else await faults.set('gateway', { kind } as Fault);
    t.same(effects, expected, kind ?? 'lifted');
    t.equal(faults.of('gateway')?.kind, kind);
  }
});

t.test('changes at the same time take effect one after the other', async (t) => {
  const { faults, effects } = start();
  await Promise.all([
    faults.set('redis', { kind: 'refuse' }),
    faults.lift('redis'),
    faults.set('redis', { kind: 'refuse' }),
    faults.set('backend', { kind: 'refuse' }),
  ]);
  t.same(effects, ['redis closes', 'redis opens', 'redis closes', 'backend closes']);
});

t.test('a port that cannot open again keeps its fault, and the next changes work', async (t) => {
  const fails = { isPortTaken: false };
  const { faults } = start(fails);
  await faults.set('redis', { kind: 'refuse' });
  fails.isPortTaken = true;
  await t.rejects(faults.lift('redis'), new Error('the port is taken'));
  t.same(faults.active(), [{ service: 'redis', fault: { kind: 'refuse' } }]);
  await faults.set('backend', { kind: '500' });
  fails.isPortTaken = false;
  await faults.lift('redis');
  t.same(faults.active(), [{ service: 'backend', fault: { kind: '500' } }]);
});

t.test('a scenario is active while each of its faults is', async (t) => {
  const { faults } = start();
  t.notOk(faults.isScenarioActive('database-down'));
  await faults.setScenario('database-down');
  t.ok(faults.isScenarioActive('database-down'));
  await faults.liftScenario('database-down');
  t.notOk(faults.isScenarioActive('database-down'));
  t.same(faults.active(), []);
});

t.test('the end waits for a running change, and refuses later ones', async (t) => {
  const { faults, effects } = start();
  const running = faults.set('redis', { kind: 'refuse' });
  await faults.stop();
  t.same(effects, ['redis closes']);
  await running;
  const stopped = { code: 'bad_request', message: 'the simulation has stopped', expose: true };
  await t.rejects(faults.lift('redis'), stopped);
  await t.rejects(faults.set('backend', { kind: '500' }), stopped);
  t.same(faults.active(), [{ service: 'redis', fault: { kind: 'refuse' } }]);
});
