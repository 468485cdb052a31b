import { existsSync, readFileSync } from 'node:fs';

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
