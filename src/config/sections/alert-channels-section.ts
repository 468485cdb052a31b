import { isIP } from 'node:net';
import { asciiHost, readUrl } from '../../base/host-name.js';
import {
  choice,
  complete,
  declaredAs,
  type Given,
  list,
  mapping,
  type Option,
  type Options,
  optional,
} from '../option.js';
import { flag, text, textLike, url, wholeNumber, word } from '../option-kinds.js';
import type { Path } from '../problem.js';
import type { Context } from '../resolving.js';
import { Secret } from '../secret.js';
import { parseTarget } from '../target-url.js';
import {
  type ChannelChoice,
  type ChannelRow,
  checkChoice,
  choiceOptions,
  enabledOption,
  harmless,
} from './channel-choice.js';
import { readSecret, secretOptions } from './credential-options.js';
import { headersOption, resolveHeaders } from './http-options.js';
import { checkTwins, type ServiceKind, serviceChannels } from './service-channels.js';
import { headerRefusal } from './webhook-headers.js';

/** Values of `log_level` of the console. Two pairs of them have the same meaning. */
export const consoleLevels = ['debug', 'info', 'warning', 'warn', 'error', 'critical'] as const;

/** See `consoleLevels`. */
export type ConsoleLevel = (typeof consoleLevels)[number];

/** Existing monitoring documents leave a channel unused with an empty text. */
const maybeText = text({ mayBeEmpty: true });
/** Mentions that Slack understands. Any other text mentions nobody. */
const slackMention =
  /^(?:@(?:here|channel|everyone)|<!(?:here|channel|everyone)>|<@[UW][A-Z0-9]+>|<!subteam\^S[A-Z0-9]+>)$/;

/** Every kind of channel in the order of the reference. `src/alertmanager` has their receivers. */
export const channelTable = {
  email: {
    help: 'Notification by mail.',
    secrets: ['password'],
    needs: ['smtp_server', 'recipients'],
    check: checkEmail,
    options: {
      enabled: enabledOption,
      smtp_server: optional(maybeText, 'Host name of the mail server.', {
        synonyms: 'smtp_host smtp_hostname smarthost smtp_smarthost mail_server mailserver mail_host',
      }),
      smtp_port: optional(
        wholeNumber({ minimum: 1, maximum: 65_535 }),
        'Port of the mail server; 465 uses TLS from the beginning.',
        { ...harmless, default: 587 },
      ),
      username: optional(maybeText, 'User at the mail server, together with a password.', {
        synonyms: 'smtp_user smtp_username smtp_login auth_username smtp_auth_username',
      }),
      ...secretOptions('password', 'password', { mayBeEmpty: true }),
      from: optional(maybeText, 'Sender address.', {
        defaultIs: 'the username if that is an address, otherwise ai-crm@ and the mail server',
        synonyms: 'sender mail_from mailfrom smtp_from from_address from_addr',
      }),
      recipients: optional(list(text(), 'a list of addresses'), 'Who gets the mail: addresses.', {
        synonyms: 'mail_to emails addresses send_to',
      }),
      use_tls: optional(flag(), 'Whether to require TLS. Without it Alertmanager gives a password only to localhost.', {
        ...harmless,
        default: true,
        synonyms: 'starttls use_ssl enable_ssl enable_tls smtp_tls smtp_ssl require_tls smtp_require_tls tls',
      }),
      hello: optional(
        textLike(/^[A-Za-z0-9._-]+$/, 'a host name such as alerts.example.com'),
        'Name of Alertmanager for the mail server (EHLO).',
        { ...harmless, defaultIs: 'localhost, which some mail servers refuse', synonyms: 'helo ehlo smtp_hello' },
      ),
      ...choiceOptions,
    },
  },
  slack: {
    help: 'Notification in Slack.',
    secrets: ['webhook_url'],
    needs: ['webhook_url'],
    options: {
      enabled: enabledOption,
      ...secretOptions('webhook_url', 'URL of the webhook', { mayBeEmpty: true }),
      channel: optional(maybeText, 'Channel to post to.', {
        defaultIs: 'that of the webhook',
        synonyms: 'channel_name',
      }),
      username: optional(maybeText, 'Name to post under.', { defaultIs: 'that of the webhook' }),
      mention: optional(
        textLike(slackMention, '@here, @channel, <@U012AB3CD> or <!subteam^S012AB3CD>'),
        'Whom to mention when a critical alert begins: @here, @channel, <@U012AB3CD> for a person, <!subteam^S012AB3CD> for a group.',
        { ...harmless, defaultIs: 'nobody', synonyms: 'mentions notify ping' },
      ),
      ...choiceOptions,
    },
  },
  webhook: {
    help: 'Notification to a URL of your own.',
    secrets: ['url'],
    needs: ['url'],
    options: {
      enabled: enabledOption,
      ...secretOptions('url', 'URL', { mayBeEmpty: true }),
      headers: {
        ...headersOption,
        help: `${headersOption.help} Alertmanager before 0.28 can send only Authorization.`,
      },
      ...choiceOptions,
    },
  },
  console: {
    help: 'One line in the log of the exporter for each alert; Alertmanager sends them to POST /alerts.',
    secrets: ['password'],
    needs: [],
    check: checkConsole,
    options: {
      enabled: enabledOption,
      url: optional(url(), 'Address of /alerts of this exporter, as Alertmanager reaches it.', {
        default: 'http://localhost:10059/alerts',
      }),
      username: optional(maybeText, 'User, if the exporter has basic_auth_users.'),
      ...secretOptions('password', 'password', { mayBeEmpty: true }),
      log_level: optional(
        word(consoleLevels),
        'Lowest severity that is printed: warning (or warn) leaves out info, error (or critical) also warning; debug is the same as info. All alerts are counted. Upper or lower case.',
        { ...harmless, default: 'info' },
      ),
      ...choiceOptions,
    },
  },
  watchdog: {
    help: "A dead man's switch: a service that raises an alarm when requests stop. Alertmanager sends one every minute while exporter, Prometheus and Alertmanager work.",
    secrets: ['url'],
    needs: ['url'],
    options: { enabled: enabledOption, ...secretOptions('url', 'URL', { mayBeEmpty: true }) },
  },
  ...serviceChannels,
} as const satisfies Readonly<Record<string, ChannelRow>>;

/** A kind of channel. */
export type ChannelKind = keyof typeof channelTable;

/** The kinds in the order of the reference. */
export const alertChannelKinds = Object.keys(channelTable) as readonly ChannelKind[];

/**
 * The settings of a channel with the keys of the file. Its secrets and header values are `Secret`s; a secret from a
 * file has the key of the secret, next to the name of the file. An enabled channel has everything that it needs, except
 * if it is only `true`.
 */
export type ChannelSettings<Name extends ChannelKind> = {
  readonly [Key in Exclude<
    keyof (typeof channelTable)[Name]['options'],
    'enabled'
  >]?: Key extends (typeof channelTable)[Name]['secrets'][number]
    ? Secret | undefined
    : Key extends 'headers'
      ? ReadonlyMap<string, Secret> | undefined
      : (typeof channelTable)[Name]['options'][Key] extends Option<infer Value>
        ? Value | undefined
        : never;
};

/** A notification channel of the monitoring document. It is rendered for Alertmanager. Probes do not use it. */
export type AlertChannel = {
  readonly [Kind in ChannelKind]: {
    readonly kind: Kind;
    /** The kind, or the kind and a name of the user: `slack_ops`. */
    readonly name: string;
    readonly enabled: boolean;
    readonly settings: ChannelSettings<Kind>;
  };
}[ChannelKind];

/**
 * Kinds with several channels. The console is the log of this exporter, and the watchdog is for one alert, so there is
 * one of each.
 */
export const repeatedChannels: readonly ChannelKind[] = [
  'email',
  'slack',
  'webhook',
  ...(Object.keys(serviceChannels) as readonly ServiceKind[]),
];

/** A channel has settings, or only `true` or `false`. */
function settingsKind({ options, needs }: ChannelRow) {
  const message = 'must be true, false or a mapping';
  const entries = Object.entries(options).map(([key, option]): [string, Option] => [
    key,
    needs.includes(key) ? { ...option, help: `${option.help} Required while enabled.` } : option,
  ]);
  return choice([flag(message), mapping(Object.fromEntries(entries))], message);
}

const alertChannelOptions = Object.fromEntries(
  Object.entries(channelTable).map(([name, row]) => [name, optional(settingsKind(row), row.help)]),
) as { readonly [Name in ChannelKind]: Option<boolean | Given<(typeof channelTable)[Name]['options']>> };

const channelFamilies = { options: alertChannelOptions, repeated: repeatedChannels };

/** `alert_channels`: a channel of each kind, and more channels of `repeatedChannels`. */
export const alertChannelsKind = mapping(alertChannelOptions, 'a mapping of channels', { repeated: repeatedChannels });

/** The default settings of a channel, without those that must be given. */
export function defaultChannelSettings<Name extends ChannelKind>(name: Name): ChannelSettings<Name> {
  const { enabled: _enabled, ...settings } = complete<Options>(channelTable[name].options, {});
  return settings as ChannelSettings<Name>;
}

/** The kind of a channel by its name; undefined for an unknown name. */
export function channelKindOf(name: string): ChannelKind | undefined {
  return declaredAs(channelFamilies, name) as ChannelKind | undefined;
}

/** Settings that an enabled channel needs and does not have. The file of a secret counts, and so does a key in `options`. */
export function missingOf({
  kind,
  settings,
}: {
  readonly kind: ChannelKind;
  readonly settings: object;
}): readonly string[] {
  const given = settings as Readonly<Record<string, unknown>>;
  const own = { ...(given['options'] as object | undefined), ...given } as Readonly<Record<string, unknown>>;
  const needs: readonly string[] = channelTable[kind].needs;
  return needs.filter((key) => isEmpty(own[key]) && own[`${key}_file`] === undefined);
}

/** The channels of the file. Settings of a disabled channel are not checked. */
export async function resolveAlertChannels(
  given: Given<typeof alertChannelOptions>,
  context: Context,
): Promise<readonly AlertChannel[]> {
  const channels: AlertChannel[] = [];
  const all = Object.entries(
    given as Readonly<Record<string, boolean | Readonly<Record<string, unknown>> | undefined>>,
  );
  for (const kind of alertChannelKinds) {
    for (const [name, channel] of all) {
      if (channel === undefined || channelKindOf(name) !== kind) continue;
      if (channel === true) checkSwitch({ kind, name }, context);
      const { enabled: isOn, ...settings } =
        typeof channel === 'boolean' ? { enabled: channel } : await resolveChannel({ kind, name }, channel, context);
      // The type of the settings depends on the kind, which the compiler cannot see here.
      channels.push({ kind, name, enabled: isOn, settings } as AlertChannel);
    }
  }
  return channels;
}

/**
 * AI-CRM's monitoring document enables these channels with `true`. The exporter must start with such a file, so this is
 * only a warning.
 */
const documentSwitches: readonly string[] = ['email', 'slack', 'webhook'];

/** Reports a channel that is only `true` and needs a recipient. */
function checkSwitch({ kind, name }: Pick<AlertChannel, 'kind' | 'name'>, context: Context): void {
  const missing = missingOf({ kind, settings: {} });
  if (missing.length === 0) return;
  const { secrets }: ChannelRow = channelTable[kind];
  const needs = missing.map((key) => (secrets.includes(key) ? `${key} or ${key}_file` : key)).join(', and ');
  const tell = documentSwitches.includes(name) ? context.warn : context.report;
  tell(['alert_channels', name], `true is not enough: write a mapping with ${needs}`, 'key');
}

async function resolveChannel(
  { kind, name }: Pick<AlertChannel, 'kind' | 'name'>,
  given: Readonly<Record<string, unknown>>,
  context: Context,
): Promise<{ readonly enabled: boolean }> {
  const { options, secrets, check }: ChannelRow = channelTable[kind];
  const path: Path = ['alert_channels', name];
  const settings = { ...complete(options, given) } as Record<string, unknown> & { readonly enabled: boolean };
  const { smtp_server: server, headers } = settings;
  // Alertmanager resolves the name as it is written.
  if (typeof server === 'string') settings['smtp_server'] = asciiHost(server) ?? server;
  if (headers !== undefined)
    settings['headers'] = resolveHeaders(headers as Readonly<Record<string, string>>, [...path, 'headers'], context);
  for (const key of secrets) {
    if (settings[key] === undefined && settings[`${key}_file`] === undefined) continue;
    const read = await readSecret(settings as Readonly<Record<string, string>>, key, path, context);
    const givenAs = settings[key] === undefined ? `${key}_file` : key;
    if (read !== undefined) settings[key] = read;
    if (read !== undefined && settings.enabled && /url$/.test(key) && !isEmpty(read) && !isHttpUrl(read.reveal()))
      context.report([...path, givenAs], 'contains no http:// or https:// URL');
  }
  if (!settings.enabled) return settings;
  for (const needed of missingOf({ kind, settings })) {
    const why = given[needed] === undefined ? 'is required' : 'must not be empty';
    context.report([...path, needed], `${why} while the channel is enabled`, 'key');
  }
  for (const [header, value] of Object.entries((headers ?? {}) as Readonly<Record<string, string>>)) {
    const refusal = headerRefusal(header.toLowerCase(), value);
    if (refusal !== undefined) context.report([...path, 'headers', header], refusal, 'key');
  }
  checkTwins(settings['options'], [...path, 'options'], context);
  check?.(settings, path, context);
  checkChoice(settings as ChannelChoice, path, context);
  if ('username' in options && secrets.includes('password')) checkLogin(given, path, context);
  return settings;
}

function checkEmail(settings: Readonly<Record<string, unknown>>, path: Path, context: Context): void {
  const { smtp_server: server = '', from = '', recipients = [] } = settings as ChannelSettings<'email'>;
  if (server !== '' && !/^[A-Za-z0-9._-]+$/.test(server) && isIP(server) === 0)
    context.report([...path, 'smtp_server'], 'must be a host name such as smtp.example.com; the port is smtp_port');
  const example = 'must be an address such as ops@example.com or Ops <ops@example.com>';
  if (from !== '' && !isAddress(from)) context.report([...path, 'from'], example);
  recipients.forEach((recipient, index) => {
    if (!isAddress(recipient)) context.report([...path, 'recipients', index], example);
  });
}

function checkConsole(settings: Readonly<Record<string, unknown>>, path: Path, context: Context): void {
  const target = parseTarget((settings as ChannelSettings<'console'>).url ?? '');
  if (typeof target === 'string' || !('url' in target))
    context.report([...path, 'url'], 'must be a URL such as http://localhost:10059/alerts');
  else if (target.credentials !== undefined)
    context.report([...path, 'url'], 'the URL contains credentials; they belong under username and password');
}

/** Checks what the file gives: a password file that cannot be read is still given. */
function checkLogin(given: Readonly<Record<string, unknown>>, path: Path, context: Context): void {
  if (isEmpty(given['username']) !== (isEmpty(given['password']) && given['password_file'] === undefined))
    context.report(path, 'needs both username and password, or neither', 'key');
}

function isEmpty(value: unknown): boolean {
  const text = value instanceof Secret ? value.reveal() : value;
  return text === undefined || text === '' || (Array.isArray(text) && text.length === 0);
}

function isHttpUrl(given: string): boolean {
  return /^https?:\/\/[^/\s]\S*$/i.test(given) && readUrl(given) !== undefined;
}

/** Whether a text is one address, with or without a name. Commas would make it a list. */
function isAddress(given: string): boolean {
  const address = /^[^<>,"]*<([^<>]*)>$/.exec(given)?.[1] ?? given;
  return /^[^\s@<>,;:"()]+@[^\s@<>,;:"()]+$/.test(address);
}
