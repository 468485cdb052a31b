import t from 'tap';
import { otherProgram } from '../../src/config/foreign-file.js';

const known = ['name', 'endpoints', 'retries', 'concurrency', 'maintenance_windows'];

function programOf(file: unknown): string | undefined {
  return otherProgram(file, known)?.replace(/^this looks like another program's file: /, '');
}

/** The smallest files that are recognised. */
const recognised: Readonly<Record<string, readonly unknown[]>> = {
  'Prometheus (targets of file_sd_configs)': [[{ targets: ['crm:80'] }]],
  'Prometheus (prometheus.yml)': [{ scrape_configs: [] }, { rule_files: [] }, { remote_write: [] }],
  'Alertmanager (alertmanager.yml)': [
    { receivers: [], route: {} },
    { receivers: [], global: {} },
    { receivers: [], inhibit_rules: [] },
    { route: {}, templates: [] },
  ],
  'Prometheus (a file of rules)': [{ groups: [{ name: 'a', rules: [] }] }],
  'blackbox_exporter (blackbox.yml)': [{ modules: { web: { prober: 'http' } } }],
  'Docker Compose (docker-compose.yml)': [
    { services: { web: { image: 'a' } } },
    { services: { other: {}, web: { build: '.' } } },
  ],
  'Gatus (config.yaml)': [{ endpoints: [{ conditions: [] }] }],
  'the exporter-toolkit (web.yml)': [{ tls_server_config: {} }, { http_server_config: {} }, { basic_auth_users: {} }],
  'OpenTelemetry Collector': [{ receivers: {}, exporters: {}, service: {} }],
  'Grafana (provisioning)': [
    { apiVersion: 1, datasources: [] },
    { apiVersion: 1, providers: [] },
  ],
  'Grafana (a dashboard)': [{ panels: [], schemaVersion: 39 }],
  Kubernetes: [
    { apiVersion: 'v1', kind: 'Service' },
    { apiVersion: 'v1', kind: 'List', providers: [] },
  ],
  'Uptime Kuma (a backup)': [{ monitorList: [] }],
  'snmp_exporter (snmp.yml)': [{ auths: {}, modules: {} }],
  json_exporter: [{ modules: { web: { metrics: [] } } }],
  'Helm (Chart.yaml)': [{ apiVersion: 'v2', name: 'a', version: '1' }],
  'GitHub Actions': [{ jobs: { build: { 'runs-on': 'a' } } }],
  'npm (package.json)': [
    { name: 'a', version: '1', dependencies: {} },
    { name: 'a', version: '1', scripts: {} },
    { name: 'a', version: '1', devDependencies: {} },
  ],
};

for (const [program, files] of Object.entries(recognised))
  t.test(`a file of ${program} is recognised by its keys`, (t) => {
    for (const file of files) t.equal(programOf(file), program, JSON.stringify(file));
    t.end();
  });

t.test('half of its keys are not enough to recognise another program', (t) => {
  const files: readonly unknown[] = [
    {},
    [],
    [{ targets: 'crm:80' }],
    null,
    'scrape_configs',
    { receivers: [] },
    { route: {} },
    { templates: [] },
    { global: {}, inhibit_rules: [] },
    { groups: [{ name: 'a' }] },
    { groups: null },
    { modules: { web: {} } },
    { modules: { web: { metrics: {} } } },
    { modules: {} },
    { auths: {} },
    { services: { web: {} } },
    { endpoints: { a: { conditions: [] } } },
    { endpoints: [{ url: 'a' }] },
    { receivers: {}, exporters: {} },
    { receivers: {}, service: {} },
    { exporters: {}, service: {} },
    { service: {} },
    { apiVersion: 1 },
    { datasources: [] },
    { kind: 'Service' },
    { kind: 'Service', providers: [] },
    { panels: [] },
    { schemaVersion: 39 },
    { apiVersion: 1, version: 1 },
    { apiVersion: 1, name: 'a', other: 1 },
    { name: 'a', version: '1', other: 1 },
    { name: 'a', scripts: {}, other: 1 },
    { version: '1', scripts: {} },
    { jobs: { build: {} } },
  ];
  for (const file of files) t.equal(programOf(file), undefined, JSON.stringify(file));
  t.end();
});

t.test('a file of this program with one key of another program is not taken for the other', (t) => {
  t.equal(programOf({ scrape_configs: [], retries: 1 }), undefined);
  t.equal(programOf({ scrape_configs: [], maintenance_windows: [] }), undefined);
  t.equal(programOf({ scrape_configs: [], global: {}, retries: 1 }), 'Prometheus (prometheus.yml)');
  t.equal(programOf({ endpoints: [{ conditions: [] }], alerting: {} }), 'Gatus (config.yaml)');
  t.end();
});
