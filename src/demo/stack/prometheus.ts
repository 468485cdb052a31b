import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundled } from '../../bundled.js';
import { oldestVersions } from '../../oldest-versions.js';
import type { Launch } from './child.js';
import type { ProgramKind } from './find-program.js';
import { type StackAddresses, shippedPrometheus } from './shipped-config.js';
import type { ProgramSurroundings } from './surroundings.js';

/** Prometheus, as Debian and its own download page have it. */
export const prometheus: ProgramKind = {
  name: 'Prometheus',
  commands: ['prometheus'],
  oldestVersion: oldestVersions.Prometheus,
  getIt: ['apt install prometheus', 'https://prometheus.io/download/'],
};

/** Writes the shipped `prometheus.yml` with the demo's addresses; the rules are read where they are. Returns how to start it. */
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
