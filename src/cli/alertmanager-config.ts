import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { renderAlertmanager, type Rendering } from '../alertmanager/render.js';
import { parseAlertmanagerVersion } from '../alertmanager/version.js';
import { loadConfig } from '../config/load.js';
import { ExporterError, systemCodeOf } from '../errors.js';
import type { AlertmanagerConfigOptions, Surroundings } from './options.js';
import { whyUnwritable } from './unwritable.js';

/** Where packages and images of Alertmanager expect its configuration. */
const usualFolder = '/etc/alertmanager';

/**
 * `alertmanager-config`: prints the configuration of Alertmanager that `alert_channels` asks for, or writes it into a folder,
 * with its templates, and its secrets in files that only their owner may read. Returns 0. Throws `ExporterError` for an unsound
 * configuration, for what the version cannot do, and for a folder that cannot be written.
 */
export async function alertmanagerConfig(options: AlertmanagerConfigOptions, { environment, directory, out, errors }: Surroundings): Promise<number> {
  const version = parseAlertmanagerVersion(options['alertmanager.version']);
  const outputFolder = options['output.dir'] === undefined ? undefined : resolve(directory, options['output.dir']);
  const folder = options['alertmanager.dir'] ?? outputFolder ?? usualFolder;
  if (!folder.startsWith('/')) throw new ExporterError('usage', `--alertmanager.dir must be an absolute path, not ${JSON.stringify(folder.slice(0, 100))}`);
  const rendering = await renderAlertmanager(await loadConfig(options['config.file'], { environment, directory }), { version, folder });

  if (outputFolder === undefined) {
    if (rendering.isSecret) {
      throw new ExporterError('usage', `Alertmanager ${version.text} reads the URL of a webhook only from its configuration, which is not printed with a secret in it: use --output.dir`);
    }
    out.write(rendering.text);
    if (rendering.secretFiles.size > 0) {
      errors.write(`secrets are not printed; --output.dir writes them: ${[...rendering.secretFiles.keys()].map((file) => join(folder, file)).join(', ')}\n`);
    }
    return 0;
  }
  try {
    for (const file of await writeAll(rendering, outputFolder)) out.write(`${file}\n`);
  } catch (error) {
    if (error instanceof ExporterError) throw error;
    throw new ExporterError('output_unwritable', `${outputFolder}: ${whyUnwritable(error)}`, { cause: error });
  }
  return 0;
}

/** Returns the paths of the files, as they were written. */
async function writeAll({ text, isSecret, secretFiles }: Rendering, folder: string): Promise<readonly string[]> {
  const written: string[] = [];
  const write = async (file: string, content: string | Buffer, mode: number) => {
    await replaceFile(join(folder, file), content, mode);
    written.push(join(folder, file));
  };
  const source = templatesFolder();
  await makeFolder(folder);
  await makeFolder(join(folder, 'templates'));
  if (source !== join(folder, 'templates')) {
    for (const name of await readdir(source)) await write(join('templates', name), await readFile(join(source, name)), 0o644);
  }
  if (secretFiles.size > 0) {
    await makeFolder(join(folder, 'secrets'));
    await chmod(join(folder, 'secrets'), 0o700);
  }
  for (const [file, secret] of secretFiles) await write(file, secret.reveal(), 0o600);
  // Last, as an Alertmanager that reloads at this moment needs the others.
  await write('alertmanager.yml', text, isSecret ? 0o600 : 0o644);
  return written;
}

/** Only the last part of the path, so that a mistyped one is noticed. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if (systemCodeOf(error) !== 'EEXIST') throw error;
  }
}

/** Whoever reads the file sees the old content or the new one, and a secret is never in a file that others may read. */
async function replaceFile(path: string, content: string | Buffer, mode: number): Promise<void> {
  const temporary = `${path}.${randomUUID()}`;
  try {
    await writeFile(temporary, content, { mode, flag: 'wx' });
    await chmod(temporary, mode);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** The templates that come with this program, wherever it was compiled to. */
function templatesFolder(from = new URL('.', import.meta.url)): string {
  const found = new URL('alertmanager/templates/', from);
  if (existsSync(found)) return fileURLToPath(found).replace(/\/$/, '');
  const above = new URL('..', from);
  if (above.href === from.href) throw new ExporterError('output_unwritable', 'alertmanager/templates, which comes with this program, is not there: install it anew');
  return templatesFolder(above);
}
