import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { catalogue } from '../../src/metrics/catalogue.js';
import { exampleQueries, metricsDocument } from '../../src/metrics/documentation.js';
import { Recorder } from '../../src/metrics/recorder.js';
import { ask } from '../support/ask.js';
import { startDemoExporter } from '../support/demo-exporter.js';
import { familiesIn } from '../support/exposition.js';
import { run } from '../support/programs.js';
import { bothAges, missingOf } from '../support/versions.js';

const file = 'docs/metrics.md';

t.test('the committed document is the generated one', async (t) => {
  const { body } = await new Recorder([], { processMetrics: true }).render('text');
  t.equal(
    metricsDocument(body.toString()),
    await readFile(file, 'utf8'),
    `run npm run docs to renew ${file}, and read the difference`,
  );
});

t.test("every family of the demo, including the runtime's, has its own row", async (t) => {
  const rows = new Set([...(await readFile(file, 'utf8')).matchAll(/^\| `(\S+)` \|/gm)].map(([, name]) => name));
  const exporter = await startDemoExporter();
  const families = familiesIn((await ask(`${exporter.url}/metrics`)).text);
  t.ok(families.length > 40);
  t.same(
    families.filter((name) => !rows.has(name)),
    [],
  );
  t.same(
    catalogue.map(({ name }) => name).filter((name) => !rows.has(name)),
    [],
  );
  await exporter.stop();
});

t.test('fixed sets of values and buckets are listed', async (t) => {
  const text = await readFile(file, 'utf8');
  t.match(text, '| `aicrm_agent_tasks` | gauge | `agent`; `state`: open, done | Tasks of an agent');
  t.match(text, /^Buckets of `aicrm_component_response_seconds`: 0\.005, 0\.01, .*, 10 s\.$/m);
});

t.test('the example queries use only metrics of the catalogue', async (t) => {
  const known = new Set(
    catalogue.flatMap(({ name, type }) =>
      type === 'histogram' ? ['_bucket', '_sum', '_count'].map((part) => name + part) : [name],
    ),
  );
  for (const { promql } of exampleQueries)
    t.same(
      [...promql.matchAll(/aicrm_\w+/g)].map(([name]) => name).filter((name) => !known.has(name)),
      [],
      promql,
    );
  t.ok(exampleQueries.length >= 6);
});

for (const programs of bothAges) {
  t.test(
    `Prometheus can read every example query (${programs.age} promtool)`,
    { skip: missingOf(programs, 'promtool') },
    async (t) => {
      const directory = await mkdtemp(join(tmpdir(), 'queries-'));
      t.teardown(() => rm(directory, { recursive: true, force: true }));
      const rules = exampleQueries.map(({ promql }, i) => ({ record: `example:query${i}`, expr: promql }));
      const path = join(directory, 'rules.yml');
      await writeFile(path, JSON.stringify({ groups: [{ name: 'examples', rules }] }));
      t.match(run(programs.promtool, ['check', 'rules', path]), {
        exitCode: 0,
        stdout: new RegExp(`SUCCESS: ${rules.length} rules found`),
      });
      await writeFile(
        path,
        JSON.stringify({ groups: [{ name: 'examples', rules: [...rules, { record: 'broken', expr: 'sum by (' }] }] }),
      );
      t.match(run(programs.promtool, ['check', 'rules', path]), { exitCode: 1 }, 'and it refuses an invalid query');
    },
  );
}
