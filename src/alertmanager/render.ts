import type { Document } from 'yaml';
import type { AlertChannel } from '../config/alert-channel.js';
import type { Config } from '../config/config.js';
import { defaults } from '../config/defaults.js';
import type { Secret } from '../config/secret.js';
import { ExporterError } from '../errors.js';
import type { Commented } from './configuration.js';
import { inhibitions } from './inhibitions.js';
import { receiverFor } from './receivers.js';
import { branches, everySeverity, nobody, root, watchdog } from './routes.js';
import { SecretFiles } from './secret-files.js';
import type { AlertmanagerVersion } from './version.js';

/** For whom to render. */
export interface RenderOptions {
  readonly version: AlertmanagerVersion;
  /** Where Alertmanager will find the configuration: an absolute path. */
  readonly folder: string;
}

/** A configuration of Alertmanager. */
export interface Rendering {
  /** `alertmanager.yml`. */
  readonly text: string;
  /** Whether the text itself holds a secret. */
  readonly isSecret: boolean;
  /** The secrets that it refers to: path within the folder → content. */
  readonly secretFiles: ReadonlyMap<string, Secret>;
}

const head = `# Configuration of Alertmanager, made by "ai-crm-exporter alertmanager-config" of alert_channels in monitoring.yml.
# Change it there and make it anew. Subjects and texts of notifications are in templates/.
`;

/** When nobody is told anything: then at least somebody who looks at the log. */
const consoleChannel: AlertChannel = { name: 'console', enabled: true, settings: defaults.alertChannels.console };

/**
 * Alertmanager's configuration for the channels that are enabled, for the console if no channel is configured at all. Throws
 * `config_invalid` with one line for each thing that this version of Alertmanager, or anyone, cannot do.
 */
export async function renderAlertmanager(
  { alertChannels, grafanaUrl, runbooksUrl }: Pick<Config, 'alertChannels' | 'grafanaUrl' | 'runbooksUrl'>,
  { version, folder }: RenderOptions,
): Promise<Rendering> {
  const channels = alertChannels.length === 0 ? [consoleChannel] : alertChannels.filter(({ enabled }) => enabled);
  const problems = channels.flatMap(unusable);
  const files = new SecretFiles(folder);
  let isSecret = false;
  const surroundings = {
    version,
    files,
    ...(grafanaUrl !== undefined && { grafanaUrl }),
    ...(runbooksUrl !== undefined && { runbooksUrl }),
    onInlineSecret: () => void (isSecret = true),
    refuseHeader: (header: string, message: string) =>
      void problems.push(`alert_channels.webhook.headers.${header}: ${message}`),
  };
  const receivers = channels.map((channel) => receiverFor(channel, surroundings));
  if (problems.length > 0) throw new ExporterError('config_invalid', problems.join('\n'), { expose: true });

  const destinations = channels.flatMap((channel) =>
    channel.name === 'watchdog'
      ? []
      : [{ name: channel.name, severities: channel.settings.severities ?? everySeverity }],
  );
  const routes = branches(destinations);
  const silent = [nobody, watchdog]
    .filter((name) => !receivers.some((receiver) => receiver.name === name))
    .map((name) => ({ name }));
  // Its default and not its names, which a CommonJS package does not have when it is loaded late out of a bundle.
  const { default: yaml } = await import('yaml');
  const document = new yaml.Document(
    {
      templates: ['templates/*.tmpl'],
      route: { ...root, routes: routes.map(({ value }) => value) },
      inhibit_rules: inhibitions.map(({ value }) => value),
      receivers: [...silent, ...receivers],
    },
    { aliasDuplicateObjects: false },
  );
  comment(document, ['route', 'routes'], routes);
  comment(document, ['inhibit_rules'], inhibitions);
  yaml.visit(document, {
    Pair: (_key, pair, path) => void (path.length === 2 && yaml.isScalar(pair.key) && (pair.key.spaceBefore = true)),
    Seq: (_key, list) => void (list.flow = list.items.every((item) => yaml.isScalar(item))),
  });
  return {
    text: `${head}${document.toString({ lineWidth: 0, flowCollectionPadding: false })}`,
    isSecret,
    secretFiles: files.entries(),
  };
}

/** A channel that is switched on with a mere `true` says nobody whom to notify. */
function unusable({ name, settings }: AlertChannel): string[] {
  const needed: Readonly<Record<AlertChannel['name'], string | undefined>> = {
    email: 'smtp_server' in settings ? undefined : 'smtp_server and recipients',
    slack: 'webhook_url' in settings ? undefined : 'webhook_url',
    webhook: 'url' in settings ? undefined : 'url',
    watchdog: 'url' in settings ? undefined : 'url',
    console: undefined,
  };
  return needed[name] === undefined
    ? []
    : [`alert_channels.${name}: true alone says nobody whom to notify, it needs ${needed[name]}`];
}

function comment(document: Document, path: readonly string[], items: readonly Commented<unknown>[]): void {
  items.forEach(({ comment: text }, index) => {
    const node = document.getIn([...path, index], true);
    if (typeof node === 'object' && node !== null) Object.assign(node, { commentBefore: ` ${text}` });
  });
}
