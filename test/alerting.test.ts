import t, { type Test } from 'tap';
import { type AlertingStack, type Notification, startAlertingStack } from './support/alerting-stack.js';
import { ask } from './support/ask.js';
import { until } from './support/until.js';
import { bothAges, type MonitoringPrograms, missingOf } from './support/versions.js';

/** The divisor of all shipped times: a scrape interval of 15 s is 1.5 s here. */
const factor = 10;
/** The limit of all waits. It is long: the longest one, for a resolved notification, takes a minute. */
const patienceSeconds = 180;

t.setTimeout(600_000);
// Side by side, because both mostly wait.
t.jobs = bothAges.length;

const channels = ['email', 'slack', 'webhook', 'console'] as const;

// Notifications about components that are down are tested in drill/drill.test.ts.
for (const programs of bothAges) {
  void t.test(
    `a slow component is reported to people, with the ${programs.age} programs`,
    { skip: missingOf(programs, 'prometheus', 'alertmanager'), buffered: true },
    (t) => tellThePerson(t, programs),
  );
}

async function tellThePerson(t: Test, programs: MonitoringPrograms): Promise<void> {
  const stack = await startAlertingStack({
    factor,
    thresholds: { response_time_ms: { warning: 300, critical: 60000 } },
    teams: { frontend: 'web', backend: 'api' },
    programs,
  });
  t.teardown(() => stack.stop());
  const {
    prometheus,
    crms: [crm],
  } = stack;
  const { aiCrm } = crm;
  const said = (sentence: string, status: Notification['status'], channel?: string) =>
    stack
      .notifications()
      .filter(
        (one) =>
          one.status === status && one.text.includes(sentence) && (channel === undefined || one.channel === channel),
      );
  const everybodyKnows = (sentence: string, status: Notification['status'], times = 1) =>
    until(
      `${status} "${sentence}" is everywhere`,
      () => channels.every((channel) => said(sentence, status, channel).length >= times),
      patienceSeconds,
    );
  const alerts = async (selector: string) => (await prometheus.query(`ALERTS{${selector}}`)).length;
  // Slow from the begin, because its alert needs two minutes of slow answers. The other tests run meanwhile.
  await aiCrm.faults.set('frontend', { kind: 'slow', seconds: 0.5 });

  await t.test('a warning arrives, and another threshold ends it without a change of rules', async (t) => {
    await everybodyKnows('frontend takes', 'firing');
    t.equal(await alerts('alertname="AiCrmComponentSlow", alertstate="firing", component="frontend"'), 1);
    await crm.configure({ thresholds: { response_time_ms: { warning: 5000, critical: 60000 } } });
    crm.exporter.signal('SIGHUP');
    await until(
      'Prometheus knows the threshold',
      async () =>
        (await prometheus.query('aicrm_threshold_seconds{threshold="response_time", severity="warning"} == 5'))
          .length === 1,
      patienceSeconds,
    );
  });

  await t.test('a short failure that ends before its alert is due causes no notification', async () => {
    await aiCrm.faults.set('gateway', { kind: 'degraded' });
    const degraded = 'alertname="AiCrmComponentDegraded", component="gateway"';
    await until(
      'the alert is pending',
      async () => (await alerts(`${degraded}, alertstate="pending"`)) === 1,
      patienceSeconds,
    );
    await aiCrm.faults.lift('gateway');
    await until('it is over', async () => (await alerts(degraded)) === 0, patienceSeconds);
  });

  await t.test('every channel got exactly these notifications, once', async (t) => {
    await everybodyKnows('frontend answers in time again', 'resolved');
    const sentences = {
      firing: ['frontend takes'],
      resolved: ['frontend answers in time again'],
    };
    for (const channel of channels) {
      for (const status of ['firing', 'resolved'] as const) {
        const expected = sentences[status];
        const all = stack.notifications().filter((one) => one.channel === channel && one.status === status);
        t.same(
          all.map(({ text }) => expected.find((sentence) => text.includes(sentence)) ?? text).sort(),
          [...expected].sort(),
          `${channel}, ${status}`,
        );
      }
    }
  });

  await t.test('the team of the component got them on its own channel, and no other team did', async (t) => {
    const heard = (team: string) =>
      (stack.teamWebhooks.get(team)?.requests ?? []).map(({ body }) => {
        const { status, alerts: told } = body as {
          readonly status: string;
          readonly alerts: readonly { readonly labels: Readonly<Record<string, string>> }[];
        };
        return [status, ...told.map(({ labels }) => `${labels['component']} ${labels['severity']} ${labels['team']}`)];
      });
    await until('the end is told', () => heard('web').length >= 2, patienceSeconds);
    t.same(heard('web'), [
      ['firing', 'frontend warning web'],
      ['resolved', 'frontend warning web'],
    ]);
    t.same(heard('api'), []);
  });

  await t.test(
    'notify-test reaches every channel, and reports it when the mail server refuses the password',
    async (t) => {
      t.match(await crm.run('notify-test'), {
        exitCode: 0,
        stdout:
          /\nemail        delivered\nslack        delivered\nwebhook      delivered\nwebhook_web  delivered\nwebhook_api  delivered\nconsole      delivered\n$/,
      });
      await crm.configure({ password: 'wrong' });
      await stack.reloadRoutes();
      t.match(await crm.run('notify-test', '--alertmanager.log', stack.alertmanager.logFile), {
        exitCode: 1,
        stdout:
          /\nemail        failed \(\d+ attempts\): .*535 "?Invalid username or password"?\nslack        delivered\nwebhook      delivered\nwebhook_web  delivered\nwebhook_api  delivered\nconsole      delivered\n$/,
      });
    },
  );

  t.same(prometheus.errors(), []);
  t.same(await failedRules(stack), [], 'every rule could be evaluated');
}

async function failedRules({ prometheus }: AlertingStack): Promise<readonly string[]> {
  const { data } = JSON.parse((await ask(`${prometheus.url}/api/v1/rules`)).text) as {
    readonly data: {
      readonly groups: readonly { readonly rules: readonly { readonly name: string; readonly lastError?: string }[] }[];
    };
  };
  return data.groups.flatMap(({ rules }) =>
    rules.flatMap(({ name, lastError }) =>
      lastError === undefined || lastError === '' ? [] : [`${name}: ${lastError}`],
    ),
  );
}
