import { readFileSync } from 'node:fs';

/** What this build is. */
export interface Version {
  readonly version: string;
  /** The commit it was built from; absent unless the build says so in `AICRM_EXPORTER_REVISION`. */
  readonly revision?: string;
  readonly nodeVersion: string;
}

/** Reads the version from the package that this file belongs to. */
export function readVersion(environment: Readonly<Record<string, string | undefined>>): Version {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const version = typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : 'unknown';
  const revision = environment['AICRM_EXPORTER_REVISION'];
  return { version, nodeVersion: process.version, ...(revision === undefined || revision === '' ? {} : { revision }) };
}
