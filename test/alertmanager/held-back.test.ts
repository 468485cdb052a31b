import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import t from 'tap';
import { parseAlertmanagerVersion } from '../../src/alertmanager/alertmanager-file.js';
import { renderAlertmanager } from '../../src/alertmanager/render.js';
import { Secret } from '../../src/config/secret.js';
import { parseNotification } from '../../src/http/alert-console.js';
import { startAlertmanager } from '../support/alertmanager.js';
import { startPrometheus } from '../support/prometheus.js';
import { ruleFiles } from '../support/rule-files.js';
import { shortened, shortenedDuration } from '../support/shortened.js';
import { httpSink } from '../support/sinks.js';
import { until } from '../support/until.js';
import { bothAges, missingOf } from '../support/versions.js';

// Real programs wait for the shipped times, divided by forty.
t.setTimeout(240_000);
// Both versions of a test side by side, because they mostly wait.
t.jobs = bothAges.length;

type Labels = Readonly<Record<string, string>>;

const down: Labels = { alertname: 'AiCrmComponentDown', severity: 'critical', area: 'services', component: 'api' };
/** Each alert with the one that inhibits it. */
const cases: readonly { readonly name: string; readonly held: Labels; readonly by: Labels }[] = [
  {
    name: 'maintenance of the component',
    held: down,
    by: { alertname: 'AiCrmMaintenance', severity: 'none', scope: 'component', area: 'services', component: 'api' },
  },
  {
    name: 'maintenance of everything',
    held: down,
    by: { alertname: 'AiCrmMaintenance', severity: 'none', scope: 'all', area: 'services' },
  },
];

for (const programs of bothAges) {
  void t.test(
    `an alert that ends after its inhibition is resolved once and notified again when it returns; one that ends before is not resolved (${programs.age} Alertmanager)`,
    { skip: missingOf(programs, 'alertmanager'), buffered: true, timeout: 120_000 },
    async (t) => {
      const sink = await httpSink();
      const directory = t.testdir({ secrets: {} });
      const { text, secretFiles } = await renderAlertmanager(
        {
          alertChannels: [
            { kind: 'webhook', name: 'webhook', enabled: true, settings: { url: new Secret(`${sink.url}/hook`) } },
          ],
        },
        { version: parseAlertmanagerVersion(programs.alertmanagerVersion), folder: directory },
      );
      for (const [file, secret] of secretFiles) await writeFile(join(directory, file), secret.reveal());
      const alertmanager = await startAlertmanager(shortened(text.replace('templates: [templates/*.tmpl]\n', ''), 40), {
        programs,
        directory,
      });
      t.teardown(async () => {
        await alertmanager.stop();
        await sink.stop();
      });
      const send = async (alert: object) => {
        const { status } = await fetch(`${alertmanager.url}/api/v2/alerts`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify([alert]),
        });
        if (status !== 200) throw new Error(`Alertmanager answers ${status}`);
      };
      /** Runs one case, in its own job. */
      const play = async ({ name, held, by }: (typeof cases)[number], endsBefore: boolean) => {
        const job = `${name}, ${endsBefore ? 'before' : 'after'}`;
        const isHeld = (labels: Labels) => labels['job'] === job && labels['alertname'] === held['alertname'];
        const told = () =>
          sink.requests.flatMap(({ body }) =>
            parseNotification(JSON.stringify(body))
              .alerts.filter(({ labels }) => isHeld(labels))
              .map(({ status }) => status),
          );
        const begun = new Map<Labels, Date>();
        const post = async (labels: Labels, state: 'begins' | 'ends') => {
          if (state === 'begins' && !begun.has(labels)) begun.set(labels, new Date(Date.now() - 1000));
          await send({
            labels: { ...labels, job },
            startsAt: begun.get(labels),
            endsAt: state === 'ends' ? new Date() : new Date(Date.now() + 600_000),
          });
        };
        const isSuppressed = async () =>
          ((await alertmanager.get('/alerts')) as { labels: Labels; status: { state: string } }[]).some(
            ({ labels, status }) => isHeld(labels) && status.state === 'suppressed',
          );
        // At least two group intervals of 1.5 s.
        const looks = () => new Promise((resolve) => setTimeout(resolve, 4000));
        const begins = async (times: number) => {
          begun.delete(held);
          await post(held, 'begins');
          await until(`${job}: it is told for the ${times}. time`, () => told().length >= times, 20);
        };
        await begins(1);
        await post(by, 'begins');
        await until(`${job}: it is held back`, isSuppressed, 20);
        if (endsBefore) {
          await post(held, 'ends');
          await looks();
          await post(by, 'ends');
          await looks();
          begun.delete(held);
          await post(held, 'begins');
          await looks();
          t.same(
            told(),
            ['firing'],
            `${job}: Alertmanager sends neither the end nor the next begin, so the rules must avoid this case`,
          );
          return;
        }
        await looks();
        await post(by, 'ends');
        await post(held, 'ends');
        await until(`${job}: the end is told`, () => told().length === 2, 20);
        await begins(3);
        t.same(told(), ['firing', 'resolved', 'firing'], job);
      };
      await Promise.all(cases.flatMap((one) => [play(one, true), play(one, false)]));
    },
  );
}

/** The divisor of the times in rules and routes. */
const factor = 40;

for (const programs of bothAges) {
  void t.test(
    `a notified warning that ends during maintenance is resolved after it, and notified again when it returns (${programs.age} programs)`,
    { skip: missingOf(programs, 'prometheus', 'alertmanager'), buffered: true, timeout: 180_000 },
    async (t) => {
      const sink = await httpSink();
      const state = { isUnknown: false, isInMaintenance: false };
      const metrics = createServer((_request, response) => {
        const status = state.isUnknown ? 'unknown' : 'healthy';
        const lines = ['healthy', 'warning', 'critical', 'unknown'].map(
          (one) => `aicrm_component_status{component="api", status="${one}"} ${one === status ? 1 : 0}`,
        );
        response.setHeader('content-type', 'text/plain; version=0.0.4');
        response.end(
          [
            ...lines,
            'aicrm_exporter_build_info 1',
            `aicrm_component_up{component="api"} ${state.isUnknown ? 0 : 1}`,
            `aicrm_component_maintenance{component="api"} ${state.isInMaintenance ? 1 : 0}`,
            '',
          ].join('\n'),
        );
      });
      await once(metrics.listen(0, '127.0.0.1'), 'listening');
      const directory = t.testdir({ secrets: {} });
      const { text, secretFiles } = await renderAlertmanager(
        {
          alertChannels: [
            { kind: 'webhook', name: 'webhook', enabled: true, settings: { url: new Secret(`${sink.url}/hook`) } },
          ],
        },
        { version: parseAlertmanagerVersion(programs.alertmanagerVersion), folder: directory },
      );
      for (const [file, secret] of secretFiles) await writeFile(join(directory, file), secret.reveal());
      const alertmanager = await startAlertmanager(
        shortened(text.replace('templates: [templates/*.tmpl]\n', ''), factor),
        { programs, directory },
      );
      const rules = await ruleFiles();
      const files = Object.fromEntries(
        await Promise.all(
          rules.map(async (file) => [basename(file), shortened(await readFile(file, 'utf8'), factor)] as const),
        ),
      );
      const config = {
        global: { scrape_interval: '15s', evaluation_interval: '15s' },
        rule_files: Object.keys(files),
        alerting: { alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${alertmanager.port}`] }] }] },
        scrape_configs: [
          { job_name: 'crm', static_configs: [{ targets: [`127.0.0.1:${(metrics.address() as AddressInfo).port}`] }] },
        ],
      };
      const prometheus = await startPrometheus(shortened(JSON.stringify(config), factor), {
        programs,
        files,
        args: [
          `--query.lookback-delta=${shortenedDuration('5m', factor)}`,
          `--rules.alert.resend-delay=${shortenedDuration('1m', factor)}`,
        ],
      });
      t.teardown(async () => {
        await prometheus.stop();
        await alertmanager.stop();
        metrics.close();
        await sink.stop();
      });
      const told = () =>
        sink.requests.flatMap(({ body }) =>
          parseNotification(JSON.stringify(body))
            .alerts.filter(({ labels }) => labels['alertname'] === 'AiCrmComponentUnknown')
            .map(({ status }) => status),
        );
      const isFiring = async (alertname: string) =>
        (await prometheus.query(`ALERTS{alertname="${alertname}", alertstate="firing"}`)).length > 0;
      state.isUnknown = true;
      await until('it is told', () => told().length === 1, 60);
      state.isInMaintenance = true;
      await until(
        'maintenance holds it back',
        async () =>
          ((await alertmanager.get('/alerts')) as { labels: Labels; status: { state: string } }[]).some(
            ({ labels, status }) => labels['alertname'] === 'AiCrmComponentUnknown' && status.state === 'suppressed',
          ),
        60,
      );
      state.isUnknown = false;
      await until(
        'it is held',
        async () =>
          (
            await prometheus.query(
              'job:aicrm_alerts_held:min{alertname="AiCrmComponentUnknown"} and on (component) min_over_time(aicrm_component_up[5s]) == 1',
            )
          ).length > 0,
        60,
      );
      t.ok(await isFiring('AiCrmComponentUnknown'), 'it still fires');
      state.isInMaintenance = false;
      await until('its end is told', () => told().length === 2, 60);
      state.isUnknown = true;
      await until('it is told again', () => told().length === 3, 60);
      t.same(told(), ['firing', 'resolved', 'firing']);
    },
  );
}
