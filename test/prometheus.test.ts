import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { catalogue } from '../src/metrics/catalogue.js';
import { ask } from './support/ask.js';
import { startDemoExporter } from './support/demo-exporter.js';
import { familiesIn, samplesIn } from './support/exposition.js';
import { missing, run, start } from './support/programs.js';
import { closedPort } from './support/raw-server.js';
import { until } from './support/until.js';

const openMetrics = { headers: { accept: 'application/openmetrics-text;version=1.0.0' } };

/** One for all of these tests; each leaves it as it found it, or is the last. */
const exporter = await startDemoExporter(1);
t.teardown(() => exporter.stop());

t.test('the demo exports every family of the catalogue, and both formats say the same', async (t) => {
  await until('the CPU has been read twice, and the requests were looked at after they were sent', async () => /^aicrm_host_cpu_usage_ratio.*^aicrm_source_rate_limit_remaining/ms.test((await ask(`${exporter.url}/metrics`)).text));
  const { text } = await ask(`${exporter.url}/metrics`);
  t.same(catalogue.map(({ name }) => name).filter((name) => !familiesIn(text).includes(name)), [], 'families that are not there');
  const open = (await ask(`${exporter.url}/metrics`, openMetrics)).text;
  const series = (exposition: string) => [...samplesIn(exposition).keys()].filter((name) => name.startsWith('aicrm_'));
  t.same(series(open), series(text));
});

t.test('promtool has nothing to say about the metrics', { skip: missing('promtool') }, async (t) => {
  const { text } = await ask(`${exporter.url}/metrics`);
  t.match(run('promtool', ['check', 'metrics'], { input: text }), { exitCode: 0, stdout: '', stderr: '' });
});

t.test('a real Prometheus scrapes it every second, in OpenMetrics, without an error', { skip: missing('prometheus') }, async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'prometheus-'));
  const port = await closedPort();
  await writeFile(
    join(directory, 'prometheus.yml'),
    `global: {scrape_interval: 1s, scrape_timeout: 1s}\nscrape_configs:\n- job_name: ai-crm\n  static_configs:\n  - targets: ['127.0.0.1:${exporter.port}']\n`,
  );
  const prometheus = start('prometheus', [`--config.file=${directory}/prometheus.yml`, `--storage.tsdb.path=${directory}/data`, `--web.listen-address=127.0.0.1:${port}`, '--log.level=warn']);
  const query = async (expression: string): Promise<{ metric: Record<string, string>; value: [number, string] }[]> => {
    const { text } = await ask(`http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(expression)}`);
    return (JSON.parse(text) as { data: { result: { metric: Record<string, string>; value: [number, string] }[] } }).data.result;
  };
  try {
    await until('three scrapes', async () => {
      const [found] = await query('count_over_time(up{job="ai-crm"}[1m])').catch(() => []);
      return Number(found?.value[1]) >= 3;
    }, 30);
    t.same((await query('min_over_time(up[1m])')).map(({ value }) => value[1]), ['1'], 'every scrape succeeded');
    // Not which one: that depends on how busy this machine is, too.
    t.equal((await query('aicrm_status == 1')).length, 1);
    const count = exporter.app.config().components.length;
    t.equal((await query('aicrm_component_up == 1')).length, count);
    t.equal((await query('aicrm_component_status{status="healthy"} == 1')).length, count);
    const targets = (await ask(`http://127.0.0.1:${port}/api/v1/targets`)).text;
    t.match(JSON.parse(targets), { data: { activeTargets: [{ health: 'up', lastError: '' }] } });
    await exporter.aiCrm.faults.setScenario('database-down');
    await until('the outage is in Prometheus', async () => (await query('aicrm_component_up{component="postgres"} == 0')).length === 1, 20);
    t.match(await query('aicrm_component_probe_failures_total{component="postgres"} > 0'), [{ metric: { reason: 'connect' } }]);
    t.match(await query('aicrm_component_depends_on{depends_on="postgres", component="database"}'), [{ value: [Number, '1'] }]);
  } finally {
    await prometheus.stop();
    await rm(directory, { recursive: true, force: true });
  }
  t.notMatch(prometheus.output(), /level=error/);
});
