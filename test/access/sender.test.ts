import t from 'tap';
import type { Allowance } from '../../src/access/allowance.js';
import type { DataFailure } from '../../src/access/data-access.js';
import { Lane } from '../../src/access/lane.js';
import { Sender } from '../../src/access/sender.js';
import type { HttpOutcome, HttpTarget } from '../../src/net/http-client.js';
import { Cookies } from '../../src/net/http-headers.js';
import { createResolver } from '../../src/net/resolve.js';
import { TlsContexts } from '../../src/net/tls.js';
import { httpSettings } from '../support/config.js';
import { answer, failing, never } from '../support/data.js';
import { ManualClock } from '../support/manual-clock.js';
import { RecordedLog } from '../support/recorded-log.js';

/** A lane that also records what it is told. */
class SeenLane extends Lane {
  readonly entered: unknown[] = [];
  readonly left: unknown[] = [];

  override enter(...given: Parameters<Lane['enter']>): Promise<void> {
    this.entered.push(given[1]);
    return super.enter(...given);
  }

  override leave(...given: Parameters<Lane['leave']>): void {
    this.left.push(given);
    super.leave(...given);
  }
}

/** A sender whose server is a function that may take seconds, at 08:32:10. */
function setup(answering: (target: HttpTarget) => HttpOutcome, seconds = 0) {
  const clock = new ManualClock();
  clock.advance(1000);
  const lane = new SeenLane('http://crm:8000', clock, new RecordedLog());
  const otherLane = new Lane('http://other', clock, new RecordedLog());
  const targets: HttpTarget[] = [];
  const allowances: Allowance[] = [];
  const sender = new Sender({
    clock,
    prober: { resolve: createResolver(), tlsContexts: new TlsContexts(), userAgent: 'test' },
    probe: async (target) => {
      targets.push(target);
      if (seconds > 0) await new Promise<void>((resolve) => void clock.setTimer(resolve, seconds));
      return answering(target);
    },
    laneOf: (url) => (url.startsWith(lane.name) ? lane : otherLane),
  });
  const send = async (changes: Partial<Parameters<Sender['send']>[0]> = {}, signal: AbortSignal = never) => {
    const sent = sender.send(
      {
        source: 's',
        url: 'http://crm:8000/tasks',
        http: httpSettings(),
        timeoutSeconds: 300,
        budget: 500,
        onSent: (allowance) => allowances.push(allowance),
        ...changes,
      },
      signal,
    );
    const outcome = sent.catch((error: unknown) => error as DataFailure);
    await clock.pass(seconds);
    return outcome;
  };
  return { clock, lane, targets, allowances, send };
}

t.test('the lane learns how each request ended, and whether the server itself answered', async (t) => {
  const calledOff = AbortSignal.abort(new Error('the exporter is stopping'));
  const cases: readonly (readonly [HttpOutcome, end: string, isSign: boolean, AbortSignal?])[] = [
    [answer(200), 'answered', true],
    [answer(500), 'answered', true],
    [answer(502), 'answered', false],
    [answer(504), 'timeout', false],
    [failing('connect', false), 'unsent', false],
    [failing('closed'), 'answered', false],
    [failing('timeout'), 'timeout', false],
    [{ ...failing('timeout'), statusCode: 200 }, 'timeout', false],
  ];
  for (const [outcome, end, isSign] of cases) {
    const { lane, send } = setup(() => outcome);
    await send();
    t.same(lane.left, [[end, isSign]]);
  }
  const stop = new AbortController();
  const { lane, send } = setup(() => {
    stop.abort(calledOff.reason);
    return failing('timeout');
  });
  t.equal(await send({}, stop.signal), calledOff.reason);
  t.same(lane.left, [['gone', false]]);
});

t.test('a request may freeze the server, unless it is known to be small or a proxy answers it', async (t) => {
  const { lane, send } = setup(() => answer(200));
  await send();
  await send({ url: 'http://crm:8000/agents', isCleanup: true });
  await send({ isOfProxy: true });
  t.same(lane.entered, [
    { source: 's', isCleanup: false, mayFreeze: true },
    { source: 's', isCleanup: true, mayFreeze: false },
    { source: 's', isCleanup: false, mayFreeze: false },
  ]);
  t.same(lane.left.at(-1), ['answered', false], 'the answer of a proxy says nothing about the server');
});

t.test('a failure has its status code and cause', async (t) => {
  const outcome = { ...failing('body'), statusCode: 200 };
  t.match(await setup(() => outcome).send(), { reason: 'body', statusCode: 200, cause: outcome.failure });
});

t.test('redirects are requests of their own, with the same cookies, and end sometime', async (t) => {
  const cookies = new Cookies();
  const { targets, send } = setup(({ url }) => answer(302, '', { location: `${url}x` }));
  t.match(await send({ cookies, http: httpSettings({ followRedirects: true }) }), {
    reason: 'redirect',
    statusCode: 302,
    cause: { reason: 'redirect' },
  });
  t.ok(targets.length > 5);
  for (const { http, cookies: used } of targets) t.match([http.followRedirects, used === cookies], [false, true]);
  const alone = setup(({ url }) => (url.endsWith('/tasks') ? answer(302, '', { location: '/b' }) : answer(200)));
  await alone.send();
  t.type(alone.targets[0]?.cookies, Cookies);
  t.equal(alone.targets[1]?.cookies, alone.targets[0]?.cookies);
});

t.test('a request without an answer counts two minutes longer, or as long as it took', async (t) => {
  for (const [outcome, seconds, notBeforeSeconds, at] of [
    [answer(200), 30, 4630, '09:33'],
    [failing('timeout'), 30, 4720, '09:35'],
    [failing('timeout'), 200, 4800, '09:36'],
  ] as const) {
    const { send } = setup(() => outcome, seconds);
    await send({ budget: 1 });
    t.match(await send({ budget: 1 }), { notBeforeSeconds, message: new RegExp(`; next query at ${at} UTC$`) });
    t.match(await send({ budget: 1, url: 'http://other/' }), outcome.failure ?? { statusCode: 200 }, 'another server');
  }
});

t.test('a request that finds the budget used up after its turn came is not sent', async (t) => {
  const { clock, lane, targets, send } = setup(() => answer(200), 5);
  const both = [send({ budget: 1 }), send({ budget: 1 })];
  await clock.pass(5);
  t.match(await Promise.all(both), [{ statusCode: 200 }, { reason: 'rate_limited' }]);
  t.same(lane.left, [
    ['answered', true],
    ['unsent', false],
  ]);
  t.equal(targets.length, 1);
});

t.test('a request without an answer does not change what is known about the rate limit', async (t) => {
  const outcomes = [answer(200, {}, { 'x-ratelimit-limit': '10', 'x-ratelimit-remaining': '5' }), failing('closed')];
  const { allowances, send } = setup(() => outcomes.shift() ?? failing('closed'));
  await send();
  await send();
  t.equal(allowances.length, 2);
  t.equal(allowances[1]?.rateLimitRemaining, 5);
});
