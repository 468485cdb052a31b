import { join } from 'node:path';
import { renderAlertmanager } from '../../alertmanager/render.js';
import { parseAlertmanagerVersion } from '../../alertmanager/version.js';
import { writeRendering } from '../../alertmanager/write.js';
import type { Config } from '../../config/config.js';
import { oldestVersions } from '../../oldest-versions.js';
import type { Launch } from './child.js';
import type { ProgramKind } from './find-program.js';
import type { ProgramSurroundings } from './surroundings.js';

/** Alertmanager, under the names of its own download page and of Debian. */
export const alertmanager: ProgramKind = {
  name: 'Alertmanager',
  commands: ['alertmanager', 'prometheus-alertmanager'],
  oldestVersion: oldestVersions.Alertmanager,
  getIt: ['apt install prometheus-alertmanager', 'https://prometheus.io/download/'],
};

/** Writes what `alertmanager-config` would make of the demo's configuration; returns how to start it. */
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
      // There is only one of them.
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
