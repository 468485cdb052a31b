import t from 'tap';
import { isCalledOff, isDeadline } from '../../src/base/deadline.js';
import type { Collected, Collector } from '../../src/collector.js';
import { componentProbes } from '../../src/metrics/component-metrics.js';
import { addSeries, seriesOf } from '../../src/metrics/definition.js';
import { collectorFamilies } from '../../src/metrics/exporter-metrics.js';
import { type RunResult, RunSamples, runOnce } from '../../src/schedule/run.js';
import { ManualClock } from '../support/manual-clock.js';

/** A run that began at 100 s with a deadline of five seconds. It ends when the test says so. */
function begin() {
  const clock = new ManualClock();
  clock.advance(100);
  let end = (_collected: Collected) => {};
  let signal = AbortSignal.abort();
  const collector: Collector = {
    name: 'x',
    intervalSeconds: 30,
    timeoutSeconds: 5,
    collect: (given) => ((signal = given), new Promise((resolve) => (end = resolve))),
  };
  const run = runOnce(collector, clock);
  return { clock, run, signal: () => signal, end: () => end({ samples: [] }) };
}

t.test('a run that ends in time reports its end and duration, and leaves no timer', async (t) => {
  const { clock, run, signal, end } = begin();
  clock.advance(4.9);
  end();
  t.match(await run.result, {
    success: true,
    collector: 'x',
    intervalSeconds: 30,
    durationSeconds: /^4\.9/,
    endedAtSeconds: clock.nowSeconds(),
  });
  t.equal(signal().aborted, false);
  t.equal(clock.waiting, 0);
});

t.test('at the deadline the signal ends, and a second later the run has failed', async (t) => {
  const { clock, run, signal } = begin();
  clock.advance(5);
  t.equal(isDeadline(signal()), true);
  t.equal(isCalledOff(signal()), false);
  clock.advance(1);
  t.match(await run.result, { success: false, error: 'no result within 5 s', durationSeconds: 6 });
});

t.test('a run that is ended before its deadline is aborted', async (t) => {
  const { run, signal, end } = begin();
  const reason = new Error('enough');
  run.abort(reason);
  t.equal(signal().reason, reason);
  t.equal(isCalledOff(signal()), true);
  end();
  t.match(await run.result, { success: true });
  await run.settled;
});

t.test('a late timer does not abort a run whose answer came before the deadline', async (t) => {
  for (const lateSeconds of [0.2, 3]) {
    const { clock, run, signal, end } = begin();
    clock.standStill(5 + lateSeconds);
    clock.advance(0);
    t.equal(signal().aborted, false);
    end();
    t.match(await run.result, { success: true });
    await new Promise((resolve) => setImmediate(resolve));
    t.equal(signal().aborted, false, 'and it is not aborted later');
    t.equal(clock.waiting, 0);
  }
  const { clock, run, signal } = begin();
  clock.standStill(8);
  clock.advance(0);
  await new Promise((resolve) => setImmediate(resolve));
  t.equal(isDeadline(signal()), true, 'without an answer it is still a timeout');
  clock.advance(1);
  t.match(await run.result, { success: false, durationSeconds: 9 });
});

t.test('each run gives samples about its result, with or without data', async (t) => {
  const samples = new RunSamples();
  const probes = addSeries(seriesOf(componentProbes, { component: 'crm' }), 1);
  const run = { collector: 'component:crm', endedAtSeconds: 1000, durationSeconds: 0.25, intervalSeconds: 30 };
  const shown = (result: RunResult) =>
    samples
      .of(result)
      .map(({ series, operation, value }) => `${operation} ${series.definition.name}${series.key} ${value}`);
  const ofRun = (success: number) => [
    `set aicrm_collector_success{collector="component:crm"} ${success}`,
    'set aicrm_collector_duration_seconds{collector="component:crm"} 0.25',
    'set aicrm_collector_last_run_timestamp_seconds{collector="component:crm"} 1000',
    'set aicrm_collector_interval_seconds{collector="component:crm"} 30',
  ];
  t.same(shown({ ...run, success: true, collected: { samples: [probes] } }), [
    'add aicrm_component_probes_total{component="crm"} 1',
    ...ofRun(1),
  ]);
  t.same(shown({ ...run, success: false, error: 'x' }), ofRun(0));
  t.equal(collectorFamilies.length, 4, 'all series about collectors');
});

t.test('the series of a collector are created once, and forgotten with it', async (t) => {
  const samples = new RunSamples();
  const seriesOf = (collector: string) =>
    samples
      .of({ collector, endedAtSeconds: 1, durationSeconds: 1, intervalSeconds: 1, success: false, error: 'x' })
      .map(({ series }) => series);
  const [a, b] = [seriesOf('a'), seriesOf('b')];
  samples.retain(new Set(['b']));
  seriesOf('b').forEach((series, i) => t.equal(series, b[i]));
  seriesOf('a').forEach((series, i) => t.not(series, a[i]));
});
