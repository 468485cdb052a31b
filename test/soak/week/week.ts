import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { demoLogins } from '../../../simulator/population.js';
import { App } from '../../../src/app.js';
import { loadConfig } from '../../../src/config/load.js';
import { samplesIn } from '../../support/exposition.js';
import { ManualClock } from '../../support/manual-clock.js';
import { drawFigures, objectionsTo, type Reading } from '../figures.js';
import { collectGarbage, readInside } from '../inside.js';
import { createLeaks } from '../leaks.js';
import type { Options } from '../options.js';
import type { FaultOrder, WeekBackend } from './backend.js';
import { CountingLog } from './counting-log.js';
import { memoryHost, recordAnswer, useMemoryNet } from './memory-net.js';
import { createRest } from './rest.js';

/** The week in which Berlin's clocks are set back, on Sunday the 25th at 01:00 UTC. */
const begin = Date.parse('2026-10-19T00:00:00Z') / 1000;
const daysOfWeek = 7;
const dayMinutes = 1440;
/** Between two readings, and between two reloads. */
const readingMinutes = 120;
const reloadMinutes = 360;
const leakMinutes = 10;
/** The warm-up. After 34 hours the exporter remembers its maximum of 20,000 tasks. */
const firstReadingMinutes = 1.5 * dayMinutes;

const stubs = 25;
const openPorts = 24;
const intervalSeconds = 30;

/** Faults in turn, ten minutes every two hours. */
const faults: readonly FaultOrder[] = [
  { service: 'backend', kind: 'refuse' },
  { service: 'backend', kind: '500' },
  { service: 'gateway', kind: 'expired-certificate' },
  { service: 'frontend', kind: 'html' },
  { service: 'backend', kind: 'degraded' },
  { service: 'pm_gateway', kind: 'wrong-json' },
  { service: 'monitoring', kind: 'unhealthy' },
];
const faultMinutes = 10;

/** Steps of the wall clock by day, in hours: at noon, undone an hour later. */
const steps = new Map([
  [1, 1],
  [2, -1],
  [3, 24],
  [4, -24],
]);

/**
 * Runs the exporter through a week in this process, as fast as possible: the clock jumps from timer to timer. Most components are reached
 * over connections in memory; AI-CRM, failing components and everything else are real. Returns the problems, a line each.
 */
export async function soakWeek(
  { leaks }: Options,
  deadline: number,
  say: (text: string) => void,
  calledOff: AbortSignal,
): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'ai-crm-exporter-week-'));
  const clock = new ManualClock(begin);
  const hands = new Float64Array(new SharedArrayBuffer(16));
  const turnHands = () => hands.set([clock.nowSeconds(), clock.monotonicSeconds()]);
  turnHands();
  const worker = new Worker(new URL('backend.js', import.meta.url), { workerData: hands.buffer });
  const order = async (what: FaultOrder | 'stop') => {
    worker.postMessage(what);
    await once(worker, 'message');
  };
  const [backend] = (await once(worker, 'message')) as [WeekBackend];
  const memoryNet = useMemoryNet(
    await recordAnswer(Number(new URL(backend.stub).port), 'GET / HTTP/1.1\r\nHost: stub\r\n\r\n'),
  );
  const file = join(folder, 'monitoring.yml');
  const log = new CountingLog();
  const app = new App({
    clock,
    log,
    version: { version: '0.0.0', nodeVersion: process.version },
    loadConfig: () => loadConfig(file, { environment: {}, directory: folder }),
  });
  const findings: string[] = [];
  const readings: Reading[] = [];
  const leak = createLeaks(leaks);
  const warned = (warning: Error) => void findings.push(`a warning of Node.js: ${warning.message}`);
  process.on('warning', warned);

  const rest = createRest();
  const settled = () => {
    turnHands();
    return rest();
  };
  /** Lets time pass until the promise is settled. */
  const passUntil = async (what: Promise<unknown>) => {
    let isDone = false;
    const done = () => void (isDone = true);
    what.then(done, done);
    await settled();
    while (!isDone) {
      if (!clock.fireNext(Infinity)) await new Promise((resolve) => setTimeout(resolve, 1));
      await settled();
    }
    await what;
  };

  let reloads = 0;
  let requests = 0;
  const maintenance = { night: 0, daily: 0 };
  let probesBefore = new Map<string, number>();
  let reloadsBefore = 0;
  let samples: ReadonlyMap<string, number> = new Map();
  let metricsBytes = 0;
  const startedAt = performance.now();
  let minute = 0;

  const read = async () => {
    // On-demand probes have real timers for their deadlines, which disappear one turn after the garbage collection.
    collectGarbage();
    await settled();
    const inside = readInside();
    // The process also contains the backends, in a thread.
    const status = readFileSync('/proc/self/status', 'utf8');
    const numberOf = (field: string) => Number(new RegExp(`^${field}:\\s*(\\d+)`, 'm').exec(status)?.[1]);
    readings.push({
      ...inside,
      atHours: minute / 60,
      timers: inside.timers + clock.waiting,
      rssBytes: numberOf('VmRSS') * 1024,
      threads: numberOf('Threads'),
      descriptors: readdirSync('/proc/self/fd').length + memoryNet.open(),
      series: [...samples.keys()].length,
      metricsBytes,
    });
  };
  const reload = async () => {
    reloads += 1;
    await writeFile(file, weekConfiguration(backend, reloads));
    await passUntil(app.reload());
  };
  const checkDay = (day: number) => {
    const probes = new Map(
      [...samples].filter(([series]) => /^aicrm_component_probes_total\{component="(?:stub|open)_/.test(series)),
    );
    const expected = (dayMinutes * 60) / intervalSeconds;
    // After a reload each component is probed at once, and has another offset in the interval.
    const tolerance = 2 * (reloads - reloadsBefore) + 2;
    // With the begin of a fault all other components are probed once more.
    const most = expected + tolerance + dayMinutes / readingMinutes;
    for (const [series, count] of probes) {
      const made = count - (probesBefore.get(series) ?? 0);
      if (made < expected - tolerance || made > most)
        findings.push(`day ${day}: ${series} grew by ${made}, ${expected} were due`);
    }
    probesBefore = probes;
    reloadsBefore = reloads;
  };
  const checkRuns = () => {
    for (const [series, interval] of samples) {
      const collector = /^aicrm_collector_interval_seconds(\{.*\})$/.exec(series)?.[1];
      if (collector === undefined) continue;
      const age = clock.nowSeconds() - (samples.get(`aicrm_collector_last_run_timestamp_seconds${collector}`) ?? 0);
      if (age > 2 * interval + 60)
        findings.push(
          `${(minute / dayMinutes).toFixed(2)} days: ${collector} last ran ${Math.round(age)} s ago, it is due every ${interval} s`,
        );
    }
  };

  try {
    await writeFile(file, weekConfiguration(backend, reloads));
    await passUntil(app.start());
    for (
      minute = 1;
      minute <= daysOfWeek * dayMinutes && performance.now() < deadline && !calledOff.aborted;
      minute++
    ) {
      await clock.pass(60, settled);
      const { body } = await app.metrics('openmetrics');
      requests += 1;
      metricsBytes = body.length;
      samples = samplesIn(body.toString());
      for (const name of ['night', 'daily'] as const)
        maintenance[name] += samples.get(`aicrm_component_maintenance{component="${name}"}`) ?? 0;
      await passUntil(
        app.probe(
          { target: minute % 2 === 0 ? 'stub_1' : `http://${memoryHost}/${minute % 10}` },
          new AbortController().signal,
        ),
      );
      app.receiveAlerts({
        status: minute % 2 === 0 ? 'firing' : 'resolved',
        alerts: [
          {
            status: minute % 2 === 0 ? 'firing' : 'resolved',
            labels: { alertname: 'AiCrmSoak', severity: 'warning' },
            annotations: {},
          },
        ],
      } as unknown as Parameters<App['receiveAlerts']>[0]);

      const turn = Math.floor(minute / readingMinutes);
      const fault = faults[turn % faults.length];
      if (fault !== undefined && minute % readingMinutes === 60) await order(fault);
      if (fault !== undefined && minute % readingMinutes === 60 + faultMinutes) await order({ ...fault, kind: null });
      const day = Math.floor(minute / dayMinutes);
      const step = steps.get(day) ?? 0;
      if (minute % dayMinutes === 720) clock.stepWallClock(step * 3600);
      if (minute % dayMinutes === 780) clock.stepWallClock(-step * 3600);
      if (minute % leakMinutes === 0) leak();
      if (minute % readingMinutes === readingMinutes - 1) {
        checkRuns();
        if (minute > firstReadingMinutes) await read();
      }
      if (minute % dayMinutes === 0) checkDay(day);
      if (minute % reloadMinutes === 0) await reload();
      if (minute % dayMinutes === 0)
        say(`day ${day} is over after ${Math.round((performance.now() - startedAt) / 1000)} s`);
    }
    const isWhole = minute > daysOfWeek * dayMinutes;
    // The window from 01:30 to 03:30 lasts three hours in that night, as the clock is set back. One more minute may count at its end.
    if (isWhole && Math.abs(maintenance.night - 180) > 1)
      findings.push(`the maintenance of Sunday night lasted ${maintenance.night} minutes instead of 180`);
    if (isWhole && Math.abs(maintenance.daily - 7 * 30) > 7)
      findings.push(`seven half hours of daily maintenance were ${maintenance.daily} minutes`);
    const probes = [...samples]
      .filter(([series]) => series.startsWith('aicrm_component_probes_total'))
      .reduce((sum, [, value]) => sum + value, 0);
    say(
      `\n${((minute - 1) / dayMinutes).toFixed(1)} of ${daysOfWeek} days in ${Math.round((performance.now() - startedAt) / 1000)} s: ${probes} probes, ${requests} scrapes and on-demand probes, ${reloads} reloads, ${log.count} lines of log`,
    );
    say(drawFigures(readings));
    findings.push(...log.alarms);
  } finally {
    await passUntil(app.stop());
    await order('stop');
    await worker.terminate();
    process.off('warning', warned);
    memoryNet.restore();
    await rm(folder, { recursive: true, force: true });
  }
  if (clock.waiting > 0) findings.push(`${clock.waiting} timers were left after the stop`);
  return [...findings, ...objectionsTo(readings)];
}

/** Names of components, labels and the certificate are different for each serial number. */
function weekConfiguration({ urls, caFile, stub, rude }: WeekBackend, serial: number): string {
  const many = (name: string, count: number, url: (i: number) => string) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`${name}_${i}`, url(i)]));
  const login = { username: demoLogins.admin.username, password: demoLogins.admin.password };
  return JSON.stringify({
    endpoints: {
      ...many('stub', stubs, (i) => `http://${memoryHost}/health/${i}`),
      ...many('open', openPorts, (i) => `tcp://${memoryHost}:${5000 + i}`),
      backend: { url: `${urls.backend}/health`, depends_on: ['database'] },
      frontend: { url: `${urls.frontend}/`, interval: '5m' },
      monitoring: { url: `${urls.monitoring}/health/detailed`, interval: '5m' },
      database: { url: urls.postgres, interval: '5m' },
      gateway: {
        url: `${urls.gateway}/api/health`,
        tls: { ca_file: caFile, server_name: 'localhost' },
        interval: '5m',
      },
      resets: { url: rude[0], interval: '5m' },
      babbles: { url: rude[1], interval: '5m' },
      night: { url: stub, interval: '5m', timeout: '5s' },
      daily: { url: stub, interval: '5m' },
      [`renamed_${serial}`]: { url: stub, interval: '5m' },
    },
    check_intervals: { health_checks: intervalSeconds },
    maintenance_windows: [
      {
        name: 'night',
        components: ['night'],
        time_zone: 'Europe/Berlin',
        weekly: { days: ['sun'], start: '01:30', end: '03:30' },
      },
      { name: 'daily', components: ['daily'], time_zone: 'Europe/Berlin', cron: '30 2 * * *', duration: '30m' },
    ],
    probe: { allowed_targets: [`http://${memoryHost}/*`] },
    ai_crm: { url: urls.backend, api: 'real', login, requests_per_hour: 1000 },
    json_sources: {
      orders: {
        url: stub,
        metrics: [
          {
            name: 'shop_order_total',
            type: 'counter',
            help: 'Orders.',
            path: '$.orders[*]',
            value: '$.total',
            labels: { state: '$.state', serial: { text: String(serial) } },
          },
        ],
      },
    },
    transactions: {
      log_in: {
        base_url: urls.backend,
        steps: [
          {
            name: 'log_in',
            path: '/auth/login',
            json: { username_or_email: login.username, password: login.password },
            capture: { token: '$.access_token' },
          },
          { name: 'list', path: '/tasks', headers: { Authorization: 'Bearer {{token}}' } },
        ],
        cleanup: [
          { name: 'log_out', path: '/auth/logout', method: 'POST', headers: { Authorization: 'Bearer {{token}}' } },
        ],
      },
    },
  });
}
