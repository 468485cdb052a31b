import { isIPv6 } from 'node:net';
import { Secret } from '../config/secret.js';
import { type AlertChannel, type ChannelSettings, channelTable } from '../config/sections/alert-channels-section.js';
import { authorizationParts } from '../config/sections/webhook-headers.js';
import {
  type AlertmanagerVersion,
  capableAlertmanagerVersion,
  type Receiver,
  type ReceiverSurroundings,
  type SecretFiles,
} from './alertmanager-file.js';
import { literalText, literalUrl, withLinks } from './notification-texts.js';
import { serviceReceiver } from './services.js';

type RefuseHeader = (header: string, message: string) => void;

/**
 * The `http_config` for these headers, with their values in files; undefined if none is needed. Calls `refuse` for what
 * this version cannot send.
 */
function httpConfigFor(
  headers: ReadonlyMap<string, Secret>,
  version: AlertmanagerVersion,
  files: SecretFiles,
  refuse: RefuseHeader,
  channel: string,
): Readonly<Record<string, unknown>> | undefined {
  const config: Record<string, unknown> = {};
  const others: Record<string, unknown> = {};
  for (const [header, value] of headers) {
    if (header === 'authorization') Object.assign(config, authorization(value, files, channel));
    // Alertmanager always sends this header. The configuration permits no other value.
    else if (header === 'content-type') continue;
    else if (!version.sendsHeaders)
      refuse(
        header,
        `Alertmanager ${version.text} can send only the header Authorization; other headers need ${capableAlertmanagerVersion} or later`,
      );
    else others[header] = { files: [files.put(`${channel}_header_${header}`, value)] };
  }
  if (Object.keys(others).length > 0) config['http_headers'] = others;
  return Object.keys(config).length === 0 ? undefined : config;
}

/** Alertmanager builds the header Authorization from its parts. The configuration refuses values that it cannot build. */
function authorization(value: Secret, files: SecretFiles, channel: string): Readonly<Record<string, unknown>> {
  const parts = authorizationParts(value.reveal());
  if (typeof parts === 'string') throw new Error(`an authorization header that cannot be sent was accepted: ${parts}`);
  if ('scheme' in parts)
    return {
      authorization: {
        type: parts.scheme,
        credentials_file: files.put(`${channel}_authorization`, parts.credentials),
      },
    };
  return {
    basic_auth: { username: parts.username, password_file: files.put(`${channel}_password`, parts.password) },
  };
}

/** Implicit TLS. The connection needs no upgrade, and with require_tls Alertmanager before 0.31 fails. */
const implicitTlsPort = 465;

/**
 * The console prints at most this number of alerts of one notification, and the exporter accepts at most 1 MiB.
 * Alertmanager sends the number of the others.
 */
const consoleMaxAlerts = 100;

/** The receiver of a channel that is enabled and complete. */
export function receiverFor(channel: AlertChannel, surroundings: ReceiverSurroundings): Receiver {
  const { name } = channel;
  switch (channel.kind) {
    case 'email':
      return { name, email_configs: [email(name, channel.settings, surroundings)] };
    case 'slack':
      return { name, slack_configs: [slack(name, channel.settings, surroundings)] };
    case 'webhook':
      return { name, webhook_configs: [webhook(name, channel.settings, surroundings)] };
    case 'console':
      return { name, webhook_configs: [console(name, channel.settings, surroundings)] };
    case 'watchdog':
      return {
        name,
        webhook_configs: [{ send_resolved: false, ...urlOption(name, channel.settings.url, surroundings) }],
      };
    default:
      return serviceReceiver(channel, surroundings);
  }
}

function email(name: string, settings: ChannelSettings<'email'>, { files, ...links }: ReceiverSurroundings) {
  const {
    smtp_server: server = '',
    smtp_port: port = 0,
    username = '',
    password,
    recipients = [],
    use_tls: useTls = true,
    hello,
  } = settings;
  return {
    send_resolved: true,
    to: literalText(recipients.join(', ')),
    from: literalText(settings.from || defaultSender(username, server)),
    smarthost: `${isIPv6(server) ? `[${server}]` : server}:${port}`,
    ...(username !== '' &&
      password !== undefined && {
        auth_username: username,
        auth_password_file: files.put(`${name}_password`, password),
      }),
    ...(hello !== undefined && { hello }),
    require_tls: useTls && port !== implicitTlsPort,
    headers: { Subject: '{{ template "aicrm.email.subject" . }}' },
    text: withLinks('{{ template "aicrm.email.text" . }}', links),
    html: withLinks('{{ template "aicrm.email.html" . }}', links),
  };
}

function slack(
  name: string,
  { webhook_url: url = new Secret(''), channel = '', username = '', mention = '' }: ChannelSettings<'slack'>,
  { files, ...links }: ReceiverSurroundings,
) {
  return {
    send_resolved: true,
    api_url_file: files.put(`${name}_webhook_url`, url),
    // Set even if it is empty. Otherwise Alertmanager posts as "Alertmanager" and ignores the name of the webhook.
    channel: literalText(channel),
    username: literalText(username),
    color: '{{ template "aicrm.slack.color" . }}',
    ...(mention !== '' && { pretext: whenCriticalBegins(mention.replace(/^@(\w+)$/, '<!$1>')) }),
    title: '{{ template "aicrm.slack.title" . }}',
    title_link: withLinks('{{ template "aicrm.slack.title_link" . }}', links),
    fallback: '{{ template "aicrm.slack.fallback" . }}',
    text: withLinks('{{ template "aicrm.slack.text" . }}', links),
  };
}

/** Slack notifies people only of a mention above the message. Reminders of a firing alert mention again. */
function whenCriticalBegins(mention: string): string {
  const isCritical =
    '{{ range .Alerts.Firing }}{{ if eq .Labels.severity "critical" }}{{ $critical = true }}{{ end }}{{ end }}';
  return `{{ $critical := false }}${isCritical}{{ if $critical }}${mention}{{ end }}`;
}

function webhook(
  name: string,
  { url, headers = new Map() }: ChannelSettings<'webhook'>,
  surroundings: ReceiverSurroundings,
) {
  const { version, files } = surroundings;
  const refuse: RefuseHeader = (header, message) => surroundings.refuse(`${name}.headers.${header}`, message);
  const httpConfig = httpConfigFor(headers, version, files, refuse, name);
  return {
    send_resolved: true,
    ...urlOption(name, url, surroundings),
    ...(httpConfig && { http_config: httpConfig }),
  };
}

function console(
  name: string,
  { url = channelTable.console.options.url.default, username = '', password }: ChannelSettings<'console'>,
  { files }: ReceiverSurroundings,
) {
  const auth = username !== '' &&
    password !== undefined && {
      http_config: { basic_auth: { username, password_file: files.put(`${name}_password`, password) } },
    };
  return { send_resolved: true, url: literalUrl(url), max_alerts: consoleMaxAlerts, ...auth };
}

function urlOption(channel: string, url: Secret | undefined, { version, files, onInlineSecret }: ReceiverSurroundings) {
  const value = literalUrl(url?.reveal() ?? '');
  if (version.readsUrlFiles) return { url_file: files.put(`${channel}_url`, new Secret(value)) };
  onInlineSecret(channel);
  return { url: value };
}

function defaultSender(username: string, server: string): string {
  if (username.includes('@')) return username;
  return `ai-crm@${isIPv6(server) ? 'localhost' : server}`;
}
