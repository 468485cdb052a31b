import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { failureReasons } from '../../src/base/reason.js';
import { oldestVersions } from '../../src/base/version.js';
import { aiCrmOptions } from '../../src/config/sections/ai-crm-section.js';
import { checkIntervalOptions, scheduleOptions } from '../../src/config/sections/schedule-section.js';
import { maxAlerts } from '../../src/http/alert-console.js';
import { readDocuments } from '../support/documents.js';
import { readRules, ruleFiles } from '../support/rule-files.js';

const namesIn = async (folder: string, ending: string) =>
  (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(ending));

/** The value of a constant in a source file: a whole number, or a product of whole numbers. */
async function constantOf(file: string, name: string): Promise<number> {
  const [, value = ''] =
    new RegExp(`^(?:export )?const ${name} = ([\\d_ *]+);$`, 'm').exec(await readFile(file, 'utf8')) ?? [];
  return value.split('*').reduce((product, factor) => product * Number(factor.trim().replaceAll('_', '') || NaN), 1);
}

/** The size of this project's files in the image, in MiB. */
async function imageMebibytes(): Promise<number> {
  const folders = ['dist', 'prometheus/rules', 'grafana/dashboards', 'alertmanager/templates'];
  const files = await Promise.all(
    folders.map(async (folder) => (await namesIn(folder, '')).map((name) => join(folder, name))),
  );
  const sizes = await Promise.all(
    [...files.flat(), 'docs/runbooks.md']
      .filter((file) => !file.endsWith('.map'))
      .map(async (file) => (await stat(file)).size),
  );
  return Math.round(sizes.reduce((sum, size) => sum + size, 0) / 1024 ** 2);
}

const groups = (
  await Promise.all(
    (
      await ruleFiles()
    ).map(async (file) => (parse(await readFile(file, 'utf8')) as { groups: unknown[] }).groups.length),
  )
).reduce((sum, count) => sum + count, 0);
const boards = (await namesIn('grafana/dashboards', '.json')).length;
const {
  health_checks: health,
  system_metrics: host,
  detailed_analysis: details,
  agent_performance: agents,
} = checkIntervalOptions;

/** Each number in a document: the page, the words around it, and the right value. */
const claims: readonly (readonly [page: string, words: RegExp, truth: number])[] = [
  ['README.md', /Grafana draws (\d+) boards/, boards],
  ['README.md', /has (\d+) boards for Grafana/, boards],
  ['docs/images/flow.svg', /Grafana draws (\d+) boards/, boards],
  ['docs/images/flow.svg', />(\d+) boards</, boards],
  ['docs/status.md', /boards +all (\d+) are there/, boards],
  ['README.md', /and (\d+) rule files\]/, (await ruleFiles()).length],
  ['docs/existing-prometheus.md', /Copy all (\d+) files of \[`prometheus\/rules`\]/, (await ruleFiles()).length],
  ['docs/status.md', /rules +(\d+) groups with \d+ rules/, groups],
  ['docs/status.md', /rules +\d+ groups with (\d+) rules/, (await readRules()).length],
  ['README.md', /one of (\d+) \[reasons\]/, failureReasons.length],
  ['README.md', /components every (\d+) s, the host every \d+ s/, health.default],
  ['README.md', /components every \d+ s, the host every (\d+) s/, host.default],
  ['README.md', /probed again after (\d+) s, at most twice/, scheduleOptions.retry_interval.default],
  ['docs/ai-crm-json.md', /`check_intervals\.detailed_analysis` \((\d+) s\)/, details.default],
  ['docs/ai-crm-json.md', /`check_intervals\.agent_performance` \((\d+) s\)/, agents.default],
  ['docs/kubernetes.md', /the default of (\d+) is half/, aiCrmOptions.requests_per_hour.default],
  ['docs/troubleshooting.md', /limits itself to (\d+) \(`requests_per_hour`\)/, aiCrmOptions.requests_per_hour.default],
  ['docs/data-sources.md', /requests_per_hour: (\d+)/, aiCrmOptions.requests_per_hour.default],
  ['docs/scaling.md', /default `concurrency` is (\d[\d,]*\d)/, scheduleOptions.concurrency.default],
  [
    'docs/scaling.md',
    /counters of the (\d[\d,]*\d) URLs/,
    await constantOf('src/collectors/on-demand.ts', 'maxRemembered'),
  ],
  [
    'docs/scaling.md',
    /URLs asked last; (\d+) probes at once/,
    await constantOf('src/collectors/on-demand.ts', 'maxAtOnce'),
  ],
  [
    'docs/security.md',
    /At most (\d+) probes run at once/,
    await constantOf('src/collectors/on-demand.ts', 'maxAtOnce'),
  ],
  [
    'docs/security.md',
    /and (\d[\d,]*\d) targets are remembered/,
    await constantOf('src/collectors/on-demand.ts', 'maxRemembered'),
  ],
  [
    'docs/security.md',
    /probed at most (\d+) times a second/,
    await constantOf('src/collectors/on-demand.ts', 'maxPerSecond'),
  ],
  [
    'docs/security.md',
    /\| connections \| (\d+), of which/,
    await constantOf('src/http/connections.ts', 'maxConnections'),
  ],
  ['docs/security.md', /of which (\d+) for one client/, await constantOf('src/http/connections.ts', 'maxOfOneClient')],
  ['docs/security.md', /(\d+) of a client may wait/, await constantOf('src/http/password-check.ts', 'maxWaiting')],
  ['docs/security.md', /the first (\d[\d,]*\d) alerts of a notification/, maxAlerts],
  ['docs/security.md', /(\d+) notifications at a time/, await constantOf('src/http/alert-routes.ts', 'maxAtOnce')],
  [
    'docs/levels.md',
    /more than (\d+) KiB of header/,
    (await constantOf('src/net/http-response.ts', 'maxHeaderBytes')) / 1024,
  ],
  ['docs/levels.md', /takes longer than (\d+) ms/, await constantOf('src/probes/verdict.ts', 'patienceMilliseconds')],
  ['docs/levels.md', /levels deep, (\d+) checks/, await constantOf('src/probes/health-body.ts', 'maxChecks')],
  ['docs/docker.md', /and (\d+) MiB of this project/, await imageMebibytes()],
];

t.test('every number in a document is right; UPDATE_GOLDEN=1 corrects it', async (t) => {
  for (const [page, words, truth] of claims) {
    const text = await readFile(page, 'utf8');
    const [found = '', number = 'nothing'] = words.exec(text) ?? [];
    const right = truth.toLocaleString('en-US');
    if (process.env['UPDATE_GOLDEN'] === undefined) t.equal(number, right, `${page}: ${words.source}`);
    else await writeFile(page, text.replace(found, found.replace(number, right)));
  }
});

t.test('the oldest versions are those that the programs check', async (t) => {
  const { engines } = JSON.parse(await readFile('package.json', 'utf8')) as {
    readonly engines: { readonly node: string };
  };
  const oldest = new Map([['Node.js', engines.node.replace('>=', '')], ...Object.entries(oldestVersions)]);
  const names = [...oldest.keys()].join('|');
  const forms = [
    `(${names}) (\\d+(?:\\.\\d+)?) or\\s+newer`,
    `^\\| (${names}) \\| (?:\`[^|]*\` \\| )?(\\d+(?:\\.\\d+)?)`,
  ];
  let count = 0;
  for (const { path, prose } of await readDocuments())
    for (const form of forms)
      for (const [text, program = '', number = ''] of prose.matchAll(new RegExp(form, 'gm'))) {
        count += 1;
        t.match(oldest.get(program), new RegExp(`^${number.replace('.', '\\.')}(?:\\.|$)`), `${path}: ${text}`);
      }
  t.ok(count > 8);
});

t.test('the page about reasons has all of them', async (t) => {
  const [, table = ''] =
    /\n## Reasons\n.*?\n\|---\|---\|\n(.*?)\n\n/s.exec(await readFile('docs/levels.md', 'utf8')) ?? [];
  t.same([...table.matchAll(/^\| `(\w+)`/gm)].map(([, reason]) => reason).sort(), [...failureReasons].sort());
});
