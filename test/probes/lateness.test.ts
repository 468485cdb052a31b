import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import t, { type Test } from 'tap';
import { systemClock } from '../../src/base/clock.js';
import { Lateness } from '../../src/base/lateness.js';
import { createResolver } from '../../src/net/resolve.js';
import { TlsContexts } from '../../src/net/tls.js';
import { componentCollector, isDoubtful } from '../../src/probes/component-collector.js';
import { createProbe } from '../../src/probes/component-probe.js';
import { runOnce } from '../../src/schedule/run.js';
import { httpComponent, thresholdsWith } from '../support/config.js';
import { closedPort } from '../support/raw-server.js';
import { reading, refused } from '../support/service-fixture.js';

const threshold = { warning: 2, critical: 5 };
const slow = (responseSeconds: number) => reading('backend', { responseSeconds });
const silent = (responseSeconds: number) =>
  reading('backend', { responseSeconds, up: false, reason: 'timeout', level: 'critical' });
const component = httpComponent('backend', 'http://127.0.0.1:1/', { timeoutSeconds: 10 });
const lost = (totalSeconds: number, longestSeconds: number) => ({ totalSeconds, longestSeconds });

t.test('a slow answer counts if it is slow even without the time lost by this process', async (t) => {
  t.equal(isDoubtful(slow(2.5), component, threshold, lost(0, 0)), false);
  t.equal(isDoubtful(slow(2.5), component, threshold, lost(1, 1)), true);
  t.equal(isDoubtful(slow(4.5), component, threshold, lost(1, 1)), false);
  t.equal(isDoubtful(slow(5.5), component, threshold, lost(1, 1)), true, 'it may be WARNING and not CRITICAL');
  t.equal(isDoubtful(slow(0.5), component, threshold, lost(0.4, 0.4)), false, 'still in time');
  t.equal(
    isDoubtful(slow(9), component, threshold, lost(8, 0.3)),
    false,
    'many short delays affect five moments, and not the whole time',
  );
});

t.test('a timeout counts if this process could have noticed an answer during half of the time', async (t) => {
  t.equal(isDoubtful(silent(10), component, threshold, lost(0, 0)), false);
  t.equal(isDoubtful(silent(10), component, threshold, lost(4, 4)), false);
  t.equal(isDoubtful(silent(10), component, threshold, lost(7, 3)), true);
  t.equal(isDoubtful(silent(14), component, threshold, lost(14, 14)), true);
  t.equal(
    isDoubtful(silent(10), component, threshold, lost(9, 0.5)),
    false,
    'a busy exporter with short delays still reports a component that hangs',
  );
});

t.test('an answer or a refusal counts, however late this process noticed it', async (t) => {
  t.equal(isDoubtful(refused('backend'), component, threshold, lost(20, 20)), false);
  t.equal(
    isDoubtful(
      reading('backend', { responseSeconds: 20, up: false, reason: 'status', statusCode: 500, level: 'critical' }),
      component,
      threshold,
      lost(20, 20),
    ),
    false,
  );
});

/** A server in another thread, so that it answers while this thread is blocked. */
async function otherThread(t: Test, answer: string): Promise<number> {
  const worker = new Worker(
    `const { createServer } = require('node:http'); const { parentPort } = require('node:worker_threads');
    const server = createServer((request, response) => { ${answer} }).listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));`,
    { eval: true },
  );
  t.teardown(() => worker.terminate());
  const [port] = (await once(worker, 'message')) as [number];
  return port;
}

/** Runs a collector while this thread is blocked for this time after the begin of the probe. */
async function collectLate(port: number, standstillSeconds: number) {
  const prober = { resolve: createResolver(), tlsContexts: new TlsContexts(), userAgent: 'test' };
  const backend = httpComponent('backend', `http://127.0.0.1:${port}/`, { timeoutSeconds: 0.6 });
  const own = { lateness: new Lateness(systemClock), threshold };
  const collector = componentCollector(backend, {
    probe: createProbe(prober, thresholdsWith(threshold)),
    memory: { failuresInARow: 0, uptimeSeconds: undefined },
    retryIntervalSeconds: 5,
    retries: 2,
    own,
  });
  const { result } = runOnce(collector, systemClock);
  await new Promise((resolve) => setImmediate(resolve));
  if (standstillSeconds > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, standstillSeconds * 1000);
  const run = await result;
  if (!run.success) throw new Error(run.error);
  const { samples, readings, isPostponed = false, againInSeconds } = run.collected;
  const values = new Map(samples.map(({ series, value }) => [`${series.definition.name}${series.key}`, value]));
  return {
    isPostponed,
    againInSeconds,
    reason: readings?.map((found) => (found.subject === 'component' ? found.reason : undefined))[0],
    discounted: values.get('aicrm_component_probes_discounted_total{component="backend",cause="exporter_late"}'),
  };
}

t.test('a stalled exporter does not report an answering component as down, and repeats the probe soon', async (t) => {
  const port = await otherThread(t, "response.end('fine');");
  t.match(await collectLate(port, 0), { isPostponed: false, reason: null, discounted: 0 });
  t.match(await collectLate(port, 0.9), { isPostponed: true, againInSeconds: 5, discounted: 1 });
});

t.test('a stalled exporter still reports an outage', async (t) => {
  t.match(await collectLate(await otherThread(t, 'response.statusCode = 500; response.end();'), 0.4), {
    isPostponed: false,
    reason: 'status',
    discounted: 0,
  });
  t.match(await collectLate(await closedPort(), 0.9), { isPostponed: false, reason: 'connect', discounted: 0 });
  t.match(await collectLate(await otherThread(t, ''), 0), { isPostponed: false, reason: 'timeout', discounted: 0 });
});
