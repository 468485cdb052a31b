import { isSensitiveName } from '../base/sensitive.js';
import type { Secret } from '../config/secret.js';
import type { AlertChannel, ChannelKind, ChannelSettings } from '../config/sections/alert-channels-section.js';
import { hasValue, type ServiceKind } from '../config/sections/service-channels.js';
import type { Receiver, ReceiverSurroundings } from './alertmanager-file.js';
import { literalText, withLinks } from './notification-texts.js';

type Fields = Readonly<Record<string, unknown>>;

/** A service that Alertmanager supports. */
interface Service<Kind extends ServiceKind> {
  /** Its name in Alertmanager: `msteamsv2` for `msteamsv2_configs`. */
  readonly integration: string;
  /** The first Alertmanager 0.x that reads its secrets from files; absent if none does. */
  readonly secretFilesMinor?: number;
  /** The first Alertmanager 0.x that supports it; absent if all supported versions do. */
  readonly sinceMinor?: number;
  readonly secrets: readonly (keyof ChannelSettings<Kind> & string)[];
  /** Fields of its entry, without secrets and texts. */
  readonly fields: (settings: ChannelSettings<Kind>) => Fields;
}

/**
 * A template that gives one of three words by severity. All alerts of a group have one severity, because the routes
 * divide them.
 */
function bySeverity(critical: string, warning: string, info: string): string {
  return `{{ if eq .CommonLabels.severity "critical" }}${critical}{{ else if eq .CommonLabels.severity "info" }}${info}{{ else }}${warning}{{ end }}`;
}

const services: { readonly [Kind in Exclude<ServiceKind, 'receiver'>]: Service<Kind> } = {
  pagerduty: {
    integration: 'pagerduty',
    secretFilesMinor: 25,
    secrets: ['routing_key'],
    fields: () => ({
      severity: bySeverity('critical', 'warning', 'info'),
      component: '{{ .CommonLabels.component }}',
      group: '{{ .CommonLabels.job }}',
      class: '{{ .CommonLabels.alertname }}',
    }),
  },
  opsgenie: {
    integration: 'opsgenie',
    secretFilesMinor: 25,
    secrets: ['api_key'],
    fields: () => ({ priority: bySeverity('P1', 'P3', 'P5'), entity: '{{ .CommonLabels.component }}' }),
  },
  teams: {
    integration: 'msteamsv2',
    secretFilesMinor: 28,
    sinceMinor: 28,
    secrets: ['webhook_url'],
    fields: () => ({}),
  },
  telegram: {
    integration: 'telegram',
    secretFilesMinor: 26,
    secrets: ['bot_token'],
    fields: ({ chat_id: chat }) => ({ chat_id: chat }),
  },
  discord: { integration: 'discord', secretFilesMinor: 28, secrets: ['webhook_url'], fields: () => ({}) },
  pushover: {
    integration: 'pushover',
    secretFilesMinor: 26,
    secrets: ['user_key', 'token'],
    // A resolved alert has normal priority, so that it wakes nobody. Alertmanager has a default for the repetition of
    // emergencies.
    fields: () => ({ priority: `{{ if eq .Status "resolved" }}0{{ else }}${bySeverity('2', '0', '-1')}{{ end }}` }),
  },
  sns: {
    integration: 'sns',
    secrets: [],
    fields: ({
      topic_arn: topic = '',
      region = topic.split(':')[3] ?? '',
      access_key: access,
      secret_key: secret,
    }) => ({
      topic_arn: literalText(topic),
      sigv4: {
        ...(region !== '' && { region }),
        ...(secret !== undefined && { access_key: access, secret_key: secret.reveal() }),
      },
    }),
  },
};

const headline = '{{ template "aicrm.headline" . }}';
const plainText = '{{ template "aicrm.email.text" . }}';
const markdown = '{{ template "aicrm.markdown" . }}';
const firstRunbook = '{{ if eq .Status "firing" }}{{ template "aicrm.runbook" (index .Alerts.Firing 0) }}{{ end }}';

interface Texts {
  readonly [key: string]: string | Texts | Texts[];
}

/** Texts by integration. Other integrations have Alertmanager's own texts. */
const texts: Readonly<Record<string, Texts>> = {
  pagerduty: {
    description: headline,
    details: { firing: plainText, resolved: '' },
    links: [{ href: firstRunbook, text: 'What to do' }],
  },
  opsgenie: { message: headline, description: plainText },
  msteamsv2: { title: headline, text: markdown },
  msteams: { title: headline, text: markdown },
  telegram: { message: '{{ template "aicrm.telegram" . }}', parse_mode: 'HTML' },
  discord: { title: headline, message: markdown },
  pushover: {
    title: headline,
    message: '{{ template "aicrm.brief" . }}',
    url: firstRunbook,
    url_title: 'What to do',
  },
  sns: { subject: '{{ template "aicrm.sns.subject" . }}', message: plainText },
  victorops: {
    entity_display_name: headline,
    state_message: plainText,
    message_type: bySeverity('CRITICAL', 'WARNING', 'INFO'),
  },
  webex: { message: markdown },
  wechat: { message: plainText },
  jira: { summary: headline, description: plainText },
  rocketchat: { title: headline, text: markdown },
  mattermost: { text: markdown },
};

/** An older Alertmanager 0.x does not declare the message as HTML, so Telegram shows its tags. */
const telegramHtmlMinor = 28;

/** The integration of a kind of channel; undefined if each channel names its own. */
export function integrationOf(kind: ChannelKind): string | undefined {
  if (kind === 'receiver') return undefined;
  if (kind === 'console' || kind === 'watchdog') return 'webhook';
  return kind in services ? services[kind as keyof typeof services].integration : kind;
}

/** The receiver of a service that Alertmanager supports. */
export function serviceReceiver(
  { name, kind, settings }: Extract<AlertChannel, { readonly kind: ServiceKind }>,
  surroundings: ReceiverSurroundings,
): Receiver {
  const { version, files, onInlineSecret, refuse, ...links } = surroundings;
  const { options: given = {} } = settings;
  const options = Object.fromEntries(Object.entries(given).filter(([key]) => hasValue(given, key)));
  const {
    integration,
    secretFilesMinor = Number.POSITIVE_INFINITY,
    sinceMinor = 0,
    secrets,
    fields,
  } = kind === 'receiver'
    ? { integration: settings.integration ?? '', secrets: [], fields: () => ({}) }
    : // The kind decides which settings there are.
      (services[kind] as Service<ServiceKind>);
  if (version.minor < sinceMinor)
    refuse(name, `Alertmanager ${version.text} does not support it; use 0.${sinceMinor} or later`);
  // Alertmanager refuses a value together with the file of the same value.
  const isReplaced = (key: string) => key in options || `${key}_file` in options;
  const own = Object.fromEntries(
    Object.entries(fields(settings as ChannelSettings<ServiceKind>)).filter(([key]) => !isReplaced(key)),
  );
  const keys = secrets.flatMap((key): [string, string][] => {
    if (isReplaced(key)) return [];
    const secret = (settings as Readonly<Record<string, Secret | undefined>>)[key];
    if (secret === undefined) return [];
    if (version.minor >= secretFilesMinor) return [[`${key}_file`, files.put(`${name}_${key}`, secret)]];
    onInlineSecret(name);
    return [[key, secret.reveal()]];
  });
  if (holdsSecret({ ...own, ...options })) onInlineSecret(name);
  const isPlain = integration === 'telegram' && version.minor < telegramHtmlMinor;
  const said = isPlain ? { message: plainText, parse_mode: '' } : (texts[integration] ?? {});
  const entry = { send_resolved: true, ...Object.fromEntries(keys), ...own, ...linked(said, links), ...options };
  const ways: Record<`${string}_configs`, readonly Fields[]> = { [`${integration}_configs`]: [entry] };
  return { ...ways, name };
}

/** The templates that contain links. */
const withLink = /"aicrm\.(?:email\.text|telegram|markdown|runbook)"/;

/** Texts with the addresses of the configuration in their links; see `withLinks`. */
function linked(all: Texts, links: Parameters<typeof withLinks>[1]): Fields {
  const visit = (inner: Texts[string]): unknown => {
    if (typeof inner === 'string') return withLink.test(inner) ? withLinks(inner, links) : inner;
    return Array.isArray(inner) ? inner.map(visit) : linked(inner, links);
  };
  return Object.fromEntries(Object.entries(all).map(([key, inner]) => [key, visit(inner)]));
}

/** Whether a value may contain a secret: its name says so, or it is a URL with more than a host, such as that of a webhook. */
function holdsSecret(value: object | null): boolean {
  return Object.entries(value ?? {}).some(([key, inner]: [string, unknown]) => {
    if (typeof inner === 'object') return holdsSecret(inner);
    if (/url$/.test(key)) return !/^https?:\/\/[^/@?#]+\/?$/.test(String(inner));
    return isSensitiveName(key) && !key.endsWith('_file');
  });
}
