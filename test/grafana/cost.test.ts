import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { ask } from '../support/ask.js';
import { type Answer, answerTo, choose, repetitions, type TimeRange } from '../support/board-answers.js';
import { readBoards } from '../support/board-json.js';
import { asWritten, type BoardQuery, queriesOf } from '../support/board-queries.js';
import { startDemoExporter } from '../support/demo-exporter.js';
import { knownSeries } from '../support/known-series.js';
import { startPrometheus } from '../support/prometheus.js';
import { parsePromql } from '../support/promql.js';
import { readRules } from '../support/rule-files.js';
import { millisecondsOf } from '../support/shortened.js';
import { type PastSeries, recorded, scraped, writeThirtyDays } from '../support/thirty-days.js';
import { until } from '../support/until.js';
import { bothAges, type MonitoringPrograms, missingOf, newer, older } from '../support/versions.js';

t.setTimeout(400_000);

const rangeSeconds = 30 * 86_400;
/** The width of a large panel on a wall. Grafana requests at most as many values. */
const pixels = 1000;
/** The time between samples, here and in a real Prometheus. All real samples would take an hour to write. */
const sampleSeconds = 300;
const shippedSampleSeconds = 5;
/** The time between two ended outages of a component. Each outage is one sample, not one per evaluation. */
const outageSeconds = 43_200;
/** The samples that a Prometheus reads in about a second on one ordinary core. */
const limitSamples = 20e6;

/** Queries that read more at the shipped scrape interval, with the reason. */
const heavy: Readonly<Record<string, string>> = {
  'aicrm-services: Failures by reason: A':
    'every reason of every component, over the whole range; a board opens with six hours, which is a hundredth of it',
  'aicrm-business: Steps that failed: A': 'every reason of every step, over the whole range',
  'aicrm-business: Do workflows go through?: A':
    'what it says where there is no workflow looks at the whole range once; Prometheus counts that for every step',
  'aicrm-alerting: Data sources: B': 'every reason of every source, over the whole range',
  'aicrm-alerting: Failures of sources: A': 'every reason of every source',
};

const boards = readBoards();
const queries = boards.flatMap(queriesOf).filter(({ kind }) => kind !== 'variable');
const selectorsOf = ({ expression }: BoardQuery) => parsePromql(asWritten(expression)).selectors;

const endSeconds = Math.floor(Date.now() / 3_600_000) * 3600;
const directory = await mkdtemp(join(tmpdir(), 'thirty-days-'));
t.teardown(() => rm(directory, { recursive: true, force: true }));
const storageOf = ({ age }: MonitoringPrograms) => join(directory, age);
if (missingOf(older, 'promtool') === false) {
  // Written once and copied for each version.
  await mkdir(storageOf(older));
  await writeThirtyDays(await pastSeries(), storageOf(older), endSeconds);
  await cp(storageOf(older), storageOf(newer), { recursive: true });
}

for (const programs of bothAges) {
  t.test(
    `no query over thirty days reads more samples than fit into a second (${programs.age} Prometheus)`,
    { skip: missingOf(older, 'promtool') || missingOf(programs, 'prometheus') },
    (t) => isQuick(t, programs),
  );
}

async function isQuick(t: Test, programs: MonitoringPrograms): Promise<void> {
  const prometheus = await startPrometheus('{}', {
    programs,
    storage: storageOf(programs),
    args: ['--storage.tsdb.retention.time=90d'],
  });
  t.teardown(() => prometheus.stop());
  const answers = new Map<BoardQuery, Answer>();
  for (const board of boards) {
    const own = queriesOf(board);
    const all = await choose(board, own, prometheus.url, 'ai-crm');
    // For a variable with a single value Grafana selects the first one.
    const single = board.templating.list.filter(({ multi, includeAll }) => multi !== true && includeAll !== true);
    const chosen = { ...all, ...Object.fromEntries(single.map(({ name }) => [name, all[name]?.split('|')[0] ?? ''])) };
    for (const query of queries) {
      if (query.board !== board) continue;
      const times = timeOf(query, endSeconds);
      const ofEach: Answer[] = [];
      for (const values of await repetitions(query, own, prometheus.url, chosen))
        ofEach.push(await answerTo(query, query.expression, prometheus.url, times, { ...chosen, ...values }));
      const longest = ofEach.sort((a, b) => b.samples - a.samples)[0];
      if (longest !== undefined)
        answers.set(query, {
          ...longest,
          series: ofEach.flatMap(({ series }) => series),
          samples: Math.max(...ofEach.map(({ samples }) => samples)),
        });
    }
  }
  t.same(
    [...answers].flatMap(([{ where }, { error }]) => (error === undefined ? [] : [`${where}: ${error}`])),
    [],
  );
  const shipped = (samples: number) => (samples * sampleSeconds) / shippedSampleSeconds;
  const tooMany = [...answers].filter(([, { samples }]) => shipped(samples) > limitSamples);
  t.same(
    tooMany
      .filter(([{ where }]) => !(where in heavy))
      .map(([{ where }, { samples }]) => `${where}: ${Math.round(shipped(samples) / 1e6)} million samples`),
    [],
    'would read too many samples',
  );
  t.same(
    Object.keys(heavy).filter((where) => !tooMany.some(([query]) => query.where === where)),
    [],
    'are listed, but read few samples or do not exist',
  );
  const known = knownSeries(await readRules());
  // A query with `absent()` finds nothing here.
  const ofRecords = queries.filter(
    (query) =>
      !query.expression.includes('absent(') &&
      selectorsOf(query).every(
        ({ metric, matchers }) => known.get(metric)?.isRecord === true && matchers.every(({ value }) => value !== ''),
      ),
  );
  t.ok(ofRecords.length > 0);
  t.same(
    ofRecords.filter((query) => answers.get(query)?.series.length === 0).map(({ where }) => where),
    [],
    'recorded series are found, however rare they are',
  );
}

/** Every series of the exporter that the boards use, scraped or recorded. */
async function pastSeries(): Promise<readonly PastSeries[]> {
  // Including those for variables. Without them nothing is selected.
  const names = new Set(boards.flatMap(queriesOf).flatMap((query) => selectorsOf(query).map(({ metric }) => metric)));
  const exporter = await startDemoExporter(1);
  try {
    const metrics = async () => (await ask(`${exporter.url}/metrics`)).text;
    await until('the CPU has been read twice', async () => /^aicrm_host_cpu_usage_ratio/m.test(await metrics()));
    const own = scraped(await metrics(), { job: 'ai-crm', instance: 'exporter:10059' }, names, sampleSeconds);
    return [
      ...own,
      ...recorded(await readRules(), own, names, ({ name, interval = '15s' }) =>
        name.endsWith(':ended') ? outageSeconds : Math.max(sampleSeconds, millisecondsOf(interval) / 1000),
      ),
    ];
  } finally {
    await exporter.stop();
  }
}

/** The time range and step that Grafana requests. */
function timeOf({ step = '0s', placed }: BoardQuery, endSeconds: number): TimeRange {
  const stepSeconds = Math.max(
    millisecondsOf(step) / 1000,
    nextStep(rangeSeconds / (placed?.panel.maxDataPoints ?? pixels)),
  );
  return { endSeconds, rangeSeconds, scrapeSeconds: 15, stepSeconds };
}

/** The next larger step of Grafana. */
function nextStep(seconds: number): number {
  return (
    [60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 10_800, 21_600, 43_200].find((known) => known >= seconds) ?? 86_400
  );
}
