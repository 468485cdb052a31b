import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { trackedFiles } from './support/documents.js';
import { run, start } from './support/programs.js';
import { httpAnswer, rawServer } from './support/raw-server.js';

interface Manifest {
  readonly version: string;
  readonly files: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
}

const root = process.cwd();
const folder = await mkdtemp(join(tmpdir(), 'package-'));
t.teardown(() => rm(folder, { recursive: true, force: true }));
/** Packed from a copy, because packing rebuilds dist/, which other tests use. */
const source = join(folder, 'source');
/** The folder of a user. Its package.json prevents npm from searching further up. */
const user = join(folder, 'user');
const installed = join(user, 'node_modules/ai-crm-exporter');
const topLevel = new Set(trackedFiles().map((path) => path.split('/')[0] ?? ''));
const manifest = JSON.parse(await readFile('package.json', 'utf8')) as Manifest;

await mkdir(source);
for (const name of topLevel) if (name !== 'test') await cp(name, join(source, name), { recursive: true });
await symlink(join(root, 'node_modules'), join(source, 'node_modules'));
const packing = run('npm', ['pack', '--offline', '--pack-destination', folder], { cwd: source });
// Unpacked and linked as npm does it, because tests must not depend on the cache of npm.
await mkdir(installed, { recursive: true });
await writeFile(join(user, 'package.json'), '{"private": true}');
const unpacking = run('tar', [
  '-xzf',
  join(folder, `ai-crm-exporter-${manifest.version}.tgz`),
  '--strip-components=1',
  '-C',
  installed,
]);
const linking = run('npm', ['rebuild', '--offline', '--prefix', '.'], { cwd: user });

const program = join(user, 'node_modules/.bin/ai-crm-exporter');
const installedProgram = (...args: readonly string[]) => run(program, args, { cwd: user });

t.test('the package can be packed and installed', async (t) => {
  t.equal(packing.exitCode, 0, packing.stderr);
  t.equal(unpacking.exitCode, 0, unpacking.stderr);
  t.equal(linking.exitCode, 0, linking.stderr);
  t.match(run('npx', ['--offline', 'ai-crm-exporter', '--version'], { cwd: user }), {
    exitCode: 0,
    stdout: `ai-crm-exporter ${manifest.version}\n`,
  });
});

t.test('the package has the files that its users need, and nothing else', async (t) => {
  const wanted = new Set([
    'LICENSE',
    'README.md',
    'package.json',
    ...manifest.files.map((path) => path.split('/')[0] ?? ''),
  ]);
  t.same((await readdir(installed)).sort(), [...wanted].filter((name) => name === 'dist' || topLevel.has(name)).sort());
  const files = (await readdir(installed, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
  t.same(
    files.filter((name) => /\.(?:map|svg|png)$|\.test\.|(?<!\.d)\.ts$/.test(name)),
    [],
  );
});

interface Bill {
  readonly components: readonly {
    readonly 'bom-ref': string;
    readonly scope: string;
    readonly licenses?: readonly unknown[];
    readonly hashes?: readonly unknown[];
  }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

t.test('it has no dependencies, and lists the bundled packages for scanners', async (t) => {
  t.notOk(manifest.dependencies, 'no dependencies');
  const bill = JSON.parse(await readFile(join(installed, 'dist/sbom.cdx.json'), 'utf8')) as Bill;
  const notices = await readFile(join(installed, 'dist/THIRD-PARTY-NOTICES.txt'), 'utf8');
  const noticed = [...notices.matchAll(/(?:^|-{80}\n\n)(\S+) (\d\S+) \(/g)].map(
    ([, name, version]) => `${name}@${version}`,
  );
  t.ok(noticed.length > 50);
  t.same(
    bill.components.map((component) => component['bom-ref']).sort(),
    [...new Set(noticed)].sort(),
    'the same as the licence texts',
  );
  t.same(
    bill.components.filter(
      ({ scope, licenses = [], hashes = [] }) => scope !== 'required' || licenses.length === 0 || hashes.length === 0,
    ),
    [],
  );
  const own = bill.dependencies
    .find(({ ref }) => ref === `ai-crm-exporter@${manifest.version}`)
    ?.dependsOn.map((name) => name.replace(/@[^@]+$/, ''));
  for (const name of ['koa', '@koa/router', 'prom-client', 'yaml', 'pg']) t.ok(own?.includes(name), name);
  for (const name of ['tap', 'esbuild', 'typescript'])
    t.notOk(own?.includes(name), `${name} is only for build and tests`);
});

t.test('check, --config.check and alertmanager-config run without other packages', async (t) => {
  const backend = await rawServer((socket) => socket.end(httpAnswer('{"status":"healthy"}')));
  t.teardown(() => backend.stop());
  await writeFile(
    join(user, 'monitoring.yml'),
    `host: {enabled: false}\nendpoints: {backend: "http://127.0.0.1:${backend.port}/health"}\nalert_channels: {slack: {webhook_url: "https://hooks.example.com/x"}}\n`,
  );
  t.match(installedProgram('--config.check'), { exitCode: 0, stdout: /monitoring\.yml: ok, 1 components\n$/ });
  const check = start(program, ['check'], { cwd: user });
  t.equal(await check.exitCode, 0);
  t.match(check.output(), /HEALTHY +backend/);
  t.match(installedProgram('alertmanager-config'), { exitCode: 0, stdout: /^ {2}- name: /m });
  t.match(
    installedProgram('alertmanager-config', '--output.dir', 'alertmanager'),
    { exitCode: 0, stdout: /templates\/email\.tmpl\n[\s\S]*alertmanager\.yml\n$/ },
    'the templates are found in the package',
  );
  await writeFile(join(user, 'monitoring.yml'), 'endpoints: {backend: "ftp://127.0.0.1"}\n');
  t.match(installedProgram('--config.check'), { exitCode: 1, stderr: /monitoring\.yml:1:22 endpoints\.backend: / });
});

t.test('every export of the package exists', async (t) => {
  for (const [name, target] of Object.entries(manifest.exports)) {
    for (const path of typeof target === 'string' ? [target] : Object.values(target))
      t.ok((await readdir(join(installed, path, '..'))).length > 0, `${name}: ${path}`);
  }
  const names = [
    './monitoring.schema.json',
    './reference.yml',
    './prometheus/rules/services.alerts.yml',
    './prometheus/targets/README.md',
    './grafana/dashboards/aicrm-overview.json',
    './alertmanager/alertmanager.yml',
    './package.json',
  ];
  await writeFile(
    join(user, 'names.mjs'),
    `for (const name of ${JSON.stringify(names)}) console.log((await import('node:fs')).statSync(new URL(import.meta.resolve('ai-crm-exporter' + name.slice(1)))).isFile());\n`,
  );
  t.match(run(process.execPath, ['names.mjs'], { cwd: user }), { exitCode: 0, stdout: 'true\n'.repeat(names.length) });
});

t.test('another program can read the metrics, with their types', async (t) => {
  const program = [
    "import { catalogue, type Definition } from 'ai-crm-exporter/metrics';",
    "export const up: Definition | undefined = catalogue.find(({ name }) => name === 'aicrm_component_up');",
  ];
  await writeFile(
    join(user, 'reader.mts'),
    [...program, '// @ts-expect-error: it is not a number', 'export const down: number = up;'].join('\n'),
  );
  await writeFile(
    join(user, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: { strict: true, module: 'nodenext', target: 'es2023', lib: ['es2023'], types: [] },
      files: ['reader.mts'],
    }),
  );
  t.match(run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', '.'], { cwd: user }), {
    exitCode: 0,
    stdout: '',
  });
  t.match(
    run(process.execPath, ['-p', "import('./reader.mjs').then(({ up }) => console.log(up.type, up.labels)), ''"], {
      cwd: user,
    }),
    { exitCode: 0, stdout: "gauge [ 'component' ]\n" },
  );
});
