import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { trial, trialsOf } from '../../src/cli/thresholds.js';
import { blocksFrom } from '../support/history-blocks.js';
import { main } from '../support/main-program.js';
import { type RunningPrometheus, startPrometheus } from '../support/prometheus.js';
import { closedPort } from '../support/raw-server.js';
import { bothAges, missingOf } from '../support/versions.js';

t.setTimeout(600_000);

const day = 86_400;
/** A full hour, so that every hour of the history is a row of the table. */
const end = Math.floor(Date.now() / 3_600_000) * 3600;
const start = end - 14 * day;
/** The child processes run in UTC, so that hours are hours of UTC. */
const inUtc = { environment: { TZ: 'UTC' } };

/** On these days the CPU is busy at ten o'clock: its usage and the minutes. */
const busyDays: Readonly<Record<number, readonly [ratio: number, minutes: number]>> = {
  3: [0.92, 30],
  5: [0.92, 30],
  9: [0.92, 30],
  7: [0.98, 20],
};

/** The hour of the day in UTC. */
const hourOf = (at: number) => Math.floor((at % day) / 3600);

/** 20 % at midnight, 43 % before the next midnight, and busy on a few days. */
function cpuAt(at: number): number {
  const [ratio, minutes] = busyDays[Math.floor((at - start) / day)] ?? [0, 0];
  const isBusy = hourOf(at) === 10 && (at % 3600) / 60 < minutes;
  return isBusy ? ratio : 0.2 + 0.01 * hourOf(at);
}

/** 100 ms at midnight, 330 ms before the next midnight. */
const backendAt = (at: number) => 0.1 + 0.01 * hourOf(at);

/** A slow answer for 20 minutes on the second day and on the fourth, where maintenance begins in the middle. */
function reportsAt(at: number): number {
  const dayOf = Math.floor((at - start) / day);
  const isSlow = (dayOf === 2 || dayOf === 4) && hourOf(at) === 12 && at % 3600 < 1200;
  return isSlow ? 9 : 2;
}

type ValueAt = (at: number) => number | undefined;

/** The content of a Prometheus after these two weeks: each series with the interval of its scrapes or rules. */
const series: readonly (readonly [name: string, stepSeconds: number, valueAt: ValueAt])[] = [
  ['aicrm_exporter_build_info{job="crm",instance="host:10059"}', 60, () => 1],
  ['aicrm_component_info{job="crm",instance="host:10059",component="backend"}', 3600, () => 1],
  ['aicrm_component_info{job="crm",instance="host:10059",component="reports"}', 3600, () => 1],
  ['aicrm_host_cpu_usage_ratio{job="crm",instance="host:10059"}', 15, cpuAt],
  ['job_component:aicrm_component_last_response_seconds:still5m{job="crm",component="backend"}', 15, backendAt],
  ['job_component:aicrm_component_last_response_seconds:still5m{job="crm",component="reports"}', 15, reportsAt],
  [
    'job_component:aicrm_component_overshadowed:max{job="crm",component="reports",severity="warning"}',
    15,
    (at) => (Math.floor((at - start) / day) === 4 && hourOf(at) === 12 ? 1 : undefined),
  ],
  // A component with severity: warning, as slow as the other one, with the general limits.
  ['aicrm_component_info{job="crm",instance="host:10059",component="archive"}', 3600, () => 1],
  [
    'job_component:aicrm_component_last_response_seconds:still5m{job="crm",component="archive"}',
    15,
    (at) => reportsAt(at) - 1,
  ],
  ['job_component:aicrm_component_info:last{job="crm",component="archive",severity="warning"}', 15, () => 1],
  // Another AI-CRM, which must not appear in the output.
  ['aicrm_exporter_build_info{job="other",instance="host:10060"}', 3600, () => 1],
  ['aicrm_host_cpu_usage_ratio{job="other",instance="host:10060"}', 300, () => 0.99],
  ...Object.entries({
    cpu_usage: [0.8, 0.95],
    memory_usage: [0.85, 0.95],
    disk_usage: [0.9, 0.95],
    error_rate: [0.05, 0.1],
  }).flatMap(([name, limits]) =>
    limits.map(
      (limit, index) =>
        [
          `aicrm_threshold_ratio{job="crm",instance="host:10059",threshold="${name}",severity="${index === 0 ? 'warning' : 'critical'}",component=""}`,
          300,
          () => limit,
        ] as const,
    ),
  ),
  ...(['', 'reports'] as const).flatMap((component) =>
    (component === '' ? [2, 5] : [8, 20]).map(
      (limit, index) =>
        [
          `aicrm_threshold_seconds{job="crm",instance="host:10059",threshold="response_time",severity="${index === 0 ? 'warning' : 'critical'}",component="${component}"}`,
          300,
          () => limit,
        ] as const,
    ),
  ),
  // The alerts of the earlier rules: the limit was different, and one alert fired for ten minutes.
  [
    'ALERTS{alertname="AiCrmHostCpuHigh",alertstate="firing",severity="warning",area="host",job="crm",instance="host:10059"}',
    15,
    (at) => (Math.floor((at - start) / day) === 5 && hourOf(at) === 10 && at % 3600 < 600 ? 1 : undefined),
  ],
];

async function writeBlocks(folder: string): Promise<string> {
  const file = join(folder, 'history.om');
  const lines = series.flatMap(([name, stepSeconds, valueAt]) => {
    const own: string[] = [];
    for (let at = start; at <= end; at += stepSeconds) {
      const value = valueAt(at);
      if (value !== undefined) own.push(`${name} ${value} ${at}`);
    }
    return own;
  });
  await writeFile(file, `${lines.join('\n')}\n# EOF\n`);
  const storage = join(folder, 'data');
  await blocksFrom(file, storage);
  return storage;
}

interface Suggestion {
  readonly watched_seconds: number;
  readonly thresholds: readonly {
    readonly threshold: string;
    readonly subjects: readonly {
      readonly subject: string;
      readonly by_hour: readonly ({ readonly p50: number; readonly p95: number; readonly p99: number } | null)[];
      readonly busiest_hour: number;
      readonly proposed: { readonly warning: number; readonly critical: number };
    }[];
  }[];
}

interface Backtest {
  readonly alerts: readonly {
    readonly alert: string;
    readonly severity: string;
    readonly subjects: readonly {
      readonly subject: string;
      readonly fired: Told;
      readonly present: Told;
      readonly tried: Told | null;
    }[];
  }[];
}

interface Told {
  readonly count: number;
  readonly total_seconds: number;
}

for (const programs of bothAges) {
  t.test(`${programs.age} Prometheus`, { skip: missingOf(programs, 'prometheus', 'promtool') }, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'thresholds-'));
    t.teardown(() => rm(folder, { recursive: true, force: true }));
    // The only rule, which never fires.
    const prometheus: RunningPrometheus = await startPrometheus('rule_files: [rules.yml]\n', {
      programs,
      files: {
        'rules.yml':
          'groups: [{name: x, rules: [{alert: AiCrmHostCpuHigh, expr: "vector(0) > 1", labels: {severity: critical}}]}]\n',
      },
      storage: await writeBlocks(folder),
      args: ['--storage.tsdb.retention.time=1y'],
    });
    t.teardown(() => prometheus.stop());
    const run = async (...args: string[]) => main(['thresholds', ...args, '--prometheus.url', prometheus.url], inUtc);

    t.test('normal values are shown by hour of the day, and the busiest hour decides the proposal', async (t) => {
      const { exitCode, stdout, stderr } = await run('suggest', '--job', 'crm', '--json');
      t.equal(exitCode, 0, stderr);
      const { thresholds, watched_seconds: watched } = JSON.parse(stdout) as Suggestion;
      t.ok(watched > 13.9 * day, `watched ${watched} s`);
      const of = (key: string, subject: string) =>
        thresholds.find(({ threshold }) => threshold === key)?.subjects.find((each) => each.subject === subject);
      const backend = of('response_time_ms', 'backend');
      for (const hour of [1, 9, 23])
        t.match(backend?.by_hour[hour], { p50: 0.1 + 0.01 * hour, p99: 0.1 + 0.01 * hour }, `hour ${hour}`);
      t.equal(backend?.busiest_hour, 23);
      t.strictSame(backend?.proposed, { warning: 0.5, critical: 1.3 }, '1.5 times and 2.5 times that of 330 ms');
      const cpu = of('cpu_usage_percent', 'host:10059');
      t.equal(cpu?.busiest_hour, 23, 'not the hour in which it was busy on four days only');
      t.ok(Math.abs((cpu?.by_hour[10]?.p99 ?? 0) - 0.98) < 0.02, 'its p99 comes from the busy days');
      t.equal(cpu?.by_hour[10]?.p50.toFixed(2), '0.30', 'and its median does not');
      t.strictSame(
        thresholds.find(({ threshold }) => threshold === 'disk_usage_percent')?.subjects,
        [],
        'absent is not 0',
      );
    });

    t.test('the text has the hours in 80 columns and a proposal in YAML for the configuration', async (t) => {
      const { stdout } = await run('suggest', '--job', 'crm');
      const table = stdout.split('\n').filter((line) => /^ {4}(?:hour|p50|p95|p99) /.test(line));
      t.ok(table.length >= 16, 'two halves of four lines for each threshold that was measured');
      t.ok(table.every((line) => line.length <= 80));
      const proposal = parse(stdout.slice(stdout.indexOf('# Proposal'), stdout.indexOf('\n\nThe usual'))) as object;
      t.match(proposal, {
        // Half above the usual second of `archive`, not above its two slow answers.
        alert_thresholds: { response_time_ms: { warning: 1500, critical: 3800 } },
        endpoints: { reports: { thresholds: { response_time_ms: { warning: Number, critical: Number } } } },
      });
      t.match(stdout, /disk_usage_percent .*\n {2}not measured within that time/);
      t.match(
        stdout,
        /agent_response_time_ms .*\n {2}not known: Prometheus does not have the rule job_agent:aicrm_agent_last_response_seconds:still10m\n/,
      );
    });

    t.test('a replay finds the alerts that the rules would have fired, beside those that fired', async (t) => {
      const { exitCode, stdout, stderr } = await run(
        'backtest',
        '--job',
        'crm',
        '--json',
        '--set',
        'cpu_usage_percent=75/90',
        'reports.response_time_ms=3000/4000',
      );
      t.equal(exitCode, 0, stderr);
      const { alerts } = JSON.parse(stdout) as Backtest;
      const of = (alert: string, severity: string, subject: string) =>
        alerts
          .find((each) => each.alert === alert && each.severity === severity)
          ?.subjects.find((each) => each.subject === subject);
      const warning = of('AiCrmHostCpuHigh', 'warning', 'host:10059');
      // Ten minutes, and five in which Prometheus still uses the last sample: blocks do not mark the end of a series. Prometheus 3 uses it
      // for a moment less.
      t.equal(warning?.fired.count, 1, 'once in the history of alerts');
      t.ok([900, 885].includes(warning?.fired.total_seconds ?? 0), `${warning?.fired.total_seconds} s`);
      t.equal(
        warning?.present.count,
        3,
        'above 80 % for more than ten minutes; on the fourth day it was critical before that',
      );
      // 17 of 20 samples in five minutes must be busy for a mean above 80 %: from 4:00 after the begin until the fourth quiet sample, at
      // 30:45. The alert waits for 10 minutes and fires 5 minutes longer.
      t.equal(warning?.present.total_seconds, 3 * (21 * 60 + 45));
      t.equal(warning?.tried?.count, 0, 'critical comes first at 90 %, and the warning waits for a quarter of an hour');
      const critical = of('AiCrmHostCpuHigh', 'critical', 'host:10059');
      t.equal(critical?.present.count, 1, '98 % for 20 minutes is critical above 95 %');
      t.equal(critical?.tried?.count, 4);
      const slow = of('AiCrmComponentSlow', 'warning', 'reports');
      t.match(
        slow?.present,
        { count: 1, total_seconds: 1380 },
        'after 2 minutes, until 5 minutes after its end, except during an excuse',
      );
      t.equal(slow?.tried?.count, 0, 'it was critical then');
      t.equal(of('AiCrmComponentSlow', 'critical', 'reports')?.tried?.count, 2, 'and the critical alert has no excuse');
      t.equal(of('AiCrmComponentSlow', 'critical', 'archive'), undefined, 'its severity is warning');
      t.equal(of('AiCrmComponentSlow', 'warning', 'archive')?.present.count, 2, 'no critical alert suppresses it');
      t.equal(of('AiCrmComponentSlow', 'critical', 'backend'), undefined, 'nothing about alerts that never fired');
    });

    t.test(
      'the text of a replay names the alerts that fired, and those of the current and the new limits',
      async (t) => {
        const { stdout } = await run('backtest', '--job', 'crm', '--set', 'cpu_usage_percent=75/90');
        t.match(stdout, /AiCrmHostCpuHigh critical +95 % → 90 % +never +once, .* +4 times, /);
        t.notMatch(stdout, /AiCrmComponentSlow/, 'only the limits that are tried');
      },
    );

    t.test('without the rule in Prometheus the past alerts are "not known", not "never"', async (t) => {
      const { stdout } = await run('backtest', '--job', 'crm');
      t.match(stdout, /AiCrmHostCpuHigh critical +95 % +never +once, /, 'this rule exists');
      t.match(stdout, /AiCrmHostCpuHigh warning +80 % +once, /, 'this rule existed, and its alert fired');
      t.match(
        stdout,
        /AiCrmComponentSlow warning +2000 ms +not known: no rule +\d times, .*\n {2}\S+ +not known: no rule +/,
      );
      t.match(stdout, /AiCrmHostMemoryHigh warning +85 % +not known: no rule +not known: not measured\n/);
      t.match(stdout, /\n"no rule": .*\n"not measured": /);
      const { alerts } = JSON.parse((await run('backtest', '--job', 'crm', '--json')).stdout) as Backtest;
      t.match(
        alerts.filter(({ alert }) => alert === 'AiCrmHostCpuHigh' || alert === 'AiCrmComponentSlow'),
        [
          { severity: 'critical', has_rule: false, measured: true },
          { severity: 'warning', has_rule: false, measured: true, subjects: [{ fired: null, present: Object }] },
          { severity: 'critical', has_rule: true, measured: true },
          { severity: 'warning', has_rule: true, measured: true, subjects: [{ fired: { count: 1 } }] },
        ],
      );
    });

    t.test('with several jobs the job must be given', async (t) => {
      const { exitCode, stderr } = await run('suggest');
      t.equal(exitCode, 2);
      t.match(stderr, /several jobs have exporters; choose one with --job: crm, other/);
      t.match((await run('suggest', '--job', 'cmr')).stderr, /--job: .* has no "cmr"; it has crm, other/);
    });

    t.test('an unknown component is named', async (t) => {
      const { stderr } = await run('backtest', '--job', 'crm', '--set', 'report.response_time_ms=100');
      t.match(stderr, /--set: .* has no data of a component "report", did you mean "reports"/);
    });
  });
}

t.test('limits to try are read like those in the configuration', async (t) => {
  t.match(trial('cpu_usage_percent=75/90'), { component: '', limit: { warning: 0.75, critical: 0.9 } });
  t.match(trial('response_time_ms=1500'), { component: '', limit: { warning: 1.5, critical: 3.75 } });
  t.match(trial('a.b.response_time_ms=1500'), { component: 'a.b' });
  for (const [text, message] of [
    ['certificate_expiry_days=10', /certificate_expiry_days is a number of days, .*; use one of response_time_ms, /],
    ['cpu=75', /must be such as cpu_usage_percent=75\/90/],
    ['cpu_usage_percnt=75', /did you mean "cpu_usage_percent"/],
    ['cpu_usage_percent=90/75', /the critical limit must be at least the warning of 90/],
    ['cpu_usage_percent=175', /at most 100/],
    ['cpu_usage_percent=0', /above 0/],
    ['cpu_usage_percent=seventy', /needs a warning/],
    ['backend.cpu_usage_percent=70', /cannot be set for one component/],
    ['', /must be such as/],
  ] as const)
    t.throws(() => trial(text), { message }, text);
  t.equal(trialsOf(['response_time_ms=1', 'a.response_time_ms=2', 'cpu_usage_percent=9']).length, 3);
  t.throws(() => trialsOf(['cpu_usage_percent=70', 'response_time_ms=1', 'cpu_usage_percent=80/90']), {
    message:
      '--set: cpu_usage_percent has two limits, cpu_usage_percent=70 and cpu_usage_percent=80/90; give one, and run the command again for the other',
  });
  t.throws(() => trialsOf(['a.response_time_ms=1', 'a.response_time_ms=1']), {
    message: /a\.response_time_ms has two/,
  });
});

t.test('a Prometheus that does not answer is named', async (t) => {
  const { exitCode, stderr } = await main(
    ['thresholds', 'suggest', '--prometheus.url', `http://127.0.0.1:${await closedPort()}`],
    inUtc,
  );
  t.not(exitCode, 0);
  t.match(stderr, /no answer of Prometheus at .*connection refused/);
});
