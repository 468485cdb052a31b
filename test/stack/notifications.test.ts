import t from 'tap';
import { askNotifications, type NotificationReading, notificationFindings } from '../../src/stack/notifications.js';
import { answeringProgram, vector } from '../support/answering-program.js';

const failed = 'sum by (job, instance, integration) (alertmanager_notification_requests_failed_total)';
const sent = 'sum by (job, instance, integration) (alertmanager_notification_requests_total)';
const earlier = (counts: string) => counts.replace(/total\)/g, 'total offset 15s)');
const lastRise = (counts: string) =>
  `max by (integration) (max_over_time(timestamp(${counts} > ${earlier(counts)})[1d:15s]))`;

t.test('the last delivery and failure of each integration come from the counts in Prometheus', async (t) => {
  const answers = new Map([
    [
      `sum by (integration) ((${sent} - ${failed}))`,
      vector([{ integration: 'email' }, 5], [{ integration: 'slack' }, 0]),
    ],
    [`sum by (integration) (${failed})`, vector([{ integration: 'email' }, 2])],
    [lastRise(`(${sent} - ${failed})`), vector([{ integration: 'email' }, 1000])],
    [lastRise(failed), vector([{ integration: 'email' }, 900])],
  ]);
  const { client } = await answeringProgram(t, ({ query }) => answers.get(query.get('query') ?? ''));
  t.strictSame(await askNotifications(client), [
    { integration: 'email', deliveredAtSeconds: 1000, failedAtSeconds: 900, delivered: 5, failedAttempts: 2 },
    { integration: 'slack', delivered: 0, failedAttempts: 0 },
  ]);
});

t.test('nothing is known about notifications if Prometheus does not scrape Alertmanager', async (t) => {
  const { client } = await answeringProgram(t, () => vector());
  t.equal(await askNotifications(client), undefined);
});

t.test('the findings about notifications name the integrations that fail now', async (t) => {
  const now = 1_000_000;
  const subject = 'notifications';
  const found = (readings: readonly Omit<NotificationReading, 'delivered' | 'failedAttempts'>[] | undefined) =>
    notificationFindings(
      readings?.map((reading) => ({ ...reading, delivered: 1, failedAttempts: 1 })),
      'http://mail:9093/alerts',
      now,
    );
  t.match(found(undefined), [
    {
      subject,
      level: 'warning',
      text: 'Prometheus does not scrape Alertmanager, so nobody notices when notifications fail',
      remedy: /^add to scrape_configs of prometheus\.yml.*\{targets: \["mail:9093"\]\}/,
    },
  ]);
  t.strictSame(found([{ integration: 'email' }]), [
    { subject, level: 'healthy', text: 'none within a day, by the metrics in Prometheus' },
  ]);
  t.strictSame(
    found([
      { integration: 'unused' },
      { integration: 'email', deliveredAtSeconds: now - 30.4 },
      { integration: 'slack', deliveredAtSeconds: now + 5, failedAtSeconds: now - 60 },
    ]),
    [
      { subject, level: 'healthy', text: 'email: last delivered 30 s ago' },
      { subject, level: 'healthy', text: 'slack: last delivered 0 ms ago' },
    ],
  );
  t.match(
    found([
      { integration: 'email', failedAtSeconds: now - 60 },
      { integration: 'slack', deliveredAtSeconds: now - 60, failedAtSeconds: now - 60 },
    ]),
    [
      {
        subject,
        level: 'critical',
        text: 'email: failed 1 min ago, nothing delivered within a day',
        remedy: /^see the log of Alertmanager; test it with .*notify-test/,
      },
      { subject, level: 'critical', text: 'slack: failed 1 min ago, last delivered 1 min ago' },
    ],
  );
});
