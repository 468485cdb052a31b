import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import t, { type Test as Tap } from 'tap';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { goProgram, withoutGo } from '../support/go-program.js';
import { missing, run } from '../support/programs.js';

// `npm run test:clouds` runs this, not `npm test`: the first build of Helm takes six minutes of CPU time.

/** A manifest, as far as these tests use it. */
interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, unknown>> };
  readonly data?: Readonly<Record<string, unknown>>;
}

const chart = 'deploy/helm/ai-crm-exporter';
t.setTimeout(3_600_000);
const helm = withoutGo === false ? goProgram('helm', ['helm.sh/helm/v4@v4.3.2']) : '';
const template = (...args: readonly string[]) =>
  run(helm, ['template', 'ai-crm', chart, '--namespace=monitoring', ...args]);
const rendered = (...args: readonly string[]): readonly Manifest[] => {
  const { exitCode, stdout, stderr } = template(...args);
  t.equal(exitCode, 0, stderr);
  return documents(stdout);
};

t.test('helm lint finds no problem', { skip: withoutGo }, async (t) => {
  const { exitCode, stdout, stderr } = run(helm, ['lint', '--strict', chart]);
  t.equal(exitCode, 0, stdout + stderr);
  t.match(stdout, '1 chart(s) linted, 0 chart(s) failed');
  t.notMatch(stdout, /\[(?:WARNING|ERROR)\]/);
});

for (const [what, folder, args] of [
  ['one exporter', 'base', []],
  ['a pair', 'overlays/ha', ['--set=replicas=2']],
] as const)
  t.test(`${what} gives the same as kustomize`, { skip: withoutGo || missing('kubectl') }, async (t) => {
    const made = new Map(rendered(...args).map((one) => [nameOf(one), comparable(one)]));
    const expected = new Map((await kustomized(t, folder)).map((one) => [nameOf(one), comparable(one)]));
    t.same([...made.keys()].sort(), [...expected.keys()].sort());
    t.ok(expected.size > 20);
    for (const [name, manifest] of expected) t.same(made.get(name), manifest, name);
  });

t.test('a second AI-CRM adds its own exporter and repeats nothing', { skip: withoutGo }, async (t) => {
  const folder = t.testdir({
    'values.yml': stringify({
      prometheusRules: { enabled: false },
      alertmanagerConfig: { enabled: false },
      boards: { enabled: false },
      labels: { release: 'kube-prometheus-stack' },
    }),
    'monitoring.yml': 'endpoints: {support: "http://support.example.com/health"}\n',
  });
  const { exitCode, stdout, stderr } = run(helm, [
    'template',
    'ai-crm-support',
    chart,
    `--values=${folder}/values.yml`,
    `--set-file=config=${folder}/monitoring.yml`,
  ]);
  t.equal(exitCode, 0, stderr);
  const made = documents(stdout);
  t.same(made.map(({ kind }) => kind).sort(), [
    'ConfigMap',
    'Deployment',
    'NetworkPolicy',
    'Service',
    'ServiceMonitor',
  ]);
  for (const { kind, metadata } of made)
    t.match(
      metadata,
      {
        name: 'ai-crm-support-exporter',
        labels: { 'app.kubernetes.io/instance': 'ai-crm-support', release: 'kube-prometheus-stack' },
      },
      kind,
    );
  t.same(made.find(({ kind }) => kind === 'ConfigMap')?.data, {
    'monitoring.yml': 'endpoints: {support: "http://support.example.com/health"}\n',
  });
});

t.test('passes on the values that are set, and the console follows the name', { skip: withoutGo }, async (t) => {
  const folder = t.testdir({
    'values.yml': stringify({
      fullnameOverride: 'watch',
      image: { repository: 'registry.example.com/exporter', tag: '9.9.9', pullPolicy: 'Always' },
      imagePullSecrets: [{ name: 'registry' }],
      existingSecret: 'crm',
      env: [{ name: 'CRM_USER', value: 'monitor' }],
      extraArgs: ['--log.format=json'],
      extraVolumes: [{ name: 'ca', configMap: { name: 'ca' } }],
      extraVolumeMounts: [{ name: 'ca', mountPath: '/ca' }],
      nodeSelector: { disk: 'ssd' },
      tolerations: [{ operator: 'Exists' }],
      podAnnotations: { note: 'x' },
      podLabels: { team: 'crm' },
      networkPolicy: { extraFrom: [{ podSelector: { matchLabels: { app: 'ingress' } } }] },
      serviceMonitor: { interval: '30s', scrapeTimeout: '10s' },
    }),
  });
  const made = rendered(`--values=${folder}/values.yml`);
  const one = (kind: string) => made.find((manifest) => manifest.kind === kind);
  t.match(one('Deployment'), {
    metadata: { name: 'watch' },
    spec: {
      template: {
        metadata: { labels: { team: 'crm' }, annotations: { note: 'x' } },
        spec: {
          imagePullSecrets: [{ name: 'registry' }],
          nodeSelector: { disk: 'ssd' },
          tolerations: [{ operator: 'Exists' }],
          containers: [
            {
              image: 'registry.example.com/exporter:9.9.9',
              imagePullPolicy: 'Always',
              args: ['--config.file=/etc/ai-crm-exporter/monitoring.yml', '--log.format=json'],
              env: [{ name: 'CRM_USER', value: 'monitor' }],
              volumeMounts: { 2: { name: 'ca', mountPath: '/ca' } },
            },
          ],
          volumes: { 0: { configMap: { name: 'watch' } }, 1: { secret: { secretName: 'crm' } }, 2: { name: 'ca' } },
        },
      },
    },
  });
  t.match(one('NetworkPolicy'), { spec: { ingress: [{ from: { 4: { podSelector: {} } } }] } });
  t.match(one('ServiceMonitor'), { spec: { endpoints: [{ interval: '30s', scrapeTimeout: '10s' }] } });
  t.match(JSON.stringify(one('AlertmanagerConfig')), '"http://watch:10059/alerts"');
});

t.test('a change of the configuration starts new pods', { skip: withoutGo }, async (t) => {
  const pods = (...args: readonly string[]) =>
    JSON.stringify(rendered(...args).find(({ kind }) => kind === 'Deployment'));
  t.not(pods('--set=config=endpoints: {}'), pods());
});

t.test('an invalid value is refused with its path', { skip: withoutGo }, async (t) => {
  for (const [value, message] of [
    ['replicas=3', /'?\/?replicas'?: (?:maximum: got 3, want 2|.*less than or equal to 2)/],
    ['replicas=two', /replicas.*want integer/],
    ['config.endpoints.backend=http://x', /config.*got object, want string/],
    ['image.name=x', /image.*additional properties 'name' not allowed/],
    ['imagge.tag=x', /additional properties 'imagge' not allowed/],
    ['serviceMonitor.interval=5', /interval.*want string/],
    ['fullnameOverride=My_Name', /fullnameOverride.*does not match pattern/],
  ] as const) {
    const { exitCode, stderr } = template(`--set=${value}`);
    t.equal(exitCode, 1, value);
    t.match(stderr, message, value);
  }
});

t.test('a release fits into the Secret in which Helm keeps it', { skip: withoutGo }, async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'helm-'));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  t.match(run(helm, ['package', chart, `--destination=${directory}`]), { exitCode: 0 });
  const [archive = ''] = await readdir(directory);
  // The archive contains the linked files.
  const { exitCode, stdout } = run(helm, ['template', 'ai-crm', join(directory, archive), '--namespace=monitoring']);
  t.equal(exitCode, 0);
  t.same(documents(stdout).map(nameOf).sort(), rendered().map(nameOf).sort());
  const packed = (await readFile(join(directory, archive))).length + gzipSync(stdout).length;
  t.ok((packed * 4) / 3 < (1 << 20) / 2, `${packed} bytes`);
});

const nameOf = ({ kind, metadata, data }: Manifest) =>
  // Kustomize adds a hash to the name of the configuration.
  kind === 'ConfigMap' && 'monitoring.yml' in (data ?? {}) ? 'configuration' : `${kind} ${metadata.name}`;
const documents = (text: string) =>
  // YAML 1.1 as in Kubernetes, where 0440 is a file mode.
  parseAllDocuments(text, { version: '1.1' })
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null);

/** A manifest without Helm's own labels, and with a fixed name of the configuration. */
function comparable(manifest: Manifest): unknown {
  return JSON.parse(
    JSON.stringify(manifest, (key, value: unknown) => {
      if (key === 'monitoring.yml') return parse(String(value)) as unknown;
      if (key === 'helm.sh/chart' || key === 'app.kubernetes.io/managed-by' || key === 'checksum/config')
        return undefined;
      return typeof value === 'string' ? value.replace(/^ai-crm-exporter-[a-z0-9]{10}$/, 'ai-crm-exporter') : value;
    }).replace(',"annotations":{}', ''),
  ) as unknown;
}

/** The output of kustomize for this folder in the namespace of the tests. */
async function kustomized(t: Pick<Tap, 'testdir' | 'equal'>, folder: string): Promise<readonly Manifest[]> {
  const own = t.testdir({});
  await writeFile(
    join(own, 'kustomization.yml'),
    `namespace: monitoring\nresources: ["${relative(own, process.cwd())}/deploy/kubernetes/${folder}"]\n`,
  );
  const { exitCode, stdout, stderr } = run('kubectl', ['kustomize', own]);
  t.equal(exitCode, 0, stderr);
  return documents(stdout);
}
