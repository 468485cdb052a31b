import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, realpath, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { bundled, oldestVersions } from '../../src/base/version.js';
import { shippedBoards, shippedDataSources } from './demo-monitoring.js';
import type { Launch, ProgramEnvironment, ProgramKind, ProgramSurroundings } from './programs.js';

/** A demo runs for minutes. In a range of six hours its data would be a thin line. */
const shownRange = 'now-15m';
/** The minimum of Grafana. */
const refresh = '5s';

/** Copies the boards of a folder. Boards with a range of hours get one of minutes; nothing else changes. */
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

/** Grafana; Debian has no package of it. */
export const grafana: ProgramKind = {
  name: 'Grafana',
  commands: ['grafana', 'grafana-server'],
  oldestVersion: oldestVersions.Grafana,
  getIt: ['https://grafana.com/grafana/download'],
  locate: async (file) => {
    const home = await homeOf(file);
    if (home === undefined) return undefined;
    // The command of packages is a script that requires the folders of the system's Grafana.
    const program = join(home, 'bin', 'grafana');
    return existsSync(program) ? program : file;
  },
};

/** Where packages install Grafana's files if they are not next to the program. */
const usualHomes = ['/usr/share/grafana', '/usr/local/share/grafana', '/opt/homebrew/opt/grafana/share/grafana'];

/** Where packages of Grafana install bundled plugins since 13.1. */
const packagedPlugins = '/var/lib/grafana/plugins-bundled';

/** URL in the shipped provisioning → URL in the demo; `null` without a server. */
type DataSourceUrls = Readonly<Record<'http://prometheus:9090' | 'http://alertmanager:9093', string | null>>;

/**
 * Writes the shipped provisioning with the demo's addresses, and the shipped `grafana.ini` with the demo's settings.
 * Returns how to start Grafana.
 */
export async function prepareGrafana(
  { file, folder, environment, url }: ProgramSurroundings,
  dataSources: DataSourceUrls,
): Promise<Launch> {
  const boards = join(folder, 'dashboards');
  const provisioning = join(folder, 'provisioning');
  const plugins = join(folder, 'plugins');
  const home = (await homeOf(file)) ?? dirname(dirname(file));
  // Folders without shipped files are created too, because Grafana logs an error for each missing one.
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
  /** Folder of the bundled plugins; undefined when the data sources are built in. */
  readonly bundledPlugins: string | undefined;
  /** Whether the Prometheus data source is installed. Otherwise Grafana must download it. */
  readonly hasPrometheus: boolean;
}

/**
 * Everyone on loopback may view and edit boards, but not change the server: the admin password is random and unknown.
 * Installed plugins are not downloaded.
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

/** The folder with `conf/defaults.ini`: next to the program, or where packages install it. */
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

/** Removes settings that are meant for the system's Grafana. */
function withoutGrafana(environment: ProgramEnvironment): ProgramEnvironment {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('GF_')));
}
