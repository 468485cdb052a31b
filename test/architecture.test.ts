import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, normalize } from 'node:path';
import t from 'tap';

/** The folders in the order of imports: a file may import from its own folder and those before it. */
const order = [
  ['src/base/'],
  ['src/config/', 'src/metrics/'],
  ['src/alertmanager/'],
  ['src/net/'],
  ['src/collector.ts'],
  ['src/host/', 'src/maintenance/', 'src/heartbeats/'],
  ['src/access/'],
  ['src/probes/'],
  ['src/sources/'],
  ['src/ai-crm/', 'src/transactions/'],
  ['src/collectors/'],
  ['src/schedule/'],
  ['src/status/'],
  ['src/http/'],
  ['src/app.ts'],
  ['simulator/'],
  ['src/stack/'],
  ['src/cli/'],
  ['src/main.ts'],
  ['grafana/queries/'],
  ['grafana/panels/'],
  ['grafana/annotations.ts', 'grafana/links.ts', 'grafana/variables.ts'],
  ['grafana/board.ts'],
  ['grafana/boards/'],
  ['deploy/kubernetes/'],
];
/** The folders with sources. */
const roots = ['src', 'simulator', 'grafana', 'deploy'];

const roomOf = (file: string) =>
  order.findIndex((room) => room.some((path) => file === path || (path.endsWith('/') && file.startsWith(path))));

async function sources(): Promise<Map<string, string>> {
  const files = (
    await Promise.all(
      roots.map(async (root) => (await readdir(root, { recursive: true })).map((name) => join(root, name))),
    )
  )
    .flat()
    .filter((name) => name.endsWith('.ts'));
  return new Map(await Promise.all(files.map(async (file) => [file, await readFile(file, 'utf8')] as const)));
}

function importsOf(file: string, text: string): string[] {
  const found = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map((match) => match[1] ?? '');
  return found
    .filter((path) => path.endsWith('.js'))
    .map((path) => normalize(join(dirname(file), path)).replace(/\.js$/, '.ts'));
}

t.test('imports go one way through the folders', async (t) => {
  for (const [file, text] of await sources()) {
    t.not(roomOf(file), -1, `${file} is in a known folder`);
    for (const imported of importsOf(file, text))
      t.ok(roomOf(imported) <= roomOf(file), `${file} may import ${imported}`);
  }
});

t.test('boards import only metrics from the exporter', async (t) => {
  for (const [file, text] of await sources()) {
    if (!file.startsWith('grafana/')) continue;
    for (const imported of importsOf(file, text))
      t.match(imported, /^(?:grafana|src\/metrics)\//, `${file} may import ${imported}`);
    const packages = [...text.matchAll(/from '([^.'][^']*)'/g)].map(([, name = '']) => name);
    t.same(
      packages.filter((name) => !name.startsWith('@grafana/grafana-foundation-sdk/')),
      [],
      `packages of ${file}`,
    );
  }
});

t.test('no file imports itself through other files, types included', async (t) => {
  const files = await sources();
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) return void t.fail([...path.slice(path.indexOf(file)), file].join(' -> '));
    if (done.has(file)) return;
    for (const imported of importsOf(file, files.get(file) ?? '')) visit(imported, [...path, file]);
    done.add(file);
  };
  for (const file of files.keys()) visit(file, []);
  t.ok(done.size > 50);
});

t.test('every import leads to a file', async (t) => {
  const files = await sources();
  for (const [file, text] of files)
    for (const imported of importsOf(file, text)) t.ok(files.has(imported), `${file} -> ${imported}`);
});

t.test('only the recorder imports prom-client, and only main ends the process', async (t) => {
  for (const [file, text] of await sources()) {
    if (file !== 'src/metrics/recorder.ts') t.notMatch(text, /from 'prom-client'/, file);
    if (file !== 'src/main.ts') t.notMatch(text, /process\.exit\(/, file);
  }
});

t.test('files are short, named for their subject, and have no default export and no any', async (t) => {
  for (const [file, text] of await sources()) {
    t.ok(text.split('\n').length <= 400, `${file} has ${text.split('\n').length} lines`);
    t.notMatch(file, /util|helper|common|misc/, file);
    t.match(file, /^(?:src|simulator|grafana|deploy)(\/[a-z0-9-]+)+\.ts$/, file);
    t.notMatch(text, /export default|: any\b|as any\b|<any>/, file);
    t.notMatch(text, /URL\.canParse\(/, `${file} asks readUrl`);
  }
});

t.test('every export has a docstring', async (t) => {
  for (const [file, text] of await sources()) {
    for (const match of text.matchAll(/^export (?:abstract |async )?(?:function|class|interface|type|const) (\w+)/gm)) {
      const before = text.slice(0, match.index).trimEnd();
      // A metric has its help instead.
      const isMetric = /^ = (?:\w+\.)?(?:gauge|counter|histogram)\(/.test(text.slice(match.index + match[0].length));
      t.ok(isMetric || before.endsWith('*/'), `${file}: ${match[1]} has a docstring`);
    }
  }
});

t.test('every file name is unique, and no exported name means two things', async (t) => {
  const files = new Map<string, string>();
  const exported = new Map<string, string>();
  for (const [file, text] of await sources()) {
    if (!/^(?:src|simulator)\//.test(file)) continue;
    t.equal(files.get(basename(file)), undefined, file);
    files.set(basename(file), file);
    for (const [, name = ''] of text.matchAll(
      /^export (?:abstract |async )?(?:function\*?|class|interface|type|const) (\w+)/gm,
    )) {
      // An overload has the same name.
      t.ok(
        [undefined, file].includes(exported.get(name)),
        `${name} of ${file} and ${exported.get(name) ?? 'no other'}`,
      );
      exported.set(name, file);
    }
  }
  t.ok(exported.size > 500);
});

t.test('few files are so short that they could be a part of another one', async (t) => {
  const short = [...(await sources())].filter(
    ([file, text]) => /^(?:src|simulator)\//.test(file) && text.split('\n').length <= 30,
  );
  t.ok(short.length <= 12, short.map(([file]) => file).join(', '));
});
