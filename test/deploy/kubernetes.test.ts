import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join, normalize, relative } from 'node:path';
import t, { type Test as Tap } from 'tap';
import { parse, parseAllDocuments } from 'yaml';
import { alertmanagerConfig } from '../../deploy/kubernetes/manifests/alertmanager-config.js';
import { manifests, manifestsFolder } from '../../deploy/kubernetes/manifests/index.js';
import { defaultAlertmanagerVersion, parseAlertmanagerVersion } from '../../src/alertmanager/alertmanager-file.js';
import { renderAlertmanager } from '../../src/alertmanager/render.js';
import { defaultPort } from '../../src/cli/options.js';
import { loadConfig } from '../../src/config/load.js';
import { main } from '../support/main-program.js';
import { missing, run } from '../support/programs.js';

const base = 'deploy/kubernetes/base';
const pair = 'deploy/kubernetes/overlays/ha';

/** A kustomization with the options used here. Any other option is a mistake. */
interface Kustomization {
  readonly resources?: readonly string[];
  readonly patches?: readonly { readonly path: string }[];
  readonly configurations?: readonly string[];
  readonly configMapGenerator?: readonly { readonly name: string; readonly files: readonly string[] }[];
  readonly generatorOptions?: { readonly labels?: Labels };
}
const optionsInUse = [
  'apiVersion',
  'kind',
  'resources',
  'patches',
  'configurations',
  'configMapGenerator',
  'generatorOptions',
  'labels',
];

type Labels = Readonly<Record<string, string>>;

/** A manifest. Tests check the paths that they read. */
interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Labels };
  readonly spec: Record<string, unknown>;
}

const read = async (path: string): Promise<unknown> => parse(await readFile(path, 'utf8'));

/** Every file of a kustomization, directly or through others, including itself. */
async function filesOf(folder: string): Promise<readonly string[]> {
  const own = join(folder, 'kustomization.yml');
  const {
    resources = [],
    patches = [],
    configurations = [],
    configMapGenerator = [],
  } = (await read(own)) as Kustomization;
  const found = [own];
  for (const name of [
    ...patches.map(({ path }) => path),
    ...configurations,
    ...configMapGenerator.flatMap(({ files }) => files),
  ])
    found.push(join(folder, name));
  for (const name of resources) {
    const path = normalize(join(folder, name));
    if ((await stat(path)).isDirectory()) found.push(...(await filesOf(path)));
    else found.push(path);
  }
  return found;
}

/** The manifests of a kustomization, including those of others that it lists. */
async function resourcesOf(folder: string): Promise<readonly Manifest[]> {
  const { resources = [] } = (await read(join(folder, 'kustomization.yml'))) as Kustomization;
  const found: Manifest[] = [];
  for (const name of resources) {
    const path = join(folder, name);
    if ((await stat(path)).isDirectory()) found.push(...(await resourcesOf(path)));
    else found.push(...parseAllDocuments(await readFile(path, 'utf8')).map((document) => document.toJS() as Manifest));
  }
  return found;
}

const all = await resourcesOf(pair);
const one = (kind: string): Manifest =>
  all.find((manifest) => manifest.kind === kind) ?? (t.fail(`there is a ${kind}`) as never);
const pod = (one('Deployment').spec as { template: { metadata: { labels: Labels }; spec: Record<string, unknown> } })
  .template;
const [container] = pod.spec['containers'] as readonly Record<string, unknown>[];

t.test('every file in a kustomization exists where kustomize may read it, and no file is unused', async (t) => {
  const used = await filesOf(pair);
  for (const path of used) {
    t.ok((await stat(path)).isFile(), path);
    if (!path.endsWith('kustomization.yml')) continue;
    t.same(
      Object.keys((await read(path)) as object).filter((key) => !optionsInUse.includes(key)),
      [],
      `options of ${path}`,
    );
    const {
      patches = [],
      configurations = [],
      configMapGenerator = [],
      resources = [],
    } = (await read(path)) as Kustomization;
    const files = [
      ...patches.map(({ path: file }) => file),
      ...configurations,
      ...configMapGenerator.flatMap(({ files }) => files),
      ...resources.filter((name) => name.endsWith('.yml')),
    ];
    t.same(
      files.filter((file) => file.startsWith('..')),
      [],
      `${path} names no file above its folder`,
    );
  }
  const there = (await readdir('deploy/kubernetes', { recursive: true }))
    .filter((name) => name.endsWith('.yml'))
    .map((name) => join('deploy/kubernetes', name));
  t.same(
    there.filter((path) => !used.includes(path)),
    [],
  );
  const boards = (await readdir('grafana/dashboards'))
    .filter((name) => name.endsWith('.json'))
    .map((name) => join('grafana/dashboards', name));
  t.same(
    boards.filter((path) => !used.includes(path)),
    [],
    'boards without a ConfigMap',
  );
});

t.test('no object has a namespace, and no two objects have the same name', async (t) => {
  t.same(
    all.filter(({ metadata }) => metadata.namespace !== undefined),
    [],
  );
  const names = all.map(({ kind, metadata: { name } }) => `${kind}/${name}`);
  t.same(
    names.filter((name, index) => names.indexOf(name) !== index),
    [],
  );
  t.same([...new Set(all.map(({ kind }) => kind))].sort(), [
    'AlertmanagerConfig',
    'Deployment',
    'NetworkPolicy',
    'PodDisruptionBudget',
    'PrometheusRule',
    'Service',
    'ServiceMonitor',
  ]);
});

t.test('selectors find the pods and the Service, and ports are those of the program', async (t) => {
  const labels = pod.metadata.labels;
  const affinity = (await read(join(pair, 'pair.yml'))) as Manifest;
  for (const [what, selector] of [
    ['Deployment', at(one('Deployment'), 'spec.selector.matchLabels')],
    ['Service', at(one('Service'), 'spec.selector')],
    ['NetworkPolicy', at(one('NetworkPolicy'), 'spec.podSelector.matchLabels')],
    ['PodDisruptionBudget', at(one('PodDisruptionBudget'), 'spec.selector.matchLabels')],
    [
      'anti-affinity',
      at(
        affinity,
        'spec.template.spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution.0.labelSelector.matchLabels',
      ),
    ],
  ] as const)
    t.same(selector, labels, what);
  t.same(at(one('ServiceMonitor'), 'spec.selector.matchLabels'), one('Service').metadata.labels, 'ServiceMonitor');

  t.match(container?.['ports'], [{ name: 'metrics', containerPort: defaultPort }]);
  t.match(at(one('Service'), 'spec.ports'), [{ name: 'metrics', port: defaultPort, targetPort: 'metrics' }]);
  t.match(at(one('ServiceMonitor'), 'spec.endpoints'), [{ port: 'metrics', path: '/metrics' }]);
  t.match(at(one('NetworkPolicy'), 'spec.ingress.0.ports'), [{ port: 'metrics' }]);
  t.match(
    { live: at(container, 'livenessProbe.httpGet'), ready: at(container, 'readinessProbe.httpGet') },
    { live: { path: '/-/healthy', port: 'metrics' }, ready: { path: '/-/ready', port: 'metrics' } },
  );
  t.match(
    at(one('AlertmanagerConfig'), 'spec.receivers.2.webhookConfigs.0.url'),
    `http://${one('Service').metadata.name}:${defaultPort}/alerts`,
  );
});

t.test('the pod runs without rights, on a read-only file system, within measured limits', async (t) => {
  t.match(pod.spec['securityContext'], {
    runAsNonRoot: true,
    runAsUser: 65534,
    seccompProfile: { type: 'RuntimeDefault' },
  });
  t.match(container?.['securityContext'], {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
  t.equal(pod.spec['automountServiceAccountToken'], false);
  for (const forbidden of ['hostNetwork', 'hostPID', 'hostIPC']) t.notOk(forbidden in pod.spec, forbidden);
  t.same(
    (pod.spec['volumes'] as object[]).flatMap((volume) => Object.keys(volume).filter((key) => key !== 'name')),
    ['configMap', 'secret', 'emptyDir'],
    'no folder of the node',
  );
  t.match(container?.['resources'], { requests: { cpu: /^\d+m$/, memory: /^\d+Mi$/ }, limits: { memory: /^\d+Mi$/ } });
  t.notOk('cpu' in (at(container, 'resources.limits') as object), 'CPU is not limited');
});

t.test('the program finds its configuration where it is mounted, and accepts it', async (t) => {
  const mounts = new Map(
    (container?.['volumeMounts'] as { name: string; mountPath: string }[]).map(({ name, mountPath }) => [
      name,
      mountPath,
    ]),
  );
  t.same(container?.['args'], [`--config.file=${mounts.get('config')}/monitoring.yml`]);
  const folder = join(base, 'exporter');
  const { configMapGenerator = [] } = (await read(join(folder, 'kustomization.yml'))) as Kustomization;
  t.match(configMapGenerator, [{ name: at(pod.spec, 'volumes.0.configMap.name'), files: ['monitoring.yml'] }]);
  const text = await readFile(join(folder, 'monitoring.yml'), 'utf8');
  t.match(await loadConfig('monitoring.yml', { environment: {}, directory: folder }), {
    host: { enabled: false },
    components: { length: 3 },
  });
  // Also with the examples, and with the secret in a folder of this machine.
  const secrets = t.testdir({ crm_password: 's3cret' });
  t.ok(text.includes(`${mounts.get('secrets')}/crm_password`), 'the example of a secret is where secrets are mounted');
  await writeFile(
    join(secrets, 'monitoring.yml'),
    text
      .replace(/^#(?=[a-z ])(?! )/gm, '')
      .replace(/^#(?= {2})/gm, '')
      .replace(mounts.get('secrets') ?? '', secrets),
  );
  t.match(await loadConfig('monitoring.yml', { environment: {}, directory: secrets }), {
    aiCrm: {},
    alertmanager: { job: 'ai-crm' },
  });
});

t.test('targets have the job and interval of the Prometheus example', async (t) => {
  const { scrape_configs: jobs } = (await read('prometheus/prometheus.yml')) as {
    scrape_configs: { job_name: string; scrape_interval: string; scrape_timeout: string }[];
  };
  const [job] = jobs;
  const jobLabel = String(at(one('ServiceMonitor'), 'spec.jobLabel'));
  t.equal(one('Service').metadata.labels?.[jobLabel], job?.job_name);
  t.match(at(one('ServiceMonitor'), 'spec.endpoints'), [
    {
      interval: job?.scrape_interval,
      scrapeTimeout: job?.scrape_timeout,
      relabelings: [{ sourceLabels: ['__meta_kubernetes_pod_name'], targetLabel: 'instance' }],
    },
  ]);
});

t.test('rules and routing are generated, byte for byte (else: npm run kubernetes)', async (t) => {
  const made = await manifests();
  for (const [name, text] of made)
    t.ok((await readFile(join(manifestsFolder, name), 'utf8').catch(() => '')) === text, name);
  const { resources = [] } = (await read(join(manifestsFolder, 'kustomization.yml'))) as Kustomization;
  t.same([...resources].sort(), [...made.keys()].sort(), 'and the kustomization lists them');
});

t.test(
  'a rule is the same as in its file, except for the namespace of an alert and the interval of its group',
  async (t) => {
    const { global } = (await read('prometheus/prometheus.yml')) as { global: { evaluation_interval: string } };
    const rules = all.filter(({ kind }) => kind === 'PrometheusRule');
    const sources = await readdir('prometheus/rules');
    t.equal(rules.length, sources.length);
    for (const file of sources) {
      const name = `ai-crm-${file.replace('.yml', '').replace('.', '-')}`;
      const groups = at(
        rules.find(({ metadata }) => metadata.name === name),
        'spec.groups',
      ) as { interval: string; rules: { alert?: string; labels?: Labels }[] }[];
      const original = (await read(join('prometheus/rules', file))) as {
        groups: { interval?: string; rules: { labels?: Labels }[] }[];
      };
      for (const [index, group] of original.groups.entries()) {
        t.equal(groups[index]?.interval, group.interval ?? global.evaluation_interval, `${file}: interval`);
        for (const [position, rule] of group.rules.entries()) {
          const { alert, labels, ...rest } = groups[index]?.rules[position] ?? {};
          t.same(
            { ...(alert && { alert }), ...(labels && { labels }), ...rest },
            alert === undefined ? rule : { ...rule, labels: { ...rule.labels, namespace: 'default' } },
            `${file}: ${alert ?? 'record'}`,
          );
        }
      }
    }
  },
);

t.test('promtool accepts the rules as the operator passes them on', { skip: missing('promtool') }, async (t) => {
  const folder = t.testdir({});
  for (const { kind, metadata, spec } of all)
    if (kind === 'PrometheusRule') await writeFile(join(folder, `${metadata.name}.yml`), JSON.stringify(spec));
  const files = (await readdir(folder)).map((name) => join(folder, name));
  t.match(run('promtool', ['check', 'rules', ...files]), { exitCode: 0, stderr: '' });
});

t.test('channels with secrets are refused and not written without them', async (t) => {
  const { text } = await renderAlertmanager(
    {
      alertChannels: [
        { kind: 'console', name: 'console', enabled: true, settings: { url: 'http://exporter:10059/alerts' } },
      ],
    },
    { version: parseAlertmanagerVersion(defaultAlertmanagerVersion), folder: '/etc/alertmanager' },
  );
  const rendered = parse(text) as { receivers: Record<string, unknown>[] };
  const withReceiver = (receiver: Record<string, unknown>) => () =>
    alertmanagerConfig('x', { ...rendered, receivers: [receiver] });
  t.throws(withReceiver({ name: 'email', email_configs: [] }), {
    message: 'receiver email: email_configs cannot be written as an AlertmanagerConfig',
  });
  t.throws(withReceiver({ name: 'hook', webhook_configs: [{ url_file: '/x' }] }), {
    message: 'webhook: url_file cannot be written as an AlertmanagerConfig',
  });
});

t.test(
  'kustomize builds what the guide shows',
  { skip: run('which', ['kubectl']).exitCode === 0 ? false : 'kubectl is not installed' },
  async (t) => {
    const [first = '', second = '', patches = ''] = await blocks('yaml');

    t.test('one AI-CRM: namespace, labels and configuration reach every object', async (t) => {
      const built = await build(t, first);
      t.same(
        built.filter(
          ({ metadata }) =>
            metadata.namespace !== 'monitoring' || metadata.labels?.['release'] !== 'kube-prometheus-stack',
        ),
        [],
      );
      const rules = built
        .filter(({ kind }) => kind === 'PrometheusRule')
        .flatMap(({ spec }) =>
          (spec['groups'] as { rules: { alert?: string; labels?: Labels }[] }[]).flatMap((group) => group.rules),
        );
      t.ok(rules.length > 100);
      for (const { alert, labels } of rules)
        t.equal(labels?.['namespace'], alert === undefined ? undefined : 'monitoring', alert ?? 'record');
      t.equal(
        at(
          built.find(({ kind }) => kind === 'Deployment'),
          'spec.template.spec.containers.0.image',
        ),
        'registry.example.com/ai-crm-exporter:0.1.0',
      );
      const maps = built.filter(({ kind }) => kind === 'ConfigMap');
      const boards = maps.filter(({ metadata }) => metadata.labels?.['grafana_dashboard'] === '1');
      t.equal(boards.length, 7);
      for (const { metadata, data } of boards)
        t.ok(JSON.stringify(data).length < 256 << 10, `${metadata.name} is small enough for "kubectl apply"`);
      const own = maps.find((map) => !boards.includes(map));
      t.same(own?.data, { 'monitoring.yml': 'endpoints: {}\n' });
      t.equal(
        at(
          built.find(({ kind }) => kind === 'Deployment'),
          'spec.template.spec.volumes.0.configMap.name',
        ),
        own?.metadata.name,
      );
    });

    t.test('a second AI-CRM has another name and job, and repeats no object', async (t) => {
      const built = await build(t, second);
      t.same(built.map(({ kind }) => kind).sort(), [
        'ConfigMap',
        'Deployment',
        'NetworkPolicy',
        'Service',
        'ServiceMonitor',
      ]);
      const service = built.find(({ kind }) => kind === 'Service');
      t.match(service?.metadata, {
        name: 'ai-crm-exporter-support',
        labels: { 'app.kubernetes.io/instance': 'ai-crm-support' },
      });
      const selectors = [
        at(service, 'spec.selector'),
        ...['ServiceMonitor', 'Deployment'].map((name) =>
          at(
            built.find(({ kind }) => kind === name),
            'spec.selector.matchLabels',
          ),
        ),
      ];
      for (const selector of selectors)
        t.match(selector, {
          'app.kubernetes.io/name': 'ai-crm-exporter',
          'app.kubernetes.io/instance': 'ai-crm-support',
        });
    });

    t.test('a pair, with Alertmanager configured by hand', async (t) => {
      const built = await build(t, `resources: ["${address}deploy/kubernetes/overlays/ha"]\n${patches}`);
      t.match(built.find(({ kind }) => kind === 'Deployment')?.spec, {
        replicas: 2,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
      });
      t.equal(built.filter(({ kind }) => kind === 'PodDisruptionBudget').length, 1);
      t.equal(built.filter(({ kind }) => kind === 'AlertmanagerConfig').length, 0);
    });
  },
);

t.test('the Alertmanager of the operator finds templates and secrets where the guide puts them', async (t) => {
  const folder = t.testdir({
    'monitoring.yml': 'alert_channels: {slack: {webhook_url: "https://hooks.slack.test/x"}}\n',
  });
  const lines = (await blocks('sh')).join('').split('\n');
  const [, flags = ''] = /^ai-crm-exporter (alertmanager-config .*)$/m.exec(lines.join('\n')) ?? [];
  t.match(await main(flags.split(' '), { cwd: folder }), { exitCode: 0, stderr: '' });
  t.match(run('sh', ['-c', lines.find((line) => line.startsWith('sed ')) ?? 'false'], { cwd: folder }), {
    exitCode: 0,
    stderr: '',
  });
  const text = await readFile(join(folder, 'out/alertmanager.yml'), 'utf8');
  t.match(text, /^templates: \[\/etc\/alertmanager\/config\/\*\.tmpl\]$/m);
  t.match(text, /^ +api_url_file: \/etc\/alertmanager\/config\/slack_webhook_url$/m);
  t.same(await readdir(join(folder, 'out/secrets')), ['slack_webhook_url']);
});

/** The label conditions of a Kubernetes selector. */
interface Selector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values: readonly string[];
  }[];
}

/** Whether a selector matches these labels. One without conditions matches all. */
function selects({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Labels): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values }) => {
      if (operator !== 'In') throw new Error(`${operator} is not understood here`);
      return values.includes(labels[key] ?? '');
    })
  );
}

t.test('the NetworkPolicy allows only scrapers and notifiers, in any namespace', async (t) => {
  const [rule, ...others] = at(one('NetworkPolicy'), 'spec.ingress') as readonly {
    readonly from: readonly { readonly namespaceSelector: Selector; readonly podSelector: Selector }[];
  }[];
  t.same(others, []);
  /** Kubernetes gives every namespace this label. */
  const enters = (namespace: string, labels: Labels) =>
    rule?.from.some(
      (peer) =>
        selects(peer.namespaceSelector, { 'kubernetes.io/metadata.name': namespace }) &&
        selects(peer.podSelector, labels),
    );
  const name = (value: string) => ({ 'app.kubernetes.io/name': value });
  for (const [namespace, labels] of [
    ['monitoring', { ...name('prometheus'), 'operator.prometheus.io/name': 'main' }],
    ['elsewhere', name('prometheus')],
    ['monitoring', name('alertmanager')],
    // Google's, https://github.com/GoogleCloudPlatform/prometheus-engine/blob/v0.17.2/manifests/operator.yaml
    ['gmp-system', { ...name('collector'), app: 'managed-prometheus-collector' }],
    ['gke-gmp-system', { ...name('collector'), app: 'managed-prometheus-collector' }],
    ['gmp-system', { ...name('alertmanager'), app: 'managed-prometheus-alertmanager' }],
    // Azure's, https://github.com/Azure/prometheus-collector/tree/main/otelcollector/deploy/chart/prometheus-collector/templates
    ['kube-system', { rsName: 'ama-metrics', 'kubernetes.azure.com/managedby': 'aks' }],
  ] as const)
    t.ok(enters(namespace, labels), `${JSON.stringify(labels)} in ${namespace}`);
  for (const [namespace, labels] of [
    ['monitoring', {}],
    ['default', name('collector')],
    ['gmp-system', name('rule-evaluator')],
    ['gmp-system', {}],
    ['default', { rsName: 'ama-metrics' }],
    ['kube-system', { 'k8s-app': 'kube-dns' }],
    ['gmp-system', { rsName: 'ama-metrics' }],
  ] as const)
    t.notOk(enters(namespace, labels), `${JSON.stringify(labels)} in ${namespace}`);
});

/** The address of the manifests in the guide. */
const address = 'https://github.com/ai-crm-exporter/ai-crm-exporter//';

/** The blocks of this language in the guide, without indentation. */
async function blocks(language: string): Promise<readonly string[]> {
  const text = await readFile('docs/kubernetes.md', 'utf8');
  return [...text.matchAll(new RegExp(`^( *)\`\`\`${language}\n(.*?)^ *\`\`\`$`, 'gms'))].map(
    ([, indent = '', block = '']) => block.replace(new RegExp(`^${indent}`, 'gm'), ''),
  );
}

/** The output of kustomize for this kustomization, with the manifests of this clone. */
async function build(
  t: Pick<Tap, 'testdir' | 'match'>,
  kustomization: string,
): Promise<readonly (Manifest & { readonly data?: Labels })[]> {
  const folder = t.testdir({ 'monitoring.yml': 'endpoints: {}\n' });
  await writeFile(
    join(folder, 'kustomization.yml'),
    kustomization.replaceAll(address, `${relative(folder, process.cwd())}/`).replaceAll('?ref=main', ''),
  );
  const { exitCode, stdout, stderr } = run('kubectl', ['kustomize', folder]);
  t.match({ exitCode, stderr }, { exitCode: 0, stderr: '' });
  return parseAllDocuments(stdout).map((document) => document.toJS() as Manifest & { readonly data?: Labels });
}

/** The value at this dotted path, or undefined. */
function at(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (inner, key) =>
        typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>)[key] : undefined,
      value,
    );
}
