import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import t from 'tap';
import { parse, stringify } from 'yaml';
import { ask } from '../support/ask.js';
import { program } from '../support/main-program.js';
import { cleanEnvironment, missing, type RunningProgram, run, start } from '../support/programs.js';
import { startPrometheus } from '../support/prometheus.js';
import { closedPort } from '../support/raw-server.js';
import { type Shortening, shortened } from '../support/shortened.js';
import { until } from '../support/until.js';

const componentCount = 200;
/**
 * Lengths are divided by fifteen, so that an alert fires within seconds. Intervals are divided less, because a busy machine would disturb
 * the test.
 */
const shortening: Shortening = (milliseconds, kind) => milliseconds / (kind === 'interval' ? 4 : 15);
/** The example's 15 s. */
const intervalMilliseconds = 3750;
/** Only rules about components and exporters. The others cost time. */
const areas = /^(?:services|exporter)\./;

t.setTimeout(240_000);

t.test('the YAML in docs/scaling.md is valid for Prometheus', { skip: missing('promtool') }, async (t) => {
  const blocks = [...(await readFile('docs/scaling.md', 'utf8')).matchAll(/^```yaml\n(.*?)^```/gms)].map(
    ([, block = '']) => block,
  );
  const configs = blocks.filter((block) => /^(?:scrape_configs|global):/.test(block));
  t.equal(configs.length, 4);
  for (const config of [
    ...configs,
    replaced(
      await readFile('deploy/scaling/prometheus.yml', 'utf8'),
      '/etc/prometheus/rules',
      resolve('prometheus/rules'),
    ),
  ]) {
    const directory = t.testdir({ 'prometheus.yml': config });
    t.match(run('promtool', ['check', 'config', join(directory, 'prometheus.yml')]), { exitCode: 0 }, config);
  }
});

/** Checks five times a second only, because checks slow the programs down. */
const eventually = (what: string, isTrue: () => boolean | Promise<boolean>) => until(what, isTrue, 90, 200);

/** A request to a component. */
interface Asked {
  readonly component: string;
  /** The exporter that sent it. */
  readonly by: string;
  readonly atMilliseconds: number;
}

t.test(
  'the worked example: 200 components, two exporters, and then one',
  { skip: missing('prometheus') },
  async (t) => {
    const directory = await mkdtemp(join(tmpdir(), 'scaling-'));
    t.teardown(() => rm(directory, { recursive: true, force: true }));
    const components = await startComponents();
    t.teardown(() => components.stop());
    const exporters = await Promise.all(
      ['exporter-0', 'exporter-1'].map(async (name) =>
        startExporter(name, await shippedFor(components.origin), directory),
      ),
    );
    t.teardown(() => Promise.all(exporters.map(({ process }) => process.stop())));
    const prometheus = await startPrometheus(await prometheusConfig(directory, components, exporters), {
      files: await rules(),
      args: ['--query.lookback-delta=30s'],
    });
    t.teardown(() => prometheus.stop());
    const count = async (expression: string) =>
      Number((await prometheus.query(`count(${expression})`))[0]?.value[1] ?? 0);
    const firing = async () =>
      (await prometheus.query('ALERTS{alertstate="firing", severity!="none", area!="host"}')).map(
        ({ metric }) => metric,
      );

    await eventually(
      'every component is in Prometheus',
      async () => (await count('aicrm_component_up{job="ai-crm"} == 1')) === componentCount,
    );
    await eventually(
      'thresholds are recorded',
      async () => (await count('job_component:aicrm_component_response_threshold_seconds:max')) === 2 * componentCount,
    );

    await t.test('each component is probed exactly once per interval, always by the same exporter', async (t) => {
      await eventually('three intervals in which each was asked once', () =>
        components.names.every((name) => oncePerInterval(components.askedFor(name), 3)),
      );
      const askers = components.names.map((name) => [...new Set(components.askedFor(name).map(({ by }) => by))]);
      t.ok(
        askers.every(({ length }) => length === 1),
        'one exporter for each component',
      );
      const shares = exporters.map(({ name }) => askers.filter(([by]) => by === name).length);
      t.ok(
        shares.every((share) => share > componentCount / 4),
        `both have their share: ${shares.join(' and ')}`,
      );
    });

    await t.test('a component has its name from the list, its exporter, and the job of the exporters', async (t) => {
      const [up] = await prometheus.query('up{component="crm-007"}');
      t.match(up?.metric, {
        job: 'ai-crm',
        instance: `${components.origin}/crm-007`,
        component: 'crm-007',
        exporter: /^127\.0\.0\.1:\d+$/,
      });
      const info = () => prometheus.query('aicrm_component_info{component="crm-007"}');
      // A scrape may have failed just now, because the machine is busy.
      await eventually('its last scrape was successful', async () => (await info()).length > 0);
      t.match(await info(), [{ metric: { job: 'ai-crm', target: `${components.origin}/crm-007`, kind: 'http' } }]);
      t.equal(await count('{exported_component!=""}'), 0);
      t.equal(await count('count by (component) (aicrm_component_up) > 1'), 0, 'no series exists twice');
    });

    await t.test('the bundled rules report a component that is down', async (t) => {
      components.broken.add('crm-007');
      await eventually('it is told', async () => (await firing()).length > 0);
      t.match(await firing(), [
        { alertname: 'AiCrmComponentDown', job: 'ai-crm', component: 'crm-007', severity: 'critical' },
      ]);
      components.broken.clear();
      await eventually('it is over', async () => (await firing()).length === 0);
    });

    await t.test(
      'when an exporter stops, the other half is unaffected, and one alert names the half that is not watched',
      async (t) => {
        const [lost, left] = exporters as [Exporter, Exporter];
        const ofLost = components.names.filter((name) => components.askedFor(name)[0]?.by === lost.name);
        const ofLeft = components.names.filter((name) => !ofLost.includes(name));
        lost.process.signal('SIGKILL');
        await lost.process.exitCode;
        // After this request all earlier requests of the killed exporter are counted.
        await ask(`${components.origin}/`);
        const killedAtMilliseconds = performance.now();
        const since = (name: string) =>
          components.askedFor(name).filter(({ atMilliseconds }) => atMilliseconds > killedAtMilliseconds);
        await eventually('the loss is told', async () => (await firing()).length > 0);
        t.match(await firing(), [
          { alertname: 'AiCrmComponentsUnwatched', job: 'ai-crm', exporter: lost.address, severity: 'critical' },
        ]);
        t.equal((await firing()).length, 1);
        const annotations = async () => {
          const { data } = JSON.parse((await ask(`${prometheus.url}/api/v1/alerts`)).text) as {
            readonly data: {
              readonly alerts: readonly {
                readonly labels: { readonly alertname: string };
                readonly annotations: Readonly<Record<string, string>>;
              }[];
            };
          };
          return data.alerts.find(({ labels }) => labels.alertname === 'AiCrmComponentsUnwatched')?.annotations ?? {};
        };
        const summary = `${ofLost.length} of ${ofLost.length} components of ai-crm are not watched: ${lost.address} does not answer for them`;
        const description = `No alert about them can fire meanwhile. Still answering: ${left.address}.`;
        await eventually(`it says: ${summary}. ${description}`, async () => {
          const said = await annotations();
          return said['summary'] === summary && said['description'] === description;
        });
        t.same(
          ofLost.filter((name) => since(name).length > 0),
          [],
          'nobody probes the lost half',
        );
        await eventually('the other half goes on, each once per interval', () =>
          ofLeft.every((name) => oncePerInterval(since(name), 3)),
        );
        t.ok(ofLeft.every((name) => since(name).every(({ by }) => by === left.name)));
        const ofOther = `{exporter="${left.address}"}`;
        // On a busy machine an exporter reports that it was late, and that scrape fails. Two failures in a row do not happen.
        await eventually(
          'the scrapes of the other half succeed',
          async () =>
            (await count(`min_over_time(up${ofOther}[${2 * intervalMilliseconds}ms]) == 1`)) === ofLeft.length,
        );
        t.equal(await count(`up{exporter="${lost.address}"} == 0`), ofLost.length);
        await eventually(
          'the other half is up',
          async () => (await count(`aicrm_component_up${ofOther} == 1`)) === ofLeft.length,
        );
        t.equal(await count('aicrm_component_up'), ofLeft.length, 'nothing is reported about the lost half');
      },
    );

    t.same(prometheus.errors(), []);
  },
);

t.test(
  'with the list of another exporter, one alert names the exporter that is not found, and the number of its components',
  { skip: missing('prometheus') },
  async (t) => {
    const directory = await mkdtemp(join(tmpdir(), 'elsewhere-'));
    t.teardown(() => rm(directory, { recursive: true, force: true }));
    const components = await startComponents();
    t.teardown(() => components.stop());
    const probed = components.names.slice(0, 20);
    const list = await startExporter(
      'list',
      stringify({
        endpoints: {
          ...Object.fromEntries(probed.map((name) => [name, `${components.origin}/${name}`])),
          raw: components.origin.replace('http', 'tcp'),
        },
      }),
      directory,
    );
    t.teardown(() => list.process.stop());
    // Each loopback address has the port and the numbered host name of the example. Nothing listens on the second one.
    const { port } = new URL(`http://${list.address}`);
    const [answering, lost] = [`127.0.1.0:${port}`, `127.0.1.1:${port}`] as const;
    const running = await startExporter('elsewhere-0', await shippedFor(components.origin), directory, answering);
    t.teardown(() => running.process.stop());
    const [, example = ''] =
      /^```yaml\n(scrape_configs:\n(?:(?!^```).*\n)*?.*http_sd_configs(?:.|\n)*?)^```/m.exec(
        await readFile('docs/scaling.md', 'utf8'),
      ) ?? [];
    const config = replaced(shortened(example, shortening), 'exporter:10059', list.address)
      .replaceAll(/elsewhere-(?=[\d$])/g, '127.0.1.')
      .replaceAll(':10059', `:${port}`);
    const prometheus = await startPrometheus(`global: {evaluation_interval: 1s}\nrule_files: [./*.*.yml]\n${config}`, {
      files: await rules(),
    });
    t.teardown(() => prometheus.stop());
    const query = async (expression: string) =>
      (await prometheus.query(expression)).map(({ metric, value }) => ({ ...metric, value: Number(value[1]) }));

    await eventually(
      'it is told',
      async () => (await query('ALERTS{alertname="AiCrmComponentsUnwatched", alertstate="firing"}')).length > 0,
    );
    t.match(await query('ALERTS{alertstate="firing", severity="critical"}'), [
      { alertname: 'AiCrmComponentsUnwatched', job: 'ai-crm-from-elsewhere', exporter: lost },
    ]);
    const [unwatched] = await query(`count(up{exporter="${lost}"} == 0)`);
    const [watched] = await query(`count(up{exporter="${answering}"} == 1)`);
    t.equal((unwatched?.value ?? 0) + (watched?.value ?? 0), probed.length, 'everything that has a URL is a target');
    t.same(
      await query('count by (job) (up)'),
      [{ job: 'ai-crm-from-elsewhere', value: probed.length + 2 }],
      'all have one job, also the exporters',
    );
  },
);

/**
 * Whether this many successive intervals had one request each, and all of them together no more. Each interval is centred on its request,
 * so that a late one is not missed. Components need not be right at the same time, because a busy machine delays a different one each time.
 */
function oncePerInterval(asked: readonly Asked[], intervals: number): boolean {
  const times = asked.map(({ atMilliseconds }) => atMilliseconds);
  const gaps = times.slice(1).map((at, i) => at - (times[i] ?? Number.NaN));
  const isSteady = gaps.some(
    (_, first) =>
      gaps
        .slice(first, first + intervals)
        .filter((gap) => Math.abs(gap - intervalMilliseconds) < intervalMilliseconds / 2).length === intervals,
  );
  return isSteady && gaps.length <= ((times.at(-1) ?? 0) - (times[0] ?? 0)) / intervalMilliseconds + 1;
}

/** One server with a path for each component, which counts the requests by exporter. */
async function startComponents() {
  const names = Array.from({ length: componentCount }, (_, i) => `crm-${String(i + 1).padStart(3, '0')}`);
  const asked = new Map<string, Asked[]>(names.map((name) => [name, []]));
  const broken = new Set<string>();
  const server = createServer((request, response) => {
    const component = (request.url ?? '').slice(1);
    asked
      .get(component)
      ?.push({ component, by: String(request.headers['x-probed-by']), atMilliseconds: performance.now() });
    response
      .writeHead(broken.has(component) ? 500 : 200, { 'content-type': 'text/plain', connection: 'close' })
      .end('ok');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    names,
    broken,
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    askedFor: (name: string): readonly Asked[] => asked.get(name) ?? [],
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Exporter {
  /** The name in the example. */
  readonly name: string;
  readonly address: string;
  readonly process: RunningProgram;
}

/** The example's configuration of an exporter, which allows exactly these targets. */
const shippedFor = async (origin: string) =>
  replaced(await readFile('deploy/scaling/monitoring.yml', 'utf8'), 'https://*.crm.example.com/*', `${origin}/*`);

async function startExporter(
  name: string,
  config: string,
  directory: string,
  listenAddress?: string,
): Promise<Exporter> {
  const file = join(directory, `${name}.yml`);
  await writeFile(file, config);
  const address = listenAddress ?? `127.0.0.1:${await closedPort()}`;
  const running = start(
    process.execPath,
    ['--max-semi-space-size=1', program, '--config.file', file, '--web.listen-address', address],
    { environment: { ...cleanEnvironment(), EXPORTER_NAME: name } },
  );
  await eventually(
    `${name} is ready`,
    async () => (await ask(`http://${address}/-/ready`).catch(() => undefined))?.status === 200,
  ).catch(async (error: unknown) => {
    await running.stop();
    throw error;
  });
  return { name, address, process: running };
}

/** The `prometheus.yml` of the example with the addresses of this machine and a list of all components. */
async function prometheusConfig(
  directory: string,
  components: { readonly names: readonly string[]; readonly origin: string },
  exporters: readonly Exporter[],
): Promise<string> {
  const [shipped] = parse(await readFile('deploy/scaling/components/crm.yml', 'utf8')) as readonly {
    readonly targets: readonly string[];
    readonly labels: Readonly<Record<string, string>>;
  }[];
  if (shipped?.targets.length !== 1 || Object.keys(shipped.labels).join() !== 'component')
    throw new Error('the list of this test does not look like the shipped one any more');
  await mkdir(join(directory, 'components'));
  await writeFile(
    join(directory, 'components/all.yml'),
    stringify(
      components.names.map((name) => ({ targets: [`${components.origin}/${name}`], labels: { component: name } })),
    ),
  );
  let config = shortened(await readFile('deploy/scaling/prometheus.yml', 'utf8'), shortening);
  for (const { name, address } of exporters) config = replaced(config, `${name}:10059`, address);
  config = replaced(config, '/etc/prometheus/components', join(directory, 'components'));
  // The pattern must not match prometheus.yml in the same folder.
  config = replaced(config, '/etc/prometheus/rules/*.yml', './*.*.yml');
  return config.replace(/^alerting:\n(?: .*\n)*/m, '');
}

/** The bundled rules of those areas, with shortened times. */
async function rules(): Promise<Readonly<Record<string, string>>> {
  const folder = 'prometheus/rules';
  const names = (await readdir(folder)).filter((name) => areas.test(name));
  return Object.fromEntries(
    await Promise.all(
      names.map(async (name) => [name, shortened(await readFile(join(folder, name), 'utf8'), shortening)] as const),
    ),
  );
}

function replaced(text: string, what: string, by: string): string {
  if (!text.includes(what)) throw new Error(`the example has no ${what} any more`);
  return text.replaceAll(what, by);
}
