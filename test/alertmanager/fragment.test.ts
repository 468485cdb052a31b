import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { parse, stringify } from 'yaml';
import { fragmentOf } from '../../src/alertmanager/fragment.js';
import { main } from '../support/main-program.js';
import { run } from '../support/programs.js';
import { bothAges, missingOf } from '../support/versions.js';

/** An existing Alertmanager configuration, with receivers of the same names as ours. */
const foreign = `templates: []
global: {resolve_timeout: 5m}
route:
  receiver: email
  group_by: [alertname]
  routes:
    - {receiver: email, matchers: [team="payments"], continue: true}
    - {receiver: pager, matchers: [severity="critical"]}
inhibit_rules:
  - {source_matchers: [severity="critical"], target_matchers: [severity="warning"], equal: [alertname, cluster]}
receivers:
  - {name: email, email_configs: [{to: a@others.test, from: am@others.test, smarthost: "mail.others.test:25"}]}
  - {name: pager, webhook_configs: [{url: "http://pager.test/"}]}
`;

interface Document {
  readonly templates: readonly string[];
  readonly route: { readonly routes: readonly unknown[] };
  readonly inhibit_rules: readonly unknown[];
  readonly receivers: readonly { readonly name: string }[];
}

/** Puts each list of the fragment before that of the existing file, as the guide says. */
function merged(part: Document, whole: Document): Document {
  return {
    ...whole,
    templates: [...part.templates, ...whole.templates],
    route: { ...whole.route, routes: [...part.route.routes, ...whole.route.routes] },
    inhibit_rules: [...part.inhibit_rules, ...whole.inhibit_rules],
    receivers: [...part.receivers, ...whole.receivers],
  };
}

async function fragment(t: Test, ...flags: readonly string[]) {
  const folder = t.testdir({
    'monitoring.yml': `alert_channels:
  email: {smtp_server: mail.crm.test, recipients: [ops@crm.test], hello: alerts.crm.test}
  slack: {webhook_url: "https://hooks.slack.test/s3cret", severities: [critical]}
  watchdog: {url: "https://ping.test/s3cret"}
`,
  });
  t.match(await main(['alertmanager-config', '--fragment', '--output.dir', 'ai-crm', ...flags], { cwd: folder }), {
    exitCode: 0,
    stderr: '',
  });
  return { folder, text: await readFile(join(folder, 'ai-crm/fragment.yml'), 'utf8') };
}

t.test('each receiver and each route to it gets the prefix, and everything else stays', async (t) => {
  const inhibit_rules = [{ source_matchers: ['a="b"'], target_matchers: ['c="d"'], equal: ['job'] }];
  const whole = {
    templates: ['templates/*.tmpl'],
    route: {
      receiver: 'nobody',
      group_by: ['job'],
      routes: [
        { receiver: 'mail', matchers: ['severity="info"'], group_wait: '1m' },
        { matchers: ['severity="critical"'], routes: [{ receiver: 'mail', continue: true }, { receiver: 'slack' }] },
      ],
    },
    inhibit_rules,
    receivers: [{ name: 'nobody' }, { name: 'mail', email_configs: [{ to: 'a@crm.test' }] }, { name: 'slack' }],
  } as const;
  t.same(fragmentOf(whole, '/am/ai-crm'), {
    templates: ['/am/ai-crm/templates/*.tmpl'],
    route: {
      routes: [
        {
          receiver: 'ai-crm-nobody',
          matchers: ['alertname=~"AiCrm.+"'],
          group_by: ['job'],
          routes: [
            { receiver: 'ai-crm-mail', matchers: ['severity="info"'], group_wait: '1m' },
            {
              matchers: ['severity="critical"'],
              routes: [{ receiver: 'ai-crm-mail', continue: true }, { receiver: 'ai-crm-slack' }],
            },
          ],
        },
      ],
    },
    inhibit_rules,
    receivers: [
      { name: 'ai-crm-nobody' },
      { name: 'ai-crm-mail', email_configs: [{ to: 'a@crm.test' }] },
      { name: 'ai-crm-slack' },
    ],
  });
});

t.test('the fragment routes only our alerts, with its own receivers and paths', async (t) => {
  const { folder, text } = await fragment(t);
  const part = parse(text) as Document;
  t.same(part.templates, [join(folder, 'ai-crm/templates/*.tmpl')]);
  t.match(part.route, { routes: [{ receiver: 'ai-crm-nobody', matchers: ['alertname=~"AiCrm.+"'] }] });
  t.same(Object.keys(part.route), ['routes'], 'no part that would change the others');
  t.same(
    part.receivers.map(({ name }) => name),
    ['ai-crm-nobody', 'ai-crm-email', 'ai-crm-slack', 'ai-crm-watchdog'],
  );
  t.match(part.receivers, { 1: { email_configs: [{ hello: 'alerts.crm.test' }] } });
  t.match(text, 'Critical: at once');
  t.notMatch(text, /s3cret|receiver: (?!ai-crm-)/);
});

for (const programs of bothAges)
  t.test(
    `an existing file accepts the fragment (${programs.age} amtool)`,
    { skip: missingOf(programs, 'amtool') },
    async (t) => {
      const { folder, text } = await fragment(t, '--alertmanager.version', programs.alertmanagerVersion);
      const file = join(folder, 'alertmanager.yml');
      await writeFile(file, stringify(merged(parse(text) as Document, parse(foreign) as Document)));
      const { exitCode, stdout, stderr } = run(programs.amtool, ['check-config', file]);
      t.equal(exitCode, 0, stdout + stderr);
      t.match(stdout, /3 inhibit rules[^]*6 receivers[^]*1 templates/);
      for (const [labels, receivers] of [
        [['alertname=AiCrmComponentDown', 'severity=critical', 'job=ai-crm'], 'ai-crm-email,ai-crm-slack'],
        [['alertname=AiCrmComponentSlow', 'severity=warning', 'team=payments'], 'ai-crm-email'],
        [['alertname=AiCrmWatchdog', 'severity=none'], 'ai-crm-watchdog'],
        [['alertname=AiCrmMaintenance', 'severity=none'], 'ai-crm-nobody'],
        [['alertname=AiCrmNotifyTest', 'channel=slack', 'severity=warning'], 'ai-crm-slack'],
        [['alertname=DiskFull', 'severity=critical'], 'pager'],
        [['alertname=DiskFull', 'severity=warning', 'team=payments'], 'email'],
        [['alertname=DiskFull'], 'email'],
      ] as const) {
        const tested = run(programs.amtool, ['config', 'routes', 'test', `--config.file=${file}`, ...labels]);
        t.match(tested, { exitCode: 0, stdout: `${receivers}\n` }, labels.join(' '));
      }
    },
  );

t.test('the existing file is not overwritten, and without a folder the fragment is printed', async (t) => {
  const { folder } = await fragment(t);
  await writeFile(join(folder, 'ai-crm/alertmanager.yml'), foreign);
  await main(['alertmanager-config', '--fragment', '--output.dir', 'ai-crm'], { cwd: folder });
  t.equal(await readFile(join(folder, 'ai-crm/alertmanager.yml'), 'utf8'), foreign);
  t.match(await main(['alertmanager-config', '--fragment', '--alertmanager.dir', '/etc/am/ai-crm'], { cwd: folder }), {
    exitCode: 0,
    stdout: '\ntemplates: [/etc/am/ai-crm/templates/*.tmpl]\n',
  });
});
