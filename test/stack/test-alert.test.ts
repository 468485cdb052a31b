import t from 'tap';
import { createTestAlert, readLabels } from '../../src/stack/test-alert.js';
import { answeringProgram } from '../support/answering-program.js';

const terms = { severity: 'warning', channel: 'email', labels: { team: 'a' } };

t.test('the test alert says that it is one, and has its own component each time', async (t) => {
  const { client, questions } = await answeringProgram(t, () => '');
  await createTestAlert(client, { ...terms, labels: { team: 'a', severity: 'x' } }).post(1_795_000_000);
  await createTestAlert(client, { ...terms, job: 'shop' }).post(1_795_000_000);
  const [first, second] = questions.map(
    ({ body }) => (JSON.parse(body) as readonly { labels: { component: string } }[])[0],
  );
  t.match(questions[0], { method: 'POST', path: '/api/v2/alerts' });
  t.match(first, {
    labels: {
      alertname: 'AiCrmNotifyTest',
      severity: 'warning',
      test: 'true',
      job: 'ai-crm',
      area: 'exporter',
      channel: 'email',
      component: /^notify-test-[0-9a-f]{6}$/,
      team: 'a',
    },
    annotations: { summary: 'Test of the notifications, nothing is wrong', description: /notify-test/ },
    startsAt: /^\d{4}-.*Z$/,
    endsAt: '2026-11-18T11:06:40.000Z',
  });
  t.match(second, { labels: { job: 'shop' } });
  t.not(first?.labels.component, second?.labels.component);
});

t.test('its state is that of the alert with its component', async (t) => {
  let answer: unknown = [];
  const { client, url, questions } = await answeringProgram(t, ({ method }) => (method === 'GET' ? answer : ''));
  const alert = createTestAlert(client, terms);
  t.equal(await alert.state(), undefined);
  t.match(questions[0], { path: '/api/v2/alerts' });
  t.match(questions[0]?.query.get('filter'), /^component="notify-test-[0-9a-f]{6}"$/);
  answer = [
    { receivers: [{ name: 'email' }, {}], status: { silencedBy: ['s'], inhibitedBy: ['i'] } },
    { receivers: [{ name: 'other' }] },
  ];
  t.strictSame(await alert.state(), { receivers: ['email', ''], silencedBy: ['s'], inhibitedBy: ['i'] });
  answer = [{}];
  t.strictSame(await alert.state(), { receivers: [], silencedBy: [], inhibitedBy: [] });
  answer = {};
  await t.rejects(alert.state(), {
    code: 'program_failed',
    message: `${url}: the answer is not a list of alerts; check --alertmanager.url`,
  });
});

t.test('labels are read from the command line, except those that the test alert sets', async (t) => {
  t.strictSame(readLabels([]), {});
  t.strictSame(readLabels(['team=a=b, c', '_x1=two\nlines']), { team: 'a=b, c', _x1: 'two\nlines' });
  for (const text of ['team', 'team=', '1team=a', 'te am=a', ' team=a'])
    t.throws(() => readLabels([text]), {
      code: 'usage',
      message: `--label: expected NAME=VALUE with a name of Prometheus, found ${JSON.stringify(text)}`,
    });
  t.throws(() => readLabels(['-'.repeat(65)]), { message: /found "-{64}"$/ }, 'a long one is cut');
  for (const name of ['alertname', 'channel', 'component', 'job', 'area', 'severity', 'test'])
    t.throws(() => readLabels([`${name}=x`]), {
      code: 'usage',
      message: `--label: the test alert sets the label ${name} itself; choose another name`,
    });
});
