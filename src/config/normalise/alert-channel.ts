import type { AlertChannel } from '../config.js';
import { defaults } from '../defaults.js';
import type { Path } from '../problem.js';
import type { Settings } from '../schema/document.js';
import { Secret } from '../secret.js';
import { readSecret } from './authentication.js';
import type { Context } from './context.js';

type Channels = NonNullable<Settings['alert_channels']>;
type Given = NonNullable<Channels[keyof Channels]>;

/** The one secret that each kind of channel may have, also as a file. */
const secretKeys = { email: 'password', slack: 'webhook_url', webhook: 'url', console: undefined } as const;

/**
 * One entry of `alert_channels`. Its settings keep the file's keys; the secret and header values are `Secret`s, and a
 * secret that came from a file is there next to the file's name.
 */
export async function normaliseAlertChannel(name: AlertChannel['name'], given: Given, context: Context): Promise<AlertChannel> {
  if (typeof given === 'boolean') return { name, enabled: given, settings: {} };
  const { enabled = true, ...rest } = given;
  const path: Path = ['alert_channels', name];
  const settings: Record<string, unknown> = { ...defaults.alertChannels[name] };
  for (const [key, value] of Object.entries(rest)) if (value !== undefined) settings[key] = value;

  if ('headers' in rest && rest.headers !== undefined) {
    settings['headers'] = new Map(Object.entries(rest.headers).map(([header, value]) => [header.toLowerCase(), new Secret(value)]));
  }
  const key = secretKeys[name];
  if (key !== undefined && (settings[key] !== undefined || settings[`${key}_file`] !== undefined)) {
    const secret = await readSecret(settings as Readonly<Record<string, string>>, key, path, context);
    if (secret !== undefined) {
      const givenAs = settings[key] === undefined ? `${key}_file` : key;
      settings[key] = secret;
      if (enabled && key !== 'password' && !isHttpUrl(secret.reveal())) {
        context.report([...path, givenAs], 'holds no http:// or https:// URL');
      }
    }
  }
  if (enabled) for (const needed of missing(name, settings)) context.report([...path, needed], 'needed while the channel is enabled', 'key');
  return { name, enabled, settings };
}

/** What an enabled channel cannot notify anybody without. */
function missing(name: AlertChannel['name'], settings: Readonly<Record<string, unknown>>): readonly string[] {
  const needed = { email: ['smtp_server', 'recipients'], slack: ['webhook_url'], webhook: ['url'], console: [] }[name];
  return needed.filter((key) => isEmpty(settings[key]) && settings[`${key}_file`] === undefined);
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
}

function isHttpUrl(text: string): boolean {
  return /^https?:\/\/[^/\s]\S*$/i.test(text) && URL.canParse(text);
}
