import { chmod, mkdir, readdir, rmdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { ExporterError, messageOf } from '../../src/base/errors.js';
import { loadConfig } from '../../src/config/load.js';
import { isRoot, nobody } from '../support/nobody.js';

const fixtures = 'test/fixtures/config/bad';
const environment = { CRM_HOST: 'crm', TIMEOUT: '1h', EMPTY: '' };

/** The messages for each file of the folder. Every line begins with the file's name. */
const answers: Readonly<Record<string, readonly string[]>> = {
  'heartbeats.yml': [
    ':2:1 heartbeat_token: the token contains spaces or characters that no header may have',
    ':4:3 heartbeats."nightly backup": names are 1 to 63 letters, digits and "_", ".", ":", "-"',
    ':5:3 heartbeats.backend: a component has the same name, and maintenance cannot distinguish the two',
    ':6:3 heartbeats.no_time.every: is missing',
    ':7:16 heartbeats.odd.every: must be a number of seconds or a duration such as 30s, not "often"',
    ':7:30 heartbeats.odd.grace: must be between 0s and 400d, not -1',
    ':7:44 heartbeats.odd.severity: must be warning or critical, not "info"',
    ':8:16 heartbeats.far.every: must be between 1s and 400d, not "500d"',
    ':9:31 heartbeats.both.token_file: token is given, too: use only one of them',
    ':10:33 heartbeats.gone.token_file: must be the name of a file that exists, not "secrets/none"',
    ':11:21 heartbeats.typo.max_runtme: unknown key, did you mean "max_runtime"?',
  ],
  'heartbeat-maintenance.yml': [
    ':4:44 maintenance_windows[0].components[2]: no component is called "nightly_bakup", did you mean "nightly_backup"?',
  ],
  'hidden.yml': [
    ':2:40 endpoints.a.depends_on[0]: no component is called "http://<secret>@crm/"',
    ':2:88 endpoints.a.expect.body_regex: must be a regular expression (unterminated character class)',
    ':3:6 endpoints.b: must be a URL that begins with http://, https://, ws://, grpc://, tcp://, tls://, icmp://, dns://, postgres:// or redis://, not "<secret>@crm"',
    ':5:21 probe.allowed_targets[0]: must be a pattern such as https://*.example.com/*, not "<secret>@crm/*"',
    ':5:49 probe.allowed_targets[1]: must be a pattern such as https://*.example.com/*, not "https://crm/?<secret>"',
    ':5:77 probe.allowed_targets[2]: must be a pattern such as https://*.example.com/*, not "<secret>@crm"',
    ':6:14 grafana_url: must be a URL without query and fragment, not "https://grafana/?<secret>"',
    ':7:15 runbooks_url: must be a URL such as https://monitoring.example.com:10059/runbooks, not "<secret>@crm"',
    ':8:21 alertmanager.url: must be a URL without query and fragment, not "http://alerts/?<secret>"',
    ':10:33 sql_sources.s.query: must begin with select or with, because a source only reads',
    ':12:66 transactions.t.steps[0].expect.body_regex: must be a regular expression (unterminated group)',
    ':13:62 maintenance_windows[0].duration: must be a number of seconds or a duration such as 30s, not "<secret>@crm/"',
  ],
  'json-sources.yml': [
    ':2:3 json_sources.ai_crm_own: names that begin with ai_crm are reserved for this exporter',
    ':3:36 json_sources.none.preset: must be ai_crm_metrics, ai_crm_agents_metrics or ai_crm_business_metrics, not "shop"',
    ':4:3 json_sources.nothing: needs metrics or a preset',
    ':5:15 json_sources.port.url: must be a URL that begins with http:// or https://, not "tcp://a:1?<secret>"',
    ':6:36 json_sources.head.method: the answer to HEAD has no body',
    ':7:54 json_sources.expect.expect: unknown key',
    ':8:39 json_sources.login.use_login: other credentials are given, too: use only one of them',
    ':8:56 json_sources.login.headers: an authorization header and other credentials contradict each other',
    ':9:68 json_sources.times.max_series: must be between 1 and 100000, not 0',
    ':10:51 json_sources.late.timeout: must be at most the interval of 5s, not "6s"',
    ':14:35 json_sources.paths.metrics[0].path: must be a JSONPath such as $.orders[*].count (unclosed bracketed selection), not "$.orders["',
    ':15:35 json_sources.paths.metrics[1].path: must be a JSONPath such as $.orders[*].count (it begins with $), not "orders"',
    ':15:50 json_sources.paths.metrics[1].value: must be a JSONPath such as $.orders[*].count (it is incomplete), not "$."',
    ':16:50 json_sources.paths.metrics[2].labels.x: must be a JSONPath such as $.orders[*].count (it begins with $), not "@.y"',
    ':16:67 json_sources.paths.metrics[2].labels.y.path: must be a JSONPath such as $.orders[*].count (bald descendant segment), not "$.."',
    ':16:86 json_sources.paths.metrics[2].labels.z: needs either path, parent and path, key, or text',
    ':16:108 json_sources.paths.metrics[2].labels.w: needs either path, parent and path, key, or text',
    ':16:124 json_sources.paths.metrics[2].labels.v: needs either path, parent and path, key, or text',
    ':17:79 json_sources.five.metrics[0].labels.u: must be a JSONPath or a mapping with path, parent, key or text, not 5',
    ':18:76 json_sources.inches.metrics[0].scale: must be a number or one of us, ms, minutes, hours, percent, kb, mb, gb, kib, mib, gib, not "inches"',
    ':22:52 json_sources.more.metrics[0].scale: works only with a JSONPath in value, because a count is a number already',
    ':22:63 json_sources.more.metrics[0].words: works only with a JSONPath in value, because a count is a number already',
    ':23:35 json_sources.more.metrics[1].path: must be a JSONPath such as $.orders[*].count (no such function \'nth\'), not "$[?nth(@) == 1]"',
    ':27:16 json_sources.names.metrics[0].name: must be letters, digits and "_", and not begin with a digit or "__", not "a-b"',
    ':28:16 json_sources.names.metrics[1].name: must be letters, digits and "_", and not begin with a digit or "__", not "__a"',
    ':29:16 json_sources.names.metrics[2].name: must be a name that ends in _total, as it is a counter, not "visits"',
    ':30:10 json_sources.names.metrics[3].name: only names of counters end in _total',
    ':31:10 json_sources.names.metrics[4].name: another metric has this name: choose another one',
    ':32:10 json_sources.names.metrics[5].name: names that begin with aicrm_ are reserved, and the exporter has no metric of this name',
    ':33:10 json_sources.names.metrics[6].name: another metric has this name: choose another one',
    ':34:9 json_sources.names.metrics[7].help: is missing: describe the metric in one sentence',
    ':35:54 json_sources.names.metrics[8].labels.job: Prometheus sets this label itself: choose another name',
    ':35:62 json_sources.names.metrics[8].labels.le: Prometheus sets this label itself: choose another name',
    ':35:69 json_sources.names.metrics[8].labels.__x: label names are letters, digits and "_", and do not begin with a digit or "__"',
    ':35:77 json_sources.names.metrics[8].labels."a b": label names are letters, digits and "_", and do not begin with a digit or "__"',
    ':36:79 json_sources.unnamed.metrics[0].labels."": a label must not be empty',
    ':40:38 json_sources.catalogue.metrics[0].help: aicrm_tasks is a metric of this exporter and already has a help text',
    ':40:73 json_sources.catalogue.metrics[0].labels.colour: aicrm_tasks has only the labels column',
    ':41:10 json_sources.catalogue.metrics[1].name: aicrm_agent_response_seconds is a histogram of this exporter, which cannot come from a document',
    ':42:10 json_sources.catalogue.metrics[2].name: aicrm_tasks_created_total is a counter of this exporter',
    ':43:48 json_sources.catalogue.metrics[3].labels.agent: aicrm_agents has no labels',
    ':49:22 json_sources.twice.metrics[2].help: differs from the other entry for same',
    ':50:43 json_sources.twice.metrics[3].labels: differs from the other entry for same',
    ':51:10 json_sources.twice.metrics[4].name: conflicts with same: OpenMetrics cannot distinguish the two',
    ':54:14 json_sources.types.metrics: must be a list of metrics, not a mapping',
    ':57:14 json_sources.empty.metrics: must not be an empty list',
    ':60:56 json_sources.words.metrics[0].words.up: must be a number, not "yes"',
    ':60:61 json_sources.words.metrics[0].words."": a word must not be empty',
    ':60:75 json_sources.words.metrics[0].type: must be gauge or counter, not "histogram"',
    ':60:94 json_sources.words.metrics[0].labels: must be a mapping of label names to JSONPaths, not a list',
  ],
  'alertmanager.yml': [
    ':2:8 alertmanager.url: the URL contains credentials; they belong under auth',
    ':3:8 alertmanager.job: must not be empty',
    ':4:3 alertmanager.tenant: unknown key',
  ],
  'alertmanager-timeout.yml': [
    ':4:12 alertmanager.timeout: must be at most the interval of 2s, not "3s"',
    ':5:10 alertmanager.auth.basic: needs either password or password_file',
  ],
  'broken.yml': [':2:12: a closing quote is missing'],
  'broken.json': [':4:5: a comma is missing'],
  'tabs.yml': [':2:1: tabs cannot indent, use spaces'],
  'tag.yml': [':1:12: tags ("!…") are not supported'],
  'aliases.yml': [
    ':2:6 endpoints.a: no anchor of this name before the alias',
    ':3:18 endpoints.b.url: the alias refers to itself',
    ':4:7 endpoints.c."<<": only mappings can be merged',
    ':5:3 endpoints.__proto__: unknown key',
  ],
  'list.yml': [':1:1: must be a mapping of settings, not a list'],
  'text.yml': [':1:1: must be a mapping of settings'],
  'endpoints-list.yml': [':1:12 endpoints: must be a mapping of component names to URLs, not a list'],
  'unknown-key.yml': [
    ':4:5 endpoints.backend.tiemout: unknown key, did you mean "timeout"?',
    ':5:5 endpoints.backend.password: unknown key, did you mean "auth.basic.password"?',
    ':6:1 retires: unknown key, did you mean "retries"?',
    ':7:1 xyz: unknown key',
  ],
  'wrong-type.yml': [
    ':3:10 endpoints.backend.url: must be a URL, not 8000',
    ':4:14 endpoints.backend.timeout: must be a number of seconds or a duration such as 30s, not "abc"',
    ':5:14 endpoints.backend.headers: must be a mapping of header names to values, not a list',
    ':6:23 endpoints.backend.follow_redirects: must be true or false, not "yes"',
    ':7:22 endpoints.backend.expect.status: must be a status code, a class such as 2xx, a range such as 200-299, or a list of them, not "ok"',
    ':7:32 endpoints.backend.expect.json: must be true, false or a mapping of paths to values',
    ':8:13 endpoints.frontend: must be a URL or a mapping with a url, not a list',
    ':9:12 endpoints.database: must be a URL or a mapping with a url, not empty',
    ':11:22 alert_thresholds.cpu_usage_percent: must be a number, not "high"',
    ':12:10 retries: must be a whole number, not "two"',
    ':14:10 alert_channels.slack: must be true, false or a mapping',
  ],
  'numbers.yml': [
    ':4:15 endpoints.backend.interval: must be between 1s and 1d, not "2d"',
    ':5:14 endpoints.backend.timeout: must be between 50ms and 5m, not "1ms"',
    ':6:21 endpoints.backend.max_body_bytes: must be between 1 and 104857600, not 1e9',
    ':8:21 alert_thresholds.response_time_ms: must be above 0 and at most 3600000, not -5',
    ':9:22 alert_thresholds.cpu_usage_percent: must be above 0 and at most 100, not 101',
    ':10:47 alert_thresholds.disk_usage_percent.critical: must be at least the warning of 90, not 80',
    ':11:23 alert_thresholds.error_rate_percent: must be a number or a mapping of warning and critical, not .inf',
    ':12:10 retries: must be a whole number, not 1.5',
    ':13:14 concurrency: must be between 1 and 10000, not 0',
    ':14:17 retention_days: must be between 1 and 3650, not -1',
    ':16:25 slo.availability_percent: must be above 0 and below 100, not 100',
  ],
  'timeout-above-interval.yml': [
    ':2:72 endpoints.backend.timeout: must be at most the interval of 10s, not "1m"',
    ':3:51 endpoints.frontend.timeout: must be at most the interval of 30s, not 31',
  ],
  'urls.yml': [
    ':2:6 endpoints.a: must be a URL that begins with http://, https://, ws://, grpc://, tcp://, tls://, icmp://, dns://, postgres:// or redis://, not "localhost:8000/health"',
    ':3:6 endpoints.b: must be tcp://host:21 with "starttls: ftp", without it for no TLS, or ftps://host for TLS from the first byte, not "<secret>@localhost/?<secret>"',
    ':4:6 endpoints.c: must be a URL such as http://localhost:8000/health, not "http:// localhost"',
    ':5:6 endpoints.d: must have a port between 1 and 65535',
    ':6:6 endpoints.e: must be tcp://host:port and nothing more, not "tcp://localhost"',
    ':7:6 endpoints.f: must be tcp://host:port and nothing more, not "tcp://localhost:5432/path"',
    ':8:6 endpoints.g: must have its credentials percent-encoded as UTF-8',
    ':9:36 endpoints.h.method: not an option of tcp:// endpoints',
    ':9:49 endpoints.h.tls: needs starttls, or a tls:// URL',
    ':10:3 endpoints."i j": names are 1 to 63 letters, digits and "_", ".", ":", "-"',
    ':11:3 endpoints.k.url: is missing',
    ':12:6 endpoints.l: must not be empty',
  ],
  'schemes.yml': [
    ':2:6 endpoints.a: must be tcp://host:587 with "starttls: smtp", without it for no TLS, or smtps://host for TLS from the first byte, not "smtp://mail:587"',
    ':3:6 endpoints.b: must be tcp://host:143 with "starttls: imap", without it for no TLS, or imaps://host for TLS from the first byte, not "<secret>@mail"',
    ':4:6 endpoints.c: must be tcp://host:110 with "starttls: pop3", without it for no TLS, or pop3s://host for TLS from the first byte, not "pop3://mail"',
    ':5:6 endpoints.d: must be tcp://host:389 with "starttls: ldap", without it for no TLS, or ldaps://host for TLS from the first byte, not "ldap://directory"',
    ':6:6 endpoints.e: must be tls://host:port, which has TLS from the first byte, not "mqtts://broker"',
    ':7:6 endpoints.f: must be tls://host:port, which has TLS from the first byte, not "<secret>@queue/crm"',
    ':8:6 endpoints.g: must be tcp://host:port, not "<secret>@host"',
    ':9:6 endpoints.h: must be a service over TCP: of services over UDP only dns:// can be probed, not "ntp://clock"',
    ':10:6 endpoints.i: must be icmp://host, not "ping://host"',
    ':11:6 endpoints.j: must be a URL that begins with http://, https://, ws://, grpc://, tcp://, tls://, icmp://, dns://, postgres:// or redis://, not "git:3000/health"',
    ':12:28 endpoints.k.starttls: smtps:// has TLS from the first byte; starttls is for tcp://host:port, which begins without',
    ':13:30 endpoints.l.starttls: https:// has TLS from the first byte; starttls is for tcp://host:port, which begins without',
    ':14:38 endpoints.m.starttls: not an option of postgresql:// endpoints',
  ],
  'records.yml': [
    ':2:45 endpoints.a.records[0]: must be an IPv4 address such as 10.0.0.7, as A records are, not "crm.test"',
    ':2:55 endpoints.a.records[1]: must be an IPv4 address such as 10.0.0.7, as A records are, not "fd00::7"',
    ':3:55 endpoints.b.records[0]: must be an IPv6 address such as 2001:db8::7, as AAAA records are, not "10.0.0.7"',
    ':4:53 endpoints.c.records[0]: must be a priority and a name such as "10 mail.example.com", as MX records are, not "10.0.0.7"',
    ':4:63 endpoints.c.records[1]: must be a priority and a name such as "10 mail.example.com", as MX records are, not "mail.test"',
    ':4:74 endpoints.c.records[2]: must be a priority and a name such as "10 mail.example.com", as MX records are, not "10 10.0.0.7"',
    ':5:53 endpoints.d.records[0]: must be a name such as ns1.example.com, as NS records are, not "10.0.0.7"',
    ':6:54 endpoints.e.records[0]: must be priority, weight, port and a name such as "0 5 5060 sip.example.com", as SRV records are, not "5060 sip.test"',
    ':7:72 endpoints.f.records[0]: must be a name such as crm.example.com, as PTR records are, not "fd00::7"',
    ':8:56 endpoints.g.records[0]: must be a name such as crm.example.com, as CNAME records are, not "two names"',
    ':9:54 endpoints.h.records[0]: must be seven fields such as "ns1.example.com admin.example.com 7 3600 900 604800 300", as SOA records are, not "ns1.test"',
    ':11:6 endpoints.j: must ask for a name: that of 10.0.0.7 is 7.0.0.10.in-addr.arpa?type=PTR',
  ],
  'duplicate-component.yml': [
    ':4:3 endpoints.backend: duplicate key, first on line 2',
    ':5:10 retries: must be a whole number, not "many"',
  ],
  'dependencies.yml': [
    ':2:61 endpoints.backend.depends_on[0]: no component is called "databse", did you mean "database"?',
    ':2:70 endpoints.backend.depends_on[1]: no component is called "nothing-like-it"',
    ':4:30 endpoints.a.depends_on: cycle: a -> b -> c -> a',
    ':7:30 endpoints.d.depends_on: cycle: d -> d',
  ],
  'variables.yml': [
    ':2:12 endpoints.backend: environment variable CRM_PORT is not set',
    ':3:53 endpoints.frontend.timeout: must be between 50ms and 5m, not what "${TIMEOUT}" stands for',
    ':4:15 endpoints.pm_gateway: "${" must be followed by a variable name and "}"; for the characters themselves write "$${"',
    ':5:19 endpoints.database.url: environment variable DATABASE is not set',
    ':5:57 endpoints.database.auth.bearer.token: must not be empty',
  ],
  'secrets.yml': [
    ':2:73 endpoints.a.auth.basic.password_file: must be the name of a file that exists, not "secrets/nowhere"',
    ':3:77 endpoints.b.auth.basic.password_file: password is given, too: use only one of them',
    ':4:37 endpoints.c.auth.bearer: needs either token or token_file',
    ':5:30 endpoints.d.auth: needs either basic, bearer or oauth2',
    ':6:42 endpoints.e.auth: the URL contains credentials, too: use only one of them',
    ':7:58 endpoints.f.auth.bearer.token_file: must be the name of a file that is not empty, not "../secrets/empty"',
    ':8:58 endpoints.g.auth.bearer.token_file: is a folder, not a file',
    ':9:36 endpoints.h.auth: must be a mapping',
    ':10:37 endpoints.i.auth.bearer: the token contains spaces or characters that no header may have',
    ':10:74 endpoints.i.headers: an authorization header and other credentials contradict each other',
    ':11:55 endpoints.j.auth.basic.username: must not contain a colon',
  ],
  'component-notes.yml': [
    ':4:15 endpoints.shop.severity: must be critical or warning, not "page"',
    ':5:20 endpoints.shop.labels.team: must be text of 1 to 64 characters on one line, not ""',
    ':5:30 endpoints.shop.labels.tier: must be text of 1 to 64 characters on one line, not a list',
    ':5:35 endpoints.shop.labels.job: unknown key; possible are team, service, owner, tier and environment',
    ':6:12 endpoints.shop.group: must be text of 1 to 64 characters on one line, not "two\\nlines"',
    ':7:18 endpoints.shop.runbook_url: the URL contains credentials, which everybody who is notified would see',
    ':8:33 endpoints.shop.slo.availability_percent: must be above 0 and below 100, not 100',
    ':10:72 alert_channels.slack_ops.mention: must be @here, @channel, <@U012AB3CD> or <!subteam^S012AB3CD>, not "everybody"',
    ':10:83 alert_channels.slack_ops.team: unknown key, did you mean "labels.team"?',
    ':11:3 alert_channels.console_two: unknown key; possible are email, slack, webhook, console, watchdog, pagerduty, opsgenie, teams, telegram, discord, pushover, sns and receiver; for a second channel of one kind add a name of your own, as in slack_ops',
    ':12:3 alert_channels.slack_: unknown key; the name after slack_ must be 1 to 31 lower-case letters, digits and "_", not beginning with "_", as in slack_ops',
  ],
  'certificate-days.yml': [
    ':1:101 endpoints.shop.thresholds.certificate_expiry_days.critical: must be at most the warning of 7, not 14',
    ':2:69 alert_channels.slack_ops.components[0]: no component is called "shpo", did you mean "shop"?',
  ],
  'tls.yml': [
    ':2:46 endpoints.a.tls.ca_file: must be the name of a file that exists, not "nowhere.pem"',
    ':3:46 endpoints.b.tls.ca_file: must be the name of a PEM file with a certificate, not "../secrets/token"',
    ':4:46 endpoints.c.tls.ca_file: must be the name of a file with valid certificates, not "../tls/broken.pem"',
    ':5:31 endpoints.d.tls: needs both cert_file and key_file',
    ':6:77 endpoints.e.tls.key_file: must be the name of the file with the unencrypted private key of cert_file, not "../tls/other.key"',
  ],
  'dialogs.yml': [
    ':2:25 endpoints.a.tls: needs starttls, or a tls:// URL',
    ':3:25 endpoints.b.starttls: tls:// has TLS from the first byte; starttls is for tcp://host:port, which begins without',
    ':4:24 endpoints.c.dialog: not an option of http:// endpoints',
    ':4:45 endpoints.c.starttls: not an option of http:// endpoints',
    ':5:6 endpoints.d: must be tls://host:port and nothing more, not "tls://a"',
    ':6:6 endpoints.e: must be imaps://host or host:port and nothing more, not "<secret>@a"',
    ':7:35 endpoints.f.starttls: must be smtp, imap, pop3, ftp, ldap or postgres, not "http"',
    ':8:33 endpoints.g.dialog: must not be an empty list',
    ':9:34 endpoints.h.dialog[0]: needs send, expect or both',
    ':9:45 endpoints.h.dialog[1].send: has a "\\" that is none of \\r, \\n, \\t, \\0, \\\\ and \\xHH',
    ':9:68 endpoints.h.dialog[2].expect: must be a regular expression (unterminated group)',
    ':10:46 endpoints.i.dialog[0].sned: unknown key, did you mean "send"?',
    ':10:62 endpoints.i.dialog[1]: must be a mapping with send, expect or both',
    ':11:26 endpoints.j.tls: not an option of grpc:// endpoints',
    ':11:61 endpoints.j.expect: not an option of grpc:// endpoints',
    ':12:6 endpoints.k: must be grpc://host:port or grpc://host:port/package.Service, not "grpc://a"',
    ':13:6 endpoints.l: must be a URL such as http://localhost:8000/health, not "grpcs://a:1/crm Tasks"',
    ':14:6 endpoints.m: must be grpcs://host:port or grpcs://host:port/package.Service, not "grpcs://a:1/crm.Tasks/Check"',
    ':15:6 endpoints.n: must be grpc://host:port or grpc://host:port/package.Service, not "grpc://a:1/?<secret>"',
    ':16:22 endpoints.o.tls: not an option of ws:// endpoints',
    ':16:57 endpoints.o.method: not an option of ws:// endpoints',
    ':16:79 endpoints.o.dialog[0]: needs send, expect or both',
    ':17:6 endpoints.p: must be a URL such as wss://crm.example.com/live, not "ws://a:0"',
    ':18:34 endpoints.q.auth: the URL contains credentials, too: use only one of them',
    ':19:6 endpoints.r: must be icmp://host and nothing more, not "icmp://a:7"',
    ':20:24 endpoints.s.tls: not an option of icmp:// endpoints',
  ],
  'http.yml': [
    ':2:38 endpoints.a.method: must be GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS, not "FETCH"',
    ':3:40 endpoints.b.headers."bad name": not a header name',
    ':4:51 endpoints.c.expect.body_regex: must be a regular expression (unterminated group)',
    ':5:53 endpoints.d.expect.json: the answer to HEAD has no body',
    ':5:65 endpoints.d.expect.body_not_regex: the answer to HEAD has no body',
    ':5:85 endpoints.d.page: the answer to HEAD has no body',
    ':6:47 endpoints.e.expect.status: must not be an empty list',
    ':7:40 endpoints.f.headers.Content-Length: the exporter sets this header itself',
    ':7:67 endpoints.f.headers.x-a: duplicate header, case does not matter',
    ':7:80 endpoints.f.headers.X-B: contains characters that no header may have',
    ':8:61 endpoints.g.expect.status: must be a range that begins with the smaller code, not "299-200"',
    ':9:48 endpoints.h.expect.status[0]: must be a status code, a class such as 2xx, a range such as 200-299, not "2x"',
    ':9:52 endpoints.h.expect.status[1]: must be a status code, a class such as 2xx, a range such as 200-299, not "6xx"',
    ':9:57 endpoints.h.expect.status[2]: must be between 100 and 599, not 700',
    ':9:62 endpoints.h.expect.status[3]: must be a range that begins with the smaller code, not "300-200"',
    ':9:90 endpoints.h.expect.headers.Server: must be a regular expression, true or false',
    ':9:93 endpoints.h.expect.headers."A b": not a header name',
    ':10:47 endpoints.i.expect.status: must be a status code, a class such as 2xx, a range such as 200-299, or a list of them, not "ok"',
    ':10:81 endpoints.i.expect.headers: must be a mapping of header names to regular expressions, true or false',
    ':11:55 endpoints.j.expect.body_not_regex: must be a regular expression (unterminated character class)',
    ':11:75 endpoints.j.expect.headers.X-A: must be a regular expression (unterminated group)',
    ':11:80 endpoints.j.expect.headers.x-a: duplicate header, case does not matter',
    ':13:21 probe.allowed_targets[0]: must be a pattern such as https://*.example.com/*, not "localhost"',
    ':13:32 probe.allowed_targets[1]: must be a pattern such as https://*.example.com/*, not "ftp://*/"',
    ':13:44 probe.allowed_targets[2]: must be a pattern such as https://*.example.com/*, not "http://*/?<secret>"',
    ':14:21 probe.modules.login.interval: unknown key',
    ':15:16 host.rootfs: must be an absolute path, not "host"',
    ':15:35 host.mountpoints: must be a list of mount points, not "/"',
  ],
  'ways.yml': [
    ':2:33 endpoints.a.proxy_url: must be environment, or an HTTP proxy such as http://proxy.example.com:3128, not "<secret>@proxy:1080"',
    ':3:33 endpoints.b.proxy_url: must be environment, or an HTTP proxy such as http://proxy.example.com:3128, not "socks5://proxy:3128"',
    ':4:33 endpoints.c.proxy_url: must be environment, or an HTTP proxy such as http://proxy.example.com:3128, not "proxy:3128"',
    ':5:25 endpoints.d.proxy_url: not an option of tcp:// endpoints',
    ':6:34 endpoints.e.ip_version: must be 4 or 6, not 5',
    ':7:32 endpoints.f.ip_version: the URL has an address of IPv4',
    ':8:29 endpoints.g.ip_version: the URL has an address of IPv6',
    ':9:22 endpoints.h.ip_version: proxy_url is given as well: the proxy connects, not the exporter',
    ':10:36 endpoints.i.http_version: must be 1.1 or 2, not 3',
    ':11:26 endpoints.j.http_version: not an option of grpc:// endpoints',
    ':12:22 endpoints.k.enable_http2: unknown key, did you mean "http_version"?',
    ':13:22 endpoints.l.proxy_from_environment: unknown key, did you mean "proxy_url"?',
    ':14:22 endpoints.m.oauth2: unknown key, did you mean "auth.oauth2"?',
    ':15:22 endpoints.n.auth: needs either basic, bearer or oauth2',
    ':16:99 endpoints.o.auth.oauth2.client_secret_file: client_secret is given, too: use only one of them',
    ':17:29 endpoints.p.auth.oauth2: needs either client_secret or client_secret_file',
    ':18:29 endpoints.q.auth.oauth2.client_id: is missing',
    ':18:49 endpoints.q.auth.oauth2.token_url: must be a URL such as https://login.example.com/oauth2/token',
    ':19:108 endpoints.r.auth.oauth2.scopes[0]: must be a scope, without blanks',
    ':20:34 endpoints.s.auth: the URL contains credentials, too: use only one of them',
    ':21:32 endpoints.t.auth.oauth2: not an option of redis://',
    ':22:49 endpoints.u.auth.oauth2.token_url: the URL contains credentials; they belong under client_id and client_secret',
    ':23:101 endpoints.v.headers: an authorization header and other credentials contradict each other',
    ':24:117 endpoints.w.auth.oauth2.endpoint_params.scope: the exporter sends this parameter itself',
  ],
  'maintenance.yml': [
    ':2:52 maintenance_windows[0].components[0]: no component is called "bakend", did you mean "backend"?',
    ':3:12 maintenance_windows[1].cron: must be a cron expression such as "0 2 * * 6" (five fields are needed: minute hour day month weekday), not "0 2 * * 6 2027"',
    ':4:12 maintenance_windows[2].cron: must be a cron expression such as "0 2 * * 6" (Invalid value for hour: 25), not "0 25 * * *"',
    ':5:12 maintenance_windows[3].cron: must be a cron expression such as "0 2 * * 6" (no date matches), not "0 0 31 2 *"',
    ':5:51 maintenance_windows[3].time_zone: must be an IANA time zone such as Europe/Berlin, not "Europe/Berlni"',
    ':6:5 maintenance_windows[4].duration: is missing',
    ':7:35 maintenance_windows[5].duration: must be between 1m and 7d, not "10s"',
    ':8:5 maintenance_windows[6]: needs either cron and duration, or weekly, or once',
    ':9:22 maintenance_windows[7].weekly.days[0]: must be sun, mon, tue, wed, thu, fri or sat, not "someday"',
    ':9:39 maintenance_windows[7].weekly.start: must be a time such as 22:00, not "25:00"',
    ':9:73 maintenance_windows[7].components: must be "all" or a list of component names, not "backend"',
    ':10:12 maintenance_windows[8].once: must be a day of the calendar and times such as 22:00, not "2027-02-30T22:00/02:00"',
    ':11:12 maintenance_windows[9].once: must be a time that ends after it begins, not "2027-01-03T22:00/2027-01-03T21:00"',
    ':11:49 maintenance_windows[9].duration: works only with cron; once has its own end',
    ':12:12 maintenance_windows[10].once: must be at most 7d long, not "2027-01-03T22:00/2027-02-03T21:00"',
    ':13:12 maintenance_windows[11].once: must be a time such as 2027-01-03T22:00/02:00, not "tonight"',
  ],
  'channels.yml': [
    ':2:20 alert_channels.email.enabled: must be true or false, not "yes"',
    ':2:36 alert_channels.email.smtp_port: must be between 1 and 65535, not 0',
    ':2:52 alert_channels.email.severities[0]: must be info, warning or critical, not "fatal"',
    ':2:67 alert_channels.email.hello: must be a host name such as alerts.example.com, not "mail server"',
    ':3:24 alert_channels.slack.webhook_url: contains no http:// or https:// URL',
    ':4:3 alert_channels.webhook.url: is required while the channel is enabled',
    ':5:24 alert_channels.console.log_level: must be debug, info, warning, warn, error or critical, not "loud"',
    ':6:3 alert_channels.pager: unknown key, did you mean "pagerduty"?',
    ':7:45 performance_metrics.track_response_times: must be true or false, not "perhaps"',
    ':7:73 performance_metrics.track_error_rates: must be true or false, not 1',
    ':8:14 grafana_url: must be a URL such as https://grafana.example.com, not "grafana.example.com"',
  ],
  'service-channels.yml': [
    ':2:3 alert_channels.pagerdutty: unknown key, did you mean "pagerduty"?',
    ':3:3 alert_channels.opsgenie_oncall.api_key: is required while the channel is enabled',
    ':4:24 alert_channels.teams.webhook_url: contains no http:// or https:// URL',
    ':5:43 alert_channels.telegram.chat_id: must be a whole number, not "@ops"',
    ':5:51 alert_channels.telegram.optoins: unknown key, did you mean "options"?',
    ':6:3 alert_channels.pushover.token: is required while the channel is enabled',
    ':6:33 alert_channels.pushover.user_key_file: user_key is given, too: use only one of them',
    ':7:20 alert_channels.sns.topic_arn: must be an ARN such as arn:aws:sns:eu-central-1:123456789012:crm, not "crm"',
    ':8:3 alert_channels.sns_two: needs both access_key and secret_key, or neither',
    ':9:27 alert_channels.receiver.integration: must be what Alertmanager calls it, such as victorops for victorops_configs, not "VictorOps"',
    ':9:47 alert_channels.receiver.options: must be a mapping, not a list',
    ':10:3 alert_channels.receiver_jira.options: is required while the channel is enabled',
    ':11:3 alert_channels.oncall: unknown key; possible are email, slack, webhook, console, watchdog, pagerduty, opsgenie, teams, telegram, discord, pushover, sns and receiver; for a second channel of one kind add a name of your own, as in slack_ops',
    ':12:3 alert_channels.jira: unknown key, did you mean "receiver"?',
  ],
  'channel-switches.yml': [
    ':2:3 alert_channels.watchdog: true is not enough: write a mapping with url or url_file',
    ':3:3 alert_channels.slack_ops: true is not enough: write a mapping with webhook_url or webhook_url_file',
    ':4:3 alert_channels.pagerduty: true is not enough: write a mapping with routing_key or routing_key_file',
    ':5:3 alert_channels.telegram: true is not enough: write a mapping with bot_token or bot_token_file, and chat_id',
    ':6:3 alert_channels.pushover: true is not enough: write a mapping with user_key or user_key_file, and token or token_file',
    ':7:3 alert_channels.sns: true is not enough: write a mapping with topic_arn',
    ':8:3 alert_channels.receiver: true is not enough: write a mapping with integration, and options',
  ],
  'channel-headers.yml': [
    ':2:11 alert_channels.slack.webhook_url: must not be empty while the channel is enabled',
    ':3:15 alert_channels.pagerduty.routing_key: must not be empty while the channel is enabled',
    ':4:69 alert_channels.pushover.severities: must not be an empty list',
    ':8:15 alert_channels.webhook.headers.User-Agent: Alertmanager writes this header itself',
    ':8:30 alert_channels.webhook.headers.Authorization: Alertmanager can send it only with a scheme, as in "Bearer …"',
    ':8:54 alert_channels.webhook.headers.Content-Type: Alertmanager sends application/json and nothing else',
    ':9:64 alert_channels.webhook_basic.headers.authorization: the credentials are not user:password in Base64',
  ],
  'channel-options.yml': [
    ':2:43 alert_channels.telegram.chat_id: must not be 0, which is not a chat',
    ':3:101 alert_channels.discord.options.webhook_url_file: webhook_url is given, too: use only one of them',
    ':10:59 alert_channels.pushover.options.http_config.authorization.credentials_file: credentials is given, too: use only one of them',
  ],
  'channel-values.yml': [
    ':2:3 alert_channels.email: needs both username and password, or neither',
    ':3:18 alert_channels.email.smtp_server: must be a host name such as smtp.example.com; the port is smtp_port',
    ':5:11 alert_channels.email.from: must be an address such as ops@example.com or Ops <ops@example.com>',
    ':6:60 alert_channels.email.recipients[2]: must be an address such as ops@example.com or Ops <ops@example.com>',
    ':6:84 alert_channels.email.recipients[3]: must be an address such as ops@example.com or Ops <ops@example.com>',
    ':7:54 alert_channels.webhook.headers.x-a: duplicate header, case does not matter',
    ':7:68 alert_channels.webhook.headers.Host: Alertmanager writes this header itself',
    ':7:74 alert_channels.webhook.headers.Host: contains characters that no header may have',
    ':8:3 alert_channels.console: needs both username and password, or neither',
    ':8:18 alert_channels.console.url: the URL contains credentials; they belong under username and password',
    ':9:28 alert_channels.watchdog.severities: unknown key; possible are enabled, url and url_file',
    ':10:14 grafana_url: the URL contains credentials, which everybody who is notified would see',
  ],
  'channel-url.yml': [
    ':2:18 alert_channels.console.url: must be a URL such as http://localhost:10059/alerts',
    ':3:3 alert_channels.watchdog.url: is required while the channel is enabled',
    ':4:14 grafana_url: must be a URL without query and fragment, not "http://grafana/?<secret>"',
    ':5:15 runbooks_url: must be a URL such as https://monitoring.example.com:10059/runbooks, not "/runbooks"',
  ],
  'databases.yml': [
    ':2:6 endpoints.a: must have one sslmode of disable, require, verify-ca and verify-full; instead of prefer or allow use require or disable',
    ':3:6 endpoints.b: must have no sslrootcert; use tls.ca_file here',
    ':4:3 endpoints.c: names no user: postgres://user@host/database, or auth.basic',
    ':5:6 endpoints.d: must have a host: sockets of the file system are not supported',
    ':6:6 endpoints.e: must be postgres://user@host:port/database, not "<secret>@localhost:0/crm/more"',
    ':7:6 endpoints.f: must be redis://host:port/number or rediss://, not "<secret>@localhost/crm"',
    ':8:6 endpoints.g: must have the number of its database after the "/": redis://host:port/number',
    ':9:52 endpoints.h.auth: the URL contains credentials, too: use only one of them',
    ':10:43 endpoints.i.auth.bearer: not an option of postgres://',
    ':10:70 endpoints.i.method: not an option of postgres:// endpoints',
    ':10:83 endpoints.i.max_body_bytes: not an option of postgres:// endpoints',
    ':11:40 endpoints.j.auth: needs basic',
    ':12:61 endpoints.k.auth.basic.username: must not be empty',
    ':13:60 endpoints.l.tls: contradicts sslmode=disable of the URL',
    ':14:33 endpoints.m.tls: not an option of redis://, use rediss://',
    ':15:49 endpoints.n.tls.ca_file: must be the name of a file that exists, not "nowhere.pem"',
    ':15:63 endpoints.n.expect: not an option of rediss:// endpoints',
    ':16:6 endpoints.o: must have its credentials percent-encoded as UTF-8',
    ':17:6 endpoints.p: must begin with tcp:// and end with its port: of databases, only PostgreSQL and Redis have a probe of their own; for others the exporter only connects',
  ],
  'sql-sources.yml': [
    ':2:12 sql_sources.a.url: must be a URL such as postgres://user@host:5432/database, not "<secret>@localhost"',
    ':3:69 sql_sources.b.query: the preset already has this: remove it here',
    ':4:54 sql_sources.c.preset: must be ai_crm_tables, not "ai_crm_table"',
    ':5:3 sql_sources.d: needs query and metrics, or a preset',
    ':6:30 sql_sources.e.query: must begin with select or with, because a source only reads',
    ':8:98 sql_sources.g.metrics[0].labels.password: must be text, not 5',
    ':9:58 sql_sources.h.metrics: must not be an empty list',
    ':10:76 sql_sources.i.timeout: must be at most the interval of 10s, not 20',
    ':11:63 sql_sources.j.max_rows: must be between 1 and 100000, not 0',
    ':11:66 sql_sources.j.timout: unknown key, did you mean "timeout"?',
    ':12:3 sql_sources.ai_crm_k: names that begin with ai_crm are reserved for this exporter',
    ':13:58 sql_sources.l.auth.basic: needs either password or password_file',
    ':14:3 sql_sources.m.url: is missing',
    ':15:66 sql_sources.n.metrics[0].help: is missing: describe the metric in one sentence',
    ':16:12 sql_sources.o.url: must be postgres://user@host:port/database, not "<secret>@x/a/b"',
    ':17:94 sql_sources.p.exclude_accounts: works only with a preset; exclude accounts in your own query',
  ],
  'request-sources.yml': [
    ':4:3 request_sources.none: needs either access_log or stub_status',
    ':5:3 request_sources.both: needs either access_log or stub_status',
    ':6:3 request_sources.shop: json_sources or sql_sources has a source of this name as well',
    ':7:3 request_sources.ai_crm_log: names that begin with ai_crm are reserved for this exporter',
    ':8:38 request_sources.form.pattern: must be a regular expression (unterminated group), not "(?<status>"',
    ':9:30 request_sources.group.pattern: needs a group for the status code: (?<status>\\d{3})',
    ':10:23 request_sources.page.stub_status: must be a URL that begins with http:// or https://, not "<secret>@x"',
    ':10:44 request_sources.page.pattern: only for access_log: stub_status has a fixed form',
    ':11:42 request_sources.file.log: unknown key, did you mean "access_log"?',
  ],
  'name.yml': [':1:7 name: must be one line of 1 to 60 characters, not "Web\\nshop\\n"'],
  'transactions.yml': [
    ':2:18 transactions.empty.steps: must not be an empty list',
    ':3:3 transactions."bad name": names are 1 to 63 letters, digits and "_", ".", ":", "-"',
    ':4:9 transactions.text: must be a mapping with steps, not "http://x/?<secret>"',
    ':5:43 transactions.a.steps[0].nmae: unknown key, did you mean "name"?',
    ':6:20 transactions.base.base_url: must be a URL without credentials, query and {{…}}, not "<secret>@x/?<secret>"',
    ':7:29 transactions.b.base_url: must be a URL that begins with http:// or https://, not "ftp://x"',
    ':7:77 transactions.b.steps[0].timeout: must be at most the timeout of the transaction, 5s, not 6',
    ':8:16 transactions.c.timeout: must be at most the interval of 30s, not 40',
    ':8:80 transactions.c.steps[0].path: must be a path such as /tasks?archived=true, not "a?<secret>"',
    ':8:102 transactions.c.steps[0].timeout: must be at most the timeout of the transaction, 40s, not 41',
    ':11:24 transactions.urls.steps[0].url: must be a URL that begins with http:// or https://, not "localhost/?<secret>"',
    ':12:24 transactions.urls.steps[1].url: must not have {{…}} before its path',
    ':13:9 transactions.urls.steps[2]: needs either url or path',
    ':14:9 transactions.urls.steps[3]: needs either url or path',
    ':15:19 transactions.urls.steps[4].path: needs base_url in this transaction',
    ':16:24 transactions.urls.steps[5].url: must be a URL that begins with http:// or https://, not "tcp://x:1"',
    ':17:24 transactions.urls.steps[6].url: must not have {{…}} before its path',
    ':20:24 transactions.names.steps[0].url: no step captures {{tokn}}, did you mean "token"?',
    ':20:67 transactions.names.steps[0].capture.run_id: the exporter itself provides this name',
    ':21:16 transactions.names.steps[1].name: another step already has the name a',
    ':21:47 transactions.names.steps[1].capture.token: step a captures this name already',
    ':21:83 transactions.names.steps[1].headers.X: {{own}} is captured by step a, which does not come before this one',
    ':22:24 transactions.names.steps[2].url: "{{" must be followed by a name and "}}"; for the characters themselves write "{{{{"',
    ':22:64 transactions.names.steps[2].json.list[1]: {{later}} is captured by step b, which does not come before this one',
    ':22:78 transactions.names.steps[2].json."{{nothing}}": no step captures {{nothing}}',
    ':23:60 transactions.names.steps[3].auth.bearer.token: no step captures {{tokne}}, did you mean "token"?',
    ':25:16 transactions.names.cleanup[0].name: another step already has the name b',
    ':25:24 transactions.names.cleanup[0].url: {{last}} is captured by step d, which does not come before this one',
    ':29:47 transactions.captures.steps[0].capture.1a: names of captures are 1 to 63 letters, digits and "_", without a digit at the beginning',
    ':29:88 transactions.captures.steps[0].capture.f: must be a JSONPath, or a mapping with json or header, not 5',
    ':32:50 transactions.capture_paths.steps[0].capture.a: must be a JSONPath such as $.access_token (it begins with $), not "access_token"',
    ':32:71 transactions.capture_paths.steps[0].capture.token: must be a JSONPath such as $.access_token (unclosed bracketed selection), not "$.a["',
    ':32:79 transactions.capture_paths.steps[0].capture.c: needs either json or header',
    ':32:106 transactions.capture_paths.steps[0].capture.d: needs either json or header',
    ':32:125 transactions.capture_paths.steps[0].capture.e.header: must be the name of a header, not "x y"',
    ':35:45 transactions.bodies.steps[0].method: a GET request has no body',
    ':36:52 transactions.bodies.steps[1].json: body is given, too: use only one of them',
    ':37:37 transactions.bodies.steps[2].body: with {{…}} in it needs a Content-Type of application/json, application/x-www-form-urlencoded or text/plain, which says how to escape them',
    ':38:37 transactions.bodies.steps[3].body: with {{…}} in it needs a Content-Type of application/json, application/x-www-form-urlencoded or text/plain, which says how to escape them',
    ':39:37 transactions.bodies.steps[4].json: contains .inf or .nan, which JSON does not have',
    ':39:54 transactions.bodies.steps[4].headers: the content type contradicts json',
    ':40:58 transactions.bodies.steps[5].expect.body_regex: must be a regular expression (unterminated group)',
    ':43:43 transactions.json.steps[0].json: must be a mapping',
    ':44:48 transactions.json.steps[1].use_login: must be true or false, not "maybe"',
    ':47:37 transactions.login.steps[0].use_login: needs the section ai_crm with a login',
    ':48:37 transactions.login.steps[1].use_login: contradicts the other credentials of this step',
  ],
  'ai-crm-anonymous.yml': [
    ':5:3 ai_crm.collect: needs ai_crm.login, because with api: real every request needs a login',
  ],
  'ai-crm-both.yml': [
    ':1:40 ai_crm.login: needs either username and password, or token',
    ':1:103 ai_crm.headers: use either an authorization header or a login, not both',
  ],
  'ai-crm-budget.yml': [
    ':1:59 ai_crm.requests_per_hour: 162 requests an hour are needed for check_intervals (agents 30, pm_gateway 12, database 120), but requests_per_hour allows only 100: make the intervals longer or raise requests_per_hour',
  ],
  'ai-crm-incomplete.yml': [
    ':3:3 ai_crm.login.username: is missing',
    ':3:30 ai_crm.login.password_file: password is given, too: use only one of them',
  ],
  'ai-crm-intervals.yml': [
    ':1:1 check_intervals: 2778 requests an hour are needed for check_intervals (agents 2058, database 720), but requests_per_hour allows only 500: make the intervals longer or raise requests_per_hour',
  ],
  'ai-crm-tcp.yml': [
    ':2:8 ai_crm.url: must be a URL such as http://localhost:8000 or https://crm.example.com/api, not "tcp://localhost:8000"',
  ],
  'ai-crm-text.yml': [':1:9 ai_crm: must be a mapping, not "<secret>@localhost"'],
  'ai-crm-token.yml': [
    ':3:3 ai_crm.login: the token contains spaces or characters that no header may have',
    ':4:18 ai_crm.tls.ca_file: must be the name of a PEM file with a certificate, not "../secrets/token"',
  ],
  'ai-crm-url.yml': [
    ':2:8 ai_crm.url: must be a URL without query and fragment, not "http://localhost:8000/api?<secret>"',
    ':4:10 retries: must be a whole number, not "many"',
  ],
  'ai-crm-components.yml': [':2:51 ai_crm.components[0]: no component is called "bakend", did you mean "backend"?'],
  'ai-crm-values.yml': [
    ':2:8 ai_crm.url: the URL contains credentials; they belong under login',
    ':3:8 ai_crm.api: must be auto, real or documented, not "fake"',
    ':4:11 ai_crm.login.usrname: unknown key, did you mean "username"?',
    ':4:39 ai_crm.login.password: must be text',
    ':4:54 ai_crm.login.token_file: must not be empty',
    ':5:20 ai_crm.collect[1]: must be tasks, agents, users, pm_gateway or database, not "usres"',
    ':6:12 ai_crm.timeout: must be between 50ms and 5m, not "1ms"',
    ':7:22 ai_crm.requests_per_hour: must be between 10 and 1000000, not 5',
    ':8:24 ai_crm.sample_task.title: must not be empty',
    ':8:28 ai_crm.sample_task.body: unknown key',
    ':9:20 ai_crm.headers.X-Key: must be text, not a list',
    ':10:9 ai_crm.tls.ca: unknown key, did you mean "ca_file"?',
    ':11:19 ai_crm.max_body_bytes: must be between 1 and 104857600, not 0',
  ],
};

async function refusalOf(file: string, directory: string): Promise<ExporterError> {
  try {
    await loadConfig(file, { environment, directory });
  } catch (error) {
    if (error instanceof ExporterError) return error;
    throw error;
  }
  throw new Error(`${file} was accepted`);
}

/** The same for files without permission: root may read everything, so the test runs as nobody for a moment. */
function refusalForNobody(file: string, directory: string): Promise<ExporterError> {
  if (isRoot) process.seteuid?.(nobody);
  return refusalOf(file, directory).finally(() => isRoot && process.seteuid?.(0));
}

for (const [file, lines] of Object.entries(answers)) {
  t.test(`answers ${file} with all of its problems`, async (t) => {
    const error = await refusalOf(file, fixtures);
    t.equal(error.code, 'config_invalid');
    t.equal(error.message, lines.map((line) => `${file}${line}`).join('\n'));
    t.ok(error.expose);
    t.notMatch(error.message, /hunter2/, 'every secret of the fixtures is hunter2');
  });
}

t.test('every bad file has its answer here', async (t) => {
  t.strictSame(Object.keys(answers).sort(), (await readdir(fixtures)).sort());
});

t.test('a value that is already reported causes no further messages', async (t) => {
  const texts: Readonly<Record<string, string>> = {
    'check_intervals: {health_checks: x}\nendpoints: {a: {url: "http://x", timeout: 40}}':
      ':1:34 check_intervals.health_checks: must be a number of seconds or a duration such as 30s, not "x"',
    'endpoints: {a: {url: 5}, b: {url: "http://x", depends_on: [a]}}': ':1:22 endpoints.a.url: must be a URL, not 5',
    'endpoints: 5\nmaintenance_windows: [{cron: "0 2 * * 6", duration: 2h, components: [b]}]':
      ':1:12 endpoints: must be a mapping of component names to URLs, not 5',
    'endpoints: {a: {url: "http://x", depends_on: ["${UNSET}"]}}':
      ':1:47 endpoints.a.depends_on[0]: environment variable UNSET is not set',
    'endpoints: {a: {url: "${UNSET}"}}': ':1:22 endpoints.a.url: environment variable UNSET is not set',
    'endpoints:\nmaintenance_windows: [{cron: "0 2 * * 6", duration: 2h, components: [b]}]':
      ':1:11 endpoints: must be a mapping of component names to URLs, not empty',
  };
  for (const [text, answer] of Object.entries(texts)) {
    const error = await refusalOf('monitoring.yml', t.testdir({ 'monitoring.yml': text }));
    t.equal(error.message, `monitoring.yml${answer}`);
  }
});

t.test('a file counts as that of another program only if nearly all of its top-level keys are unknown', async (t) => {
  const firstLines: Readonly<Record<string, string>> = {
    'apples: 1\npears: 2': "monitoring.yml:1:1: this looks like another program's file: none of its keys is known",
    'apples: 1': 'monitoring.yml:1:1 apples: unknown key',
    'apples: 1\npears: 2\nretries: 2': 'monitoring.yml:1:1 apples: unknown key',
    'a: 1\nb: 1\nc: 1\nd: 1\ne: 1\nretries: 2':
      "monitoring.yml:1:1: this looks like another program's file: almost none of its keys is known",
    'a: 1\nb: 1\nc: 1\nd: 1\nretries: 2': 'monitoring.yml:1:1 a: unknown key',
    'retries: many\nconcurrency: many': 'monitoring.yml:1:10 retries: must be a whole number, not "many"',
    'host: {apples: 1, pears: 2, plums: 3}': 'monitoring.yml:1:8 host.apples: unknown key',
  };
  for (const [text, line] of Object.entries(firstLines)) {
    const { message } = await refusalOf('monitoring.yml', t.testdir({ 'monitoring.yml': text }));
    t.equal(message.split('\n')[0], line, text);
  }
});

t.test('environment variables are replaced in values, not in keys', async (t) => {
  const directory = t.testdir({ 'monitoring.yml': 'endpoints: {"${CRM_HOST}": "http://crm.test/"}' });
  const { message } = await refusalOf('monitoring.yml', directory);
  t.match(message, 'endpoints."${CRM_HOST}": names are 1 to 63 letters');
});

t.test('a secret that a command does not need may be missing, and causes no messages', async (t) => {
  const directory = t.testdir({
    'monitoring.yml': `endpoints:
  a: {url: "http://crm.test/", auth: {bearer: {token: "\${UNSET}"}}}
  b: {url: "\${UNSET}", expect: {json: true}}
  c: {url: "https://crm.test/", tls: {ca_file: closed, cert_file: closed}}
ai_crm: {url: "https://crm.test", api: real, login: {username: u, password_file: closed}, tls: {cert_file: closed}}
alert_channels: {slack: {webhook_url: "\${UNSET}"}}
`,
    'wrong.yml': 'endpoints: {a: {url: "${UNSET}"}, b: {url: 5}}',
    closed: 's3cret',
  });
  await chmod(join(directory, 'closed'), 0);
  const refusalWith = async (needed: readonly string[], file = 'monitoring.yml') => {
    if (isRoot) process.seteuid?.(nobody);
    try {
      await loadConfig(file, {
        environment,
        directory,
        needs: ([section]) => needed.includes(String(section)),
      });
      return [];
    } catch (error) {
      return messageOf(error).split(/ (?=monitoring.yml)/);
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  };
  t.same(await refusalWith([]), []);
  t.same(await refusalWith([], 'wrong.yml'), ['wrong.yml:1:44 endpoints.b.url: must be a URL, not 5']);
  t.same(await refusalWith(['alert_channels']), [
    'monitoring.yml:6:39 alert_channels.slack.webhook_url: environment variable UNSET is not set',
  ]);
  const closed = 'must be the name of a file that can be read (EACCES), not "closed"';
  t.same(await refusalWith(['endpoints', 'ai_crm']), [
    'monitoring.yml:2:55 endpoints.a.auth.bearer.token: environment variable UNSET is not set',
    'monitoring.yml:3:12 endpoints.b.url: environment variable UNSET is not set',
    'monitoring.yml:4:33 endpoints.c.tls: needs both cert_file and key_file',
    `monitoring.yml:4:48 endpoints.c.tls.ca_file: ${closed}`,
    `monitoring.yml:4:67 endpoints.c.tls.cert_file: ${closed}`,
    `monitoring.yml:5:82 ai_crm.login.password_file: ${closed}`,
    'monitoring.yml:5:91 ai_crm.tls: needs both cert_file and key_file',
    `monitoring.yml:5:108 ai_crm.tls.cert_file: ${closed}`,
  ]);
});

t.test(
  'a file with a secret or certificate that cannot be read is reported once, with the reason and nothing else',
  async (t) => {
    const pair = '{cert_file: closed, key_file: closed}';
    const places: Readonly<Record<string, string>> = {
      'endpoints.a.auth.basic.password_file':
        'endpoints: {a: {url: "http://x", auth: {basic: {username: u, password_file: closed}}}}',
      'endpoints.a.auth.bearer.token_file': 'endpoints: {a: {url: "http://x", auth: {bearer: {token_file: closed}}}}',
      'endpoints.b.auth.basic.password_file':
        'endpoints: {b: {url: "postgres://x/y", auth: {basic: {username: u, password_file: closed}}}}',
      'endpoints.c.auth.basic.password_file':
        'endpoints: {c: {url: "redis://x", auth: {basic: {username: "", password_file: closed}}}}',
      'endpoints.a.tls.ca_file': 'endpoints: {a: {url: "https://x", tls: {ca_file: closed}}}',
      'ai_crm.login.password_file': 'ai_crm: {url: "http://x", api: real, login: {username: u, password_file: closed}}',
      'ai_crm.login.token_file': 'ai_crm: {url: "http://x", login: {token_file: closed}}',
      'ai_crm.tls.ca_file': 'ai_crm: {url: "https://x", api: documented, tls: {ca_file: closed}}',
      'alertmanager.auth.basic.password_file':
        'alertmanager: {url: "http://x", auth: {basic: {username: u, password_file: closed}}}',
      'alert_channels.email.password_file':
        'alert_channels: {email: {smtp_server: x, recipients: [a@b.example], username: u, password_file: closed}}',
      'alert_channels.console.password_file': 'alert_channels: {console: {username: u, password_file: closed}}',
      'alert_channels.slack.webhook_url_file': 'alert_channels: {slack: {webhook_url_file: closed}}',
      'alert_channels.webhook.url_file': 'alert_channels: {webhook: {url_file: closed}}',
      'alert_channels.watchdog.url_file': 'alert_channels: {watchdog: {url_file: closed}}',
    };
    const directory = t.testdir({
      closed: 's3cret',
      ...Object.fromEntries(Object.values(places).map((text, index) => [`${index}.yml`, text])),
      'pair.yml': `endpoints: {a: {url: "https://x", tls: ${pair}}}`,
    });
    await chmod(join(directory, 'closed'), 0);
    for (const [index, place] of Object.keys(places).entries()) {
      const { message } = await refusalForNobody(`${index}.yml`, directory);
      t.equal(
        message.replace(/^\S+ /, ''),
        `${place}: must be the name of a file that can be read (EACCES), not "closed"`,
      );
    }
    const both = (await refusalForNobody('pair.yml', directory)).message
      .split('\n')
      .map((line) => line.replace(/^\S+ (\S+): .*/, '$1'));
    t.same(both, ['endpoints.a.tls.cert_file', 'endpoints.a.tls.key_file']);
  },
);

t.test('the message about a value of the wrong type says what it must be', async (t) => {
  const endpoint = (options: string) => `endpoints: {a: {url: "http://crm.test", ${options}}}`;
  const oauth2 = 'token_url: "http://crm.test", client_id: a, client_secret: b';
  const answers: Readonly<Record<string, string>> = {
    'transactions: {a: {steps: 5}}': 'transactions.a.steps: must be a list of steps, not 5',
    'alert_channels: {slack: {groups: a}}': 'alert_channels.slack.groups: must be a list of groups, not "a"',
    [endpoint(`auth: {oauth2: {${oauth2}, endpoint_params: 5}}`)]:
      'endpoints.a.auth.oauth2.endpoint_params: must be a mapping of names to values',
    'ai_crm: {url: "http://crm.test", components: a}': 'ai_crm.components: must be a list of component names, not "a"',
  };
  for (const [text, answer] of Object.entries(answers)) {
    const { message } = await refusalOf('f.yml', t.testdir({ 'f.yml': text }));
    t.equal(message.replace(/^\S+ /, ''), answer, text);
  }
});

t.test("a source must not have a name of the exporter's own sources", async (t) => {
  for (const name of ['alertmanager', 'prometheus']) {
    const source = `{url: "http://crm.test", metrics: [{name: x, help: X., path: $.x}]}`;
    const directory = t.testdir({ 'monitoring.yml': `json_sources: {${name}: ${source}}` });
    const { message } = await refusalOf('monitoring.yml', directory);
    t.equal(message, `monitoring.yml:1:16 json_sources.${name}: this name is reserved for this exporter`);
  }
});

t.test('a channel with both a password and a password file is reported', async (t) => {
  const directory = t.testdir({
    'monitoring.yml': 'alert_channels: {console: {username: u, password: s3cret, password_file: x}}',
  });
  const { message } = await refusalOf('monitoring.yml', directory);
  t.equal(
    message,
    'monitoring.yml:1:59 alert_channels.console.password_file: password is given, too: use only one of them',
  );
});

t.test('reports that a file given explicitly is missing', async (t) => {
  const error = await refusalOf('nowhere/monitoring.yml', fixtures);
  t.match(error, { code: 'config_missing', message: 'nowhere/monitoring.yml: no such file', expose: true });
  const below = await refusalOf('list.yml/monitoring.yml', fixtures);
  t.match(below, { code: 'config_missing', message: 'list.yml/monitoring.yml: no such file', expose: true });
});

t.test('reports that a folder is not a file', async (t) => {
  const error = await refusalOf('.', fixtures);
  t.match(error, { code: 'config_unreadable', message: '.: is a directory', expose: true });
});

t.test('reports that a file may not be read', async (t) => {
  const directory = t.testdir({ 'monitoring.yml': '' });
  await chmod(join(directory, 'monitoring.yml'), 0);
  const error = await refusalForNobody('monitoring.yml', directory);
  t.match(error, { code: 'config_unreadable', message: 'monitoring.yml: permission denied', expose: true });
});

t.test('reports why a file cannot be read', async (t) => {
  const directory = t.testdir({});
  await symlink('loop.yml', join(directory, 'loop.yml'));
  const error = await refusalOf('loop.yml', directory);
  t.match(error, { code: 'config_unreadable', message: 'loop.yml: cannot be read (ELOOP)', expose: true });
});

t.test('a default file that is a folder is reported, not skipped', async (t) => {
  const directory = t.testdir({ 'monitoring-config.json': '{}' });
  await mkdir(join(directory, 'monitoring.yml'));
  await t.rejects(loadConfig(undefined, { environment, directory }), {
    code: 'config_unreadable',
    message: `${join(directory, 'monitoring.yml')}: is a directory`,
  });
  await rmdir(join(directory, 'monitoring.yml'));
  await symlink('monitoring.yml', join(directory, 'monitoring.yml'));
  await t.rejects(loadConfig(undefined, { environment, directory }), {
    message: `${join(directory, 'monitoring.yml')}: cannot be read (ELOOP)`,
  });
});

t.test('hostile text gives one clear line', async (t) => {
  const laughs = [...'bcdefghi'].map(
    (name, index) => `${name}: &${name} [${Array(10).fill(`*${'abcdefghi'[index]}`).join(', ')}]`,
  );
  const texts: Readonly<Record<string, readonly [text: string | Buffer, answer: string | RegExp]>> = {
    'a billion laughs': [
      `a: &a [x, x]\n${laughs.join('\n')}`,
      'monitoring.yml:1:1: the aliases expand to far more text than the file has',
    ],
    'a NUL byte': ['endpoints:\n  a: http://x\0\n', 'monitoring.yml:2:14: control character U+0000: remove it'],
    'five megabytes': [`# ${'x'.repeat(5 * 1024 * 1024)}`, 'monitoring.yml: larger than 4 MiB'],
    'ten thousand brackets': ['['.repeat(10_000), /^monitoring\.yml:1:\d+: nested too deeply$/],
    'bytes that are not UTF-8': [Buffer.from([0x61, 0x3a, 0x20, 0xff]), 'monitoring.yml: not UTF-8 text'],
    'UTF-16': [Buffer.from('\uFEFFa: b', 'utf16le'), 'monitoring.yml: not UTF-8 text'],
    'two documents': ['retries: 1\n---\nretries: 2\n', 'monitoring.yml:2:1: more than one document, remove the "---"'],
    'a key that is a list': ['? [a]\n: 1', 'monitoring.yml:1:3: a key must be text'],
    'a problem after a byte order mark': [
      '\uFEFFretries: x',
      'monitoring.yml:1:10 retries: must be a whole number, not "x"',
    ],
    'a problem after Windows line ends': [
      'host:\r\n  enabled: 5\r\n',
      'monitoring.yml:2:12 host.enabled: must be true or false, not 5',
    ],
    'an overlong value on two lines': [
      `retries: "${'x'.repeat(100)}\\n"`,
      `monitoring.yml:1:10 retries: must be a whole number, not "${'x'.repeat(59)}…"`,
    ],
    'a key with a line end': ['"a\\nb": 1', 'monitoring.yml:1:1 "a\\nb": unknown key'],
  };
  for (const [name, [text, answer]] of Object.entries(texts)) {
    const directory = t.testdir({});
    await writeFile(join(directory, 'monitoring.yml'), text);
    const error = await refusalOf('monitoring.yml', directory);
    t.match(error, { code: 'config_invalid', expose: true }, name);
    if (typeof answer === 'string') t.equal(error.message, answer, name);
    else t.match(error.message, answer, name);
  }
});

t.test('follows a chain of ten thousand dependencies to its end', async (t) => {
  const entries = Array.from(
    { length: 10_000 },
    (_, index) => `  c${index}: {url: "http://x/", depends_on: [c${index + 1}]}\n`,
  );
  const directory = t.testdir({ 'monitoring.yml': `endpoints:\n${entries.join('')}` });
  const error = await refusalOf('monitoring.yml', directory);
  t.equal(
    error.message,
    'monitoring.yml:10001:42 endpoints.c9999.depends_on[0]: no component is called "c10000", did you mean "c1000"?',
  );
});
