import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, realpath, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { bundled, oldestVersions } from '../../src/base/version.js';
import { shippedBoards, shippedDataSources } from './demo-monitoring.js';
import type { Launch, ProgramEnvironment, ProgramKind, ProgramSurroundings } from './programs.js';

/** A demo is minutes old: on six hours of its life it would be a thin line on the right. */
const shownRange = 'now-15m';
/** Grafana's own minimum. */
const refresh = '5s';

/** Copies the boards of a folder into another one. Those that look hours back look minutes back there; all else is as it was. */
async function copyShortBoards(from: string, to: string): Promise<void> {
  for (const name of (await readdir(from)).filter((file) => file.endsWith('.json'))) {
    const text = await readFile(join(from, name), 'utf8');
    const board = JSON.parse(text) as { readonly time?: { readonly from?: string } };
    const isOfHours = /^now-\d+h$/.test(board.time?.from ?? '');
    await writeFile(
      join(to, name),
      isOfHours ? JSON.stringify({ ...board, time: { from: shownRange, to: 'now' }, refresh }) : text,
    );
  }
}

/** Grafana, which is no package of Debian. */
export const grafana: ProgramKind = {
  name: 'Grafana',
  commands: ['grafana', 'grafana-server'],
  oldestVersion: oldestVersions.Grafana,
  getIt: ['https://grafana.com/grafana/download'],
  locate: async (file) => {
    const home = await homeOf(file);
    if (home === undefined) return undefined;
    // What packages put on PATH is a script that insists on the folders of the system's own Grafana.
    const program = join(home, 'bin', 'grafana');
    return existsSync(program) ? program : file;
  },
};

/** Where packages put the files that belong to Grafana, when they are not around the program. */
const usualHomes = ['/usr/share/grafana', '/usr/local/share/grafana', '/opt/homebrew/opt/grafana/share/grafana'];

/** Where Grafana's packages put the plugins that come with it since 13.1. */
const packagedPlugins = '/var/lib/grafana/plugins-bundled';

/** The data sources of the shipped provisioning, and what they are here. */
type DataSourceUrls = Readonly<Record<'http://prometheus:9090' | 'http://alertmanager:9093', string | null>>;

/** Writes the shipped provisioning with the demo's addresses, and the shipped `grafana.ini` with what a demo needs; returns how to start it. */
export async function prepareGrafana(
  { file, folder, environment, url }: ProgramSurroundings,
  dataSources: DataSourceUrls,
): Promise<Launch> {
  const boards = join(folder, 'dashboards');
  const provisioning = join(folder, 'provisioning');
  const plugins = join(folder, 'plugins');
  const home = (await homeOf(file)) ?? dirname(dirname(file));
  // Those that are not ours are there as well, because Grafana complains about each that is missing.
  for (const name of ['datasources', 'dashboards', 'plugins', 'alerting', 'notifiers', 'access-control'])
    await mkdir(join(provisioning, name), { recursive: true });
  await mkdir(plugins);
  await mkdir(boards);
  await copyShortBoards(bundled('grafana/dashboards'), boards);
  await writeFile(
    join(provisioning, 'datasources/ai-crm.yml'),
    await shippedDataSources(bundled('grafana/provisioning/datasources/ai-crm.yml'), dataSources),
  );
  await writeFile(
    join(provisioning, 'dashboards/ai-crm.yml'),
    await shippedBoards(bundled('grafana/provisioning/dashboards/ai-crm.yml'), boards),
  );
  const shipped = (await readFile(bundled('grafana/grafana.ini'), 'utf8')).replaceAll(
    '/etc/grafana/dashboards/',
    `${boards}/`,
  );
  const configFile = join(folder, 'grafana.ini');
  await writeFile(
    configFile,
    `${shipped}\n${settings({ url, data: join(folder, 'data'), provisioning, plugins, ...pluginsOf(home) })}`,
    { mode: 0o600 },
  );
  return {
    file,
    args: [...(basename(file) === 'grafana' ? ['server'] : []), '--homepath', home, '--config', configFile],
    environment: withoutGrafana(environment),
    directory: folder,
    url,
    readyUrl: `${url}/api/health`,
  };
}

interface Places {
  readonly url: string;
  readonly data: string;
  readonly provisioning: string;
  readonly plugins: string;
  /** Where the plugins are that come with Grafana; undefined for one whose data sources are built in. */
  readonly bundledPlugins: string | undefined;
  /** Whether the data source for Prometheus is there already; otherwise Grafana has to fetch it. */
  readonly hasPrometheus: boolean;
}

/**
 * Everybody who can reach loopback may look at everything and try things out, but not change the server; nobody knows the
 * password of the one who may. Plugins that are there already are not fetched.
 */
function settings({ url, data, provisioning, plugins, bundledPlugins, hasPrometheus }: Places): string {
  const { hostname, port } = new URL(url);
  return `[paths]
data = ${data}
logs = ${join(data, 'log')}
plugins = ${plugins}
provisioning = ${provisioning}
${bundledPlugins === undefined ? '' : `bundled_plugins = ${bundledPlugins}\n`}
[server]
http_addr = ${hostname}
http_port = ${port}
root_url = ${url}/

[auth]
disable_login_form = true

[auth.anonymous]
enabled = true
org_role = Editor

[security]
admin_password = ${randomUUID()}
secret_key = ${randomUUID()}
disable_gravatar = true

[plugins]
preinstall_disabled = ${hasPrometheus}
public_key_retrieval_disabled = true
plugin_admin_enabled = false

[log]
mode = console
level = warn
`;
}

/** The folder with `conf/defaults.ini`: around the program, or where packages put it. */
async function homeOf(file: string): Promise<string | undefined> {
  const around = [file, await realpath(file)].map((path) => dirname(dirname(path)));
  return [...around, ...around.map((folder) => join(folder, 'share/grafana')), ...usualHomes].find((folder) =>
    existsSync(join(folder, 'conf/defaults.ini')),
  );
}

function pluginsOf(home: string): Pick<Places, 'bundledPlugins' | 'hasPrometheus'> {
  const bundledPlugins = [join(home, 'data/plugins-bundled'), packagedPlugins].find((folder) =>
    existsSync(join(folder, 'prometheus')),
  );
  return {
    bundledPlugins,
    hasPrometheus: bundledPlugins !== undefined || existsSync(join(home, 'public/app/plugins/datasource/prometheus')),
  };
}

/** Settings of the system's own Grafana do not apply here. */
function withoutGrafana(environment: ProgramEnvironment): ProgramEnvironment {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('GF_')));
}
