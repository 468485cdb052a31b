import t from 'tap';
import { NotAsked, Paced } from '../../src/access/data-access.js';
import { NotLoggedIn } from '../../src/access/session.js';
import { failureReasons, ProbeFailure } from '../../src/base/reason.js';
import type { Collected } from '../../src/collector.js';
import { tasks, tasksCreated } from '../../src/metrics/business-metrics.js';
import { addSeries, seriesOf, set } from '../../src/metrics/definition.js';
import { type SourceResult, sourceCollector } from '../../src/sources/source-collector.js';

const signal = new AbortController().signal;
const options = { name: 'json:shop', source: 'shop', intervalSeconds: 30, timeoutSeconds: 5 };
const result: SourceResult = { samples: [set(tasks, { column: 'done' }, 3)], message: '3 tasks', durationSeconds: 0.5 };

/** A collector with these results, one per run. */
function collectorOf(...answers: readonly (SourceResult | { readonly off: string | null } | Error)[]) {
  const left = [...answers];
  const collector = sourceCollector(options, async () => {
    const answer = left.shift() ?? result;
    if (answer instanceof Error) throw answer;
    return answer;
  });
  return async () => collector.collect(signal);
}

/** Series by name, with their operation. */
function samplesOf({ samples }: Collected): readonly string[] {
  return samples.map(
    ({ series, operation, value }) => `${operation} ${series.definition.name} ${Object.values(series.labels)} ${value}`,
  );
}

const failures = (value: number, reason: string) => `add aicrm_source_failures_total shop,${reason} ${value}`;

t.test('the counters of a source begin at 0 with its first run and continue when it is down', async (t) => {
  const run = collectorOf({ ...result, isTruncated: true, rejectedValues: 2, withheld: 'the first 100' });
  const first = await run();
  t.same(samplesOf(first), [
    ...failureReasons.map((reason) => failures(0, reason)),
    'set aicrm_tasks done 3',
    'set aicrm_source_up shop 1',
    'set aicrm_source_duration_seconds shop 0.5',
    'set aicrm_source_truncated shop 1',
    'set aicrm_source_rejected_values shop 2',
  ]);
  t.same(first.readings, [
    {
      subject: 'source',
      name: 'shop',
      up: true,
      reason: null,
      message: '3 tasks',
      notices: [],
      withheld: 'the first 100',
    },
  ]);
  const second = await run();
  t.equal(samplesOf(second).length, 5, 'once');
  t.notMatch(second.readings?.[0], { withheld: String });

  const down = collectorOf(new ProbeFailure('json', 'no JSON'));
  t.same(samplesOf(await down()), [
    ...failureReasons.map((reason) => failures(0, reason)),
    'set aicrm_source_up shop 0',
    failures(1, 'json'),
  ]);
});

t.test('a source that is asked less often keeps its values between, and does not count them again', async (t) => {
  const counting = { ...result, samples: [...result.samples, addSeries(seriesOf(tasksCreated, {}), 7)] };
  const paced = new Paced('asked every 5 min, as its answers take 3 s', 100);
  const run = collectorOf(counting, paced, new ProbeFailure('timeout', 'no answer'), paced);
  await run();
  const second = await run();
  t.same(samplesOf(second), [
    'set aicrm_tasks done 3',
    'set aicrm_source_up shop 1',
    'set aicrm_source_duration_seconds shop 0.5',
    'set aicrm_source_truncated shop 0',
    'set aicrm_source_rejected_values shop 0',
  ]);
  t.match(second.readings, [{ up: true, message: '3 tasks', notices: ['asked every 5 min, as its answers take 3 s'] }]);
  await run();
  t.match((await run()).readings, [{ up: false, isShared: true, reason: 'timeout' }], 'but not after a failure');
});

t.test('each failure has its owner, and a program error does not count against the source', async (t) => {
  const readingOf = async (error: Error) => (await collectorOf(error)()).readings?.[0];
  const own = await readingOf(new ProbeFailure('json', 'no JSON'));
  t.match(own, { up: false, reason: 'json', message: 'no JSON' });
  t.notMatch(own, { isShared: Boolean });
  t.match(await readingOf(new NotAsked('rate_limited', 'the budget is used up')), { isShared: true });
  t.match(await readingOf(new NotLoggedIn('auth', 'not logged in')), { isShared: true, reportedBy: 'ai_crm_login' });
  await t.rejects(readingOf(new TypeError('x is undefined')), { message: 'x is undefined' });
});

t.test('a source that is off has no series, and is named only if there is a reason to', async (t) => {
  const off = await collectorOf({ off: 'needs role admin' })();
  t.same(off.samples, []);
  t.match(off.readings, [{ up: true, isOff: true, message: 'needs role admin' }]);
  t.same(await collectorOf({ off: null })(), { samples: [], readings: [] });
});
