import * as z from 'zod';
import { alertSeverities } from '../alert-channel.js';
import { limits } from '../limits.js';
import { flag, headers, list, mapping, text, wholeNumber, word } from './fields.js';

const enabled = flag().optional().describe('Whether to notify over this channel. Default true.');
const severities = list(word(alertSeverities), 'a list of severities')
  .optional()
  .describe('Only alerts of these severities.');
/** Empty text is how the documents that people have leave a channel unused. */
const optionalText = text({ mayBeEmpty: true }).optional();

/** A channel is its settings, or just whether it is on. */
function channel<Settings extends z.ZodType>(settings: Settings) {
  const message = 'must be true, false or a mapping';
  return z.union([flag(message), settings], { error: message }).optional();
}

/** `alert_channels`: who hears of an alert, for the Alertmanager configuration that is made from it. */
export const alertChannelsSchema = mapping({
  email: channel(
    mapping({
      enabled,
      smtp_server: optionalText.describe('Host name of the mail server.'),
      smtp_port: wholeNumber(limits.port).optional().describe('Port of the mail server.'),
      username: optionalText,
      password: optionalText,
      password_file: text().optional().describe('File with the password, relative to the configuration file.'),
      from: optionalText.describe('Sender address.'),
      recipients: list(text(), 'a list of addresses').optional().describe('Who gets the mail.'),
      use_tls: flag().optional().describe('Require TLS.'),
      severities,
    }),
  ).describe('Notification by mail.'),
  slack: channel(
    mapping({
      enabled,
      webhook_url: optionalText,
      webhook_url_file: text().optional().describe('File with the webhook URL, relative to the configuration file.'),
      channel: optionalText.describe('Channel to post to.'),
      username: optionalText.describe('Name to post under.'),
      severities,
    }),
  ).describe('Notification in Slack.'),
  webhook: channel(
    mapping({
      enabled,
      url: optionalText,
      url_file: text().optional().describe('File with the URL, relative to the configuration file.'),
      headers: headers().optional().describe('Request headers; their values count as secrets.'),
      severities,
    }),
  ).describe('Notification to a URL of your own.'),
  console: channel(
    mapping({
      enabled,
      url: text()
        .optional()
        .describe('Where Alertmanager finds /alerts of the exporter. Default http://localhost:10059/alerts.'),
      username: optionalText.describe('User of the exporter, where it has users.'),
      password: optionalText,
      password_file: text().optional().describe('File with the password, relative to the configuration file.'),
      log_level: word(['debug', 'info', 'warning', 'warn', 'error', 'critical'])
        .optional()
        .describe('Alerts below it are not printed. Default info.'),
      severities,
    }),
  ).describe('Notification in the log of the exporter.'),
  watchdog: channel(
    mapping({
      enabled,
      url: optionalText,
      url_file: text().optional().describe('File with the URL, relative to the configuration file.'),
    }),
  ).describe("A dead man's switch: a URL that is asked every minute for as long as alerting works."),
});
