import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { ask } from '../support/ask.js';
import { answerTo, choose, type TimeRange } from '../support/board-answers.js';
import { readBoards } from '../support/board-json.js';
import { asWritten, queriesOf, type BoardQuery } from '../support/board-queries.js';
import { startDemoExporter } from '../support/demo-exporter.js';
import { missing } from '../support/programs.js';
import { startPrometheus } from '../support/prometheus.js';
import { parsePromql } from '../support/promql.js';
import { readRules } from '../support/rule-files.js';
import { millisecondsOf } from '../support/shortened.js';
import { recorded, scraped, writeThirtyDays, type PastSeries } from '../support/thirty-days.js';
import { until } from '../support/until.js';

t.setTimeout(240_000);

const days = 30;
const limitMilliseconds = 1000;
/** As wide as a large panel is on a wall; Grafana asks for no more values than that. */
const pixels = 1000;
/** How far apart samples are; a real Prometheus has twenty times as many. */
const stepSeconds = Number(process.env['COST_STEP'] ?? 300);

const boards = readBoards();
const queries = boards.flatMap(queriesOf).filter(({ kind }) => kind !== 'variable');

t.test('no query over thirty days takes longer than a second', { skip: missing('prometheus') || missing('promtool') }, async (t) => {
  const b = Date.now();
  const log = (...w: unknown[]) => console.error(((Date.now() - b) / 1000).toFixed(1), ...w);
  const directory = await mkdtemp(join(tmpdir(), 'thirty-days-'));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  const names = new Set(queries.flatMap(({ expression }) => parsePromql(asWritten(expression)).selectors.map(({ metric }) => metric)));
  const series = await pastSeries(names);
  log(series.length, 'series');
  // A lot later than the last sample Prometheus would take the blocks for older than they are.
  const endSeconds = Math.floor(Date.now() / 1000 / 3600) * 3600;
  await mkdir(join(directory, 'data'));
  log(await writeThirtyDays(series, join(directory, 'data'), endSeconds), 'samples');
  const prometheus = await startPrometheus('{}', { storage: join(directory, 'data'), args: ['--storage.tsdb.retention.time=90d', ...(process.env['COST_STEP'] ? ['--query.max-samples=500000000'] : [])] });
  t.teardown(() => prometheus.stop());
  log('up');
  const slow: string[] = [];
  const took: [number, string][] = [];
  const empty: string[] = [];
  for (const board of boards) {
    const own = queries.filter((query) => query.board === board);
    const chosen = await choose(board, queriesOf(board), prometheus.url, 'ai-crm');
    for (const query of own) {
      const answers = [];
      for (let n = 0; n < 3; n++) {
        answers.push(await answerTo(query, query.expression, prometheus.url, timeOf(query, endSeconds), chosen));
        if ((answers[0]?.tookMilliseconds ?? 0) < limitMilliseconds / 2) break;
      }
      const times = answers.map(({ tookMilliseconds }) => tookMilliseconds).sort((a, b) => a - b);
      const median = times[Math.floor(times.length / 2)] ?? 0;
      took.push([median, query.where]);
      if (answers[0]?.error !== undefined) slow.push(`${query.where}: ${answers[0].error}`);
      if (median > limitMilliseconds) slow.push(`${query.where}: ${Math.round(median)} ms`);
      if (answers[0]?.series.length === 0) empty.push(query.where);
    }
  }
  t.same(slow, []);
  log(took.sort(([a], [b]) => b - a).slice(0, 40).map(([ms, where]) => `${Math.round(ms)} ${where}`).join('\n'));
  log('empty', empty);
});

/** Everything that the boards ask for, of everybody who has it. */
async function pastSeries(names: ReadonlySet<string>): Promise<readonly PastSeries[]> {
  const exporter = await startDemoExporter(1);
  try {
    await until('the CPU has been read twice', async () => /^aicrm_host_cpu_usage_ratio/m.test((await ask(`${exporter.url}/metrics`)).text));
    const target = { job: 'ai-crm', instance: 'exporter:10059' };
    const own = scraped((await ask(`${exporter.url}/metrics`)).text, target, names, stepSeconds);
    return [...own, ...recorded(await readRules(), own, names, ({ interval = '15s' }) => Math.max(stepSeconds, millisecondsOf(interval) / 1000))];
  } finally {
    await exporter.stop();
  }
}

/** The time range and step that Grafana would ask for. */
function timeOf({ step, placed }: BoardQuery, endSeconds: number): TimeRange {
  const rangeSeconds = days * 86_400;
  const points = placed?.panel.maxDataPoints ?? pixels;
  return { endSeconds, rangeSeconds, scrapeSeconds: 15, stepSeconds: Math.max(step === undefined ? 0 : millisecondsOf(step) / 1000, nice(rangeSeconds / points)) };
}

/** The next of the steps that Grafana knows. */
function nice(seconds: number): number {
  return [1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400].find((known) => known >= seconds) ?? 86_400;
}
