import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAlertmanagerVersion } from '../../src/alertmanager/alertmanager-file.js';
import { renderAlertmanager, writeRendering } from '../../src/alertmanager/render.js';
import { bundled, oldestVersions } from '../../src/base/version.js';
import type { Config } from '../../src/config/config.js';
import type { Launch, ProgramKind, ProgramSurroundings } from './programs.js';

/** Address in the shipped files → address in the demo; `null` for a program that does not run. */
type StackAddresses = Readonly<Record<'exporter:10059' | 'localhost:9090' | 'alertmanager:9093', string | null>>;

/** Folders in the shipped `prometheus.yml`. */
const shippedRules = '/etc/prometheus/rules';
const shippedTargets = '/etc/prometheus/targets';

/** Changes to the shipped `prometheus.yml`. */
interface PrometheusChanges {
  readonly addresses: StackAddresses;
  /** Replaces /etc/prometheus/rules. */
  readonly rulesFolder: string;
  /** Replaces /etc/prometheus/targets. */
  readonly targetsFolder: string;
}

/**
 * The text of the shipped `prometheus.yml` with other addresses and folders. A target that does not run is left out.
 * Throws for an unknown address, because then this code must be adapted to the file.
 */
async function shippedPrometheus(
  file: string,
  { addresses, rulesFolder, targetsFolder }: PrometheusChanges,
): Promise<string> {
  const folders: readonly (readonly [from: string, to: string])[] = [
    [`${shippedRules}/`, `${rulesFolder}/`],
    [`${shippedTargets}/`, `${targetsFolder}/`],
  ];
  const otherFolder = (path: string) =>
    folders.reduce((text, [from, to]) => (text.startsWith(from) ? to + text.slice(from.length) : text), path);
  return rewritten(file, (key, value) => {
    if (key === 'targets' && Array.isArray(value))
      return value.flatMap((target: unknown) => addressOf(addresses, String(target)));
    if (key === 'rule_files' || key === 'files') return (value as readonly string[]).map(otherFolder);
    return value;
  });
}

/** The same for Grafana's data sources. A source without a running server is left out. */
export async function shippedDataSources(file: string, urls: Readonly<Record<string, string | null>>): Promise<string> {
  return rewritten(file, (key, value) => {
    if (key !== 'datasources' || !Array.isArray(value)) return value;
    return value.flatMap((source: { readonly url: string }) => {
      const url = urls[source.url];
      if (url === undefined) throw new Error(`${file}: ${source.url} is not known here`);
      return url === null ? [] : [{ ...source, url }];
    });
  });
}

/** The same for Grafana's boards, which are read from `folder`. */
export async function shippedBoards(file: string, folder: string): Promise<string> {
  return rewritten(file, (key, value) => (key === 'path' ? folder : value));
}

function addressOf(addresses: StackAddresses, target: string): readonly string[] {
  if (!Object.hasOwn(addresses, target)) throw new Error(`prometheus.yml: the target ${target} is not known here`);
  const address = addresses[target as keyof StackAddresses];
  return address === null ? [] : [address];
}

/** Rewrites a YAML file. `change` returns the new value for each key and value, inner ones first. */
async function rewritten(file: string, change: (key: string, value: unknown) => unknown): Promise<string> {
  // The default import, because the named ones of a CommonJS package are missing when a bundle loads it late.
  const { default: yaml } = await import('yaml');
  return yaml.stringify(
    yaml.parse(await readFile(file, 'utf8'), (key: unknown, value: unknown) => change(String(key), value)),
  );
}

/** Prometheus, from Debian or from its download page. */
export const prometheus: ProgramKind = {
  name: 'Prometheus',
  commands: ['prometheus'],
  oldestVersion: oldestVersions.Prometheus,
  getIt: ['apt install prometheus', 'https://prometheus.io/download/'],
};

/**
 * Writes the shipped `prometheus.yml` with the demo's addresses. The rules are read from their own folder. Returns how
 * to start Prometheus.
 */
export async function preparePrometheus(
  { file, folder, environment, url }: ProgramSurroundings,
  addresses: StackAddresses,
): Promise<Launch> {
  const configFile = join(folder, 'prometheus.yml');
  await writeFile(
    configFile,
    await shippedPrometheus(bundled('prometheus/prometheus.yml'), {
      addresses,
      rulesFolder: bundled('prometheus/rules'),
      targetsFolder: folder,
    }),
  );
  return {
    file,
    args: [
      `--config.file=${configFile}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${new URL(url).host}`,
      `--web.external-url=${url}`,
      // As in docker-compose.yml.
      '--rules.alert.for-grace-period=10s',
      '--log.level=warn',
    ],
    environment,
    directory: folder,
    url,
    readyUrl: `${url}/-/ready`,
  };
}

/** Alertmanager, with the command names of its download page and of Debian. */
export const alertmanager: ProgramKind = {
  name: 'Alertmanager',
  commands: ['alertmanager', 'prometheus-alertmanager'],
  oldestVersion: oldestVersions.Alertmanager,
  getIt: ['apt install prometheus-alertmanager', 'https://prometheus.io/download/'],
};

/** Writes what `alertmanager-config` generates for the demo's configuration. Returns how to start Alertmanager. */
export async function prepareAlertmanager(
  { file, version, folder, environment, url }: ProgramSurroundings,
  config: Config,
): Promise<Launch> {
  const [major = '', minor = ''] = version.split('.');
  const routes = join(folder, 'routes');
  await writeRendering(
    await renderAlertmanager(config, {
      version: parseAlertmanagerVersion(`${major}.${Number.parseInt(minor, 10)}`),
      folder: routes,
    }),
    routes,
  );
  return {
    file,
    args: [
      `--config.file=${join(routes, 'alertmanager.yml')}`,
      `--storage.path=${join(folder, 'data')}`,
      `--web.listen-address=${new URL(url).host}`,
      `--web.external-url=${url}`,
      // No cluster: only one instance runs.
      '--cluster.listen-address=',
      '--data.maintenance-interval=10s',
      '--log.level=warn',
    ],
    environment,
    directory: folder,
    url,
    readyUrl: `${url}/-/ready`,
  };
}
