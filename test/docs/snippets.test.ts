import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { parseAllDocuments } from 'yaml';
import { selfSigned } from '../../simulator/certificate.js';
import { loadConfig } from '../../src/config/load.js';
import { configJsonSchema } from '../../src/config/settings.js';
import { loadWebConfig } from '../../src/http/web-config.js';
import { readDocuments } from '../support/documents.js';
import { knownSeries } from '../support/known-series.js';
import { missing, run } from '../support/programs.js';
import { parsePromql } from '../support/promql.js';
import { readRules } from '../support/rule-files.js';

/** The keys that identify a file. */
const keysOf = {
  monitoring: new Set(Object.keys((configJsonSchema() as { properties: object }).properties)),
  prometheus: new Set(['global', 'rule_files', 'alerting', 'scrape_configs', 'remote_write']),
  web: new Set(['tls_server_config', 'basic_auth_users', 'http_server_config']),
};

const blocks = (await readDocuments()).flatMap((document) => document.blocks);
const yamls = blocks
  .filter(({ language }) => ['yaml', 'yml', 'json'].includes(language))
  .map((block) => {
    const documents = parseAllDocuments(block.text);
    const content: unknown = Array.isArray(documents) ? documents[0]?.toJS() : undefined;
    const keys = typeof content === 'object' && content !== null && !Array.isArray(content) ? Object.keys(content) : [];
    return {
      ...block,
      keys,
      errors: Array.isArray(documents) ? documents.flatMap(({ errors }) => errors.map(({ message }) => message)) : [],
    };
  });
const of = (kind: keyof typeof keysOf) =>
  yamls.filter(({ keys }) => keys.length > 0 && keys.every((key) => keysOf[kind].has(key)));

const { certificatePem, keyPem } = selfSigned({
  names: ['exporter.internal'],
  notBefore: new Date('2020-01-01'),
  notAfter: new Date('2100-01-01'),
});

const valueOf = (name: string) => (/url/i.test(name) ? 'https://hooks.example.com/x' : 'x');
const contentOf = (key: string) =>
  key === 'key_file' ? keyPem : /^(?:client_)?(?:cert|ca)_file$/.test(key) ? certificatePem : valueOf(key);

/** A folder with the snippet, and with every file that it names. */
async function folderWith(t: Test, file: string, text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'snippet-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  for (const [, key = '', name = ''] of text.matchAll(/(\w+_file): *"?([^/\s",}][^\s",}]*)/g)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), contentOf(key));
  }
  await writeFile(join(folder, file), text);
  return folder;
}

t.test('every snippet is YAML of a known file', async (t) => {
  for (const { place, errors } of yamls) t.same(errors, [], place);
  t.ok(of('monitoring').length > 10 && of('prometheus').length > 2 && of('web').length > 0, 'they were found');
});

t.test('every snippet of monitoring.yml loads', async (t) => {
  /** Every variable has a value. */
  const environment = new Proxy<Record<string, string>>({}, { get: (_, name) => valueOf(String(name)) });
  for (const { place, text } of of('monitoring'))
    await t.resolves(
      loadConfig('monitoring.yml', { environment, directory: await folderWith(t, 'monitoring.yml', text) }),
      place,
    );
  await t.rejects(
    loadConfig('monitoring.yml', {
      environment,
      directory: await folderWith(t, 'monitoring.yml', 'slo: {availability_percent: 100}'),
    }),
    'and a wrong one would not',
  );
});

t.test('Prometheus accepts every snippet of prometheus.yml', { skip: missing('promtool') }, async (t) => {
  for (const { place, text } of of('prometheus')) {
    const { exitCode, stderr } = run('promtool', [
      'check',
      'config',
      '--syntax-only',
      join(await folderWith(t, 'prometheus.yml', text), 'prometheus.yml'),
    ]);
    t.equal(exitCode, 0, `${place}: ${stderr}`);
  }
});

t.test('the exporter accepts every snippet of web.yml', async (t) => {
  for (const { place, text } of of('web'))
    await t.resolves(loadWebConfig(join(await folderWith(t, 'web.yml', text), 'web.yml')), place);
});

t.test('every query uses existing series', async (t) => {
  const known = knownSeries(await readRules());
  const queries = blocks.filter(({ language }) => language === 'promql');
  t.ok(queries.length > 0);
  for (const { place, text } of queries)
    for (const { metric } of parsePromql(text).selectors)
      t.ok(known.has(metric) || !metric.startsWith('aicrm_'), `${place}: ${metric}`);
});
