import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { createKeyHelp } from '../../src/config/key-help.js';
import { loadConfig } from '../../src/config/load.js';
import type { Path } from '../../src/config/problem.js';
import { documentKind } from '../../src/config/settings.js';

async function problems(t: Test, text: string): Promise<readonly string[]> {
  await writeFile(join(t.testdir({}), 'f'), text);
  const told = await loadConfig('f', { environment: {}, directory: t.testdirName }).catch((error: unknown) =>
    error instanceof Error ? error.message : error,
  );
  return typeof told === 'string' ? told.split('\n') : [];
}

/** The advice for the unknown keys of a text, by key, without the common part of the message. */
async function help(t: Test, text: string): Promise<Readonly<Record<string, string>>> {
  return Object.fromEntries(
    (await problems(t, text)).flatMap((line) => {
      const [, key = '', said = ''] = / (\S+): unknown key(?:, )?(.*)$/.exec(line) ?? [];
      return key === '' ? [] : [[key.replace(/^.*\./, ''), said]];
    }),
  );
}

const meant = (name: string) => `did you mean "${name}"?`;

t.test('an option with the name of another program is answered with ours', async (t) => {
  t.strictSame(
    await help(
      t,
      'alert_channels: {email: {smtp_host: a, smtp_pass: b, to: [c], sender: d, starttls: true}, slack: {api_url: e}}',
    ),
    {
      smtp_host: meant('smtp_server'),
      smtp_pass: meant('password'),
      to: meant('recipients'),
      sender: meant('from'),
      starttls: meant('use_tls'),
      api_url: meant('webhook_url'),
    },
  );
  t.strictSame(await help(t, 'services: {a: "http://x"}\nthresholds: {}\nnotifications: {}\nintervals: {}'), {
    services: meant('endpoints'),
    thresholds: meant('alert_thresholds'),
    notifications: meant('alert_channels'),
    intervals: meant('check_intervals'),
  });
  t.strictSame(
    await help(
      t,
      'alert_thresholds: {cpu_usage: 80, memory: 5, responseTimeMs: 5, "error-rate": 1, disk_usage_pct: 5}',
    ),
    {
      cpu_usage: meant('cpu_usage_percent'),
      memory: meant('memory_usage_percent'),
      responseTimeMs: meant('response_time_ms'),
      'error-rate': meant('error_rate_percent'),
      disk_usage_pct: meant('disk_usage_percent'),
    },
  );
});

t.test('an option at the wrong level is answered with its place', async (t) => {
  t.strictSame(
    await help(
      t,
      'endpoints: {a: {url: "http://x", status: 200, bearer_token: abc, ca_file: x, username: u, retries: 3, cron: x, cpu_usage_percent: 5, timeout_seconds: 5}}',
    ),
    {
      status: meant('expect.status'),
      bearer_token: meant('auth.bearer.token'),
      ca_file: meant('tls.ca_file'),
      username: meant('auth.basic.username'),
      retries: 'it belongs to the top level',
      cron: 'it belongs under maintenance_windows',
      cpu_usage_percent: 'it belongs under alert_thresholds',
      timeout_seconds: meant('timeout'),
    },
  );
  t.strictSame(
    await help(
      t,
      'cpu_usage_percent: 80\nresponse_time_ms: 5\ncpu_usage: 1\nsmtp_host: a\nhealth_checks: 5\nrootfs: /\ndepends_on: []\nendpoints: {a: {url: "http://x", expect: {timeout: 5, certificate_days: 14, latency: 3}}}',
    ),
    {
      cpu_usage_percent: 'it belongs under alert_thresholds',
      response_time_ms: 'it belongs under alert_thresholds',
      cpu_usage: 'it belongs under alert_thresholds as "cpu_usage_percent"',
      smtp_host: 'it belongs under alert_channels.email as "smtp_server"',
      health_checks: 'it belongs under check_intervals',
      rootfs: 'it belongs under host',
      depends_on: 'it belongs under endpoints.<name>',
      timeout: 'it belongs under endpoints.<name>',
      certificate_days: 'it belongs under endpoints.<name>.thresholds as "certificate_expiry_days"',
      latency: 'it belongs under endpoints.<name>.thresholds as "response_time_ms"',
    },
  );
});

t.test('inside a section the suggestion is relative to it', async (t) => {
  const text = `endpoints:
  a:
    url: https://x
    expect: {status_code: 200, keyword: ok, jsonPath: a}
    auth: {user: u, bearer_token: t, credentials: c}
    tls: {cacert: a, rejectUnauthorized: false, sni: b}
    response_time: 5
    accepted_statuscodes: [200]
    httpHeaders: {}
    port: 80
    schedule: 5
    max_retries: 3
`;
  t.strictSame(await help(t, text), {
    status_code: meant('status'),
    keyword: meant('body_regex'),
    jsonPath: meant('json'),
    user: meant('basic.username'),
    bearer_token: meant('bearer.token'),
    credentials: meant('bearer.token'),
    cacert: meant('ca_file'),
    rejectUnauthorized: meant('insecure_skip_verify'),
    sni: meant('server_name'),
    response_time: meant('thresholds.response_time_ms'),
    accepted_statuscodes: meant('expect.status'),
    httpHeaders: meant('headers'),
    port: meant('url'),
    schedule: meant('interval'),
    max_retries: 'it belongs to the top level as "retries"',
  });
  t.strictSame(await help(t, 'heartbeats: {nightly: {cron: "0 3 * * *"}, hourly: {schedule: 1h}}'), {
    cron: meant('every'),
    schedule: meant('every'),
  });
  t.strictSame(
    await help(
      t,
      'maintenance_windows: [{weekly: {weekdays: [sat], from: a, to: b}, services: [a], for: 2h, starts_at: x}]',
    ),
    {
      weekdays: meant('days'),
      from: meant('start'),
      to: meant('end'),
      services: meant('components'),
      for: meant('duration'),
      starts_at: meant('weekly.start'),
    },
  );
  t.strictSame(
    await help(
      t,
      'alert_channels: {smtp: 1, stdout: 1, webhook: {webhook_url: a, bearer_token: b}, email: {smtp: 1, receivers: [], port: 5}, slack: {slack_webhook: a}}\nai_crm: {url: "http://x", token: a, interval: 5}',
    ),
    {
      smtp: '',
      stdout: meant('console'),
      webhook_url: meant('url'),
      bearer_token: meant('headers'),
      receivers: meant('recipients'),
      port: meant('smtp_port'),
      slack_webhook: meant('webhook_url'),
      token: meant('login.token'),
      interval: '',
    },
  );
});

t.test('a key of other channels, or an invalid channel name, is answered with what is possible', async (t) => {
  t.strictSame(
    await problems(
      t,
      'alert_channels: {watchdog: {url: "http://a", components: [a]}, slack_a-b: true, webhook_Ops: true, console_b: true}',
    ),
    [
      'f:1:46 alert_channels.watchdog.components: unknown key; possible are enabled, url and url_file',
      ...['f:1:64 alert_channels.slack_a-b', 'f:1:81 alert_channels.webhook_Ops'].map((place) => {
        const kind = place.includes('slack') ? 'slack' : 'webhook';
        return `${place}: unknown key; the name after ${kind}_ must be 1 to 31 lower-case letters, digits and "_", not beginning with "_", as in ${kind}_ops`;
      }),
      'f:1:100 alert_channels.console_b: unknown key, did you mean "console"?',
    ],
  );
});

/** Names that other programs and people use, by the option that they mean at this place. */
const otherNames: readonly (readonly [place: Path, names: Readonly<Record<string, string>>])[] = [
  [
    [],
    {
      endpoints: 'services targets monitors',
      alert_channels: 'receivers alerts notifiers',
      alert_thresholds: 'limits',
      maintenance_windows: 'downtimes silences',
      ai_crm: 'aicrm crm',
    },
  ],
  [
    ['alert_channels'],
    {
      email: 'smtp mail e_mail',
      pagerduty: 'pager pager_duty',
      opsgenie: 'ops_genie',
      teams: 'msteams msteamsv2 ms_teams microsoft_teams',
      sns: 'aws_sns amazon_sns',
      receiver: 'victorops splunk webex wechat jira rocketchat mattermost incidentio msteams_configs',
      console: 'stdout log',
    },
  ],
  [
    ['alert_channels', 'email'],
    {
      smtp_server: 'server hostname host smtp_host smarthost',
      smtp_port: 'port',
      username: 'user user_name login smtp_user',
      password: 'pass passwd pwd smtp_passwd smtp_password auth_password smtp_auth_password',
      use_tls: 'ssl starttls',
      recipients: 'receivers to emails',
    },
  ],
  [['alert_channels', 'slack'], { webhook_url: 'webhook hook api_url slack_api_url slack_webhook_url slack_webhook' }],
  [
    ['alert_channels', 'webhook'],
    {
      url: 'webhook hook uri webhook_url slack_api_url',
      headers: 'api_key apikey access_token token authorization auth',
    },
  ],
  [
    ['endpoints', 'a'],
    {
      url: 'uri target address href endpoint dsn database_url connection_string base_url server hostname host port',
      'auth.bearer': 'bearer',
      'auth.bearer.token': 'bearer_token api_key access_token credentials token',
      'auth.bearer.token_file': 'bearer_token_file credentials_file',
      'auth.basic': 'basic_auth auth_basic',
      'auth.basic.username': 'user user_name login',
      'auth.basic.password': 'pass passwd pwd',
      'auth.oauth2': 'oauth oauth2 client_credentials oauth2_client_credentials',
      auth: 'authorization authentication',
      interval: 'every frequency period check_interval scrape_interval schedule',
      timeout: 'scrape_timeout',
      thresholds: 'limits',
      tls: 'ssl tls_config',
    },
  ],
  [
    ['endpoints', 'a', 'auth'],
    {
      bearer: 'authorization',
      'bearer.token': 'token api_key bearer_token',
      'bearer.token_file': 'bearer_token_file',
      'basic.password': 'pass',
      oauth2: 'oauth client_credentials',
    },
  ],
  [
    ['endpoints', 'a', 'tls'],
    {
      ca_file: 'ca cacert root_ca',
      cert_file: 'cert certificate client_cert',
      key_file: 'private_key client_key',
      server_name: 'sni servername',
      insecure_skip_verify: 'insecure verify_ssl ssl_verify reject_unauthorized',
    },
  ],
  [
    ['ai_crm'],
    {
      login: 'credentials authorization basic_auth auth authentication',
      'login.token': 'bearer bearer_token token',
      'login.token_file': 'bearer_token_file',
      'login.username': 'user user_name',
      'login.password': 'pass passwd',
      url: 'host base_url',
    },
  ],
  [['maintenance_windows', 0], { cron: 'frequency schedule', components: 'services', duration: 'length for' }],
  [['maintenance_windows', 0, 'weekly'], { start: 'from begin', end: 'to until', days: 'weekdays' }],
  [['sql_sources', 's'], { url: 'dsn database_url', interval: 'frequency' }],
  [
    [],
    {
      name: 'title product',
      endpoints: 'components targets monitors checks hosts urls',
      slo: 'slos sla',
      retries: 'attempts retry max_retries maxretries failure_threshold',
      maintenance_windows: 'maintenance downtime downtimes silences',
      sql_sources: 'sql queries',
      request_sources: 'nginx apache access_logs requests',
      transactions: 'workflows scenarios',
      heartbeats: 'heartbeat cron_jobs jobs backups dead_man',
      ai_crm: 'aicrm crm',
      alertmanager: 'alert_manager',
      alert_channels: 'alerts alerting notifications notifiers notifier channels',
      grafana_url: 'grafana',
      retention_days: 'retention',
    },
  ],
  [
    ['endpoints', 'a'],
    {
      method: 'http_method request_method verb',
      headers: 'http_headers request_headers',
      body: 'payload data post_data request_body',
      tls: 'tls_config',
      follow_redirects: 'max_redirects maxredirects',
      proxy_url: 'proxy http_proxy https_proxy proxy_server proxy_from_environment',
      http_version: 'enable_http2 http2 force_http2',
      starttls: 'start_tls',
      dialog: 'query_response conversation send_expect script',
      ip_version: 'ip_protocol preferred_ip_protocol ip_family address_family',
      depends_on: 'dependencies dependency depends requires',
      severity: 'priority importance criticality alert_severity',
      slo: 'sla slos',
      labels: 'tags',
      group: 'category section',
      runbook_url: 'runbook playbook playbook_url',
    },
  ],
  [
    ['endpoints', 'a', 'expect'],
    {
      status:
        'status_code status_codes statuses code codes expected_status expected_status_code expected_status_codes expect_status valid_status_codes accepted_statuscodes accepted_status_codes accepted_codes',
      headers: 'header response_headers expected_headers fail_if_header_not_matches',
      body_regex:
        'regex regexp pattern keyword contains text match matches fail_if_body_not_matches_regexp expected_body',
      body_not_regex: 'not_regex not_contains must_not_contain invert_keyword not_matches fail_if_body_matches_regexp',
      json: 'json_path json_query',
    },
  ],
  [
    ['endpoints', 'a', 'auth', 'oauth2'],
    {
      token_url: 'token_endpoint token_uri',
      scopes: 'scope',
      endpoint_params: 'parameters params audience',
      tls: 'tls_config',
    },
  ],
  [
    ['endpoints', 'a', 'dialog', 0],
    {
      send: 'query request write',
      expect: 'response answer read',
    },
  ],
  [
    ['alert_thresholds'],
    {
      response_time_ms: 'latency latency_ms max_response_time',
      cpu_usage_percent: 'cpu cpu_threshold',
      memory_usage_percent: 'memory mem ram mem_usage mem_usage_percent memory_threshold',
      disk_usage_percent: 'disk disk_threshold',
      error_rate_percent: 'errors',
      certificate_expiry_days:
        'certificate_days cert_days certificate_expiration cert_expiry tls_expiry expiry_days days_left',
    },
  ],
  [
    ['alert_thresholds', 'response_time_ms'],
    {
      warning: 'warn',
      critical: 'crit',
    },
  ],
  [
    ['slo'],
    {
      availability_percent: 'objective availability uptime',
    },
  ],
  [
    ['check_intervals'],
    {
      detailed_analysis: 'details',
      agent_performance: 'agent_metrics',
    },
  ],
  [
    ['maintenance_windows', 0],
    {
      time_zone: 'tz',
      duration: 'length for',
      once: 'at date',
    },
  ],
  [
    ['maintenance_windows', 0, 'weekly'],
    {
      days: 'weekday weekdays',
      start: 'begin start_time starts_at begins',
      end: 'until end_time ends_at ends',
    },
  ],
  [
    ['host'],
    {
      rootfs: 'root',
      mountpoints: 'mounts filesystems disks',
      devices: 'interfaces nics',
    },
  ],
  [
    ['probe'],
    {
      allowed_targets: 'allowlist allow_list whitelist',
    },
  ],
  [
    ['sql_sources', 'a'],
    {
      tls: 'tls_config',
    },
  ],
  [
    ['request_sources', 'a'],
    {
      access_log: 'log_file logfile',
    },
  ],
  [
    ['heartbeats', 'a'],
    {
      every: 'period cron schedule',
      grace: 'grace_period tolerance',
      max_runtime: 'max_duration runtime',
      description: 'help',
      runbook_url: 'runbook playbook playbook_url',
    },
  ],
  [
    ['alert_channels', 'email'],
    {
      enabled: 'active disabled disable',
      smtp_server: 'smtp_host smtp_hostname smarthost smtp_smarthost mail_server mailserver mail_host',
      username: 'smtp_user smtp_username smtp_login auth_username smtp_auth_username',
      from: 'sender mail_from mailfrom smtp_from from_address from_addr',
      recipients: 'mail_to emails addresses send_to',
      use_tls: 'starttls use_ssl enable_ssl enable_tls smtp_tls smtp_ssl require_tls smtp_require_tls tls',
      hello: 'helo ehlo smtp_hello',
    },
  ],
  [
    ['alert_channels', 'slack'],
    {
      channel: 'channel_name',
      mention: 'mentions notify ping',
    },
  ],
  [
    ['alert_channels', 'webhook'],
    {
      headers: 'http_headers request_headers',
    },
  ],
  [
    ['alert_channels', 'pagerduty'],
    {
      options: 'extra extra_options additional_options',
    },
  ],
  [
    ['alert_channels', 'telegram'],
    {
      chat_id: 'chat chatid',
    },
  ],
  [
    ['alert_channels', 'sns'],
    {
      topic_arn: 'topic arn',
      region: 'aws_region',
      access_key: 'access_key_id aws_access_key_id',
    },
  ],
  [
    ['alert_channels', 'receiver'],
    {
      integration: 'kind type',
      options: 'extra extra_options additional_options',
    },
  ],
];

t.test('for a name that another program uses, the message suggests the option at this place', (t) => {
  const helpWith = createKeyHelp(documentKind);
  for (const [place, names] of otherNames)
    for (const [option, words] of Object.entries(names))
      for (const word of words.split(' '))
        t.equal(helpWith([...place, word]), `, did you mean "${option}"?`, [...place, word].join('.'));
  t.end();
});

t.test('a key that is too long for an option gets no suggestion', (t) => {
  const helpWith = createKeyHelp(documentKind);
  t.equal(helpWith([`${'retries_'.repeat(8)}x`]), '');
  t.equal(helpWith(['endpoints', 'a', 'x'.repeat(65)]), '');
  t.end();
});

t.test('a key that has a different meaning in each place gets no hint to another place', (t) => {
  const helpWith = createKeyHelp(documentKind);
  for (const name of 'text key value type help path parent labels channel job'.split(' '))
    t.equal(helpWith(['maintenance_windows', 0, name]), '', name);
  t.end();
});

t.test('an option that is a flag of this program is answered with the flag', async (t) => {
  t.strictSame(
    await help(t, 'endpoints: {a: "http://x"}\nretries: 1\nport: 9090\nlog_level: debug\nmetrics_path: /m\nmetrics: 1'),
    {
      port: 'use the flag --web.listen-address instead',
      log_level: 'use the flag --log.level instead',
      metrics_path: 'use the flag --web.telemetry-path instead',
      metrics: '',
    },
  );
  const helpWith = createKeyHelp(documentKind);
  const flags: Readonly<Record<string, string>> = {
    '--web.listen-address': 'port listen listen_address listen_port bind web server http_port metrics_port',
    '--web.telemetry-path': 'metrics_path telemetry_path',
    '--log.level': 'log_level logging loglevel verbose',
    '--log.format': 'log_format log-format',
  };
  for (const [flag, words] of Object.entries(flags))
    for (const word of words.split(' ')) t.equal(helpWith([word]), `, use the flag ${flag} instead`, word);
});

t.test('a word that shares only its beginning with an option gets no suggestion', async (t) => {
  t.strictSame(
    await help(
      t,
      'alert_channels: {email: {smtp_xyz: 1, use_case: 2}}\nalert_rules: 1\nendpoints: {a: {url: "http://x", max_age: 1, time: 5, follow_up: 1}}\nmaintainer: x',
    ),
    {
      smtp_xyz: '',
      use_case: '',
      alert_rules: '',
      max_age: '',
      time: '',
      follow_up: '',
      maintainer: '',
    },
  );
});

t.test('a file of another program is recognised, and its keys are not listed', async (t) => {
  const files: Readonly<Record<string, string>> = {
    'global: {scrape_interval: 15s}\nscrape_configs: []': 'Prometheus (prometheus.yml)',
    'global: {}\nroute: {receiver: a}\nreceivers: []': 'Alertmanager (alertmanager.yml)',
    'groups: [{name: a, rules: []}]': 'Prometheus (a file of rules)',
    'modules: {http_2xx: {prober: http}}': 'blackbox_exporter (blackbox.yml)',
    'services: {web: {image: nginx}}\nvolumes: {}': 'Docker Compose (docker-compose.yml)',
    'endpoints:\n  - {name: a, url: "http://x", conditions: ["[STATUS] == 200"]}': 'Gatus (config.yaml)',
    'tls_server_config: {cert_file: a}': 'the exporter-toolkit (web.yml)',
    '{"name": "a", "version": "1", "scripts": {}}': 'npm (package.json)',
    '- targets: [a:1]\n  labels: {job: a}': 'Prometheus (targets of file_sd_configs)',
    '{"version": "1.23.0", "notificationList": [], "monitorList": []}': 'Uptime Kuma (a backup)',
    'name: ci\non: push\njobs: {a: {runs-on: ubuntu}}': 'GitHub Actions',
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {}': 'Kubernetes',
  };
  for (const [text, program] of Object.entries(files)) {
    t.strictSame(await problems(t, text), [`f:1:1: this looks like another program's file: ${program}`], program);
  }
  t.strictSame(await problems(t, 'foo: 1\nbar: 2\nbaz: 3'), [
    "f:1:1: this looks like another program's file: none of its keys is known",
    'f:1:1 foo: unknown key',
    'f:2:1 bar: unknown key',
    'f:3:1 baz: unknown key',
  ]);
  t.match(
    (await problems(t, 'retries: 1\nfoo: 1\nbar: 2\nbaz: 3\nqux: 4\nxyzzy: 5'))[0],
    "f:1:1: this looks like another program's file: almost none of its keys is known",
  );
  t.strictSame(await help(t, 'track_throughput: true\nendpoints: {}'), {
    track_throughput: 'it belongs under performance_metrics',
  });
  t.strictSame(
    await problems(t, 'endpoints: {a: "http://x"}\nscrape_configs: []'),
    ['f:2:1 scrape_configs: unknown key'],
    'a file with mostly our keys counts as ours',
  );
});
