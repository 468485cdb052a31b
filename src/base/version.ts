import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ExporterError } from './errors.js';

/** What the rules, the rendered configuration and the boards need at least of each program. */
export const oldestVersions = { Prometheus: '2.42', Alertmanager: '0.25', Grafana: '10.0' } as const;

/** Whether a version such as `v2.42.0-rc.1` is older than another one of two numbers, `2.42`; what is no version is not. */
export function isOlder(version: string, than: string): boolean {
  const [major = NaN, minor = NaN] = numbersOf(version);
  const [leastMajor = NaN, leastMinor = NaN] = numbersOf(than);
  return major < leastMajor || (major === leastMajor && minor < leastMinor);
}

function numbersOf(version: string): readonly number[] {
  return (/^v?(\d+)\.(\d+)/.exec(version) ?? []).slice(1).map(Number);
}

/**
 * Path of a file or folder that comes with this program, such as `prometheus/rules`: it stands beside the compiled program,
 * wherever that is and whatever folder it was started in. Throws `incomplete_installation` when it is not there.
 */
export function bundled(path: string): string {
  const found = findBundled(path);
  if (found === undefined)
    throw new ExporterError(
      'incomplete_installation',
      `${path}, which comes with this program, is not there: install it anew`,
    );
  return found;
}

/** The same for what a program can do without; undefined when it is not there. */
export function findBundled(path: string): string | undefined {
  return above(path, new URL('.', import.meta.url));
}

function above(path: string, folder: URL): string | undefined {
  const found = new URL(path, folder);
  if (existsSync(found)) return fileURLToPath(found);
  const parent = new URL('..', folder);
  return parent.href === folder.href ? undefined : above(path, parent);
}

/** What this build is. */
export interface Version {
  readonly version: string;
  /** The commit it was built from; absent unless the build says so in `AICRM_EXPORTER_REVISION`. */
  readonly revision?: string;
  readonly nodeVersion: string;
}

const ownName = 'ai-crm-exporter';

/** Reads the version from the package that this file belongs to, wherever it was compiled to; `unknown` outside of it. */
export function readVersion(environment: Readonly<Record<string, string | undefined>>): Version {
  const revision = environment['AICRM_EXPORTER_REVISION'];
  return {
    version: packageVersion(new URL('.', import.meta.url)),
    nodeVersion: process.version,
    ...(revision === undefined || revision === '' ? {} : { revision }),
  };
}

function packageVersion(folder: URL): string {
  const file = new URL('package.json', folder);
  if (existsSync(file)) {
    const manifest: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (
      typeof manifest === 'object' &&
      manifest !== null &&
      'version' in manifest &&
      'name' in manifest &&
      manifest.name === ownName
    )
      return String(manifest.version);
  }
  const above = new URL('..', folder);
  return above.href === folder.href ? 'unknown' : packageVersion(above);
}
