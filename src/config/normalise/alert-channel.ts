import { isIP } from 'node:net';
import { asciiHost } from '../../base/host-name.js';
import type { AlertChannel, ConsoleSettings, EmailSettings } from '../alert-channel.js';
import { defaults } from '../defaults.js';
import type { Path } from '../problem.js';
import type { Settings } from '../schema/document.js';
import { readSecret } from './authentication.js';
import type { Context } from './context.js';
import { normaliseHeaders } from './http.js';
import { parseTarget } from './target.js';

type Channels = NonNullable<Settings['alert_channels']>;
type Given = NonNullable<Channels[keyof Channels]>;

/** The login of a channel as it stands in the file. */
interface GivenLogin {
  readonly username?: string;
  readonly password?: string;
  readonly password_file?: string;
}

/** The one secret that each kind of channel may have, also as a file. */
const secretKeys = {
  email: 'password',
  slack: 'webhook_url',
  webhook: 'url',
  console: 'password',
  watchdog: 'url',
} as const;

/** What an enabled channel cannot notify anybody without. */
const needs: Readonly<Record<AlertChannel['name'], readonly string[]>> = {
  email: ['smtp_server', 'recipients'],
  slack: ['webhook_url'],
  webhook: ['url'],
  console: [],
  watchdog: ['url'],
};

/**
 * One entry of `alert_channels`. Its settings keep the file's keys; the secret and header values are `Secret`s, and a
 * secret that came from a file is there next to the file's name. What a channel is told while it is off is not judged.
 */
export async function normaliseAlertChannel(
  name: AlertChannel['name'],
  given: Given,
  context: Context,
): Promise<AlertChannel> {
  // What the settings of a channel are depends on its name, which only the schema knows to have matched.
  const channel = (enabled: boolean, settings: Readonly<Record<string, unknown>>) =>
    ({ name, enabled, settings }) as AlertChannel;
  if (typeof given === 'boolean') return channel(given, {});
  const { enabled = true, ...rest } = given;
  const path: Path = ['alert_channels', name];
  const settings: Record<string, unknown> = { ...defaults.alertChannels[name] };
  for (const [key, value] of Object.entries(rest)) if (value !== undefined) settings[key] = value;
  const { smtp_server: server } = settings;
  // Alertmanager has it resolved as it is written.
  if (typeof server === 'string') settings['smtp_server'] = asciiHost(server) ?? server;

  if ('headers' in rest && rest.headers !== undefined)
    settings['headers'] = normaliseHeaders(rest.headers, [...path, 'headers'], context);
  const key = secretKeys[name];
  if (settings[key] !== undefined || settings[`${key}_file`] !== undefined) {
    const secret = await readSecret(settings as Readonly<Record<string, string>>, key, path, context);
    if (secret !== undefined) {
      const givenAs = settings[key] === undefined ? `${key}_file` : key;
      settings[key] = secret;
      if (enabled && key !== 'password' && !isHttpUrl(secret.reveal()))
        context.report([...path, givenAs], 'holds no http:// or https:// URL');
    }
  }
  if (enabled) {
    for (const needed of needs[name]) {
      if (isEmpty(settings[needed]) && settings[`${needed}_file`] === undefined)
        context.report([...path, needed], 'needed while the channel is enabled', 'key');
    }
    const made = channel(enabled, settings);
    if (made.name === 'email') checkEmail(made.settings, path, context);
    if (made.name === 'console') checkConsole(made.settings, path, context);
    if (made.name === 'email' || made.name === 'console') checkLogin(rest as GivenLogin, path, context);
  }
  return channel(enabled, settings);
}

function checkEmail({ smtp_server: server, from, recipients = [] }: EmailSettings, path: Path, context: Context): void {
  if (!isEmpty(server) && !/^[A-Za-z0-9._-]+$/.test(server ?? '') && isIP(server ?? '') === 0) {
    context.report([...path, 'smtp_server'], 'must be a host name such as smtp.example.com; the port is smtp_port');
  }
  const example = 'must be an address such as ops@example.com or Ops <ops@example.com>';
  if (!isEmpty(from) && !isAddress(from ?? '')) context.report([...path, 'from'], example);
  recipients.forEach((recipient, index) => {
    if (!isAddress(recipient)) context.report([...path, 'recipients', index], example);
  });
}

function checkConsole({ url = '' }: ConsoleSettings, path: Path, context: Context): void {
  const target = parseTarget(url);
  if (typeof target === 'string' || !('url' in target))
    context.report([...path, 'url'], 'must be a URL such as http://localhost:10059/alerts');
  else if (target.credentials !== undefined)
    context.report([...path, 'url'], 'the URL contains credentials; they belong under username and password');
}

/** Judges what the file gives and not what came of it: a password file that cannot be read is a password that is there. */
function checkLogin({ username, password, password_file: file }: GivenLogin, path: Path, context: Context): void {
  if (isEmpty(username) !== (isEmpty(password) && file === undefined))
    context.report(path, 'needs both username and password, or neither', 'key');
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
}

function isHttpUrl(text: string): boolean {
  return /^https?:\/\/[^/\s]\S*$/i.test(text) && URL.canParse(text);
}

/** One address as a mail program understands it, with or without a name; never a list, which commas make. */
function isAddress(text: string): boolean {
  const address = /^[^<>,"]*<([^<>]*)>$/.exec(text)?.[1] ?? text;
  return /^[^\s@<>,;:"()]+@[^\s@<>,;:"()]+$/.test(address);
}
