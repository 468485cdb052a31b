import { access, readdir, readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { loadConfig } from '../src/config/load.js';
import {
  type ComposeMount,
  type ComposeService,
  readCompose,
  readEnvironmentFile,
  variablesIn,
} from './support/compose.js';

const { services, volumes } = await readCompose();
const dockerfile = await readFile('Dockerfile', 'utf8');
const oneShots = ['alertmanager-config', 'grafana-password'];
const names = Object.keys(services);
const all = Object.entries(services);

const service = (name: string): ComposeService => services[name] ?? (t.fail(`there is no service ${name}`) as never);
const mounts = (name: string): readonly ComposeMount[] => service(name).volumes ?? [];
/** The published container ports of a service. */
const portsOf = (name: string) => (service(name).ports ?? []).map((port) => Number(port.split(':').at(-1)));
/** Checks that an address such as `http://name:port/path` is that of a service. */
function reaches(address: string): void {
  const { hostname, port } = new URL(address.includes('://') ? address : `http://${address}`);
  t.ok(portsOf(hostname).includes(Number(port)), `${address} is a service, and its port`);
}
/** The file of this repository at this path in a container. */
function fileSeenBy(name: string, path: string): string {
  const mount = mounts(name).find(
    ({ type, target }) => type === 'bind' && (path === target || path.startsWith(`${target}/`)),
  );
  if (mount === undefined) throw new Error(`${name} sees nothing of ours at ${path}`);
  return join(mount.source, posix.relative(mount.target, path));
}

t.test('every mounted file and folder exists, and only volumes are writable', async (t) => {
  for (const name of names) {
    for (const { type, source, target, read_only: isReadOnly, bind } of mounts(name)) {
      if (type === 'volume') t.ok(source in volumes, `${name}: volume ${source}`);
      else await t.resolves(access(source), `${name}: ${source}`);
      t.ok(type === 'volume' || isReadOnly === true, `${name}: ${target} is read-only`);
      t.equal(
        bind,
        undefined,
        `${name}: Docker chooses the propagation of ${target}, since not every one starts everywhere`,
      );
    }
  }
  for (const volume of Object.keys(volumes)) {
    const users = all.flatMap(([name]) => mounts(name).filter(({ source }) => source === volume));
    t.equal(users.filter(({ read_only: isReadOnly }) => isReadOnly !== true).length, 1, `one service writes ${volume}`);
    // Docker copies files and owner of an image into a new volume. `nocopy` for readers leaves this to the container that writes.
    for (const user of users)
      if (user.read_only === true) t.equal(user.volume?.nocopy, true, `${volume} at ${user.target}`);
  }
  const written = oneShots.flatMap(mounts).filter(({ type }) => type === 'volume');
  t.equal(written.length, 2);
  for (const { target } of written)
    t.match(
      dockerfile,
      new RegExp(`mkdir -p .*${target}\\b`),
      `the image has ${target}, whose owner the volume takes over`,
    );
});

t.test('every image is pinned, and our own is built once and never pulled', (t) => {
  for (const [name, { image, build, pull_policy: pullPolicy }] of all) {
    if (image !== 'ai-crm-exporter:local') t.match(image, /^[a-z]+\/[a-z]+:v?\d+\.\d+\.\d+$/, name);
    else t.same([build !== undefined, pullPolicy], [name === 'exporter', 'never'], name);
  }
  const [, major] = /^ARG NODE_IMAGE=node:(\d+)\.\d+\.\d+-alpine\d+\.\d+$/m.exec(dockerfile) ?? [];
  t.equal(Number(major) % 2, 0, 'only even versions of Node.js become LTS');
  t.same(
    [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, from]) => from),
    ['${NODE_IMAGE}', '${NODE_IMAGE}'],
  );
  t.end();
});

t.test('no container has unneeded rights, and all have limits', (t) => {
  for (const [
    name,
    { cap_drop: dropped, security_opt: options, read_only: isReadOnly, privileged, deploy, logging, ports = [], user },
  ] of all) {
    t.same(dropped, ['ALL'], name);
    t.same(options, ['no-new-privileges:true'], name);
    t.equal(isReadOnly, true, name);
    t.equal(privileged, undefined, name);
    t.same(Object.keys(deploy.resources.limits).sort(), ['cpus', 'memory', 'pids'], name);
    t.same(Object.keys(logging.options).sort(), ['max-file', 'max-size'], name);
    for (const port of ports) t.match(port, /^127\.0\.0\.1:\d+:\d+$/, `${name} is published on loopback only`);
    t.notMatch(user ?? '', /^(?:root|0)(?::|$)/, name);
  }
  t.match(dockerfile, /^USER 65534:65534$/m);
  t.end();
});

t.test('every permanent service has a health check and restarts, and none starts before its dependencies', (t) => {
  for (const [name, { restart, healthcheck }] of all) {
    if (oneShots.includes(name))
      t.match({ restart, healthcheck }, { restart: 'no', healthcheck: { disable: true } }, name);
    else t.equal(restart, 'unless-stopped', name);
    if (!oneShots.includes(name) && name !== 'exporter')
      t.match(healthcheck?.test?.join(' '), new RegExp(`127\\.0\\.0\\.1:${portsOf(name)[0]}`), name);
  }
  t.match(
    dockerfile,
    `http://127.0.0.1:${portsOf('exporter')[0]}/-/healthy`,
    'the health check of the image asks the port of the exporter',
  );
  const order = Object.fromEntries(
    all.map(([name, { depends_on: needed = {} }]) => [
      name,
      Object.fromEntries(Object.entries(needed).map(([other, { condition }]) => [other, condition])),
    ]),
  );
  t.match(order, {
    alertmanager: { 'alertmanager-config': 'service_completed_successfully' },
    prometheus: { exporter: 'service_healthy', alertmanager: 'service_healthy' },
    grafana: { 'grafana-password': 'service_completed_successfully', prometheus: 'service_healthy' },
  });
  t.equal(service('exporter').depends_on?.['crm']?.required, false, 'the service exists only in the demo');
  t.end();
});

t.test('every service has the address that the others use', async (t) => {
  const prometheus = parse(await readFile(fileSeenBy('prometheus', '/etc/prometheus/prometheus.yml'), 'utf8')) as {
    readonly rule_files: readonly string[];
    readonly alerting: {
      readonly alertmanagers: readonly {
        readonly static_configs: readonly { readonly targets: readonly string[] }[];
      }[];
    };
    readonly scrape_configs: readonly {
      readonly static_configs?: readonly { readonly targets: readonly string[] }[];
    }[];
  };
  const groups = [...prometheus.alerting.alertmanagers, ...prometheus.scrape_configs].flatMap(
    ({ static_configs: configs = [] }) => configs,
  );
  const targets = groups.flatMap(({ targets }) => targets).filter((target) => target !== 'localhost:9090');
  t.ok(targets.length >= 3);
  for (const target of targets) reaches(target);
  t.same(portsOf('prometheus'), [9090], 'and itself');
  for (const pattern of prometheus.rule_files)
    t.ok(
      (await readdir(fileSeenBy('prometheus', posix.dirname(pattern)))).some((file) => file.endsWith('.alerts.yml')),
      pattern,
    );

  const { datasources } = parse(
    await readFile(fileSeenBy('grafana', '/etc/grafana/provisioning/datasources/ai-crm.yml'), 'utf8'),
  ) as { readonly datasources: readonly { readonly url: string }[] };
  t.equal(datasources.length, 2);
  for (const { url } of datasources) reaches(url);
  const { providers } = parse(
    await readFile(fileSeenBy('grafana', '/etc/grafana/provisioning/dashboards/ai-crm.yml'), 'utf8'),
  ) as { readonly providers: readonly { readonly options: { readonly path: string } }[] };
  for (const { options } of providers)
    t.ok((await readdir(fileSeenBy('grafana', options.path))).length >= 6, options.path);
  const [, home = ''] =
    /default_home_dashboard_path = (\S+)/.exec(
      await readFile(fileSeenBy('grafana', '/etc/grafana/grafana.ini'), 'utf8'),
    ) ?? [];
  await t.resolves(access(fileSeenBy('grafana', home)), home);
  t.match(service('grafana').environment?.['GF_SECURITY_ADMIN_PASSWORD__FILE'], /^\/run\/grafana-admin\//);

  const config = await loadConfig('deploy/compose/monitoring.yml', { environment: {}, directory: process.cwd() });
  const channel = config.alertChannels.find(({ kind }) => kind === 'console');
  reaches(channel?.kind === 'console' ? String(channel.settings.url) : 'no console');
  reaches(config.alertmanager?.url ?? 'no Alertmanager');
  const { AICRM_PROMETHEUS_URL: prometheusUrl, AICRM_GRAFANA_URL: grafanaUrl } = service('exporter').environment ?? {};
  for (const url of [prometheusUrl, grafanaUrl]) reaches(url ?? 'nowhere, for the command status');
});

t.test('the settings are those in .env.example, with the same defaults', async (t) => {
  const documented = await readEnvironmentFile('.env.example', { isCommented: true });
  const used = new Map([
    ...variablesIn(await readFile('docker-compose.yml', 'utf8')),
    ...variablesIn(await readFile('deploy/compose/monitoring.yml', 'utf8')),
  ]);
  t.same(Object.keys(documented).sort(), [...used.keys()].sort());
  t.same((await readCompose(documented)).services, services, 'without changes it has no effect');
  const load = (environment: Record<string, string>) =>
    loadConfig('deploy/compose/monitoring.yml', { environment, directory: process.cwd() });
  t.same(JSON.stringify(await load(documented)), JSON.stringify(await load({})), 'monitoring.yml has none either');
  for (const name of variablesIn(await readFile('deploy/compose/monitoring.yml', 'utf8')).keys()) {
    for (const reader of ['exporter', 'alertmanager-config'])
      t.ok(name in (service(reader).environment ?? {}), `${reader} gets ${name}`);
  }
  const ports = await readCompose({
    GRAFANA_PORT: '4000',
    PROMETHEUS_PORT: '4001',
    ALERTMANAGER_PORT: '4002',
    EXPORTER_PORT: '4003',
  });
  t.match(JSON.stringify(ports), '--web.external-url=http://localhost:4001');
  t.equal(
    ports.services['grafana']?.environment?.['GF_SERVER_ROOT_URL'],
    'http://localhost:4000',
    'links use the same port',
  );
  t.same(ports.services['exporter']?.ports, ['127.0.0.1:4003:10059']);
  t.ok(
    service('prometheus').command?.includes(
      `--storage.tsdb.retention.time=${(await load({})).retentionSeconds / 86_400}d`,
    ),
  );
  t.ok(
    service('prometheus').command?.includes('--rules.alert.for-grace-period=10s'),
    'a restart does not resolve alerts',
  );
});

t.test('these files contain no password', async (t) => {
  const texts = await Promise.all(
    ['docker-compose.yml', '.env.example', 'deploy/compose/monitoring.yml', 'Dockerfile'].map((file) =>
      readFile(file, 'utf8'),
    ),
  );
  for (const text of texts) t.notMatch(text, /(?:password|secret|token)[ \t]*[:=][ \t]*(?!\{)["']?\w/im);
  for (const [name, { environment = {} }] of all)
    for (const variable of Object.keys(environment)) t.notMatch(variable, /(?:PASSWORD|SECRET|TOKEN)$/, name);
  t.match(await readFile('deploy/compose/secrets/.gitignore', 'utf8'), /^\*$/m);
  t.match(await readFile('.gitignore', 'utf8'), /^\.env$/m);
});

t.test('commands in docs/docker.md use services and files that exist', async (t) => {
  const text = await readFile('docs/docker.md', 'utf8');
  const named = [...text.matchAll(/docker compose (?:(?:exec|restart|logs)|run --rm) (?:-T )?([a-z][a-z-]*)/g)].map(
    ([, name = '']) => name,
  );
  t.ok(named.length >= 8);
  for (const name of named) t.ok(name in services, name);
  for (const [, name = '', path = ''] of text.matchAll(/docker compose exec ([a-z]+) \w+ [\w ]*(\/\S+)/g))
    t.ok(
      mounts(name).some(({ target }) => path.startsWith(`${target}/`)),
      `${name} has ${path}`,
    );
  const published = all.flatMap(([, { ports = [] }]) => ports.map((port) => port.split(':')[1]));
  for (const [, port] of text.matchAll(/http:\/\/(?:localhost|127\.0\.0\.1):(\d+)/g))
    t.ok(published.includes(port), `port ${port}`);
  const [, rows = ''] = /\| Volume \|[^\n]*\n\|[-|]*\n((?:\|.*\n)+)/.exec(text) ?? [];
  t.same([...rows.matchAll(/^\| `([a-z-]+)`/gm)].map(([, name]) => name).sort(), Object.keys(volumes).sort());
  for (const [, variable = ''] of text.matchAll(/`([A-Z]+_[A-Z]+)(?:=\w+)?`/g))
    t.ok(variable in (await readEnvironmentFile('.env.example', { isCommented: true })), variable);
});
