import t from 'tap';
import { catalogue } from '../src/metrics/catalogue.js';
import { ask } from './support/ask.js';
import { startDemoExporter } from './support/demo-exporter.js';
import { familiesIn, samplesIn } from './support/exposition.js';
import { run } from './support/programs.js';
import { startPrometheus } from './support/prometheus.js';
import { until } from './support/until.js';
import { bothAges, missingOf } from './support/versions.js';

const openMetrics = { headers: { accept: 'application/openmetrics-text;version=1.0.0' } };

/** Exists only after a level has changed, for example because a busy machine delayed a probe. See `test/probes/times.test.ts`. */
const afterAChange = [
  'aicrm_component_state_since_timestamp_seconds',
  'aicrm_component_outage_start_timestamp_seconds',
  'aicrm_component_outage_end_timestamp_seconds',
];

/**
 * Absent without failures, without an SQL source for accounts, and outside of maintenance. See `ai-crm-collectors`, `sql-source` and
 * `maintenance`.
 */
const elsewhere = ['aicrm_operation_status_code', 'aicrm_active_users', 'aicrm_maintenance_info'];

/** For heartbeat jobs, which this demo does not have. See `test/heartbeats` and `test/simulator/jobs.test.ts`. */
const ofJobs = /^aicrm_heartbeats?_/;

/** Depends on the machine: a real disk, pressure in its kernel, a container with limits. See `test/host`. */
const byMachine = /^aicrm_host_(?:disk|pressure|cgroup|swap|filesystem_(?:inodes|readonly))/;

/** One exporter for all of these tests. Each test leaves it unchanged. */
const exporter = await startDemoExporter(1);
t.teardown(() => exporter.stop());

t.test('the demo exports every family of the catalogue, and both formats have the same content', async (t) => {
  await until('the CPU has been read twice, and the requests were looked at after they were sent', async () =>
    /^aicrm_host_cpu_usage_ratio.*^aicrm_source_rate_limit_remaining/ms.test(
      (await ask(`${exporter.url}/metrics`)).text,
    ),
  );
  const { text } = await ask(`${exporter.url}/metrics`);
  const names = catalogue.map(({ name }) => name);
  t.same(
    names
      .filter((name) => !familiesIn(text).includes(name) && !byMachine.test(name) && !ofJobs.test(name))
      .filter((name) => !afterAChange.includes(name))
      .sort(),
    [...elsewhere].sort(),
    'families that are missing',
  );
  t.ok(afterAChange.every((name) => names.includes(name)));
  const open = (await ask(`${exporter.url}/metrics`, openMetrics)).text;
  const series = (exposition: string) => [...samplesIn(exposition).keys()].filter((name) => name.startsWith('aicrm_'));
  t.same(series(open), series(text));
});

for (const programs of bothAges) {
  t.test(
    `promtool (${programs.age}) finds nothing wrong with the metrics`,
    { skip: missingOf(programs, 'promtool') },
    async (t) => {
      const { text } = await ask(`${exporter.url}/metrics`);
      t.match(run(programs.promtool, ['check', 'metrics'], { input: text }), { exitCode: 0, stdout: '', stderr: '' });
    },
  );
}

for (const programs of bothAges) {
  t.test(
    `a real Prometheus (${programs.age}) scrapes it every second, in OpenMetrics, without an error`,
    { skip: missingOf(programs, 'prometheus') },
    async (t) => {
      const prometheus = await startPrometheus(
        `global: {scrape_interval: 1s, scrape_timeout: 1s}\nscrape_configs: [{job_name: ai-crm, static_configs: [{targets: ["127.0.0.1:${exporter.port}"]}]}]\n`,
        { programs },
      );
      t.teardown(() => prometheus.stop());
      await until(
        'three scrapes succeeded, one after the other',
        async () => Number((await prometheus.query('sum_over_time(up{job="ai-crm"}[4s])'))[0]?.value[1]) >= 3,
        60,
      );
      t.same(
        await prometheus.query('count_over_time((up == 0 and scrape_duration_seconds < 0.9)[1m:500ms])'),
        [],
        'and none failed, except for a busy machine',
      );
      // Any level, because it depends on the load of this machine.
      t.equal((await prometheus.query('aicrm_status == 1')).length, 1);
      const count = exporter.app.config().components.length;
      t.equal((await prometheus.query('aicrm_component_up == 1')).length, count);
      const areWell = async () =>
        (await prometheus.query('aicrm_component_status{status="healthy"} == 1')).length === count;
      await until('all are well', areWell, 60);
      const targets = (await ask(`${prometheus.url}/api/v1/targets`)).text;
      t.match(JSON.parse(targets), { data: { activeTargets: [{ health: 'up', lastError: '' }] } });
      await exporter.aiCrm.faults.setScenario('database-down');
      await until(
        'the outage is in Prometheus',
        async () => (await prometheus.query('aicrm_component_up{component="postgres"} == 0')).length === 1,
        60,
      );
      t.match(await prometheus.query('aicrm_component_probe_failures_total{component="postgres"} > 0'), [
        { metric: { reason: 'connect' } },
      ]);
      t.match(await prometheus.query('aicrm_component_depends_on{depends_on="postgres", component="database"}'), [
        { value: [Number, '1'] },
      ]);
      await exporter.aiCrm.faults.liftScenario('database-down');
      await until('all are well again', areWell, 60);
      t.same(prometheus.errors(), []);
    },
  );
}
