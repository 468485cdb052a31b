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

/** The Alertmanager that gets the configuration. */
interface RenderOptions {
  readonly version: AlertmanagerVersion;
  /** Absolute path of the configuration on Alertmanager's machine. */
  readonly folder: string;
  /** Only a part to add to an existing configuration. */
  readonly isFragment?: boolean;
}

/** A configuration of Alertmanager. */
export interface Rendering {
  readonly file: 'alertmanager.yml' | 'fragment.yml';
  readonly text: string;
  /** Channels whose secrets are in the text itself, in the order of the receivers. */
  readonly secretChannels: readonly string[];
  /** The secret files of the configuration: path within the folder → content. */
  readonly secretFiles: ReadonlyMap<string, Secret>;
}

const head = `# Configuration of Alertmanager, made by "ai-crm-exporter alertmanager-config" of alert_channels in monitoring.yml.
# Change it there and make it anew. Subjects and texts of notifications are in templates/.
`;

const fragmentHead = `# A part for a configuration of Alertmanager, made by "ai-crm-exporter alertmanager-config --fragment" of alert_channels in
# monitoring.yml. Add each list to that of your alertmanager.yml, the route before yours: see docs/alert-channels.md.
`;

/** Used if no channel is configured, so that at least the log has the alerts. */
const consoleChannel: AlertChannel = {
  kind: 'console',
  name: 'console',
  enabled: true,
  settings: defaultChannelSettings('console'),
};

/**
 * Alertmanager's configuration for the enabled channels, or for the console if no channel is configured. Throws
 * `config_invalid` with one line for everything that is incomplete, or not possible with this version.
 */
export async function renderAlertmanager(
  {
    alertChannels,
    heartbeats = [],
    grafanaUrl,
    runbooksUrl,
  }: Pick<Config, 'alertChannels' | 'grafanaUrl' | 'runbooksUrl'> & Partial<Pick<Config, 'heartbeats'>>,
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

  const jobs = new Set(heartbeats.map(({ name }) => name));
  const destinations = channels.flatMap(({ kind, name, settings }) => {
    if (kind === 'watchdog') return [];
    return [{ name, choice: settings, isForJobs: settings.components?.every((each) => jobs.has(each)) ?? false }];
  });
  const routes = branches(destinations);
  const silent = [nobody, watchdog]
    .filter((name) => !receivers.some((receiver) => receiver.name === name))
    .map((name) => ({ name }));
  // Uses the default export, because a bundled CommonJS package that is loaded late has no named exports.
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

/** The problem of a channel with only `true`: it has no recipient. */
function unusable(channel: AlertChannel): string[] {
  const missing = missingOf(channel);
  if (missing.length === 0) return [];
  return [`alert_channels.${channel.name}: true alone does not say whom to notify, it needs ${missing.join(' and ')}`];
}

function comment(document: Document, path: readonly (string | number)[], items: readonly Commented<unknown>[]): void {
  items.forEach(({ comment: text }, index) => {
    const node = document.getIn([...path, index], true);
    if (typeof node === 'object' && node !== null) Object.assign(node, { commentBefore: ` ${text}` });
  });
}

/**
 * Writes a configuration of Alertmanager, the bundled templates, and its secrets into a folder. Only the owner can read
 * the secrets. Makes the folder if its parent exists. Returns the paths of the files in the order of writing. Throws
 * errors of the file system, and `incomplete_installation` without templates.
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
  // Written last, because an Alertmanager that reloads now needs the other files.
  await write(file, text, secretChannels.length > 0 ? 0o600 : 0o644);
  return written;
}

/** Makes only the last folder, so that a mistyped path is noticed. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if (systemCodeOf(error) !== 'EEXIST') throw error;
  }
}

/** Replaces a file in one step, so that readers see the old or the new content. Others can never read a secret. */
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
