type Mapping = Readonly<Record<string, unknown>>;

/** Other programs, and the check that recognises their files. */
const programs: readonly { readonly name: string; readonly isIt: (file: Mapping) => boolean }[] = [
  {
    name: 'Prometheus (prometheus.yml)',
    isIt: (file) => 'scrape_configs' in file || 'rule_files' in file || 'remote_write' in file,
  },
  {
    name: 'Alertmanager (alertmanager.yml)',
    isIt: (file) =>
      ('receivers' in file && ('route' in file || 'global' in file || 'inhibit_rules' in file)) ||
      ('route' in file && 'templates' in file),
  },
  { name: 'Prometheus (a file of rules)', isIt: ({ groups }) => entries(groups).some((group) => 'rules' in group) },
  {
    name: 'blackbox_exporter (blackbox.yml)',
    isIt: ({ modules }) => entries(modules).some((each) => 'prober' in each),
  },
  {
    name: 'Docker Compose (docker-compose.yml)',
    isIt: ({ services }) => entries(services).some((each) => 'image' in each || 'build' in each),
  },
  {
    name: 'Gatus (config.yaml)',
    isIt: ({ endpoints }) => Array.isArray(endpoints) && entries(endpoints).some((each) => 'conditions' in each),
  },
  {
    name: 'the exporter-toolkit (web.yml)',
    isIt: (file) => 'tls_server_config' in file || 'http_server_config' in file || 'basic_auth_users' in file,
  },
  { name: 'OpenTelemetry Collector', isIt: (file) => 'receivers' in file && 'exporters' in file && 'service' in file },
  {
    name: 'Grafana (provisioning)',
    isIt: (file) => 'apiVersion' in file && !('kind' in file) && ('datasources' in file || 'providers' in file),
  },
  { name: 'Grafana (a dashboard)', isIt: (file) => 'panels' in file && 'schemaVersion' in file },
  { name: 'Kubernetes', isIt: (file) => 'apiVersion' in file && 'kind' in file },
  { name: 'Uptime Kuma (a backup)', isIt: (file) => 'monitorList' in file },
  { name: 'snmp_exporter (snmp.yml)', isIt: (file) => 'auths' in file && 'modules' in file },
  { name: 'json_exporter', isIt: ({ modules }) => entries(modules).some((each) => Array.isArray(each['metrics'])) },
  { name: 'Helm (Chart.yaml)', isIt: (file) => 'apiVersion' in file && 'name' in file && 'version' in file },
  { name: 'GitHub Actions', isIt: ({ jobs }) => entries(jobs).some((each) => 'runs-on' in each) },
  {
    name: 'npm (package.json)',
    isIt: (file) =>
      'name' in file && 'version' in file && ('dependencies' in file || 'scripts' in file || 'devDependencies' in file),
  },
];

const looksLike = "this looks like another program's file: ";

/**
 * The message for another program's file, if it is recognised and fewer than half of its keys are known here. A list of
 * its unknown keys would not help. Undefined for other files.
 */
export function otherProgram(raw: unknown, known: readonly string[]): string | undefined {
  const isTargets = Array.isArray(raw) && entries(raw).some(({ targets }) => Array.isArray(targets));
  if (isTargets) return `${looksLike}Prometheus (targets of file_sd_configs)`;
  if (!isMapping(raw)) return undefined;
  const program = programs.find(({ isIt }) => isIt(raw));
  if (program === undefined) return undefined;
  const keys = Object.keys(raw);
  const knownCount = keys.filter(
    (key) => known.includes(key) && !(key === 'endpoints' && Array.isArray(raw[key])),
  ).length;
  if (knownCount * 2 >= keys.length) return undefined;
  return looksLike + program.name;
}

/** The mappings in a list or mapping. */
function entries(value: unknown): readonly Mapping[] {
  return typeof value === 'object' && value !== null ? Object.values(value).filter(isMapping) : [];
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
