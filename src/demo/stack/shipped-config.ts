import { readFile } from 'node:fs/promises';

/** The addresses that shipped files use, and what they are here; `null` for what does not run. */
export type StackAddresses = Readonly<Record<'exporter:10059' | 'localhost:9090' | 'alertmanager:9093', string | null>>;

/** Where the shipped `prometheus.yml` finds its folders. */
const shippedRules = '/etc/prometheus/rules';
const shippedTargets = '/etc/prometheus/targets';

/** What the shipped `prometheus.yml` is changed to. */
export interface PrometheusChanges {
  readonly addresses: StackAddresses;
  /** In the place of /etc/prometheus/rules. */
  readonly rulesFolder: string;
  /** In the place of /etc/prometheus/targets. */
  readonly targetsFolder: string;
}

/**
 * The text of the shipped `prometheus.yml` with other addresses and folders, everything else as it is. A target that does not run
 * is left out. Throws for an address that is not known: then the file has changed and this has not.
 */
export async function shippedPrometheus(
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

/** The same for the data sources of Grafana. One whose server does not run is left out. */
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

/** The same for the boards of Grafana, which are read from `folder`. */
export async function shippedBoards(file: string, folder: string): Promise<string> {
  return rewritten(file, (key, value) => (key === 'path' ? folder : value));
}

function addressOf(addresses: StackAddresses, target: string): readonly string[] {
  if (!Object.hasOwn(addresses, target)) throw new Error(`prometheus.yml: the target ${target} is not known here`);
  const address = addresses[target as keyof StackAddresses];
  return address === null ? [] : [address];
}

/** A YAML file as text again, with every value replaced by what `change` makes of it and its key, those inside first. */
async function rewritten(file: string, change: (key: string, value: unknown) => unknown): Promise<string> {
  // Its default and not its names, which a CommonJS package does not have when it is loaded late out of a bundle.
  const { default: yaml } = await import('yaml');
  return yaml.stringify(
    yaml.parse(await readFile(file, 'utf8'), (key: unknown, value: unknown) => change(String(key), value)),
  );
}
