import { readdir, readFile, realpath } from 'node:fs/promises';
import { join, relative } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config/load.js';

// The output of Helm itself is tested in helm.slow.ts.

const chart = 'deploy/helm/ai-crm-exporter';
const textOf = (file: string) => readFile(join(chart, file), 'utf8');
const read = async (path: string): Promise<unknown> => parse(await readFile(path, 'utf8'));
type Fields = Readonly<Record<string, unknown>>;

const values = (await read(join(chart, 'values.yaml'))) as Fields;
const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { readonly version: string };
const schema = JSON.parse(await textOf('values.schema.json')) as { readonly properties: Fields };

t.test('the chart has the version of the package', async (t) => {
  t.match(await read(join(chart, 'Chart.yaml')), { version, appVersion: version });
});

t.test('rules, routes and boards are those of the project, not copies', async (t) => {
  for (const [link, source] of [
    ['alerting', 'deploy/kubernetes/base/alerting'],
    ['dashboards', 'grafana/dashboards'],
  ] as const)
    t.equal(relative(process.cwd(), await realpath(join(chart, 'files', link))), source);
});

t.test('every value is in the schema and is used, and no other exists', async (t) => {
  const { global: _ofParentCharts, ...properties } = schema.properties;
  t.same(Object.keys(values).sort(), Object.keys(properties).sort());
  const texts = await Promise.all((await readdir(join(chart, 'templates'))).map((name) => textOf(`templates/${name}`)));
  const used = new Set(
    texts.flatMap((text) =>
      [...text.matchAll(/\.Values\.(\w+)|(?<=list )((?:"\w+" ?)+)/g)].flatMap(([, name, names = '']) => [
        ...(name === undefined ? [] : [name]),
        ...[...names.matchAll(/\w+/g)].map(([one]) => one),
      ]),
    ),
  );
  t.same([...used].sort(), Object.keys(values).sort());
});

t.test('the configuration of the chart is valid, and equals that of the kustomize base', async (t) => {
  t.same(parse(String(values['config'])), await read('deploy/kubernetes/base/exporter/monitoring.yml'));
  const directory = t.testdir({ 'monitoring.yml': String(values['config']) });
  t.match(await loadConfig('monitoring.yml', { environment: {}, directory }), { components: { length: 3 } });
});

t.test('limits, probes and rights are those of the kustomize base', async (t) => {
  const { spec } = (
    (await read('deploy/kubernetes/base/exporter/deployment.yml')) as { spec: { template: { spec: Fields } } }
  ).spec.template;
  const [container] = spec['containers'] as readonly Fields[];
  for (const name of ['resources', 'livenessProbe', 'readinessProbe', 'securityContext'])
    t.same(values[name], container?.[name], name);
  t.same(values['podSecurityContext'], spec['securityContext']);
  t.equal(`${(values['image'] as Fields)['repository']}:${version}`, container?.['image']);
});
