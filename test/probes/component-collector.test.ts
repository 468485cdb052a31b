import t from 'tap';
import type { HealthGate } from '../../src/access/lanes.js';
import type { ProbeEnd } from '../../src/access/own-freezes.js';
import { ExporterError } from '../../src/base/errors.js';
import { Lateness } from '../../src/base/lateness.js';
import type { ComponentReading } from '../../src/collector.js';
import { componentFamilies } from '../../src/metrics/component-metrics.js';
import { Recorder } from '../../src/metrics/recorder.js';
import {
  type ComponentMemory,
  type ComponentOptions,
  componentCollector,
} from '../../src/probes/component-collector.js';
import { httpComponent } from '../support/config.js';
import { samplesIn } from '../support/exposition.js';
import { ManualClock } from '../support/manual-clock.js';
import { reading, refused } from '../support/service-fixture.js';

const component = httpComponent('crm', 'http://x/', { dependsOn: ['db'] });
const never = new AbortController().signal;
const deadline = () => AbortSignal.abort(new ExporterError('collector_timeout', 'no result within 10 s'));

/** A collector whose probes give these readings, with the content of `/metrics` after each run. */
function follow(options: Partial<ComponentOptions>, ...found: readonly ComponentReading[]) {
  const memory: ComponentMemory = { failuresInARow: 0, uptimeSeconds: undefined };
  const recorder = new Recorder(componentFamilies, { processMetrics: false });
  const left = [...found];
  const probe = async () => left.shift() ?? reading('crm');
  const create = () =>
    componentCollector(component, {
      probe,
      memory,
      retryIntervalSeconds: 5,
      retries: 2,
      clock: new ManualClock(),
      ...options,
    });
  let collector = create();
  return {
    memory,
    /** As after a reload of the configuration. */
    reload: () => void (collector = create()),
    run: async (signal = never) => {
      const collected = await collector.collect(signal);
      recorder.record(collector.name, collected.samples);
      const samples = samplesIn(recorder.renderOwn('text'));
      return {
        ...collected,
        valueOf: (family: string, labels = '') => samples.get(`aicrm_component_${family}{component="crm"${labels}}`),
      };
    },
  };
}

const running = (uptimeSeconds: number) => reading('crm', { uptimeSeconds });

t.test(
  'an uptime that goes back counts as a restart, but not by a few seconds, and not if it is missing',
  async (t) => {
    const uptimes = [100, 130, 125, 120, 114.9, 3, undefined, 9, 'down', 2, 'reload', 1, 8, 'reload', 0] as const;
    const found = uptimes.flatMap((one) =>
      one === 'reload' ? [] : one === undefined ? [reading('crm')] : one === 'down' ? [refused('crm')] : [running(one)],
    );
    const { run, reload } = follow({}, ...found);
    const restarts: (number | undefined)[] = [];
    for (const one of uptimes) {
      if (one === 'reload') reload();
      else restarts.push((await run()).valueOf('restarts_total'));
    }
    t.same(restarts, [0, 0, 0, 0, 1, 2, 2, 2, 2, 3, 3, 3, 4]);
  },
);

/** A gate that allows probes or not, and records their ends. */
function gateOf({ isOpen = true, isDiscounted = false } = {}) {
  const ends: (readonly [end: ProbeEnd | null, identity: string | undefined])[] = [];
  const ticket = { begunAtSeconds: 7, lane: undefined };
  let begun = 0;
  const gate: HealthGate = {
    beginProbe: () => (begun++, isOpen ? ticket : undefined),
    endProbe: (given, end, identity) => {
      if (given !== ticket) throw new Error('another ticket');
      ends.push([end, identity]);
      return isDiscounted;
    },
  };
  return { shared: { gate, warningSeconds: 2 }, ends, begun: () => begun };
}

t.test('an aborted or broken probe ends at the gate without a verdict', async (t) => {
  const { shared, ends } = gateOf();
  const reason = new Error('the exporter is stopping');
  const { run, memory } = follow({ shared }, running(50));
  await t.rejects(run(AbortSignal.abort(reason)), reason);
  t.same(ends, [[null, undefined]]);
  t.match(memory, { failuresInARow: 0, uptimeSeconds: undefined }, 'nothing of it is kept');
  await t.rejects(follow({ shared, probe: async () => Promise.reject(new Error('broken')) }).run(), /broken/);
  t.same(ends.slice(1), [[null, undefined]]);
  await t.rejects(follow({}, running(50)).run(AbortSignal.abort(reason)), reason, 'without a shared server');
});

t.test('the gate gets the result of a probe: reason, whether it was slow, code and identity', async (t) => {
  const { shared, ends } = gateOf();
  const { run } = follow(
    { shared },
    reading('crm', { responseSeconds: 2, identity: 'a' }),
    reading('crm', { responseSeconds: 2.1, statusCode: 204 }),
    refused('crm'),
    { ...refused('crm'), reason: 'timeout', responseSeconds: 10 },
  );
  for (const signal of [never, never, never, deadline()]) t.notOk((await run(signal)).isPostponed);
  t.strictSame(ends, [
    [{ reason: null, isSlow: false, statusCode: 200 }, 'a'],
    [{ reason: null, isSlow: true, statusCode: 204 }, undefined],
    [{ reason: 'connect', isSlow: false }, undefined],
    [{ reason: 'timeout', isSlow: true }, undefined],
  ]);
});

t.test('a probe that the gate puts off is not sent, and is repeated a second later', async (t) => {
  const closed = gateOf({ isOpen: false });
  const { run } = follow({ shared: closed.shared, probe: async () => Promise.reject(new Error('it was made')) });
  t.match(await run(), { samples: [], isPostponed: true, againInSeconds: 1 });
  t.same([closed.begun(), closed.ends], [1, []]);
});

t.test('a probe that the gate discounts counts only as discounted, and is repeated soon', async (t) => {
  const { shared } = gateOf({ isDiscounted: true });
  const { run, memory } = follow({ shared }, refused('crm'));
  const { valueOf, ...collected } = await run();
  t.match(collected, { isPostponed: true, againInSeconds: 5, alsoSoon: undefined });
  t.same(
    [valueOf('probes_discounted_total', ',cause="backend_busy"'), valueOf('probes_total'), valueOf('up')],
    [1, undefined, undefined],
  );
  t.equal(memory.failuresInARow, 0);
});

t.test('a probe during a delay of this exporter ends at the gate without a verdict, and counts as late', async (t) => {
  const { shared, ends } = gateOf({ isDiscounted: true });
  const clock = new ManualClock();
  const own = { lateness: new Lateness(clock), threshold: { warning: 2, critical: 5 } };
  const probe = async () => (clock.standStill(3), reading('crm', { responseSeconds: 3, identity: 'a' }));
  const { run } = follow({ shared, own, probe, clock });
  const { valueOf, ...collected } = await run();
  t.match(collected, { isPostponed: true, againInSeconds: 5 });
  t.same(ends, [[null, 'a']]);
  t.same(
    [
      valueOf('probes_discounted_total', ',cause="exporter_late"'),
      valueOf('probes_discounted_total', ',cause="backend_busy"'),
    ],
    [1, undefined],
  );
  t.equal(clock.waiting, 0, 'the measurement has ended');
  await t.rejects(follow({ own, clock, probe: async () => Promise.reject(new Error('broken')) }).run());
  t.equal(clock.waiting, 0, 'also after a probe that could not be made');
});

t.test('counters are 0 before the first failure, and exist only for possible causes', async (t) => {
  const failures = (labels: string) => ['probe_failures_total', `,reason="${labels}"`] as const;
  const alone = await follow({}, reading('crm')).run();
  t.same(
    [alone.valueOf('probes_total'), alone.valueOf(...failures('connect')), alone.valueOf(...failures('timeout'))],
    [1, 0, 0],
  );
  for (const cause of ['backend_busy', 'exporter_late'])
    t.equal(alone.valueOf('probes_discounted_total', `,cause="${cause}"`), undefined, cause);
  const { shared } = gateOf();
  const both = follow(
    { shared, own: { lateness: new Lateness(new ManualClock()), threshold: { warning: 2, critical: 5 } } },
    refused('crm'),
    refused('crm'),
  );
  for (const cause of ['backend_busy', 'exporter_late'])
    t.equal((await both.run()).valueOf('probes_discounted_total', `,cause="${cause}"`), 0, cause);
  const { samples } = await both.run();
  t.same(
    samples.filter(({ operation, value }) => operation === 'add' && value === 0),
    [],
  );
});

t.test(
  'a failure is confirmed soon, as often as configured, and other components are probed after the first',
  async (t) => {
    const rounds = (failed: string) => [`beside ${failed}`, 'db'];
    const { run } = follow({ rounds }, refused('crm'), refused('crm'), refused('crm'), reading('crm'), refused('crm'));
    const told: unknown[] = [];
    for (let i = 0; i < 5; i++) {
      const { againInSeconds, alsoSoon, readings = [] } = await run();
      told.push([readings[0]?.subject === 'component' && readings[0].failuresInARow, againInSeconds, alsoSoon]);
    }
    const others = ['component:db', 'component:beside crm'];
    t.same(told, [
      [1, 5, others],
      [2, 5, undefined],
      [3, undefined, undefined],
      [0, undefined, undefined],
      [1, 5, others],
    ]);
    t.equal(
      (await follow({ retryIntervalSeconds: 30 }, refused('crm')).run()).againInSeconds,
      undefined,
      'the regular probe comes as soon',
    );
    t.equal((await follow({ retries: 0 }, refused('crm')).run()).againInSeconds, undefined);
  },
);
