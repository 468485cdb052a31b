import { join, resolve } from 'node:path';
import { parseAlertmanagerVersion } from '../alertmanager/alertmanager-file.js';
import { renderAlertmanager, writeRendering } from '../alertmanager/render.js';
import { ExporterError, whyUnwritable } from '../base/errors.js';
import { loadConfig } from '../config/load.js';
import type { Needs } from '../config/resolving.js';
import type { CommandSurroundings } from './options.js';

/** Flags of `alertmanager-config`. */
export interface AlertmanagerConfigOptions {
  readonly 'config.file'?: string;
  readonly 'output.dir'?: string;
  readonly 'alertmanager.dir'?: string;
  readonly 'alertmanager.version': string;
  readonly fragment?: boolean;
}

/** Folder of the configuration in packages and images of Alertmanager. */
const usualFolder = '/etc/alertmanager';

/**
 * `alertmanager-config`: prints the configuration of Alertmanager for `alert_channels`, or with `--fragment` only the
 * part to add to an existing one. With `--output.dir` writes it into a folder with its templates and secret files,
 * which only their owner can read. Returns 0. Throws `ExporterError` for an invalid configuration, for what the version
 * cannot do, and for a folder that cannot be written.
 */
export async function alertmanagerConfig(
  options: AlertmanagerConfigOptions,
  { environment, directory, out, errors }: CommandSurroundings,
): Promise<number> {
  const version = parseAlertmanagerVersion(options['alertmanager.version']);
  const outputFolder = options['output.dir'] === undefined ? undefined : resolve(directory, options['output.dir']);
  const folder = options['alertmanager.dir'] ?? outputFolder ?? usualFolder;
  if (!folder.startsWith('/'))
    throw new ExporterError(
      'usage',
      `--alertmanager.dir must be an absolute path, not ${JSON.stringify(folder.slice(0, 100))}`,
    );
  const needs: Needs = ([section]) =>
    section === 'alert_channels' || section === 'grafana_url' || section === 'runbooks_url';
  const config = await loadConfig(options['config.file'], { environment, directory, needs });
  const rendering = await renderAlertmanager(config, { version, folder, isFragment: options.fragment === true });

  if (outputFolder === undefined) {
    const { secretChannels } = rendering;
    if (secretChannels.length > 0) {
      throw new ExporterError(
        'usage',
        `Alertmanager ${version.text} reads the secrets of ${secretChannels.join(', ')} only from its configuration, and secrets are never printed: use --output.dir`,
      );
    }
    out.write(rendering.text);
    if (rendering.secretFiles.size > 0) {
      errors.write(
        `secrets are not printed; --output.dir writes them: ${[...rendering.secretFiles.keys()].map((file) => join(folder, file)).join(', ')}\n`,
      );
    }
    return 0;
  }
  try {
    for (const file of await writeRendering(rendering, outputFolder)) out.write(`${file}\n`);
  } catch (error) {
    if (error instanceof ExporterError) throw error;
    throw new ExporterError('output_unwritable', `${outputFolder}: ${whyUnwritable(error)}`, { cause: error });
  }
  return 0;
}
