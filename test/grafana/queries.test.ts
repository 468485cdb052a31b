import t from 'tap';
import { readBoards } from '../support/board-json.js';
import { answerTo, choose, labelValues, type Answer, type AnsweredSeries, type TimeRange } from '../support/board-answers.js';
import { asWritten, fillIn, queriesOf, type BoardQuery } from '../support/board-queries.js';
import { accelerated, scrapeSeconds, startBoardStack, type BoardStack } from '../support/board-stack.js';
import { missing } from '../support/programs.js';
import { parsePromql } from '../support/promql.js';
import { millisecondsOf, shortenedExpression } from '../support/shortened.js';
import { until } from '../support/until.js';
import { expectations } from './expected.js';

t.setTimeout(240_000);

/** For everything that is waited for; far more than it takes. */
const patienceSeconds = 120;
const rangeSeconds = 30;

/** Queries that give nothing here, by the end of where they are, and why. Everything else has to give something, before something breaks or afterwards. */
const mayBeEmpty: Readonly<Record<string, string>> = {
  ': annotation Restarts': 'nothing in the simulation starts anew',
  ': Response over time: A': 'the simulated AI-CRM, like the real one, tells no time for each agent',
  ': Response over time: B': 'the simulated AI-CRM, like the real one, tells no time for each agent',
  ': No longer listed: A': 'every agent of the simulation is listed for ever',
  ': Failed notifications: A': 'every notification arrives',
  ': Rules that failed: A': 'no rule does, as the end of this test says',
};
const isListed = (where: string) => Object.keys(mayBeEmpty).some((end) => where.endsWith(end));

/** Queries that may show different things for two exporters and for one, by the end of where they are, and why. */
const unsteady: Readonly<Record<string, string>> = {
  ': Changed most this week: A': 'who is furthest from a mean depends on when each exporter asked while everything moved',
  ': Changed most this week: B': 'as A',
  ': Changed most this week: C': 'as A',
  ': annotation Alerts': 'an alert that is on the edge fires for one and not for the other',
};
const isUnsteady = (where: string) => Object.keys(unsteady).some((end) => where.endsWith(end));

const boards = readBoards();
const queries = boards.flatMap(queriesOf);

t.test('every query of every board, in a real Prometheus', { skip: missing('prometheus') || missing('prometheus-alertmanager') }, async (t) => {
  const stack = await startBoardStack();
  t.teardown(() => stack.stop());
  const { prometheus } = stack;
  await until('a week has passed', async () => (await prometheus.query('job:aicrm_tasks_created:usual2h and job:aicrm_task_completion_ratio:zscore1w and job:aicrm_tasks_open:stddev1w and job:aicrm_agents:median1w')).length === 3, patienceSeconds);
  // So that there is a reload to be marked.
  await Promise.all(stack.exporters.map(({ app }) => app.reload()));
  await standStill(stack);

  const whole = await askAll(prometheus.url, ['ai-crm', 'solo', 'ai-crm|other']);
  const [ofPair, ofSolo, ofSeveral] = whole as [Answers, Answers, Answers];
  await t.test('every query is answered, with several AI-CRMs chosen as well', async (t) => {
    for (const answers of whole) t.same([...answers].flatMap(([{ where }, { error }]) => (error === undefined ? [] : [`${where}: ${error}`])), []);
  });

  await t.test('two exporters of one AI-CRM show the same as one', async (t) => {
    for (const [query, answer] of ofPair) if (!isUnsteady(query.where) && query.kind !== 'variable') t.same(differences(query, answer, ofSolo.get(query)), [], query.where);
    t.same(Object.keys(unsteady).filter((end) => !queries.some(({ where }) => where.endsWith(end))), [], 'exceptions that are not there');
  });

  await t.test('what is shown of one AI-CRM does not change when another one is chosen as well', async (t) => {
    for (const [query, { series }] of ofSeveral) {
      // The greatest of all are others than the greatest of one.
      if (query.kind === 'variable' || /\b(?:topk|bottomk)\b/.test(query.expression)) continue;
      const own = series.filter(({ metric }) => metric['job'] === 'ai-crm');
      if (own.length > 0) t.same(namesOf(own, []), namesOf(ofPair.get(query)?.series ?? [], []), query.where);
    }
  });

  stack.setMoving(true);
  await stack.aiCrm.faults.setScenario('database-down');
  await until('Prometheus knows, of what depends on it as well', async () => (await prometheus.query('ALERTS{alertname="AiCrmComponentDown", alertstate="firing", job="ai-crm", component="postgres"} and on (job) (count by (job) (aicrm_component_status{status="critical"} == 1) >= 3)')).length > 0, patienceSeconds);
  await until('it has lasted', async () => (await prometheus.query('job_component:aicrm_slo_burn_rate:ratio1h{job="ai-crm", component="postgres"} > 14.4 and on (job, component) job_component:aicrm_slo_budget_remaining:ratio30d < 1')).length > 0, patienceSeconds);
  const [broken = new Map(), other = new Map()] = await askAll(prometheus.url, ['ai-crm', 'other']);

  await t.test('every query gives something, or is known not to', async (t) => {
    const isEmpty = (query: BoardQuery) => [ofPair, broken].every((answers) => answers.get(query)?.series.length === 0);
    t.same(queries.filter(isEmpty).map(({ where }) => where).filter((where) => !isListed(where)), [], 'give nothing');
    t.same(queries.filter((query) => isListed(query.where) && !isEmpty(query)).map(({ where }) => where), [], 'are listed, and give something');
    t.same(Object.keys(mayBeEmpty).filter((end) => !queries.some(({ where }) => where.endsWith(end))), [], 'are listed, and are not there');
  });

  await t.test('when the database breaks, the panels that must show it do, and only for the AI-CRM whose it is', async (t) => {
    for (const { where, shows, is } of expectations) {
      const query = queries.find((one) => one.where === where);
      if (query === undefined) {
        t.fail(`there is no ${where}`);
        continue;
      }
      const values = (answers: Answers) => answers.get(query)?.series ?? [];
      t.ok(is(values(broken)), `${where} shows ${shows}: ${text(values(broken))}`);
      t.notOk(is(values(ofPair)), `${where} did not before: ${text(values(ofPair))}`);
      t.notOk(is(values(other)), `${where} does not show it for another AI-CRM: ${text(values(other))}`);
    }
  });
  t.notMatch(prometheus.output(), /level=error/);
});

type Answers = ReadonlyMap<BoardQuery, Answer>;

/** Every query, for each of these choices of jobs at the same time. A panel that is repeated is asked for each of its values. */
async function askAll(url: string, jobs: readonly string[]): Promise<readonly Answers[]> {
  const endSeconds = Date.now() / 1000;
  return Promise.all(
    jobs.map(async (job) => {
      const answers = new Map<BoardQuery, Answer>();
      for (const board of boards) {
        const own = queries.filter((query) => query.board === board);
        const chosen = await choose(board, own, url, job);
        for (const query of own) answers.set(query, await askOne(url, endSeconds, query, chosen));
      }
      return answers;
    }),
  );
}

async function askOne(url: string, endSeconds: number, query: BoardQuery, chosen: Readonly<Record<string, string>>): Promise<Answer> {
  if (query.kind === 'variable') {
    const values = await labelValues(url, fillIn(query.expression, chosen), query.label ?? '');
    return { series: values.map((value) => ({ metric: { [query.label ?? '']: value }, values: [[endSeconds, 1]] })), tookMilliseconds: 0 };
  }
  const time: TimeRange = { endSeconds, rangeSeconds, scrapeSeconds, stepSeconds: Math.max(scrapeSeconds, query.step === undefined ? 0 : accelerated(millisecondsOf(query.step), 'length') / 1000 / 2) };
  const expression = shortenedExpression(query.expression, accelerated);
  const answers: Answer[] = [];
  for (const values of await repetitions(url, query, chosen)) answers.push(await answerTo(query, expression, url, time, { ...chosen, ...values }));
  const error = answers.find((answer) => answer.error !== undefined)?.error;
  return { series: answers.flatMap(({ series }) => series), tookMilliseconds: 0, ...(error !== undefined && { error }) };
}

/** The values of the variable for which a panel is repeated, each by itself. */
async function repetitions(url: string, { board, placed }: BoardQuery, chosen: Readonly<Record<string, string>>): Promise<readonly Readonly<Record<string, string>>[]> {
  const [name] = placed?.repeats ?? [];
  if (name === undefined) return [{}];
  const variable = queries.find(({ where }) => where === `${board.uid}: variable ${name}`);
  const values = await labelValues(url, fillIn(variable?.expression ?? '', chosen), variable?.label ?? '');
  return values.map((value) => ({ [name]: value }));
}

/** Lets nothing happen any more in the AI-CRM, and waits until both exporters and the one alone have seen the same of it. */
async function standStill(stack: BoardStack): Promise<void> {
  stack.setMoving(false);
  const before = Date.now() / 1000;
  const counted = 'count by (job, instance) (timestamp(aicrm_collector_last_run_timestamp_seconds) > 0)';
  await until('every collector has run twice since', async () => (await stack.prometheus.query(`min by (job, instance) (aicrm_collector_last_run_timestamp_seconds) > ${before + 2}`)).length === (await stack.prometheus.query(counted)).length, patienceSeconds);
  const settled = Date.now() / 1000;
  await until('and the rules as well', () => Date.now() / 1000 > settled + 2 * scrapeSeconds);
}

/** What each exporter measures for itself, so that two of them differ a little. */
const measured = /_seconds(?:$|_|:)|_host_|^scrape_|^process_|^nodejs_|_bytes$|^aicrm_source_|^prometheus_|^alertmanager_/;
/** What grew, and what was: each exporter saw it at times of its own, while everything moved. */
const moved = /\b(?:increase|rate|irate|offset)\b|_over_time\b|:[a-z_]*\d+[mhdw]\{/;

/** How the values of a query for two exporters differ from those for one: hardly, where everything stands still, and never by a factor of two. */
function differences({ expression }: BoardQuery, pair: Answer, solo: Answer | undefined): readonly string[] {
  const alone = solo?.series ?? [];
  const names = [namesOf(pair.series, ['job', 'instance']), namesOf(alone, ['job', 'instance'])].map((each) => each.join(' '));
  if (names[0] !== names[1]) return [`${names[0]} and not ${names[1]}`];
  const isMeasured = parsePromql(asWritten(expression)).selectors.some(({ metric }) => measured.test(metric));
  return alone.flatMap((one) => {
    const name = nameOf(one, ['job', 'instance']);
    return pair.series.filter((each) => nameOf(each, ['job', 'instance']) === name).flatMap((two) => {
      const [expected = NaN, actual = NaN] = [one.values.at(-1)?.[1], two.values.at(-1)?.[1]];
      // A few that happened while one looked and the other did not; more than that is a quarter at most.
      const tolerance = moved.test(expression) ? Math.max(expected > 1 ? 1.5 : 0.5, Math.abs(expected) * 0.25) : 1e-9;
      return isMeasured || Object.is(expected, actual) || Math.abs(actual - expected) <= tolerance ? [] : [`${name}: ${actual} and not ${expected}`];
    });
  });
}

const nameOf = ({ metric }: AnsweredSeries, without: readonly string[]) => JSON.stringify(Object.entries(metric).filter(([label]) => !without.includes(label)).sort());
const namesOf = (series: readonly AnsweredSeries[], without: readonly string[]) => [...new Set(series.map((one) => nameOf(one, without)))].sort();
const text = (series: readonly AnsweredSeries[]) => series.map((one) => `${nameOf(one, ['job'])} ${one.values.at(-1)?.[1]}`).join(', ').slice(0, 300);
