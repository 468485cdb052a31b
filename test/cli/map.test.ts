import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { main, program } from '../support/main-program.js';
import { run } from '../support/programs.js';

const directory = await mkdtemp(join(tmpdir(), 'map-'));
t.teardown(() => rm(directory, { recursive: true, force: true }));

await writeFile(
  join(directory, 'monitoring.yml'),
  `
json_sources:
  shop:
    url: https://shop.test/orders?key=hunter2
    metrics:
      - {name: shop_orders, help: Orders by state., path: "$.orders[*]", value: count, labels: {state: $.state}}
      - {name: shop_paid_total, help: Paid., type: counter, path: $.paid}
      - {name: shop_refunds, help: Refunds., path: "$.refunds[*].n"}
  few:
    url: https://shop.test/orders
    max_series: 2
    metrics:
      - {name: few_orders, help: Orders by state., path: "$.orders[*]", value: count, labels: {state: $.state}}
`,
);
await writeFile(
  join(directory, 'sample.json'),
  JSON.stringify({ orders: [{ state: 'open\u001b[2J' }, { state: 'done' }], paid: 'hunter2' }),
);
await writeFile(join(directory, 'none.json'), '{}');
await writeFile(join(directory, 'page.html'), '<html>hunter2</html>');
await writeFile(join(directory, 'metrics.txt'), '# HELP a A.\na 1\n');

const map = (source: string, file: string) => main(['map', '--source', source, '--file', file], { cwd: directory });

t.test('prints the metrics that a source makes of a document, and reports what it leaves out', async (t) => {
  t.match(await map('shop', 'sample.json'), {
    exitCode: 0,
    stdout:
      '# HELP shop_orders Orders by state.\n# TYPE shop_orders gauge\nshop_orders{state="done"} 1\nshop_orders{state="open [2J"} 1\n',
    stderr: 'shop_paid_total: value of $.paid is text\nshop_refunds: nothing found\n',
  });
});

t.test('reads the standard input, also for the documents of AI-CRM, without any configuration', async (t) => {
  const input = JSON.stringify({ total_agents: 3, agents: { a: { response_time_ms: 250 } } });
  const { exitCode, stdout } = run(
    process.execPath,
    [program, 'map', '--source', 'ai_crm_agents_metrics', '--file', '-'],
    { input, cwd: tmpdir() },
  );
  t.equal(exitCode, 0);
  t.match(stdout, /^aicrm_agents 3$/m);
  t.match(stdout, /^aicrm_agent_last_response_seconds\{agent="a"\} 0\.25$/m);
});

t.test('a missing, invalid or useless file is reported in one line, with exit code 1', async (t) => {
  const files = ['gone.json', '.', 'page.html', 'metrics.txt', 'none.json'];
  const [gone, folder, page, metrics, none] = await Promise.all(files.map((file) => map('shop', file)));
  t.match(gone, { exitCode: 1, stdout: '', stderr: 'ai-crm-exporter: gone.json: no such file\n' });
  t.match(folder, { exitCode: 1, stderr: 'ai-crm-exporter: .: cannot be read (EISDIR)\n' });
  t.match(page, { exitCode: 1, stderr: 'ai-crm-exporter: page.html: expected JSON, the answer is HTML\n' });
  t.match(metrics, {
    exitCode: 1,
    stderr:
      /^ai-crm-exporter: metrics\.txt: this is Prometheus text: .* targets: \["shop\.test:443"\], metrics_path: \/orders, scheme: https\n$/,
  });
  t.match(none, { exitCode: 1, stdout: '', stderr: /^ai-crm-exporter: none\.json: no metrics for shop\n$/m });
});

t.test('an unknown source is answered with the known names, and wrong usage has exit code 2', async (t) => {
  t.match(await map('shopp', 'sample.json'), {
    exitCode: 2,
    stderr:
      'ai-crm-exporter: there is no source "shopp"; use one of shop, few, ai_crm_metrics, ai_crm_agents_metrics, ai_crm_business_metrics\n',
  });
  t.match(await main(['map', '--source', 'shop'], { cwd: directory }), {
    exitCode: 2,
    stderr: /required option '--file <file>' not specified/,
  });
  t.match(
    await main(['map', '--source', 'shop', '--file', 'sample.json', '--config.file', 'gone.yml'], { cwd: directory }),
    { exitCode: 1, stderr: /^ai-crm-exporter: gone\.yml: no such file/ },
  );
});

t.test('prints metrics of the source only, and no more series than it may have', async (t) => {
  await writeFile(
    join(directory, 'many.json'),
    JSON.stringify({ orders: [{ state: 'a' }, { state: 'b' }, { state: 'c' }] }),
  );
  t.match(await map('few', 'many.json'), {
    exitCode: 0,
    stdout:
      '# HELP few_orders Orders by state.\n# TYPE few_orders gauge\nfew_orders{state="a"} 1\nfew_orders{state="b"} 1\n',
    stderr: /max_series/,
  });
});

t.test('a document that is too large, and text of Prometheus instead of a document of AI-CRM, are named', async (t) => {
  await writeFile(join(directory, 'large.json'), '');
  await truncate(join(directory, 'large.json'), 100 * 1024 * 1024 + 1);
  t.match(await map('shop', 'large.json'), {
    exitCode: 1,
    stderr: 'ai-crm-exporter: large.json: larger than 100 MiB\n',
  });
  const given = (source: string, input: string) =>
    run(process.execPath, [program, 'map', '--source', source, '--file', '-'], { input, cwd: directory });
  t.match(given('shop', '<html>'), {
    exitCode: 1,
    stderr: 'ai-crm-exporter: standard input: expected JSON, the answer is HTML\n',
  });
  t.match(
    given('ai_crm_business_metrics', '# HELP a A.\na 1\n').stderr,
    /targets: \["localhost:8000"\], metrics_path: \/business\/metrics\n$/,
  );
});
