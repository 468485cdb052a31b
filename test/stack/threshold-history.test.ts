import t, { type Test } from 'tap';
import { ExporterError } from '../../src/base/errors.js';
import { answerTo } from '../../src/stack/finding.js';
import { createProgramClient } from '../../src/stack/other-program.js';
import {
  createHistory,
  type HistoryPoint,
  isKnown,
  jobOf,
  limitsInForce,
  type Span,
  subjectOf,
  timeoutsInForce,
} from '../../src/stack/threshold-history.js';
import { type ThresholdUse, thresholdUses } from '../../src/stack/threshold-uses.js';
import { answeringProgram, type Question, Refusal, vector } from '../support/answering-program.js';
import { rawServer } from '../support/raw-server.js';

const useOf = (alert: string): ThresholdUse => {
  const use = thresholdUses.find((each) => each.alert === alert);
  if (use === undefined) throw new Error(`no use ${alert}`);
  return use;
};
const ofJob = (expression: string) => `(${expression}) and on (job) label_replace(vector(1), "job", "crm", "", "")`;
/** The start, end and step of a request, in seconds. */
const asked = ({ query }: Question) => ['start', 'end', 'step'].map((name) => Number(query.get(name)));
/** A matrix of one series with the value of each step, as Prometheus answers to a question. */
const matrix = (question: Question, labels: Readonly<Record<string, string>> = {}) => {
  const [start = 0, end = 0, step = 1] = asked(question);
  const values: (readonly [number, string])[] = [];
  for (let at = start; at <= end; at += step) values.push([at, String(at)]);
  return { data: { result: [{ metric: labels, values }] } };
};
const all = async (pieces: AsyncIterable<readonly HistoryPoint[]>) => {
  const found: (readonly HistoryPoint[])[] = [];
  for await (const points of pieces) found.push(points);
  return found;
};

t.test('a span is read in pieces of a day at most, each point once', async (t) => {
  const { client, questions } = await answeringProgram(t, (question) => matrix(question, { job: 'crm' }));
  const ends: number[] = [];
  const history = createHistory(client, 'crm', (end) => ends.push(end));
  const span: Span = { startSeconds: 0, endSeconds: 60 * 2000, stepSeconds: 60 };
  const pieces = await all(history.points('up', span));
  const points = pieces.flat();
  t.strictSame(
    points.map(({ atSeconds }) => atSeconds),
    Array.from({ length: 2000 }, (_, index) => 60 * index),
  );
  t.strictSame(points[1], { labels: { job: 'crm' }, atSeconds: 60, value: 60 });
  t.strictSame(
    questions.map(({ path, query }) => [path, query.get('query')]),
    Array.from({ length: 2 }, () => ['/api/v1/query_range', ofJob('up')]),
  );
  t.strictSame(questions.map(asked), [
    [0, 86_370, 60],
    [86_400, 119_970, 60],
  ]);
  t.strictSame(ends, [86_400, 120_000]);
  t.strictSame(history.pieces(span), [
    { startSeconds: 0, endSeconds: 86_400, stepSeconds: 60 },
    { startSeconds: 86_400, endSeconds: 120_000, stepSeconds: 60 },
  ]);
  t.strictSame(history.pieces({ ...span, endSeconds: 0 }), []);
});

t.test('an answer that is no matrix has no points', async (t) => {
  const { client } = await answeringProgram(t, () => ({ data: {} }));
  t.strictSame(
    await all(
      createHistory(client, 'crm', () => {}).points('up', { startSeconds: 0, endSeconds: 60, stepSeconds: 60 }),
    ),
    [[]],
  );
});

/** Reads 31 steps from a Prometheus that refuses `tooMuch` in this way. */
async function readingFrom(t: Test, refusal: unknown, tooMuch: (steps: number) => boolean, timeoutSeconds = 10) {
  const stepsOf = (question: Question) => {
    const [start = 0, end = 0, step = 1] = asked(question);
    return Math.ceil((end - start) / step);
  };
  const { client, questions } = await answeringProgram(
    t,
    (question) => (tooMuch(stepsOf(question)) ? refusal : matrix(question)),
    { timeoutSeconds },
  );
  const span = { startSeconds: 3000, endSeconds: 3310, stepSeconds: 10 };
  const points = await answerTo(all(createHistory(client, 'crm', () => {}).points('up', span)));
  return { points, steps: questions.map(stepsOf) };
}

t.test('a piece that is too much for Prometheus is read in halves, in order', async (t) => {
  for (const refusal of [
    503,
    new Refusal(422, '{"error":"query processing would load too many samples into memory"}'),
    new Refusal(422, '{"error":"query timed out in expression evaluation"}'),
    new Refusal(500, '{"error":"Timeout"}'),
    ' '.repeat(11 * 1024 * 1024),
  ]) {
    const { points, steps } = await readingFrom(t, refusal, (count) => count > 16);
    t.strictSame(steps, [31, 16, 15]);
    t.strictSame(
      (points as readonly (readonly HistoryPoint[])[]).flat().map(({ atSeconds }) => atSeconds),
      Array.from({ length: 31 }, (_, index) => 3000 + 10 * index),
    );
  }
});

t.test(
  'a request of a quarter of an hour in minutes is not halved, and another failure ends the reading',
  async (t) => {
    const small = await readingFrom(t, 503, () => true);
    t.strictSame(small.steps, [31, 16, 8]);
    t.match(small.points, { kind: 'starting' });
    const quarter = await readingFrom(t, 503, (count) => count >= 15);
    t.match(quarter, { steps: [31, 16, 8, 8, 15], points: { kind: 'starting' } });
    const other = await readingFrom(t, new Refusal(400, '{"error":"parse error"}'), () => true);
    t.strictSame(other.steps, [31]);
    t.match(other.points, { kind: 'failed', what: /parse error/ });
    t.match(await readingFrom(t, 401, () => true), { steps: [31], points: { kind: 'refused' } });
  },
);

t.test('a Prometheus that does not answer in time is asked for less', async (t) => {
  const { steps } = await readingFrom(t, new Promise(() => {}), (count) => count > 16, 0.2);
  t.strictSame(steps, [31, 16, 15]);
});

t.test('a Prometheus that closes the connection is not asked again', async (t) => {
  const closing = await rawServer((socket) => socket.destroy());
  const url = `http://127.0.0.1:${closing.port}`;
  const client = await createProgramClient({ name: 'Prometheus', flag: 'prometheus', url, timeoutSeconds: 5 });
  t.teardown(() => Promise.all([client.close(), closing.stop()]));
  const span = { startSeconds: 0, endSeconds: 310, stepSeconds: 10 };
  const ends: number[] = [];
  const points = createHistory(client, 'crm', (end) => ends.push(end)).points('up', span);
  t.match(await answerTo(all(points)), { kind: 'unreachable' });
  t.strictSame([ends, closing.accepted()], [[], 1]);
});

t.test('an expression is known if it had a value at any minute', async (t) => {
  const span = { startSeconds: 0, endSeconds: 2 * 86_400, stepSeconds: 15 };
  for (const [hasValue, known, requests] of [
    [() => false, false, 2],
    [(start: number) => start > 0, true, 2],
    [() => true, true, 1],
  ] as const) {
    const { client, questions } = await answeringProgram(t, (question) =>
      hasValue(asked(question)[0] ?? 0) ? matrix(question) : { data: { result: [] } },
    );
    t.equal(
      await isKnown(
        'up',
        span,
        createHistory(client, 'crm', () => {}),
      ),
      known,
    );
    t.equal(questions.length, requests);
    t.equal(questions[0]?.query.get('query'), ofJob('group by (job) (up)'));
    t.equal(questions[0]?.query.get('step'), '60');
  }
});

t.test('the job is the wanted one or the only one', async (t) => {
  const of = async (jobs: readonly string[], wanted?: string) => {
    const { client, url, questions } = await answeringProgram(t, () =>
      vector(...jobs.map((job) => [job === '' ? {} : { job }, 1] as const)),
    );
    const answer = await jobOf(client, wanted, 14).catch((error: unknown) => {
      if (!(error instanceof ExporterError)) throw error;
      return `${error.code}: ${error.message.replace(url, 'URL')}`;
    });
    t.equal(questions[0]?.query.get('query'), 'group by (job) (last_over_time(aicrm_exporter_build_info[14d]))');
    return answer;
  };
  t.equal(await of(['crm']), 'crm');
  t.equal(await of(['']), '');
  t.equal(await of(['shop', 'crm'], 'shop'), 'shop');
  t.match(await of([]), /^usage: URL has not scraped an exporter within 14 days; check --prometheus\.url$/);
  t.match(await of([], 'crm'), /has not scraped an exporter/);
  t.match(await of(['shop', 'crm'], 'x'), /^usage: --job: URL has no "x"; it has crm, shop$/);
  t.match(await of(['shop', 'crm']), /^usage: several jobs have exporters; choose one with --job: crm, shop$/);
});

t.test('the limits in force are those of all components, and those of one', async (t) => {
  const { client, questions } = await answeringProgram(t, () =>
    vector(
      [{ job: 'crm', severity: 'warning' }, 2],
      [{ job: 'crm', severity: 'critical' }, 5],
      [{ job: 'crm', component: 'reports', severity: 'critical' }, 20],
    ),
  );
  const history = createHistory(client, 'crm', () => {});
  t.strictSame(
    await limitsInForce(history, useOf('AiCrmComponentSlow')),
    new Map([
      ['', { warning: 2, critical: 5 }],
      ['reports', { warning: Number.NaN, critical: 20 }],
    ]),
  );
  await limitsInForce(history, useOf('AiCrmHostCpuHigh'));
  t.strictSame(
    questions.map(({ query }) => query.get('query')),
    [
      ofJob(
        'max by (job, component, severity) (last_over_time(aicrm_threshold_seconds{threshold="response_time"}[1d]))',
      ),
      ofJob('max by (job, component, severity) (last_over_time(aicrm_threshold_ratio{threshold="cpu_usage"}[1d]))'),
    ],
  );
});

t.test('the timeouts in force are by component', async (t) => {
  const { client, questions } = await answeringProgram(t, () => vector([{ component: 'reports' }, 10], [{}, 3]));
  t.strictSame(
    await timeoutsInForce(createHistory(client, 'crm', () => {})),
    new Map([
      ['reports', 10],
      ['', 3],
    ]),
  );
  t.match(questions[0]?.query.get('query'), 'min by (job, component) (last_over_time(aicrm_component_timeout_seconds');
});

t.test('a subject has the name of its labels, or of its job', async (t) => {
  const labels = { job: 'crm', instance: 'host:1', mountpoint: '/data' };
  t.equal(subjectOf(labels, useOf('AiCrmHostDiskHigh')), 'host:1 /data');
  t.equal(subjectOf(labels, useOf('AiCrmHostInodesHigh')), 'host:1 /data (inodes)');
  t.equal(subjectOf({ instance: 'host:1' }, useOf('AiCrmHostDiskHigh')), 'host:1 all');
  t.equal(subjectOf(labels, useOf('AiCrmRequestErrorRateHigh')), 'crm');
  t.equal(subjectOf({}, useOf('AiCrmRequestErrorRateHigh')), '');
});
