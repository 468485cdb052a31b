import { optional } from '../option.js';
import { freeMapping, text, textLike, wholeNumber } from '../option-kinds.js';
import type { Path } from '../problem.js';
import type { Context } from '../resolving.js';
import { type ChannelRow, choiceOptions, enabledOption, harmless } from './channel-choice.js';
import { secretOptions } from './credential-options.js';

/** Options of every service: more options of Alertmanager, and the choice of alerts. */
const serviceOptions = {
  options: optional(
    freeMapping(),
    "More options of the receiver, with Alertmanager's names. They are copied into alertmanager.yml and replace those of the exporter.",
    { isSecret: true, synonyms: 'extra extra_options additional_options' },
  ),
  ...choiceOptions,
};

/** The options for a secret of a service. An empty text leaves the channel unused. */
function keyOf<const Key extends string>(key: Key, what: string) {
  return secretOptions(key, what, { mayBeEmpty: true });
}

/**
 * Services that Alertmanager supports, with the necessary options of each. `src/alertmanager/services.ts` has their
 * receivers.
 */
export const serviceChannels = {
  pagerduty: {
    help: 'Incidents in PagerDuty: critical and warning as they are; an incident ends with its alerts.',
    secrets: ['routing_key'],
    needs: ['routing_key'],
    options: {
      enabled: enabledOption,
      ...keyOf('routing_key', 'integration key of the service (Events API v2)'),
      ...serviceOptions,
    },
  },
  opsgenie: {
    help: 'Alerts in Opsgenie: critical is P1, warning P3, info P5; they are closed with the alert.',
    secrets: ['api_key'],
    needs: ['api_key'],
    options: {
      enabled: enabledOption,
      ...keyOf('api_key', 'key of an API integration'),
      ...serviceOptions,
    },
  },
  teams: {
    help: 'Notification in Microsoft Teams, by a workflow. Alertmanager 0.28 and later.',
    secrets: ['webhook_url'],
    needs: ['webhook_url'],
    options: { enabled: enabledOption, ...keyOf('webhook_url', 'URL of the workflow'), ...serviceOptions },
  },
  telegram: {
    help: 'Notification by a bot of Telegram.',
    secrets: ['bot_token'],
    needs: ['bot_token', 'chat_id'],
    check: checkTelegram,
    options: {
      enabled: enabledOption,
      ...keyOf('bot_token', 'token of the bot'),
      chat_id: optional(
        wholeNumber({ minimum: -Number.MAX_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER }),
        'Chat to write to; those of groups are negative.',
        { ...harmless, synonyms: 'chat chatid' },
      ),
      ...serviceOptions,
    },
  },
  discord: {
    help: 'Notification in a channel of Discord.',
    secrets: ['webhook_url'],
    needs: ['webhook_url'],
    options: { enabled: enabledOption, ...keyOf('webhook_url', 'URL of the webhook'), ...serviceOptions },
  },
  pushover: {
    help: 'Notification by Pushover: critical is an emergency, which repeats until somebody confirms it.',
    secrets: ['user_key', 'token'],
    needs: ['user_key', 'token'],
    options: {
      enabled: enabledOption,
      ...keyOf('user_key', 'key of the user or the group'),
      ...keyOf('token', 'token of the application'),
      ...serviceOptions,
    },
  },
  sns: {
    help: 'Messages to a topic of Amazon SNS. Without access_key, Alertmanager uses the credentials of the machine, like the tools of AWS.',
    secrets: ['secret_key'],
    needs: ['topic_arn'],
    check: checkSns,
    options: {
      enabled: enabledOption,
      topic_arn: optional(
        textLike(/^arn:\S+$/, 'an ARN such as arn:aws:sns:eu-central-1:123456789012:crm'),
        'The topic.',
        {
          ...harmless,
          synonyms: 'topic arn',
        },
      ),
      region: optional(text(), 'Region of the topic.', {
        ...harmless,
        defaultIs: 'that of the topic',
        synonyms: 'aws_region',
      }),
      access_key: optional(text(), 'Access key, together with a secret_key.', {
        isSecret: true,
        synonyms: 'access_key_id aws_access_key_id',
      }),
      ...keyOf('secret_key', 'secret access key'),
      ...serviceOptions,
    },
  },
  receiver: {
    help: 'Notification by any other integration of Alertmanager, such as victorops, webex, wechat, jira, rocketchat or mattermost.',
    secrets: [],
    needs: ['integration', 'options'],
    options: {
      enabled: enabledOption,
      integration: optional(
        textLike(/^[a-z][a-z0-9]{1,30}$/, 'what Alertmanager calls it, such as victorops for victorops_configs'),
        'Name of the integration: victorops for victorops_configs.',
        { ...harmless, synonyms: 'kind type' },
      ),
      ...serviceOptions,
    },
  },
} as const satisfies Readonly<Record<string, ChannelRow>>;

/** A kind of channel for such a service. */
export type ServiceKind = keyof typeof serviceChannels;

function checkSns(settings: Readonly<Record<string, unknown>>, path: Path, context: Context): void {
  const has = (key: string) => settings[key] !== undefined || settings[`${key}_file`] !== undefined;
  if (has('access_key') !== has('secret_key'))
    context.report(path, 'needs both access_key and secret_key, or neither', 'key');
}

function checkTelegram(settings: Readonly<Record<string, unknown>>, path: Path, context: Context): void {
  if (settings['chat_id'] === 0) context.report([...path, 'chat_id'], 'must not be 0, which is not a chat');
}

/** Whether a key of `options` has a value. A key without a value is null. */
export function hasValue(options: Readonly<Record<string, unknown>>, key: string): boolean {
  return options[key] !== undefined && options[key] !== null;
}

/** Reports a value in `options` that is given together with its file, at any depth, because Alertmanager refuses both. */
export function checkTwins(options: unknown, path: Path, context: Context): void {
  if (typeof options !== 'object' || options === null) return;
  const given = options as Readonly<Record<string, unknown>>;
  for (const [key, inner] of Object.entries(given)) {
    if (hasValue(given, key) && hasValue(given, `${key}_file`))
      context.report([...path, `${key}_file`], `${key} is given, too: use only one of them`, 'key');
    checkTwins(inner, [...path, key], context);
  }
}
