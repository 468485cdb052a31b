import { readFile } from 'node:fs/promises';
import t from 'tap';
import { ask } from '../support/ask.js';
import { startDemoExporter } from '../support/demo-exporter.js';
import { readDocuments, trackedFiles } from '../support/documents.js';
import { parsedCommand } from '../support/parsed-command.js';
import { shellCommands } from '../support/shell-commands.js';

/** The comment under a block that no test runs completely. Users do not see it. */
const excuse = /^ *<!-- not run by a test: (?!-->)\S(?:(?!-->).)*-->$/ms;

/** Where commands are run: a pattern for the command → the test file, and a text in it as evidence. */
const ranBy: readonly (readonly [command: RegExp, file: string, evidence: string])[] = [
  [/^npm ci$/, '.ci/run', '\nnpm ci\n'],
  [/^npm test$/, '.ci/run', '\nnpm test\n'],
  [/^apt-get install prometheus /, '.ci/run', 'apt-get install -y -q --no-install-recommends prometheus '],
  [/^npm run test:(?:engine|systemd|node)$/, '.ci/run', 'npm run --ignore-scripts "test:$1"'],
  [/^npm run demo\b/, 'test/cli/demo.test.ts', "'demo'"],
  [/^npm start$/, 'test/cli/serve.test.ts', 'startMain'],
  [/^npm pack$/, 'test/package.test.ts', "'pack'"],
  [/^node build\.js$/, 'package.json', '"test": "node build.js'],
  [/^npx tsc -p tsconfig\.test\.json$/, 'package.json', 'tsc -p tsconfig.test.json && node scripts/test.js'],
  [/^ai-crm-exporter(?:$| serve| --)/, 'test/cli/serve.test.ts', "'--config.check'"],
  [/^ai-crm-exporter check\b/, 'test/cli/check.test.ts', "'check'"],
  [/^ai-crm-exporter status\b/, 'test/cli/status.test.ts', "'status'"],
  [/^ai-crm-exporter demo\b/, 'test/cli/demo.test.ts', "'demo'"],
  [/^ai-crm-exporter simulate\b/, 'test/cli/simulate.test.ts', "'simulate'"],
  [/^ai-crm-exporter map\b/, 'test/cli/map.test.ts', "'map'"],
  [/^ai-crm-exporter maintenance (?:start|stop|list)\b/, 'test/cli/maintenance.test.ts', "'maintenance'"],
  [/^ai-crm-exporter alertmanager-config\b/, 'test/cli/alertmanager-config.test.ts', "'alertmanager-config'"],
  [/^ai-crm-exporter thresholds (?:suggest|backtest)\b/, 'test/cli/thresholds.test.ts', "'thresholds'"],
  [/^ai-crm-exporter heartbeat\b/, 'test/cli/heartbeat-command.test.ts', "'heartbeat'"],
  [/^ai-crm-exporter notify-test\b/, 'test/cli/notify-test.test.ts', "'notify-test'"],
  [
    /^docker compose --env-file deploy\/compose\/demo\.env up -d --wait$/,
    'test/engine/stack.test.ts',
    '--env-file deploy/compose/demo.env',
  ],
  [/^(?:\S*\/)?deploy\/systemd\/install\.sh\b/, 'test/systemd/service.test.ts', 'deploy/systemd/install.sh'],
  [/^systemctl (?:reload|edit) ai-crm-exporter$/, 'test/systemd/service.test.ts', 'systemctl reload ${name}'],
  [/^sudoedit \/etc\/ai-crm-exporter\/monitoring\.yml$/, 'test/systemd/service.test.ts', 'sudoedit ${configuration}'],
  [
    /^install -m 0600 \/dev\/stdin \/etc\/ai-crm-exporter\/secrets\/crm_password$/,
    'test/systemd/service.test.ts',
    'sudo install -m 0600 /dev/stdin',
  ],
  [/^curl -fsS -X POST -H \$token\b/, 'test/heartbeats/reports.test.ts', 'docs/heartbeats.md'],
  [/^journalctl -u ai-crm-exporter\b/, 'test/systemd/service.test.ts', 'journalctl -u ${name} -f'],
  [/^promtool check rules prometheus\/rules\/\*\.yml$/, 'test/prometheus/rules.test.ts', "'check', 'rules'"],
  [
    /^promtool check config prometheus\/prometheus\.yml$/,
    'test/alertmanager/notifications.test.ts',
    "'check', 'config'",
  ],
];

/** Pages whose blocks are all run: page → the test file, and a text in it as evidence. */
const followed: Readonly<Record<string, readonly [file: string, evidence: string]>> = {
  'docs/docker.md': ['test/engine/stack.test.ts', "'every block of the guide was followed'"],
};

const ownFile = 'test/docs/commands.test.ts';
/** Requests to the exporter are sent below. */
const isQuestion = (words: readonly string[]) =>
  words[0] === 'curl' && words.some((word) => /^(?:http:\/\/)?localhost:10059\//.test(word));
const program = /^(?:node dist\/main\.js|(?:\S*\/)?ai-crm-exporter)(?= |$)/;

const documents = await readDocuments();
const blocks = documents.flatMap(({ path, blocks: all }) =>
  all
    .filter(({ language }) => ['sh', 'bash', 'shell', 'console'].includes(language))
    .map((block) => ({ ...block, isFollowed: path in followed, isExcused: excuse.test(block.after) })),
);
/** Each command with its place. All names of the program become `ai-crm-exporter`. */
const commands = blocks.flatMap((block) =>
  shellCommands(block.text).map((words) => ({
    block,
    words,
    text: words.join(' ').replace(program, 'ai-crm-exporter'),
  })),
);

t.test('every command in a document is run by a test, or a comment says why not', async (t) => {
  t.ok(commands.length > 40, 'commands were found');
  const unknown = commands.filter(
    ({ block, words, text }) =>
      !block.isFollowed && !block.isExcused && !isQuestion(words) && !ranBy.some(([command]) => command.test(text)),
  );
  t.same(
    unknown.map(({ block, text }) => `${block.place}: ${text}`),
    [],
    `commands that no test runs (see ${ownFile}), under whose block there is no <!-- not run by a test: why -->`,
  );
});

t.test('an excuse is a comment with a reason', async (t) => {
  t.match('\n\n<!-- not run by a test: it takes\na cluster -->\n', excuse);
  t.match('\n\n   <!-- not run by a test: the last one, which takes a cluster -->\n', excuse);
  t.notMatch('\n\n<!-- not run by a test: -->\n', excuse);
  t.notMatch('\n\n<!-- not run by a test: -->\n\n<!-- or so -->\n', excuse);
  for (const { path, prose } of documents)
    t.notMatch(prose.replaceAll(/`[^`\n]*`/g, ''), /\(not run by a test/i, `${path}: users do not see it`);
});

t.test('no document uses npx for the program: it is not published, so that anybody could take the name', async (t) => {
  for (const { path, prose, blocks: own } of documents)
    for (const text of [prose, ...own.map((block) => block.text)])
      t.notMatch(text, /npx (?:-\S+ )*ai-crm-exporter\b/, path);
});

t.test('the tests that run the commands exist', async (t) => {
  const files = new Set(trackedFiles());
  for (const [command, file, evidence] of ranBy) {
    if (!commands.some(({ text }) => command.test(text))) continue;
    t.ok(files.has(file), `${command.source}: ${file}`);
    if (files.has(file)) t.match(await readFile(file, 'utf8'), evidence, `${file} runs ${command.source}`);
  }
  for (const [page, [file, evidence]] of Object.entries(followed))
    t.match(await readFile(file, 'utf8'), evidence, `${file} runs ${page}`);
});

t.test('the program accepts every command line of its own', async (t) => {
  const own = commands.filter(({ text }) => /^ai-crm-exporter(?: |$)/.test(text));
  t.ok(own.length > 20);
  for (const { block, words, text } of own) {
    const args = words.slice(words.findIndex((word) => /(?:^|\/)(?:ai-crm-exporter|main\.js)$/.test(word)) + 1);
    t.equal((await parsedCommand(args)).problem, undefined, `${block.place}: ${text}`);
  }
  t.match((await parsedCommand(['chekc'])).problem, /chekc|too many arguments/);
  t.match((await parsedCommand(['check', '--jsn'])).problem, /unknown option '--jsn'/);
  t.match((await parsedCommand(['maintenance', 'start', '--all'])).problem, /--for/);
});

t.test('contributors install the same packages as CI', async (t) => {
  const packagesOf = (line: string) => line.split(/[\s\\]+/).filter((word) => /^[a-z]/.test(word));
  const [, told = ''] =
    /\napt-get install (prometheus .*?)\n```/s.exec(await readFile('CONTRIBUTING.md', 'utf8')) ?? [];
  const [, installed = ''] = /--no-install-recommends (prometheus .*)/.exec(await readFile('.ci/run', 'utf8')) ?? [];
  t.ok(packagesOf(told).length > 10);
  t.same(packagesOf(told), packagesOf(installed));
});

t.test('the page about the command line has every command', async (t) => {
  const page = await readFile('docs/command-line.md', 'utf8');
  const names = [...(await readFile('src/cli/program.ts', 'utf8')).matchAll(/\.command\('([\w-]+)'/g)].map(
    ([, name = '']) => name,
  );
  t.ok(names.length > 8);
  for (const name of names) t.match(page, new RegExp(`^ai-crm-exporter .*\\b${name}\\b`, 'm'), name);
});

t.test('every npm script in the documents is in package.json', async (t) => {
  const { scripts } = JSON.parse(await readFile('package.json', 'utf8')) as {
    scripts: Readonly<Record<string, string>>;
  };
  for (const { prose, path, blocks: own } of documents) {
    const named = [...`${prose}\n${own.map(({ text }) => text).join('\n')}`.matchAll(/\bnpm run ([\w:-]+)/g)].map(
      ([, name = '']) => name,
    );
    t.same(
      named.filter((name) => !(name in scripts)),
      [],
      path,
    );
  }
});

t.test('the exporter answers every request that the documents send to it', async (t) => {
  const questions = commands.filter(({ words, block }) => isQuestion(words) && !block.isExcused && !block.isFollowed);
  t.ok(questions.length > 3);
  const exporter = await startDemoExporter();
  t.teardown(() => exporter.stop());
  for (const { block, text } of questions) {
    const [, method = 'GET', path = ''] =
      /^curl(?: -[sSf]+)*(?: -X (POST))?(?: -[sSf]+)* (?:http:\/\/)?localhost:10059(\/\S*)$/.exec(text) ?? [];
    t.match(await ask(exporter.url + path, { method }), { status: 200, text: /\S/ }, `${block.place}: ${text}`);
  }
});

t.test('shell commands are split as a shell does', async (t) => {
  t.same(
    shellCommands("sudo -u a A=1 b 'c d' \"e # f\" # g\nX=1 h \\\n  i > j && k | l; m 2>&1\ncat > n <<'E'\no p\nE\nq"),
    [['A=1', 'b', 'c d', 'e # f'], ['h', 'i'], ['k'], ['l'], ['m'], ['cat'], ['q']],
  );
});
