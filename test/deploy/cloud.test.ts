import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { parse, stringify } from 'yaml';
import { catalogue } from '../../src/metrics/catalogue.js';
import { queriesOf } from '../support/board-queries.js';
import { readBoards } from '../support/board-json.js';
import { knownSeries, processFamilies } from '../support/known-series.js';
import { missing, run } from '../support/programs.js';
import { parsePromql, queriesIn } from '../support/promql.js';
import { readRules } from '../support/rule-files.js';

const folder = 'deploy/cloud';
const files = (await readdir(folder, { recursive: true })).filter((name) => /\.(?:yml|alloy)$/.test(name)).sort();
const textOf = (file: string) => readFile(join(folder, file), 'utf8');
const port = '10059';

/** A scrape job in Prometheus' own notation. */
interface ScrapeJob {
  readonly job_name: string;
  readonly metrics_path?: string;
  readonly scrape_interval: string;
  readonly static_configs: readonly { readonly targets: readonly string[] }[];
  readonly metric_relabel_configs: readonly { readonly regex: string }[];
}

/** The part of each file that is Prometheus' configuration. */
const scrapeConfigs: Readonly<Record<string, (document: unknown) => unknown>> = {
  'aws/amp.yml': at('receivers', 'prometheus', 'config'),
  'aws/cloudwatch.yml': at('receivers', 'prometheus', 'config'),
  'azure/scrape-config.yml': (document) => parse(String(at('data', 'prometheus-config')(document))) as unknown,
  'google/ops-agent.yml': at('metrics', 'receivers', 'ai_crm', 'config'),
};
/** Those that choose pods by their labels. */
const monitors: Readonly<Record<string, string>> = { 'azure/pod-monitor.yml': 'podMetricsEndpoints', 'google/pod-monitoring.yml': 'endpoints' };

const rules = await readRules();
const series = knownSeries(rules);
/** Everything the exporter has that a rule or a board asks for. */
const used = await usedSeries();

t.test('every file of this folder is looked at here', async (t) => {
  t.same(files, [...Object.keys(scrapeConfigs), ...Object.keys(monitors), 'grafana-cloud/config.alloy'].sort());
});

t.test('every file says whose documentation it follows, and of when', async (t) => {
  for (const file of files) {
    const comment = (await textOf(file)).split('\n').filter((line) => /^(?:#|\/\/)/.test(line)).join('\n');
    t.match(comment, /documentation (?:of|as of)(?:.|\n)*https:\/\//, file);
    t.match(comment, /\b(?:\d+\.\d+|20\d\d)\b/, file);
  }
});

t.test('secrets are in none of them', async (t) => {
  for (const file of files) {
    const text = await textOf(file);
    for (const [line, value = ''] of text.matchAll(/^\s*\w*(?:password|token|secret|key|username|credentials)\w*\s*[:=]\s*(.*)$/gim)) {
      t.match(value, /^(?:sys\.env\(|\$\{env:|"?\/)/, `${file}: ${line.trim()}`);
    }
    t.notMatch(text, /\b(?:glc_|AKIA|AIza|ey[A-Z])\w{10,}/, file);
  }
});

t.test('those with a scrape job in them are a configuration of Prometheus, with the exporter as its target', async (t) => {
  for (const [file, scrapeConfigOf] of Object.entries(scrapeConfigs)) {
    const config = scrapeConfigOf(parse(await textOf(file))) as { readonly scrape_configs: readonly ScrapeJob[] };
    t.match(config.scrape_configs, [{ job_name: 'ai-crm', metrics_path: '/metrics' }], file);
    t.equal(config.scrape_configs.length, 1);
    for (const { targets } of config.scrape_configs[0]?.static_configs ?? []) for (const target of targets) t.equal(target.split(':')[1], port, file);
  }
});

t.test('promtool accepts those', { skip: missing('promtool') }, async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'cloud-'));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  for (const [file, scrapeConfigOf] of Object.entries(scrapeConfigs)) {
    await writeFile(join(directory, 'prometheus.yml'), stringify(scrapeConfigOf(parse(await textOf(file)))));
    t.match(run('promtool', ['check', 'config', join(directory, 'prometheus.yml')]), { exitCode: 0 }, file);
  }
});

t.test('those that choose pods choose the port by its name, and the job is the AI-CRM', async (t) => {
  for (const [file, endpoints] of Object.entries(monitors)) {
    const document = parse(await textOf(file)) as unknown;
    t.match(at('metadata', 'name')(document), 'ai-crm');
    t.match(at('spec', 'selector', 'matchLabels')(document), { 'app.kubernetes.io/name': 'ai-crm-exporter', 'app.kubernetes.io/instance': 'ai-crm' });
    t.match(at('spec', endpoints)(document), [{ port: 'metrics', path: '/metrics', interval: '15s' }]);
  }
  t.match(at('spec', 'podMetricsEndpoints')(parse(await textOf('azure/pod-monitor.yml'))), [{ relabelings: [{ targetLabel: 'job', replacement: 'ai-crm' }] }]);
});

t.test('Alloy scrapes, filters and sends, each to the next', async (t) => {
  const text = await textOf('grafana-cloud/config.alloy');
  t.match(text, `"localhost:${port}"`);
  t.match(text, /^\s*job_name = "ai-crm"$/m);
  const components = [...text.matchAll(/^(prometheus\.\w+) "(\w+)" \{$/gm)].map(([, kind, label]) => `${kind}.${label}.receiver`);
  const receivers = [...text.matchAll(/forward_to = \[(.+)\]/g)].map(([, receiver]) => receiver);
  t.same(receivers, components.slice(1));
  t.equal(text.match(/[[({]/g)?.length, text.match(/[\])}]/g)?.length, 'brackets are closed');
});

t.test('all but CloudWatch keep whatever rules and boards ask for', async (t) => {
  t.ok(used.length > 50);
  for (const file of files.filter((name) => name !== 'aws/cloudwatch.yml')) {
    const [, regex = ''] = /regex:?\s*=?\s*"?(aicrm_[^"\n]+)/.exec(await textOf(file)) ?? [];
    const keeps = new RegExp(`^(?:${regex})$`);
    t.same(used.filter((name) => !keeps.test(name)), [], file);
    t.notMatch('nodejs_heap_size_used_bytes', keeps);
  }
});

t.test('CloudWatch gets a handful of metrics that exist, with labels that they have, and nothing is scraped that it does not get', async (t) => {
  const document = parse(await textOf('aws/cloudwatch.yml')) as unknown;
  const declarations = at('exporters', 'awsemf', 'metric_declarations')(document) as readonly { readonly dimensions: readonly (readonly string[])[]; readonly metric_name_selectors: readonly string[] }[];
  const config = at('receivers', 'prometheus', 'config')(document) as { readonly scrape_configs: readonly ScrapeJob[] };
  const keeps = new RegExp(`^(?:${config.scrape_configs[0]?.metric_relabel_configs[0]?.regex})$`);
  const declared = declarations.flatMap(({ dimensions, metric_name_selectors: selectors }) => selectors.map((selector) => ({ name: selector.replace(/^\^|\$$/g, ''), selector, labels: dimensions.flat().filter((label) => label !== 'service.name') })));
  for (const { name, selector, labels } of declared) {
    t.equal(selector, `^${name}$`, 'the whole name');
    if (name === 'up') continue;
    const known = catalogue.find((definition) => definition.name === name);
    t.ok(known, `${name} exists`);
    t.same(labels.filter((label) => !known?.labels.includes(label)), [], name);
    t.ok(keeps.test(name), `${name} is kept`);
  }
  t.same(catalogue.filter(({ name }) => keeps.test(name) && !declared.some((one) => one.name === name)), [], 'kept for nothing');
});

t.test('the rules for Google and Azure are the bundled ones, as far as those take them', async (t) => {
  const print = (cloud: string) => run(process.execPath, ['scripts/print-cloud-rules.js', cloud]);
  const google = parse(print('google').stdout) as { readonly kind: string; readonly spec: { readonly groups: readonly RuleGroup[] } };
  const azure = parse(print('azure').stdout) as { readonly groups: readonly RuleGroup[] };
  t.equal(google.kind, 'Rules');
  t.equal(google.spec.groups.flatMap((group) => group.rules).length, rules.length);
  t.equal(azure.groups.flatMap((group) => group.rules).filter(({ alert }) => alert !== undefined).length, rules.filter(({ isAlert }) => isAlert).length, 'every alert');
  for (const { interval, rules: some } of azure.groups) {
    t.match(interval, /^(?:[1-9]|1[0-5])m$/);
    t.ok(some.length <= 20);
  }
  const all = [...google.spec.groups, ...azure.groups].flatMap((group) => group.rules);
  t.same(all.filter((rule) => 'keep_firing_for' in rule), []);
  t.match(print('other'), { exitCode: 1, stderr: 'print-cloud-rules: "other" is neither google nor azure\n' });
  if (missing('promtool') !== false) return;
  for (const groups of [google.spec.groups, azure.groups]) {
    const directory = t.testdir({ 'rules.yml': stringify({ groups }, { aliasDuplicateObjects: false }) });
    t.match(run('promtool', ['check', 'rules', join(directory, 'rules.yml')]), { exitCode: 0 });
  }
});

interface RuleGroup {
  readonly interval?: string;
  readonly rules: readonly { readonly alert?: string }[];
}

/** What is under these keys. */
function at(...keys: readonly string[]): (document: unknown) => unknown {
  return (document) => keys.reduce((value: unknown, key) => (value as Readonly<Record<string, unknown>> | undefined)?.[key], document);
}

async function usedSeries(): Promise<readonly string[]> {
  const recorded = new Set(rules.map(({ name }) => name));
  const own = new Set([...[...series.keys()].filter((name) => !recorded.has(name)), ...(await processFamilies()), 'up', 'scrape_duration_seconds']);
  const expressions = [
    ...rules.flatMap(({ expr, annotations }) => [expr, ...Object.values(annotations).flatMap(queriesIn)]),
    ...readBoards().flatMap(queriesOf).map(({ expression }) => expression.replace(/\$__\w+|\$\{\w+\}|\$\w+/g, '5m')),
  ];
  return [...new Set(expressions.flatMap((expression) => parsePromql(expression).selectors.map(({ metric }) => metric)))].filter((name) => own.has(name)).sort();
}
