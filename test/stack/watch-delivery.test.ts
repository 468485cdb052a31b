import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Way } from '../../src/stack/alertmanager-api.js';
import type { TestAlertState } from '../../src/stack/test-alert.js';
import {
  askCounts,
  countedBetween,
  type DeliveryWatch,
  followLog,
  readFailures,
  readNotificationCounts,
  watchDelivery,
} from '../../src/stack/watch-delivery.js';
import { answeringProgram } from '../support/answering-program.js';

t.test('newer versions distinguish receivers, and split failures by reason', async (t) => {
  const before = readNotificationCounts(
    '# TYPE x counter\nalertmanager_notification_requests_total{integration="webhook",receiver_name="console"} 2\n',
  );
  const after = readNotificationCounts(
    [
      'alertmanager_notification_requests_total{integration="webhook",receiver_name="console"} 5',
      'alertmanager_notification_requests_total{integration="webhook",receiver_name="webhook"} 7',
      'alertmanager_notification_requests_failed_total{integration="webhook",receiver_name="webhook"} 7',
      'alertmanager_notifications_failed_total{integration="webhook",reason="clientError",receiver_name="webhook"} 1',
      'alertmanager_notifications_failed_total{integration="webhook",reason="serverError",receiver_name="webhook"} 1e+00',
    ].join('\n'),
  );
  t.strictSame(countedBetween(before, after, 'webhook', new Set(['console'])), {
    attempts: 3,
    failedAttempts: 0,
    givenUp: 0,
  });
  t.strictSame(countedBetween(before, after, 'webhook', new Set(['webhook'])), {
    attempts: 7,
    failedAttempts: 7,
    givenUp: 2,
  });
  t.strictSame(countedBetween(before, after, 'webhook'), { attempts: 10, failedAttempts: 7, givenUp: 2 });
});

t.test('failures are read from logfmt and JSON, without possible secrets in a URL', async (t) => {
  const log = [
    'level=warn component=dispatcher receiver=email integration=email[0] msg="Notify attempt failed, will retry later" attempts=1 err="auth: 535 \\"no\\""',
    '{"level":"WARN","receiver":"slack","integration":"slack[0]","err":"Post \\"https://hooks.slack.com/services/hunter2\\": timeout"}',
    'level=error component=dispatcher msg="Notify for alerts failed" num_alerts=1 err="x"',
  ];
  t.strictSame(readFailures(log.join('\n')), [
    { receiver: 'email', integration: 'email', reason: 'auth: 535 "no"' },
    { receiver: 'slack', integration: 'slack', reason: 'Post "https://hooks.slack.com/…": timeout' },
  ]);
  const succeeded = [
    'level=info component=dispatcher receiver=email integration=email[0] msg="Notify success" attempts=2',
    '{"level":"INFO","msg":"Notify success","receiver":"slack","integration":"slack[0]","attempts":2}',
  ];
  t.strictSame(
    readFailures([...log, ...succeeded].join('\n')),
    [],
    'a notification that was delivered at last has not failed',
  );
  t.equal(readFailures([...succeeded, ...log].join('\n')).length, 2);
});

t.test(
  'lines without receiver, integration or error are no failures, and an error without quotes is read',
  async (t) => {
    const failed = (rest: string) => readFailures(`receiver=a integration=email[0] ${rest}`);
    t.strictSame(failed('err=timeout'), [{ receiver: 'a', integration: 'email', reason: 'timeout' }]);
    t.equal(failed('err="a\\qb"')[0]?.reason, 'a\\qb', 'also a quotation that is no JSON');
    t.strictSame(failed('msg="Notify attempt failed"'), []);
    t.strictSame(
      readFailures('receiver=a err=x\nintegration=email[0] err=x\nxreceiver=a integration=email[0] err=x'),
      [],
    );
    t.strictSame(
      readFailures(
        ['a', 'b', 'a'].map((name, index) => `receiver=${name} integration=email[0] err=e${index}`).join('\n'),
      ).map(({ receiver, reason }) => `${receiver} ${reason}`),
      ['a e2', 'b e1'],
      'the last error of each',
    );
  },
);

t.test('counts of other metrics and without an integration are left out', async (t) => {
  const { client } = await answeringProgram(t, ({ path }) =>
    path === '/metrics'
      ? [
          'alertmanager_notification_requests_total{job="x",integration="email"} 33',
          'alertmanager_notification_requests_total{receiver_name="a",integration="slack"} 4',
          'alertmanager_notifications_total{integration="slack"} 3',
          'alertmanager_notification_requests_total{myintegration="slack"} 3',
          'x_alertmanager_notification_requests_total{integration="slack"} 3',
          '',
        ].join('\n')
      : undefined,
  );
  t.strictSame(await askCounts(client), [
    { integration: 'email', attempts: 33, failedAttempts: 0, givenUp: 0 },
    { integration: 'slack', receiver: 'a', attempts: 4, failedAttempts: 0, givenUp: 0 },
  ]);
});

t.test('a log is read from where it ended, and from its begin if it was rotated', async (t) => {
  const line = (receiver: string) => `receiver=${receiver} integration=email[0] err=x\n`;
  const file = join(t.testdir({ log: line('old') }), 'log');
  const read = await followLog(file);
  const receivers = async () => (await read()).map(({ receiver }) => receiver);
  t.strictSame(await receivers(), []);
  await appendFile(file, line('new'));
  t.strictSame(await receivers(), ['new']);
  await writeFile(file, line('r'));
  t.strictSame(await receivers(), ['r']);
  await t.rejects(followLog(`${file}.gone`), {
    code: 'usage',
    message: `--alertmanager.log: ${file}.gone: cannot be read (ENOENT)`,
  });
});

const webhook = (channel: string): Way => ({ channel, integration: 'webhook' });
const receivers: DeliveryWatch['receivers'] = new Map([
  ['email', [{ channel: 'email', integration: 'email' }]],
  ['hook', [webhook('webhook')]],
  ['console', [webhook('console')]],
  ['both', [webhook('webhook'), webhook('console')]],
  ['three', [webhook('webhook'), webhook('console'), webhook('other')]],
  [
    'mixed',
    [
      { channel: 'slack', integration: 'slack' },
      { channel: 'email', integration: 'email' },
    ],
  ],
  ['nobody', []],
]);
const sentTo = (...names: readonly string[]): TestAlertState => ({ receivers: names, silencedBy: [], inhibitedBy: [] });
type Failures = ReturnType<typeof readFailures>;

/** The lines of `/metrics` of an Alertmanager. */
const counts = (integration: string, attempts: number, failed: number, { receiver = '', givenUp = 0 } = {}) => {
  const labels = `integration="${integration}"${receiver === '' ? '' : `,receiver_name="${receiver}"`}`;
  return `alertmanager_notification_requests_total{${labels}} ${attempts}
alertmanager_notification_requests_failed_total{${labels}} ${failed}
alertmanager_notifications_failed_total{${labels}} ${givenUp}
`;
};

/** The results for channels, with the answers of Alertmanager one after the other. The last one is repeated. */
async function watched(
  t: Test,
  channels: readonly string[],
  state: TestAlertState | undefined,
  answers: readonly string[],
  { failures = [] as Failures, timeoutSeconds = 0, before = '' } = {},
) {
  const left = [...answers];
  const { client, questions } = await answeringProgram(t, () => (left.length > 1 ? left.shift() : left[0]) ?? '');
  const alert = { post: () => Promise.resolve(), state: () => Promise.resolve(state) };
  const outcomes = await watchDelivery({
    client,
    alert,
    receivers,
    channels,
    before: readNotificationCounts(before),
    readLog: () => Promise.resolve(failures),
    timeoutSeconds,
    pollMilliseconds: 0,
  });
  const told = outcomes.map(({ channel, isDelivered, text }) => `${channel} ${isDelivered ? '+' : '-'} ${text}`);
  return { told, polls: questions.length };
}
const last = async (...given: Parameters<typeof watched>) => (await watched(...given)).told;
const whereToLook =
  'the reason is in the log of Alertmanager ("Notify attempt failed"), which --alertmanager.log reads';

t.test('at the end of the time it is said why an alert was not sent', async (t) => {
  t.strictSame(await last(t, ['email'], undefined, [counts('email', 1, 0)]), [
    'email - nothing was sent within 0 s; wait longer with --timeout, at least the group_wait of its route',
  ]);
  t.strictSame(await last(t, ['email'], { ...sentTo('email'), silencedBy: ['s1', 's2'] }, ['']), [
    'email - silenced: end the silence ("maintenance stop --id s1") and try again',
  ]);
  t.strictSame(await last(t, ['email'], { ...sentTo('email'), inhibitedBy: ['f'] }, ['']), [
    'email - inhibited by another alert that fires: try again when that is over',
  ]);
  t.strictSame(await last(t, ['email', 'console'], sentTo('hook', 'nobody', 'unknown'), ['']), [
    'email - not routed: the alert went to hook, nobody, unknown; see the routes of Alertmanager',
    'console - not routed: the alert went to hook, nobody, unknown; see the routes of Alertmanager',
  ]);
  t.match(await last(t, ['email'], sentTo(), ['']), [/went to no receiver; see/]);
  t.match(await last(t, ['email'], sentTo('email'), ['']), [/^email - nothing was sent/], 'it was routed');
});

t.test('the counts since the alert say whether it was delivered, and the log says why not', async (t) => {
  const failed = (reason: string, receiver = 'email', integration = 'email') => ({ receiver, integration, reason });
  const email = (after: string, failures: Failures = []) =>
    last(t, ['email'], sentTo('email'), [after], { failures, before: counts('email', 4, 1) });
  t.strictSame(await email(counts('email', 5, 1)), ['email + delivered']);
  t.strictSame(await email(counts('email', 8, 4)), ['email + delivered'], 'at the fourth attempt');
  t.match(await email(counts('email', 4, 1)), [/^email - nothing was sent/]);
  t.strictSame(await email(counts('email', 6, 3)), [`email - failed (2 attempts); ${whereToLook}`]);
  t.strictSame(await email(counts('email', 6, 3, { givenUp: 1 })), [`email - failed (2 attempts); ${whereToLook}`]);
  t.strictSame(
    await email(counts('email', 6, 3), [
      failed('no login'),
      failed('timeout', 'email'),
      failed('no login'),
      failed('x', 'other'),
      failed('y', 'email', 'slack'),
    ]),
    ['email - failed (2 attempts): no login; timeout'],
  );
});

t.test('each integration of a receiver has its own result', async (t) => {
  const after = counts('email', 1, 0) + counts('slack', 1, 1);
  t.strictSame(await last(t, ['email', 'slack'], sentTo('mixed'), [after]), [
    'email + delivered',
    `slack - failed (1 attempts); ${whereToLook}`,
  ]);
  t.strictSame(
    await last(t, ['email'], sentTo('email', 'mixed'), [counts('email', 2, 1)]),
    [`email - failed (1 attempts); ${whereToLook}`],
    'one of two receivers with this channel',
  );
});

t.test('channels with one count are distinguished by the log, or not at all', async (t) => {
  const both = (after: string, failures: Failures = [], state = sentTo('hook', 'console')) =>
    last(t, ['webhook', 'console'], state, [after], { failures });
  t.strictSame(await both(counts('webhook', 2, 0)), ['webhook + delivered', 'console + delivered']);
  const unclear = (channel: string, other: string) =>
    `${channel} - failed, or ${other} did: 1 of 2 were delivered, and Alertmanager's metrics do not show which; ${whereToLook}`;
  t.strictSame(await both(counts('webhook', 2, 1)), [unclear('webhook', 'console'), unclear('console', 'webhook')]);
  t.strictSame(await both(counts('webhook', 2, 1), [], sentTo('both')), [
    unclear('webhook', 'console'),
    unclear('console', 'webhook'),
  ]);
  t.match(await both(counts('webhook', 3, 2), [], sentTo('three')), [
    /^webhook - failed, or console or other did: 1 of 3 were/,
    /^console - failed, or webhook or other did: 1 of 3 were/,
  ]);
  t.strictSame(await both(counts('webhook', 2, 2)), [
    `webhook - failed (2 attempts); ${whereToLook}`,
    `console - failed (2 attempts); ${whereToLook}`,
  ]);
  const failure = { receiver: 'hook', integration: 'webhook', reason: '500' };
  t.strictSame(await both(counts('webhook', 2, 1), [failure]), [
    'webhook - failed (1 attempts): 500',
    'console + delivered',
  ]);
});

t.test('an Alertmanager that counts by receiver needs no log', async (t) => {
  const after =
    counts('webhook', 1, 0, { receiver: 'hook' }) +
    counts('webhook', 3, 3, { receiver: 'console' }) +
    counts('webhook', 9, 0, { receiver: 'other' }) +
    counts('email', 9, 0, { receiver: 'email' });
  t.strictSame(await last(t, ['webhook', 'console'], sentTo('hook', 'console'), [after]), [
    'webhook + delivered',
    `console - failed (3 attempts); ${whereToLook}`,
  ]);
});

t.test('a result counts when it is seen twice, and a channel is broken after three attempts', async (t) => {
  const after = (...pairs: readonly (readonly [attempts: number, failed: number])[]) =>
    pairs.map(([attempts, failed]) => counts('email', attempts, failed));
  const email = (answers: readonly string[]) => watched(t, ['email'], sentTo('email'), answers, { timeoutSeconds: 60 });
  t.strictSame(
    await email(after([1, 0], [1, 1], [2, 1])),
    { told: ['email + delivered'], polls: 4 },
    'an attempt is counted before its failure',
  );
  t.strictSame(await email(after([2, 2], [3, 3])), {
    told: [`email - failed (3 attempts); ${whereToLook}`],
    polls: 3,
  });
  t.match(
    await watched(
      t,
      ['email', 'console'],
      sentTo('email', 'console'),
      [counts('email', 1, 0), counts('email', 1, 0), counts('email', 1, 0) + counts('webhook', 1, 0)],
      { timeoutSeconds: 60 },
    ),
    { told: ['email + delivered', 'console + delivered'], polls: 4 },
    'the slowest channel counts',
  );
  t.match(
    await watched(t, ['webhook'], sentTo('hook', 'console'), [counts('webhook', 5, 5), counts('webhook', 6, 6)], {
      timeoutSeconds: 60,
    }),
    { told: [/failed \(6 attempts\)/], polls: 3 },
    'three attempts of each',
  );
  t.strictSame(
    (await email([counts('email', 1, 1, { givenUp: 1 })])).told,
    [`email - failed (1 attempts); ${whereToLook}`],
    'Alertmanager gave up',
  );
});
