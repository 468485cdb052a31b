import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Document } from 'yaml';
import { ExporterError, systemCodeOf } from '../base/errors.js';
import { bundled } from '../base/version.js';
import type { Config } from '../config/config.js';
import type { Secret } from '../config/secret.js';
import { type AlertChannel, defaultChannelSettings, missingOf } from '../config/sections/alert-channels-section.js';
import { type AlertmanagerVersion, type Commented, SecretFiles } from './alertmanager-file.js';
import { fragmentOf } from './fragment.js';
import { receiverFor } from './receivers.js';
import { branches, inhibitions, nobody, root, watchdog } from './routing.js';

/** For whom to render. */
interface RenderOptions {
  readonly version: AlertmanagerVersion;
  /** Where Alertmanager will find the configuration: an absolute path. */
  readonly folder: string;
  /** A part for a configuration that is there, and not a whole one. */
  readonly isFragment?: boolean;
}

/** A configuration of Alertmanager. */
export interface Rendering {
  /** What it is called. */
  readonly file: 'alertmanager.yml' | 'fragment.yml';
  /** Its content. */
  readonly text: string;
  /** The channels of which the text itself holds a secret, in the order of the receivers. */
  readonly secretChannels: readonly string[];
  /** The secrets that it refers to: path within the folder → content. */
  readonly secretFiles: ReadonlyMap<string, Secret>;
}

const head = `# Configuration of Alertmanager, made by "ai-crm-exporter alertmanager-config" of alert_channels in monitoring.yml.
# Change it there and make it anew. Subjects and texts of notifications are in templates/.
`;

const fragmentHead = `# A part for a configuration of Alertmanager, made by "ai-crm-exporter alertmanager-config --fragment" of alert_channels in
# monitoring.yml. Add each list to that of your alertmanager.yml, the route before yours: see docs/alert-channels.md.
`;

/** When nobody is told anything: then at least somebody who looks at the log. */
const consoleChannel: AlertChannel = {
  kind: 'console',
  name: 'console',
  enabled: true,
  settings: defaultChannelSettings('console'),
};

/**
 * Alertmanager's configuration for the channels that are enabled, for the console if no channel is configured at all. Throws
 * `config_invalid` with one line for each thing that this version of Alertmanager, or anyone, cannot do.
 */
export async function renderAlertmanager(
  { alertChannels, grafanaUrl, runbooksUrl }: Pick<Config, 'alertChannels' | 'grafanaUrl' | 'runbooksUrl'>,
  { version, folder, isFragment = false }: RenderOptions,
): Promise<Rendering> {
  const channels = alertChannels.length === 0 ? [consoleChannel] : alertChannels.filter(({ enabled }) => enabled);
  const problems = channels.flatMap(unusable);
  const files = new SecretFiles(folder);
  const secretChannels = new Set<string>();
  const surroundings = {
    version,
    files,
    ...(grafanaUrl !== undefined && { grafanaUrl }),
    ...(runbooksUrl !== undefined && { runbooksUrl }),
    onInlineSecret: (channel: string) => void secretChannels.add(channel),
    refuse: (place: string, message: string) => void problems.push(`alert_channels.${place}: ${message}`),
  };
  const receivers = channels.map((channel) => receiverFor(channel, surroundings));
  if (problems.length > 0) throw new ExporterError('config_invalid', problems.join('\n'), { expose: true });

  const destinations = channels.flatMap((channel) =>
    channel.kind === 'watchdog' ? [] : [{ name: channel.name, choice: channel.settings }],
  );
  const routes = branches(destinations);
  const silent = [nobody, watchdog]
    .filter((name) => !receivers.some((receiver) => receiver.name === name))
    .map((name) => ({ name }));
  // Its default and not its names, which a CommonJS package does not have when it is loaded late out of a bundle.
  const { default: yaml } = await import('yaml');
  const whole = {
    templates: ['templates/*.tmpl'],
    route: { ...root, routes: routes.map(({ value }) => value) },
    inhibit_rules: inhibitions.map(({ value }) => value),
    receivers: [...silent, ...receivers],
  };
  const document = new yaml.Document(isFragment ? fragmentOf(whole, folder) : whole, { aliasDuplicateObjects: false });
  comment(document, ['route', 'routes', ...(isFragment ? [0, 'routes'] : [])], routes);
  comment(document, ['inhibit_rules'], inhibitions);
  yaml.visit(document, {
    Pair: (_key, pair, path) => void (path.length === 2 && yaml.isScalar(pair.key) && (pair.key.spaceBefore = true)),
    Seq: (_key, list) => void (list.flow = list.items.every((item) => yaml.isScalar(item))),
  });
  return {
    file: isFragment ? 'fragment.yml' : 'alertmanager.yml',
    text: `${isFragment ? fragmentHead : head}${document.toString({ lineWidth: 0, flowCollectionPadding: false })}`,
    secretChannels: [...secretChannels],
    secretFiles: files.entries(),
  };
}

/** A channel that is switched on with a mere `true` says nobody whom to notify. */
function unusable(channel: AlertChannel): string[] {
  const missing = missingOf(channel);
  if (missing.length === 0) return [];
  return [`alert_channels.${channel.name}: true alone says nobody whom to notify, it needs ${missing.join(' and ')}`];
}

function comment(document: Document, path: readonly (string | number)[], items: readonly Commented<unknown>[]): void {
  items.forEach(({ comment: text }, index) => {
    const node = document.getIn([...path, index], true);
    if (typeof node === 'object' && node !== null) Object.assign(node, { commentBefore: ` ${text}` });
  });
}

/**
 * Writes a configuration of Alertmanager into a folder, with the templates that come with this program, and its secrets in
 * files that only their owner may read. The folder is made if the one above it exists. Returns the paths of the files, as they
 * were written. Throws what the file system throws, and `incomplete_installation` without templates.
 */
export async function writeRendering(
  { file, text, secretChannels, secretFiles }: Rendering,
  folder: string,
): Promise<readonly string[]> {
  const written: string[] = [];
  const write = async (name: string, content: string | Buffer, mode: number) => {
    await replaceFile(join(folder, name), content, mode);
    written.push(join(folder, name));
  };
  const source = bundled('alertmanager/templates');
  await makeFolder(folder);
  await makeFolder(join(folder, 'templates'));
  if (source !== join(folder, 'templates')) {
    for (const name of await readdir(source))
      await write(join('templates', name), await readFile(join(source, name)), 0o644);
  }
  if (secretFiles.size > 0) {
    await makeFolder(join(folder, 'secrets'));
    await chmod(join(folder, 'secrets'), 0o700);
  }
  for (const [name, secret] of secretFiles) await write(name, secret.reveal(), 0o600);
  // Last, as an Alertmanager that reloads at this moment needs the others.
  await write(file, text, secretChannels.length > 0 ? 0o600 : 0o644);
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
