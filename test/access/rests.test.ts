import t from 'tap';
import { type DataAnswer, DataFailure, NotAsked } from '../../src/access/data-access.js';
import { Lane } from '../../src/access/lane.js';
import { Rests } from '../../src/access/rests.js';
import { ManualClock } from '../support/manual-clock.js';
import { RecordedLog } from '../support/recorded-log.js';

const answered = (statusCode: number, durationSeconds: number): DataAnswer => ({
  statusCode,
  durationSeconds,
  headers: [],
  body: Buffer.alloc(0),
});
const crash = answered(500, 1);

/** The pauses of sources of one server, at 08:32:10. */
function setup() {
  const clock = new ManualClock();
  clock.advance(1000);
  const rests = new Rests(clock);
  const lane = new Lane('http://crm:8000', clock, new RecordedLog());
  const ask = (source: string, end: DataAnswer | DataFailure) =>
    rests
      .watch(source, lane, () => (end instanceof Error ? Promise.reject(end) : Promise.resolve(end)))
      .catch((error: unknown) => error as DataFailure);
  /** Why the source may not ask now; undefined when it may. */
  const refusal = (source: string) => {
    try {
      return void rests.permit(source, lane);
    } catch (error) {
      return error as NotAsked;
    }
  };
  return { clock, ask, refusal };
}

t.test('a server error after a second makes its source pause, and is repeated meanwhile', async (t) => {
  const { clock, ask, refusal } = setup();
  t.equal(await ask('a', crash), crash);
  t.match(refusal('a'), {
    reason: 'status',
    statusCode: 500,
    message: '500 after 1.0 s; next query at 08:34 UTC',
    notBeforeSeconds: 1060,
    stands: true,
  });
  t.equal(refusal('b'), undefined, 'other sources go on');
  clock.advance(60);
  t.equal(refusal('a'), undefined);
});

t.test('a request that timed out names the next query, and its source pauses', async (t) => {
  const { ask, refusal } = setup();
  const failure = new DataFailure('timeout', 'no answer');
  const expected = { reason: 'timeout', message: 'no answer; next query at 08:34 UTC', notBeforeSeconds: 1060 };
  t.match(await ask('a', failure), { ...expected, cause: failure });
  t.match(refusal('a'), { ...expected, stands: true });
});

t.test('what keeps no server busy makes no source pause', async (t) => {
  for (const end of [
    answered(500, 0.9),
    answered(404, 9),
    new DataFailure('connect', 'refused'),
    new NotAsked('timeout', 'its turn did not come'),
  ]) {
    const { ask, refusal } = setup();
    t.equal(await ask('a', end), end);
    t.equal(refusal('a'), undefined);
  }
});

t.test('pauses double up to ten minutes, and are short again after an answer', async (t) => {
  const { clock, ask, refusal } = setup();
  const pauses = [];
  for (const end of [crash, crash, crash, crash, crash, crash, answered(200, 1), crash]) {
    await ask('a', end);
    const seconds = (refusal('a')?.notBeforeSeconds ?? clock.monotonicSeconds()) - clock.monotonicSeconds();
    pauses.push(seconds);
    clock.advance(seconds);
  }
  t.same(pauses, [60, 120, 240, 480, 600, 600, 0, 60]);
});

t.test('a source that does not use its turn for five minutes loses it', async (t) => {
  const { clock, ask, refusal } = setup();
  await ask('a', crash);
  clock.advance(60);
  await ask('b', crash);
  clock.advance(120 + 299);
  t.match(refusal('b'), { stands: true }, 'it waits for the other one');
  clock.advance(1);
  t.equal(refusal('b'), undefined);
  await ask('b', crash);
  t.equal(refusal('a'), undefined, 'the other one may ask whenever it comes back');
  clock.advance(240);
  t.equal(refusal('b'), undefined, 'and is not waited for');
});
