import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ExporterError } from './errors.js';

/** The oldest version of each program that works with the rules, the rendered configuration and the boards. */
export const oldestVersions = { Prometheus: '2.42', Alertmanager: '0.25', Grafana: '10.0' } as const;

/**
 * Whether a version such as `v2.42.0-rc.1` is older than one of two numbers, such as `2.42`. False for a text that is
 * not a version.
 */
export function isOlder(version: string, than: string): boolean {
  const [major = NaN, minor = NaN] = numbersOf(version);
  const [leastMajor = NaN, leastMinor = NaN] = numbersOf(than);
  return major < leastMajor || (major === leastMajor && minor < leastMinor);
}

function numbersOf(version: string): readonly number[] {
  return (/^v?(\d+)\.(\d+)/.exec(version) ?? []).slice(1).map(Number);
}

/**
 * Path of a file or folder that belongs to this program, such as `prometheus/rules`. Looks in the folder of the
 * compiled program and above it, not in the current folder. Throws `incomplete_installation` if the file is missing.
 */
export function bundled(path: string): string {
  const found = findBundled(path);
  if (found === undefined)
    throw new ExporterError(
      'incomplete_installation',
      `${path} is a part of this program and is missing: install the exporter again`,
    );
  return found;
}

/** The same for an optional file; undefined if it is missing. */
export function findBundled(path: string): string | undefined {
  return above(path, new URL(import.meta.url));
}

function above(path: string, folder: URL): string | undefined {
  const found = new URL(path, folder);
  if (existsSync(found)) return fileURLToPath(found);
  const parent = new URL('..', folder);
  return parent.href === folder.href ? undefined : above(path, parent);
}

/** Version of this program and of Node.js. */
export interface Version {
  readonly version: string;
  /** The commit of the build, from `AICRM_EXPORTER_REVISION`; absent if that is not set. */
  readonly revision?: string;
  readonly nodeVersion: string;
}

const ownName = 'ai-crm-exporter';

/** Reads the version from the `package.json` in the folder of this file or above; `unknown` if there is none. */
export function readVersion(environment: Readonly<Record<string, string | undefined>>): Version {
  const revision = environment['AICRM_EXPORTER_REVISION'];
  return {
    version: packageVersion(new URL(import.meta.url)),
    nodeVersion: process.version,
    ...(revision === undefined || revision === '' ? {} : { revision }),
  };
}

function packageVersion(folder: URL): string {
  const file = new URL('package.json', folder);
  if (existsSync(file)) {
    // Object() also takes null apart.
    const { name, version }: Readonly<Record<string, unknown>> = Object(JSON.parse(readFileSync(file, 'utf8')));
    if (name === ownName) return String(version);
  }
  const above = new URL('..', folder);
  return above.href === folder.href ? 'unknown' : packageVersion(above);
}
