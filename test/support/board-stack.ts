import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type RunningAiCrm, startAiCrm } from '../../simulator/ai-crm.js';
import { demoConfig } from '../../simulator/demo/demo-config.js';
import { startAlertmanager } from './alertmanager.js';
import { type DemoExporter, hostOfAnyMachine, startExporterOf } from './demo-exporter.js';
import { type RunningPrometheus, startPrometheus } from './prometheus.js';
import { closedPort } from './raw-server.js';
import { shortened, shortenedDuration } from './shortened.js';
import type { MonitoringPrograms } from './versions.js';

/** A Prometheus with the shipped rules, and its Alertmanager. */
export interface BoardServer {
  readonly programs: MonitoringPrograms;
  readonly prometheus: RunningPrometheus;
}

/** Two AI-CRMs with their exporters, in each Prometheus. Boards must keep them apart and count nothing twice. */
export interface BoardStack {
  /** For the job `ai-crm` with two exporters, and the job `solo` with one. */
  readonly aiCrm: RunningAiCrm;
  /** For the job `other`. */
  readonly otherAiCrm: RunningAiCrm;
  /** For all jobs. */
  readonly exporters: readonly DemoExporter[];
  /** One server for each requested version. All scrape the same exporters. */
  readonly servers: readonly BoardServer[];
  /** Starts or stops the clocks of both AI-CRMs. A second is then a minute. */
  setMoving(isMoving: boolean): void;
  stop(): Promise<void>;
}

/** The scrape interval, instead of 15 s. */
export const scrapeSeconds = 1;

/** Shortened times. An hour is longer than a minute and shorter than a day, but a week lasts half a minute. */
const lengths: readonly (readonly [shippedSeconds: number, seconds: number])[] = [
  [5, 4],
  [60, 4],
  [300, 5],
  [900, 6],
  [3600, 8],
  [6 * 3600, 10],
  [86_400, 14],
  [7 * 86_400, 34],
  [30 * 86_400, 60],
];

/**
 * A shortened time. An interval becomes that of scrapes, an hourly one half of it, so that a week has enough values for its baselines. Other
 * times follow `lengths`.
 */
export function accelerated(milliseconds: number, kind: 'interval' | 'length'): number {
  if (kind === 'interval') return milliseconds >= 3_600_000 ? 500 : scrapeSeconds * 1000;
  const seconds = milliseconds / 1000;
  const above = lengths.findIndex(([shipped]) => shipped >= seconds);
  const [fromShipped, from] = lengths[above - 1] ?? lengths[0] ?? [1, 1];
  const [toShipped, to] = lengths[above] ?? [fromShipped, from];
  if (above <= 0 || fromShipped === toShipped) return (above === 0 ? to : from) * 1000;
  return (from + ((to - from) * Math.log(seconds / fromShipped)) / Math.log(toShipped / fromShipped)) * 1000;
}

const rulesFolder = 'prometheus/rules';

/** Starts everything on loopback with the shipped rules and shortened times. */
export async function startBoardStack(versions: readonly MonitoringPrograms[]): Promise<BoardStack> {
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const each of stops.splice(0).reverse()) await each();
  };
  const stopping = <T extends { stop(): Promise<unknown> }>(started: T): T => {
    stops.push(() => started.stop());
    return started;
  };
  try {
    const [aiCrm, otherAiCrm] = [
      stopping(await startAiCrm({ requestsPerHour: 1e6 })),
      stopping(await startAiCrm({ seed: 2, requestsPerHour: 1e6 })),
    ];
    const alertmanagerPorts = await Promise.all(versions.map(() => closedPort()));
    const [alertmanagerPort = 0] = alertmanagerPorts;
    const exporter = async (of: RunningAiCrm, job: string) =>
      stopping(await startExporterOf(of, restless(of, job, alertmanagerPort)));
    const exporters = await Promise.all([
      exporter(aiCrm, 'ai-crm'),
      exporter(aiCrm, 'ai-crm'),
      exporter(aiCrm, 'solo'),
      exporter(otherAiCrm, 'other'),
    ]);
    const receivers = exporters.map(({ url }) => ({ url: `${url}/alerts`, send_resolved: true }));
    const routes = JSON.stringify({
      route: { receiver: 'consoles', group_wait: '0s', group_interval: '1s', repeat_interval: '5s' },
      receivers: [{ name: 'consoles', webhook_configs: receivers }],
    });
    const names = (await readdir(rulesFolder)).filter((file) => file.endsWith('.yml'));
    const files = Object.fromEntries(
      await Promise.all(
        names.map(
          async (name) => [name, shortened(await readFile(join(rulesFolder, name), 'utf8'), accelerated)] as const,
        ),
      ),
    );
    const target = (job: string, ...ports: readonly number[]) => ({
      job_name: job,
      static_configs: [{ targets: ports.map((each) => `127.0.0.1:${each}`) }],
    });
    const portsOf = (from: number, to: number) => exporters.slice(from, to).map((each) => each.port);
    const config = (own: { readonly prometheus: number; readonly alertmanager: number }) => ({
      global: {
        scrape_interval: `${scrapeSeconds * 1000}ms`,
        scrape_timeout: `${scrapeSeconds * 1000}ms`,
        evaluation_interval: `${scrapeSeconds * 1000}ms`,
      },
      rule_files: names,
      alerting: { alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${own.alertmanager}`] }] }] },
      scrape_configs: [
        target('ai-crm', ...portsOf(0, 2)),
        target('solo', ...portsOf(2, 3)),
        target('other', ...portsOf(3, 4)),
        target('alertmanager', own.alertmanager),
        target('prometheus', own.prometheus),
      ],
    });
    const args = [
      `--query.lookback-delta=${shortenedDuration('5m', accelerated)}`,
      `--rules.alert.resend-delay=${shortenedDuration('1m', accelerated)}`,
    ];
    const servers = await Promise.all(
      versions.map(async (programs, i): Promise<BoardServer> => {
        const own = { prometheus: await closedPort(), alertmanager: alertmanagerPorts[i] ?? 0 };
        stopping(await startAlertmanager(routes, { programs, port: own.alertmanager }));
        return {
          programs,
          prometheus: stopping(
            await startPrometheus(JSON.stringify(config(own)), { programs, files, port: own.prometheus, args }),
          ),
        };
      }),
    );
    let isMoving = true;
    let worldSeconds = Date.now() / 1000;
    const mover = setInterval(() => {
      if (!isMoving) return;
      worldSeconds += 6;
      for (const { world } of [aiCrm, otherAiCrm]) world.advanceTo(worldSeconds);
    }, 100);
    stops.push(async () => clearInterval(mover));
    return { aiCrm, otherAiCrm, exporters, servers, setMoving: (value) => (isMoving = value), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The configuration of the demo with an interval of two seconds, one component always in maintenance, and the console channel. */
function restless(aiCrm: RunningAiCrm, job: string, alertmanagerPort: number): string {
  const text = demoConfig(aiCrm, { intervalSeconds: 2 })
    .replaceAll('interval: 15\n', 'interval: 2\n')
    .replace('agent_performance: 15', 'agent_performance: 2')
    .replace('detailed_analysis: 60', 'detailed_analysis: 2')
    .replace(/requests_per_hour: \d+/, 'requests_per_hour: 100000\n  freeze_limit_percent: 49')
    .replace('cron: "0 4 1 1 *"', 'cron: "* * * * *"')
    .replace('components: [frontend]', 'components: [redis]')
    // The load of this test machine must not cause alerts.
    .replace(/(cpu|memory|disk)_usage_percent: \d+/g, '$1_usage_percent: 100');
  return `${text}\n${hostOfAnyMachine}alertmanager: {url: "http://127.0.0.1:${alertmanagerPort}", job: ${job}, interval: 1}\nalert_channels: {console: {}}\n`;
}
