import t from 'tap';
import { parseAlertmanagerVersion, SecretFiles } from '../../src/alertmanager/alertmanager-file.js';
import { receiverFor } from '../../src/alertmanager/receivers.js';
import { Secret } from '../../src/config/secret.js';
import type { AlertChannel } from '../../src/config/sections/alert-channels-section.js';

/** The only integration of a channel with these settings, and the channels whose secrets are in it. */
function receiver(kind: AlertChannel['kind'], settings: object, version = '0.34') {
  const inline: string[] = [];
  const { name, ...integrations } = receiverFor({ kind, name: kind, enabled: true, settings } as AlertChannel, {
    version: parseAlertmanagerVersion(version),
    files: new SecretFiles('/am'),
    runbooksUrl: 'https://wiki.test',
    onInlineSecret: (channel) => inline.push(channel),
    refuse: (place, message) => t.fail(`${place}: ${message}`),
  });
  const [[integration, [config = {}]] = ['', []]] = Object.entries(integrations);
  return { name, integration, config, inline };
}

/** A text whose links to runbooks are replaced. */
const linked = (template: string) =>
  new RegExp(`^\\{\\{ define "aicrm.runbook" \\}\\}.*https://wiki.test/.*\\{\\{ template "${template}" \\. \\}\\}$`);

t.test('a mail has subject, text and HTML of the templates, and uses TLS unless it is switched off', async (t) => {
  const settings = { smtp_server: 'mail.test', smtp_port: 587, recipients: ['ops@crm.test'] };
  const expected = {
    send_resolved: true,
    to: 'ops@crm.test',
    from: 'ai-crm@mail.test',
    smarthost: 'mail.test:587',
    require_tls: true,
    headers: { Subject: '{{ template "aicrm.email.subject" . }}' },
    text: linked('aicrm.email.text'),
    html: linked('aicrm.email.html'),
  };
  const { integration, config: mail } = receiver('email', settings);
  t.equal(integration, 'email_configs');
  t.match(mail, expected);
  t.same(Object.keys(mail), Object.keys(expected));
  t.equal(receiver('email', { ...settings, hello: 'alerts.test' }).config['hello'], 'alerts.test');
});

t.test('a message in Slack has all parts of the templates', async (t) => {
  const settings = { webhook_url: new Secret('https://slack.test/x') };
  const expected = {
    send_resolved: true,
    api_url_file: '/am/secrets/slack_webhook_url',
    channel: '',
    username: '',
    color: '{{ template "aicrm.slack.color" . }}',
    title: '{{ template "aicrm.slack.title" . }}',
    title_link: linked('aicrm.slack.title_link'),
    fallback: '{{ template "aicrm.slack.fallback" . }}',
    text: linked('aicrm.slack.text'),
  };
  const { integration, config: message } = receiver('slack', settings);
  t.equal(integration, 'slack_configs');
  t.match(message, expected);
  t.same(Object.keys(message), Object.keys(expected));
});

t.test('Slack mentions people only above a message with a critical alert', async (t) => {
  for (const [mention, sent] of [
    ['@here', '<!here>'],
    ['<@U012AB3CD>', '<@U012AB3CD>'],
    ['@a @b', '@a @b'],
    ['to @here', 'to @here'],
  ] as const)
    t.equal(
      receiver('slack', { mention }).config['pretext'],
      `{{ $critical := false }}{{ range .Alerts.Firing }}{{ if eq .Labels.severity "critical" }}{{ $critical = true }}{{ end }}{{ end }}{{ if $critical }}${sent}{{ end }}`,
      mention,
    );
});

t.test('webhooks hear of the end of an alert, and the watchdog only of its life', async (t) => {
  const url = new Secret('https://hook.test/{{x}}');
  for (const [kind, send_resolved] of [
    ['webhook', true],
    ['watchdog', false],
  ] as const) {
    const hook = { name: kind, integration: 'webhook_configs' };
    t.strictSame(receiver(kind, { url }), {
      ...hook,
      config: { send_resolved, url_file: `/am/secrets/${kind}_url` },
      inline: [],
    });
    t.strictSame(
      receiver(kind, { url }, '0.27'),
      { ...hook, config: { send_resolved, url: 'https://hook.test/%7B%7Bx}}' }, inline: [kind] },
      'this version cannot read it from a file',
    );
  }
  t.strictSame(receiver('console', {}).config, {
    send_resolved: true,
    url: 'http://localhost:10059/alerts',
    max_alerts: 100,
  });
});
