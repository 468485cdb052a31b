import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { parse, stringify } from 'yaml';
import { logLevels } from '../../src/base/log.js';
import { catalogue } from '../../src/metrics/catalogue.js';
import { readBoards } from '../support/board-json.js';
import { queriesOf } from '../support/board-queries.js';
import { goProgram, withoutGo } from '../support/go-program.js';
import { knownSeries, processFamilies } from '../support/known-series.js';
import { missing, run } from '../support/programs.js';
import { parsePromql, queriesIn } from '../support/promql.js';
import { readRules } from '../support/rule-files.js';

const folder = 'deploy/cloud';
const files = (await readdir(folder, { recursive: true })).filter((name) => /\.(?:yml|alloy|bicep)$/.test(name)).sort();
const textOf = (file: string) => readFile(join(folder, file), 'utf8');
const port = '10059';

/** A scrape job in the format of Prometheus. */
interface ScrapeJob {
  readonly job_name: string;
  readonly metrics_path?: string;
  readonly scrape_interval: string;
  readonly static_configs: readonly { readonly targets: readonly string[] }[];
  readonly metric_relabel_configs: readonly { readonly regex: string }[];
}

/** The part of each file that has the format of Prometheus. */
const scrapeConfigs: Readonly<Record<string, (document: unknown) => unknown>> = {
  'aws/amp.yml': at('receivers', 'prometheus', 'config'),
  'aws/cloudwatch.yml': at('receivers', 'prometheus', 'config'),
  'azure/scrape-config.yml': (document) => parse(String(at('data', 'prometheus-config')(document))) as unknown,
  'google/ops-agent.yml': at('metrics', 'receivers', 'ai_crm', 'config'),
};
/** Files that select pods by label. */
const monitors: Readonly<Record<string, string>> = {
  'azure/pod-monitor.yml': 'podMetricsEndpoints',
  'google/pod-monitoring.yml': 'endpoints',
};

const createLogModule = new URL('../../src/base/create-log.js', import.meta.url).href;
/** Files for logs only. */
const logsOnly = ['aws/logs.yml', 'azure/logs.bicep'];

const rules = await readRules();
const series = knownSeries(rules);
/** Every series of the exporter that a rule or a board uses. */
const used = await usedSeries();

// The first run builds a program with Go.
t.setTimeout(600_000);

t.test('every file of this folder is tested here', async (t) => {
  t.same(
    files,
    [...Object.keys(scrapeConfigs), ...Object.keys(monitors), ...logsOnly, 'grafana-cloud/config.alloy'].sort(),
  );
});

t.test('every file names its documentation, with the date', async (t) => {
  for (const file of files) {
    const comment = (await textOf(file))
      .split('\n')
      .filter((line) => /^(?:#|\/\/)/.test(line))
      .join('\n');
    t.match(comment, /documentation (?:of|as of)(?:.|\n)*https:\/\//, file);
    t.match(comment, /\b(?:\d+\.\d+|20\d\d)\b/, file);
  }
});

t.test('the page says for every cloud where severity none goes, and names each file and variable to set', async (t) => {
  const [, ...sections] = (await textOf('README.md')).split(/^## /m);
  const section = (name: string) => sections.find((text) => text.startsWith(`${name}\n`)) ?? '';
  for (const [name, folder] of [
    ['Grafana Cloud', 'grafana-cloud'],
    ['AWS', 'aws'],
    ['Google Cloud', 'google'],
    ['Azure', 'azure'],
  ] as const) {
    t.match(section(name), /severity\s+`none`/i, name);
    for (const file of files.filter((path) => path.startsWith(folder))) {
      t.match(section(name), `(${file})`, `${name} has ${file}`);
      const asked = [...(await textOf(file)).matchAll(/sys\.env\("(\w+)"\)|\$\{env:(\w+)\}|_file\s*=\s*"([^"]+)"/g)];
      for (const [, first, second, third] of asked)
        t.match(section(name), `${first ?? second ?? third}`, `${name}: ${first ?? second ?? third}`);
    }
  }
  t.match(section('Grafana Cloud'), /mimirtool[^.]*--address/);
  t.notMatch(section('Grafana Cloud'), /--address=\S*\/api\//);
});

t.test('the files contain no secrets', async (t) => {
  for (const file of files) {
    const text = await textOf(file);
    for (const [line, value = ''] of text.matchAll(
      /^\s*(?!time_key)\w*(?:password|token|secret|key|username|credentials)\w*\s*[:=]\s*(.*)$/gim,
    )) {
      t.match(value, /^(?:sys\.env\(|\$\{env:|"?\/)/, `${file}: ${line.trim()}`);
    }
    t.notMatch(text, /\b(?:glc_|AKIA|AIza|ey[A-Z])\w{10,}/, file);
  }
});

t.test('files with a scrape job are valid for Prometheus, with the exporter as the target', async (t) => {
  for (const [file, scrapeConfigOf] of Object.entries(scrapeConfigs)) {
    const config = scrapeConfigOf(parse(await textOf(file))) as { readonly scrape_configs: readonly ScrapeJob[] };
    t.match(config.scrape_configs, [{ job_name: 'ai-crm', metrics_path: '/metrics' }], file);
    t.equal(config.scrape_configs.length, 1);
    for (const { targets } of config.scrape_configs[0]?.static_configs ?? [])
      for (const target of targets) t.equal(target.split(':')[1], port, file);
  }
});

t.test('promtool accepts these files', { skip: missing('promtool') }, async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'cloud-'));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  for (const [file, scrapeConfigOf] of Object.entries(scrapeConfigs)) {
    await writeFile(join(directory, 'prometheus.yml'), stringify(scrapeConfigOf(parse(await textOf(file)))));
    t.match(run('promtool', ['check', 'config', join(directory, 'prometheus.yml')]), { exitCode: 0 }, file);
  }
});

t.test('files that select pods use the name of the port, and the job is ai-crm', async (t) => {
  for (const [file, endpoints] of Object.entries(monitors)) {
    const document = parse(await textOf(file)) as unknown;
    t.match(at('metadata', 'name')(document), 'ai-crm');
    t.match(at('spec', 'selector', 'matchLabels')(document), {
      'app.kubernetes.io/name': 'ai-crm-exporter',
      'app.kubernetes.io/instance': 'ai-crm',
    });
    t.match(at('spec', endpoints)(document), [{ port: 'metrics', path: '/metrics', interval: '15s' }]);
  }
  t.match(at('spec', 'podMetricsEndpoints')(parse(await textOf('azure/pod-monitor.yml'))), [
    { relabelings: [{ targetLabel: 'job', replacement: 'ai-crm' }] },
  ]);
});

t.test('Alloy scrapes, filters and sends, each to the next', async (t) => {
  const text = await textOf('grafana-cloud/config.alloy');
  t.match(text, `"localhost:${port}"`);
  t.match(text, /^\s*job_name = "ai-crm"$/m);
  for (const kind of ['prometheus', 'loki']) {
    const components = [...text.matchAll(new RegExp(`^(${kind}\\.[\\w.]+) "(\\w+)" \\{$`, 'gm'))].map(
      ([, name, label]) => `${name}.${label}.receiver`,
    );
    const receivers = [...text.matchAll(new RegExp(`forward_to = \\[(${kind}.+)\\]`, 'g'))].map(
      ([, receiver]) => receiver,
    );
    t.same(receivers, components.slice(1), kind);
    t.ok(receivers.length > 0);
  }
  t.equal(text.match(/[[({]/g)?.length, text.match(/[\])}]/g)?.length, 'brackets are closed');
});

t.test("Alloy's own formatter changes nothing", { skip: withoutGo }, async (t) => {
  const program = goProgram('alloy-format', ['github.com/grafana/alloy/syntax@v0.1.0']);
  t.same(run(program, ['deploy/cloud/grafana-cloud/config.alloy']), {
    exitCode: 0,
    stdout: await textOf('grafana-cloud/config.alloy'),
    stderr: '',
  });
  const directory = t.testdir({ 'broken.alloy': 'prometheus.scrape "a" {' });
  t.match(run(program, [join(directory, 'broken.alloy')]), { exitCode: 1, stderr: /broken\.alloy:1:/ });
});

/** Restarts of Prometheus. In a cloud that evaluates the rules there is no Prometheus. */
const aboutPrometheus = /^(?:process_start_time_seconds|prometheus_build_info)$/;

t.test('all except CloudWatch keep every metric that rules and boards use', async (t) => {
  t.ok(used.length > 50);
  for (const file of files.filter((name) => name !== 'aws/cloudwatch.yml' && !logsOnly.includes(name))) {
    const [, regex = ''] = /regex:?\s*=?\s*"?(aicrm_[^"\n]+)/.exec(await textOf(file)) ?? [];
    const keeps = new RegExp(`^(?:${regex})$`);
    t.same(
      used.filter((name) => !keeps.test(name) && !aboutPrometheus.test(name)),
      [],
      file,
    );
    t.notMatch('nodejs_heap_size_used_bytes', keeps);
  }
});

t.test('CloudWatch gets a few existing metrics with existing labels, and nothing else is scraped', async (t) => {
  const document = parse(await textOf('aws/cloudwatch.yml')) as unknown;
  const declarations = at('exporters', 'awsemf', 'metric_declarations')(document) as readonly {
    readonly dimensions: readonly (readonly string[])[];
    readonly metric_name_selectors: readonly string[];
  }[];
  const config = at('receivers', 'prometheus', 'config')(document) as {
    readonly scrape_configs: readonly ScrapeJob[];
  };
  const keeps = new RegExp(`^(?:${config.scrape_configs[0]?.metric_relabel_configs[0]?.regex})$`);
  const declared = declarations.flatMap(({ dimensions, metric_name_selectors: selectors }) =>
    selectors.map((selector) => ({
      name: selector.replace(/^\^|\$$/g, ''),
      selector,
      labels: dimensions.flat().filter((label) => label !== 'service.name'),
    })),
  );
  for (const { name, selector, labels } of declared) {
    t.equal(selector, `^${name}$`, 'the whole name');
    if (name === 'up') continue;
    const known = catalogue.find((definition) => definition.name === name);
    t.ok(known, `${name} exists`);
    t.same(
      labels.filter((label) => !known?.labels.includes(label)),
      [],
      name,
    );
    t.ok(keeps.test(name), `${name} is kept`);
  }
  t.same(
    catalogue.filter(({ name }) => keeps.test(name) && !declared.some((one) => one.name === name)),
    [],
    'kept without use',
  );
});

t.test('the log keeps its time and levels in each cloud, and has a query to save', async (t) => {
  const unit = await readFile('deploy/systemd/ai-crm-exporter.service', 'utf8');
  const [, identifier = ''] = /^SyslogIdentifier=(.+)$/m.exec(unit) ?? [];
  for (const file of ['grafana-cloud/config.alloy', 'google/ops-agent.yml', 'azure/logs.bicep'])
    t.match(await textOf(file), identifier, `${file} finds it under the name that systemd gives it`);
  // A line from the program, in the format that each file expects.
  const script = `import { createLog } from '${createLogModule}';
    createLog({ level: 'info', format: 'json' }).error('collector failed', { collector: 'host' });`;
  const { stderr } = run(process.execPath, ['--input-type=module', '--eval', script]);
  t.match([JSON.parse(stderr)], [{ ts: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, level: 'error', msg: /\S/ }]);
  const names = { debug: 'DEBUG', info: 'INFO', warn: 'WARNING', error: 'ERROR' };
  t.same(Object.keys(names).sort(), [...logLevels].sort());
  const google = parse(await textOf('google/ops-agent.yml')) as unknown;
  t.match(at('logging', 'processors')(google), {
    ai_crm_fields: { field: 'MESSAGE', time_key: 'ts' },
    ai_crm_level: { fields: { severity: { copy_from: 'jsonPayload.level', map_values: names } } },
  });
  const logging = at('logging')(google) as {
    readonly receivers: object;
    readonly processors: object;
    readonly service: { readonly pipelines: { readonly ai_crm: { receivers: string[]; processors: string[] } } };
  };
  const { receivers, processors } = logging.service.pipelines.ai_crm;
  t.same([receivers, processors], [Object.keys(logging.receivers), Object.keys(logging.processors)]);
  t.match(at('receivers', 'filelog/ai_crm', 'operators')(parse(await textOf('aws/logs.yml'))), [
    { type: 'container' },
    { type: 'json_parser', timestamp: { parse_from: 'attributes.ts' }, severity: { parse_from: 'attributes.level' } },
  ]);
  const alloy = await textOf('grafana-cloud/config.alloy');
  t.match(alloy, /stage\.timestamp \{\s+source = "ts"\s+format = "RFC3339Nano"/);
  t.match(alloy, /stage\.labels \{\s+values = \{\s+level = ""/);
  const bicep = await textOf('azure/logs.bicep');
  t.match(bicep, 'parse_json(SyslogMessage).level');
  t.equal(bicep.match(/[[({]/g)?.length, bicep.match(/[\])}]/g)?.length, 'brackets are closed');
  const page = await textOf('README.md');
  for (const query of [
    /\{job="ai-crm", level=~"warn\|error"\}/,
    /filter level in \["warn", "error"\]/,
    /jsonPayload\.level=\("warn" OR "error"\)/,
  ])
    t.match(page, query);
  t.match(bicep, 'level in ("warn", "error")');
});

const stores = ['plain', 'google', 'azure'] as const;
const printRules = (store: string) => run(process.execPath, ['scripts/print-cloud-rules.js', store]);
/** The bundled rules, printed for this store. */
const printed = Object.fromEntries(
  stores.map((store) => {
    const document = parse(printRules(store).stdout) as {
      readonly groups?: readonly RuleGroup[];
      readonly kind?: string;
      readonly spec?: { readonly groups: readonly RuleGroup[] };
    };
    return [store, (document.kind === 'Rules' ? document.spec?.groups : document.groups) ?? []];
  }),
) as Readonly<Record<(typeof stores)[number], readonly RuleGroup[]>>;
const rulesOf = (groups: readonly RuleGroup[]) => groups.flatMap((group) => group.rules);
const textsOf = (groups: readonly RuleGroup[]) =>
  rulesOf(groups).flatMap(({ alert = '', annotations = {} }) =>
    Object.entries(annotations).map(([name, text]) => ({ what: `${alert} ${name}`, text })),
  );

t.test('the rules for other stores are the bundled ones that these stores accept', async (t) => {
  t.match(printRules('other'), { exitCode: 1, stderr: 'print-cloud-rules: "other" is none of plain, google, azure\n' });
  const forget = (groups: readonly RuleGroup[]) =>
    rulesOf(groups).map(({ alert, record, expr }) => ({ name: alert ?? record, expr }));
  for (const store of ['plain', 'google'] as const)
    t.same(
      forget(printed[store]),
      rules.map(({ name, expr }) => ({ name, expr })),
      `${store}: all of them`,
    );
  for (const store of ['google', 'azure'] as const)
    t.same(
      rulesOf(printed[store]).filter((rule) => 'keep_firing_for' in rule),
      [],
      store,
    );
  t.not(rulesOf(printed.plain).filter((rule) => 'keep_firing_for' in rule).length, 0);
  if (missing('promtool') !== false) return;
  for (const store of stores) {
    const directory = t.testdir({
      'rules.yml': stringify({ groups: printed[store] }, { aliasDuplicateObjects: false }),
    });
    t.match(run('promtool', ['check', 'rules', join(directory, 'rules.yml')]), { exitCode: 0 }, store);
  }
});

/** All variants of a text: each block with `else` once with either part, and one word for every other action. */
function readings(text: string): string[] {
  const block =
    /\{\{ *(?:if|with|range)\b[^}]*\}\}((?:(?!\{\{ *(?:if|with|range|else|end)\b)[^])*)(?:\{\{ *else *\}\}((?:(?!\{\{ *(?:if|with|range|end)\b)[^])*))?\{\{ *end *\}\}/;
  const expand = (given: string): string[] => {
    const found = block.exec(given);
    if (found === null) return [given.replace(/\{\{[^}]*\}\}/g, 'X')];
    const [all, inner = '', otherwise] = found;
    return (otherwise === undefined ? [inner] : [inner, otherwise]).flatMap((side) =>
      expand(given.replace(all, () => side)),
    );
  };
  return expand(text.replace(/\s*\{\{-/g, '{{').replace(/-\}\}\s*/g, '}}'));
}

t.test('texts for other stores contain no query, and are still readable', async (t) => {
  const bundled = rules.flatMap(({ annotations }) => Object.values(annotations));
  t.ok(bundled.filter((text) => queriesIn(text).length > 0).length > 50, 'the bundled texts contain queries');
  for (const store of stores) {
    for (const { what, text } of textsOf(printed[store])) {
      t.notMatch(text, /\{\{[^}]*\bquery\b/, `${store}: ${what}`);
      if (!/ (?:summary|description|resolved)$/.test(what)) continue;
      for (const filled of readings(text)) {
        t.match(filled, /^[A-Z0-9]/, `${store}: ${what} begins with a word`);
        t.notMatch(
          filled,
          / {2}| [.,;:)]|[.,;:(] ?[.,;:)]|\b(?:a|an|and|at|of|than|the)[.,;:]|[,;:]$/,
          `${store}: ${what} has no gap`,
        );
        if (what.endsWith('description')) t.match(filled, /\.$/, `${store}: ${what} ends as a sentence`);
      }
    }
  }
});

t.test('Azure accepts every group, rule and text, and gets no alert with severity none', async (t) => {
  const azure = printed.azure;
  // https://github.com/Azure/prometheus-collector/tree/main/tools/az-prom-rules-converter/src/schemas/azure
  for (const { name, interval, rules: some } of azure) {
    t.match(interval, /^(?:[1-9]|1[0-5])m$/, name);
    t.ok(some.length >= 1 && some.length <= 20, name);
    t.notMatch(name, /[:@/#{}%&+*<>?]/);
    for (const { labels = {} } of some)
      t.ok(Object.keys(labels).length <= 10 && Object.values(labels).every((value) => value.length <= 1024), name);
  }
  t.same(
    textsOf(azure).filter(({ text }) => text === '' || text.length > 1024),
    [],
  );
  const told = rules.filter(({ isAlert, labels }) => isAlert && labels['severity'] !== 'none');
  const alerts = rulesOf(azure).filter(({ alert }) => alert !== undefined);
  t.same(
    alerts.map(({ alert }) => alert),
    told.map(({ name }) => name),
    'every alert that people must get',
  );
  t.same(
    alerts.filter(({ alert }) => alert === 'AiCrmWatchdog' || alert === 'AiCrmMaintenance'),
    [],
  );
  const annotations = (all: readonly { readonly annotations?: Readonly<Record<string, string>> }[]) =>
    all.map((rule) => Object.keys(rule.annotations ?? {}));
  t.same(
    annotations(alerts),
    annotations(told).map((names) => names.filter((name) => name !== 'since')),
    'with every annotation that contains no query',
  );
});

interface RuleGroup {
  readonly name: string;
  readonly interval?: string;
  readonly rules: readonly {
    readonly alert?: string;
    readonly record?: string;
    readonly expr: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  }[];
}

/** Reads the value under these keys. */
function at(...keys: readonly string[]): (document: unknown) => unknown {
  return (document) =>
    keys.reduce((value: unknown, key) => (value as Readonly<Record<string, unknown>> | undefined)?.[key], document);
}

async function usedSeries(): Promise<readonly string[]> {
  const recorded = new Set(rules.map(({ name }) => name));
  const own = new Set([
    ...[...series.keys()].filter((name) => !recorded.has(name)),
    ...(await processFamilies()),
    'up',
    'scrape_duration_seconds',
  ]);
  const expressions = [
    ...rules.flatMap(({ expr, annotations }) => [expr, ...Object.values(annotations).flatMap(queriesIn)]),
    ...readBoards()
      .flatMap(queriesOf)
      .map(({ expression }) => expression.replace(/\$__\w+|\$\{\w+\}|\$\w+/g, '5m')),
  ];
  return [
    ...new Set(expressions.flatMap((expression) => parsePromql(expression).selectors.map(({ metric }) => metric))),
  ]
    .filter((name) => own.has(name))
    .sort();
}
