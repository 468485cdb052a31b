import t, { type Test } from 'tap';
import {
  type Answer,
  type AnsweredSeries,
  answerTo,
  choose,
  labelValues,
  repetitions,
  type TimeRange,
} from '../support/board-answers.js';
import { readBoards } from '../support/board-json.js';
import { asWritten, type BoardQuery, fillIn, queriesOf } from '../support/board-queries.js';
import { accelerated, type BoardServer, scrapeSeconds, startBoardStack } from '../support/board-stack.js';
import { parsePromql } from '../support/promql.js';
import { millisecondsOf, shortenedExpression } from '../support/shortened.js';
import { until } from '../support/until.js';
import { bothAges, missingOf, newer, older } from '../support/versions.js';
import { expectations } from './expected.js';

t.setTimeout(600_000);

/** The limit of all waits, which take much less. */
const patienceSeconds = 120;
const rangeSeconds = 30;

/**
 * Queries without a result here, by the end of their place, with the reason. All others must have a result, before or after something
 * breaks.
 */
const mayBeEmpty: Readonly<Record<string, string>> = {
  ': annotation Restarts': 'nothing in the simulation starts anew',
  ': Response over time: A': 'the simulated AI-CRM, like the real one, tells no time for each agent',
  ': Response over time: B': 'the simulated AI-CRM, like the real one, tells no time for each agent',
  ': Failed notifications: A': 'every notification arrives',
  ': Who was there: A': 'only the database of AI-CRM knows, which a simulation has not',
  ': Who was there: C': 'the same',
  ...Object.fromEntries(
    ['A', 'B', 'C', 'D', 'E', 'F'].map((query) => [
      `: Jobs that report in: ${query}`,
      'no job reports to these exporters; test/simulator/jobs.test.ts has some that do',
    ]),
  ),
  ': Past incidents: A': 'the outage of this test does not end',
  ': Past incidents: B': 'the same',
  ': Longest outage: A': 'the same',
  ': Rules that failed: A': 'no rule does, as the end of this test says',
};
/** Queries without a result on some machines, with the reason. */
const variesByMachine: Readonly<Record<string, string>> = {
  'aicrm-host: Full in: A': 'a disk that does not fill up is never full',
};
const isListed = (where: string) => Object.keys(mayBeEmpty).some((end) => where.endsWith(end));
const mayStayEmpty = (where: string) => isListed(where) || where in variesByMachine;

/** Queries that may give different results for two exporters and for one, by the end of their place, with the reason. */
const unsteady: Readonly<Record<string, string>> = {
  ': Changed most this week: A':
    'who is furthest from a mean depends on when each exporter asked while everything moved',
  ': Changed most this week: B': 'the same',
  ': Changed most this week: C': 'the same',
  ': Idlest this week: A': 'the same',
  ': Data sources: B': 'a source that was too slow for one of them once, because the machine is busy',
  ': annotation Alerts': 'an alert that is on the edge fires for one and not for the other',
  ': Alert history: A': 'the same',
  ': What is wrong now: A': 'since when, which is an evaluation more or less',
  ': Alerts now: A': 'the same, and an alert that is on the edge waits for one and not for the other',
};
const isUnsteady = (where: string) => Object.keys(unsteady).some((end) => where.endsWith(end));

const boards = readBoards();
const queries = boards.flatMap(queriesOf);

/** The answers of one version of Prometheus so far. */
interface Watch extends BoardServer {
  readonly rounds: Answers[];
  readonly errors: Set<string>;
  /** Queries that gave different results for two exporters and for one in each round. */
  readonly changing: Map<BoardQuery, readonly string[]>;
  /** The places that have shown the broken database. */
  readonly shown: Set<string>;
  other: Answers;
}

const versions = bothAges.filter((programs) => missingOf(programs, 'prometheus', 'alertmanager') === false);

t.test(
  'every query of every board runs in a real Prometheus of each version',
  { skip: missingOf(older, 'prometheus', 'alertmanager') },
  async (t) => {
    const stack = await startBoardStack(versions);
    t.teardown(() => stack.stop());
    const watches = stack.servers.map(
      (server): Watch => ({
        ...server,
        rounds: [],
        errors: new Set(),
        changing: new Map(queries.map((query) => [query, ['was not asked']])),
        shown: new Set(),
        other: new Map(),
      }),
    );
    const each = (act: (watch: Watch) => Promise<unknown>) => Promise.all(watches.map(act));
    const whatTakesLong = [
      'job:aicrm_task_completion_ratio:zscore1w',
      'job:aicrm_tasks_open:stddev1w',
      'job:aicrm_agents:median1w',
      'job:aicrm_tasks_created:increase1h offset 48s',
    ];
    await each(({ prometheus }) =>
      until(
        'a week has passed, and half a day since the exporters began to count',
        async () => (await prometheus.query(whatTakesLong.join(' and on (job) '))).length === 3,
        patienceSeconds,
      ),
    );
    // So that the boards have a reload to mark.
    const reloadedAtSeconds = Date.now() / 1000;
    await Promise.all(stack.exporters.map(({ app }) => app.reload()));
    // A value that is counted twice is wrong in each round. A value that one exporter saw a moment later is not.
    for (let round = 0; round < 5 && watches.some(({ changing }) => changing.size > 0); round++) {
      stack.setMoving(true);
      if (round > 0) await passed(accelerated(86_400_000, 'length') / 1000);
      stack.setMoving(false);
      await each(standStill);
      await each(async ({ programs, prometheus, rounds, errors, changing }) => {
        const jobs = ['ai-crm', 'solo', 'ai-crm|other'];
        const answers = await askAll(prometheus.url, jobs, queries, reloadedAtSeconds);
        const [ofPair, ofSolo, ofSeveral] = answers as [Answers, Answers, Answers];
        rounds.push(ofPair);
        for (const answers of [ofPair, ofSolo, ofSeveral])
          for (const [{ where }, { error }] of answers) if (error !== undefined) errors.add(`${where}: ${error}`);
        for (const query of changing.keys()) {
          const found = [
            ...differences(query, ofPair.get(query), ofSolo.get(query)),
            ...changes(query, ofSeveral.get(query), ofPair.get(query)),
          ];
          if (found.length === 0) changing.delete(query);
          else changing.set(query, found);
        }
        t.comment(
          `${programs.age}: round ${round + 1} at ${Math.round(performance.now() / 1000)} s: ${changing.size} queries differ`,
        );
      });
    }
    t.same(
      expectations.map(({ where }) => where).filter((place) => !queries.some(({ where }) => where === place)),
      [],
      'expectations of places that do not exist',
    );
    t.same(
      Object.keys(unsteady).filter((end) => !queries.some(({ where }) => where.endsWith(end))),
      [],
      'exceptions for places that do not exist',
    );
    t.same(
      [...Object.keys(mayBeEmpty), ...Object.keys(variesByMachine)].filter(
        (end) => !queries.some(({ where }) => where.endsWith(end)),
      ),
      [],
      'listed as empty, but do not exist',
    );

    stack.setMoving(true);
    await stack.aiCrm.faults.setScenario('database-down');
    const before = new Map(watches.map((watch) => [watch, watch.rounds.at(-1) ?? new Map()]));
    // The queries without a result are reported below.
    await each(async (watch) => {
      await until(
        'every panel that must show a broken database does, and every query has given something',
        () => areAllShown(watch, before.get(watch) ?? new Map()),
        patienceSeconds / 2,
      ).catch(() => {});
      const [broken, other] = (await askAll(watch.prometheus.url, ['ai-crm', 'other'], queries)) as [Answers, Answers];
      watch.rounds.push(broken);
      watch.other = other;
    });

    for (const watch of watches)
      await t.test(`the ${watch.programs.age} Prometheus`, (t) =>
        checkAnswers(t, watch, before.get(watch) ?? new Map()),
      );
  },
);

if (versions.length < bothAges.length)
  t.test(
    'every query of every board runs in the newer Prometheus',
    { skip: missingOf(newer, 'prometheus', 'alertmanager') },
    () => {},
  );

/** Runs the queries that have not shown the outage yet, and those without a result so far. */
async function areAllShown({ prometheus, rounds, shown }: Watch, before: Answers): Promise<boolean> {
  const missing = expectations.filter(({ where }) => !shown.has(where));
  const asked = queries.filter(
    (query) =>
      missing.some(({ where }) => where === query.where) || (!mayStayEmpty(query.where) && isEmptyIn(rounds, query)),
  );
  if (asked.length === 0) return true;
  const [broken] = (await askAll(prometheus.url, ['ai-crm'], asked)) as [Answers];
  rounds.push(broken);
  for (const { where, is } of missing) if (is(seriesOf(broken, where), seriesOf(before, where))) shown.add(where);
  return false;
}

const isEmptyIn = (rounds: readonly Answers[], query: BoardQuery) =>
  rounds.every((answers) => (answers.get(query)?.series ?? []).length === 0);

async function checkAnswers(
  t: Test,
  { prometheus, rounds, errors, changing, shown, other }: Watch,
  before: Answers,
): Promise<void> {
  t.same([...errors], [], 'every query is answered, also with several AI-CRMs selected');
  t.same(
    [...changing].map(([{ where }, found]) => `${where}: ${found.join(', ')}`),
    [],
    'two exporters of one AI-CRM show the same as one, whatever else is selected',
  );

  await t.test('a broken database is shown by the expected panels, and only for its own AI-CRM', async (t) => {
    const broken = rounds.at(-1) ?? new Map();
    for (const { where, shows, is } of expectations) {
      t.ok(
        shown.has(where),
        `${where} shows ${shows}: ${text(seriesOf(broken, where))} and before ${text(seriesOf(before, where))}`,
      );
      const elsewhere = seriesOf(other, where).filter(
        ({ metric }) => metric['component'] === 'postgres' || metric['depends_on'] === 'postgres',
      );
      t.notOk(is(elsewhere, []), `${where} does not show it for another AI-CRM: ${text(elsewhere)}`);
    }
  });

  await t.test('every query returns something, or is listed as empty', async (t) => {
    const isEmpty = (query: BoardQuery) => isEmptyIn(rounds, query);
    t.same(
      queries.filter((query) => !mayStayEmpty(query.where) && isEmpty(query)).map(({ where }) => where),
      [],
      'have no result',
    );
    t.same(
      queries.filter((query) => isListed(query.where) && !isEmpty(query)).map(({ where }) => where),
      [],
      'are listed, but have a result',
    );
  });

  t.same(prometheus.errors(), []);
}

/** The answer to the query at this place. */
function seriesOf(answers: Answers, place: string): readonly AnsweredSeries[] {
  const query = queries.find(({ where }) => where === place);
  return query === undefined ? [] : (answers.get(query)?.series ?? []);
}

/** The part of an answer that these tests use. */
type Said = Pick<Answer, 'series' | 'error'>;
type Answers = ReadonlyMap<BoardQuery, Said>;

/**
 * Runs these queries for each of these selections of jobs at the same time. A repeated panel is queried for each of its values. Annotations
 * look back to `sinceSeconds`, however long a busy machine took.
 */
async function askAll(
  url: string,
  jobs: readonly string[],
  asked: readonly BoardQuery[],
  sinceSeconds?: number,
): Promise<readonly Answers[]> {
  const endSeconds = Date.now() / 1000;
  return Promise.all(
    jobs.map(async (job) => {
      const answers = new Map<BoardQuery, Said>();
      for (const board of boards) {
        const own = queries.filter((query) => query.board === board);
        const ofBoard = own.filter((query) => asked.includes(query));
        if (ofBoard.length === 0) continue;
        const chosen = await choose(board, own, url, job);
        for (const query of ofBoard) answers.set(query, await askOne(url, { endSeconds, sinceSeconds }, query, chosen));
      }
      return answers;
    }),
  );
}

async function askOne(
  url: string,
  { endSeconds, sinceSeconds = endSeconds }: { readonly endSeconds: number; readonly sinceSeconds: number | undefined },
  query: BoardQuery,
  chosen: Readonly<Record<string, string>>,
): Promise<Said> {
  if (query.kind === 'variable') {
    const values = await labelValues(url, fillIn(query.expression, chosen), query.label ?? '');
    return { series: values.map((value) => ({ metric: { [query.label ?? '']: value }, values: [[endSeconds, 1]] })) };
  }
  const time: TimeRange = {
    endSeconds,
    rangeSeconds: query.kind === 'annotation' ? Math.max(rangeSeconds, endSeconds - sinceSeconds) : rangeSeconds,
    scrapeSeconds,
    stepSeconds: Math.max(
      scrapeSeconds,
      query.step === undefined ? 0 : accelerated(millisecondsOf(query.step), 'length') / 1000 / 2,
    ),
  };
  const expression = shortenedExpression(query.expression, accelerated);
  const series: AnsweredSeries[] = [];
  for (const values of await repetitions(query, queries, url, chosen)) {
    const answer = await answerTo(query, expression, url, time, { ...chosen, ...values });
    if (answer.error !== undefined) return answer;
    series.push(...answer.series.map((one) => ({ ...one, metric: { ...one.metric, ...values } })));
  }
  return { series };
}

/** While the clocks of the AI-CRMs stand still: waits until all exporters and Prometheus have seen the same state. */
async function standStill({ prometheus }: BoardServer): Promise<void> {
  const before = Date.now() / 1000;
  const counted = 'count by (job, instance) (timestamp(aicrm_collector_last_run_timestamp_seconds) > 0)';
  await until(
    'every collector has run twice since',
    async () =>
      (await prometheus.query(`min by (job, instance) (aicrm_collector_last_run_timestamp_seconds) > ${before + 2}`))
        .length === (await prometheus.query(counted)).length,
    patienceSeconds,
  );
  // The rules must run, too.
  await passed(2 * scrapeSeconds);
}

/** Only waits. */
function passed(seconds: number): Promise<void> {
  const end = Date.now() / 1000 + seconds;
  return until(`${seconds} s have passed`, () => Date.now() / 1000 > end, seconds + patienceSeconds);
}

/** Values that each exporter measures itself, so that two exporters differ a little. */
const measured =
  /_seconds(?:$|_|:)|_host_|^scrape_|^process_|^nodejs_|_bytes$|^aicrm_source_|^prometheus_|^alertmanager_/;
/** Growth and past values: each exporter scraped at its own times while the state changed. */
const moved = /\b(?:increase|rate|irate|offset)\b|_over_time\b|:[a-z_]*\d+[mhdw]\{/;

/**
 * The differences between the values for two exporters and for one. In a state without changes they must be equal, and never differ by a
 * factor of two.
 */
function differences(
  { where, kind, expression }: BoardQuery,
  pair: Said | undefined,
  solo: Said | undefined,
): readonly string[] {
  if (isUnsteady(where) || kind === 'variable') return [];
  const several = pair?.series ?? [];
  const alone = solo?.series ?? [];
  const names = [namesOf(several, ['job', 'instance']), namesOf(alone, ['job', 'instance'])].map((each) =>
    each.join(' '),
  );
  if (names[0] !== names[1]) return [`${names[0]} and not ${names[1]}`];
  const isMeasured =
    where in variesByMachine ||
    parsePromql(asWritten(expression)).selectors.some(({ metric }) => measured.test(metric));
  return alone.flatMap((one) => {
    const name = nameOf(one, ['job', 'instance']);
    return several
      .filter((each) => nameOf(each, ['job', 'instance']) === name)
      .flatMap((two) => {
        const [expected = NaN, actual = NaN] = [one.values.at(-1)?.[1], two.values.at(-1)?.[1]];
        // An hour has six scrapes here, and one of them may belong to the hour before. A value that is counted twice differs by more.
        const tolerance = moved.test(expression) ? Math.max(expected > 1 ? 1.5 : 0.5, Math.abs(expected) * 0.5) : 1e-9;
        return isMeasured || Object.is(expected, actual) || Math.abs(actual - expected) <= tolerance
          ? []
          : [`${name}: ${actual} and not ${expected}`];
      });
  });
}

/**
 * The differences for one AI-CRM when another is selected, too. topk is left out, since the greatest of all are not the greatest of one.
 */
function changes(
  { kind, expression }: BoardQuery,
  several: Said | undefined,
  one: Said | undefined,
): readonly string[] {
  if (kind === 'variable' || /\b(?:topk|bottomk)\b/.test(expression)) return [];
  const [ofSeveral, ofOne] = [several, one].map((said) =>
    namesOf(said?.series.filter(({ metric }) => metric['job'] === 'ai-crm') ?? [], []).join(' '),
  );
  return ofSeveral === ofOne ? [] : [`${ofSeveral} and not ${ofOne} when another AI-CRM is chosen too`];
}

const nameOf = ({ metric }: AnsweredSeries, without: readonly string[]) =>
  JSON.stringify(
    Object.entries(metric)
      .filter(([label]) => !without.includes(label))
      .sort(),
  );
const namesOf = (series: readonly AnsweredSeries[], without: readonly string[]) =>
  [...new Set(series.map((one) => nameOf(one, without)))].sort();
const text = (series: readonly AnsweredSeries[]) =>
  series
    .map((one) => `${nameOf(one, ['job'])} ${one.values.at(-1)?.[1]}`)
    .join(', ')
    .slice(0, 300);
