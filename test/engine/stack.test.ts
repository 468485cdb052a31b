import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { ask } from '../support/ask.js';
import { readDocuments, trackedFiles } from '../support/documents.js';
import { openFolder } from '../support/nobody.js';
import { cleanEnvironment, start } from '../support/programs.js';
import { until } from '../support/until.js';

/**
 * The stack of docker-compose.yml on a real Docker engine. Its script is docs/docker.md: the blocks are run in a new clone, and the last
 * test checks that none is left out. `npm run test:engine` runs this; with-engine.sh explains which engine it uses. Each test continues
 * with the stack of the one before.
 */
t.setTimeout(900_000);

const folder = await openFolder('engine-');
const clone = join(folder, 'ai-crm-exporter');
const inClone = (path: string) => join(clone, path);
// The containers and volumes of a developer's stack are kept. Its ports are needed, since the guide has fixed ports.
const project = 'ai-crm-monitoring-test';
const environment: NodeJS.ProcessEnv = {
  ...cleanEnvironment(),
  COMPOSE_PROJECT_NAME: project,
  COMPOSE_PROGRESS: 'plain',
};
const demo = '--env-file deploy/compose/demo.env';
const page = (await readDocuments()).find(({ path }) => path === 'docs/docker.md');
const guide = page?.blocks.filter(({ language }) => language === 'sh') ?? [];
const followed = new Set<string>();
const boards = (await readdir('grafana/dashboards')).filter((name) => name.endsWith('.json')).length;

/** Runs a script in the clone, or elsewhere. git does nothing, because the clone exists already; root needs no sudo. */
async function sh(script: string, cwd = clone): Promise<{ readonly exitCode: number | null; readonly output: string }> {
  const running = start('bash', ['-ec', `git() { :; }; ((UID)) || sudo() { "$@"; }\n${script}`], { cwd, environment });
  return { exitCode: await running.exitCode, output: running.output() };
}

/** The same, but it must succeed. Returns the output. */
async function succeed(script: string, cwd?: string): Promise<string> {
  const { exitCode, output } = await sh(script, cwd);
  if (exitCode !== 0) throw new Error(`${script}\nended with ${exitCode}:\n${output.slice(-4000)}`);
  return output;
}

/** The text of the block of the guide that has these words. The block counts as followed. */
function told(words: string): string {
  const [block, ...others] = guide.filter(({ text }) => text.includes(words));
  if (block === undefined || others.length > 0)
    throw new Error(`docs/docker.md has no block, or several, with ${words}`);
  followed.add(block.place);
  return block.text;
}

/** Runs the block of the guide that has these words. */
const follow = (words: string, cwd?: string) => succeed(told(words), cwd);

/** The state of a container in Docker. The time of its last start is in Docker's format. */
interface Container {
  readonly name: string;
  readonly pid: number;
  readonly started: string;
  readonly health: string;
}

/** The containers of all services except the one-shot ones. */
async function containers(): Promise<readonly Container[]> {
  const label = '{{index .Config.Labels "com.docker.compose.service"}}';
  const format = `${label} {{.State.Pid}} {{.State.StartedAt}} {{.State.Health.Status}}`;
  const lines = await succeed(`docker inspect --format '${format}' $(docker compose ps --quiet)`);
  const rows = lines
    .trim()
    .split('\n')
    .map((line) => line.split(' '));
  return rows.map(([name = '', pid = '', started = '', health = '']) => ({ name, pid: Number(pid), started, health }));
}

/** Whether the service is healthy after another start than this one. */
async function isBack(name: string, before: string): Promise<boolean> {
  return (await containers()).some((one) => one.name === name && one.started !== before && one.health === 'healthy');
}

/** The value of the first series that Prometheus has for this query. */
async function query(promql: string): Promise<number | undefined> {
  const { status, text } = await ask(`http://127.0.0.1:9090/api/v1/query?query=${encodeURIComponent(promql)}`);
  if (status !== 200) throw new Error(`${promql}: ${text}`);
  interface QueryAnswer {
    readonly data: { readonly result: readonly { readonly value: readonly [number, string] }[] };
  }
  const [first] = (JSON.parse(text) as QueryAnswer).data.result;
  return first === undefined ? undefined : Number(first.value[1]);
}

/** The number of boards that Grafana shows admin with this password, or `refused`. */
async function boardsFor(password: string): Promise<number | 'refused'> {
  const { status, text } = await ask('http://127.0.0.1:3001/api/search?type=dash-db', { auth: `admin:${password}` });
  return status === 200 ? (JSON.parse(text) as readonly unknown[]).length : 'refused';
}

/** Switches a scenario of the simulated AI-CRM, as its page does. */
async function databaseDown(method: 'PUT' | 'DELETE'): Promise<void> {
  const { status, text } = await ask('http://127.0.0.1:8001/scenarios/database-down', { method });
  if (status !== 200) throw new Error(text);
}

t.before(async () => {
  for (const path of trackedFiles()) {
    await mkdir(dirname(inClone(path)), { recursive: true });
    await cp(path, inClone(path));
  }
  await succeed(`docker compose ${demo} down --volumes --remove-orphans`);
});
t.teardown(async () => {
  await sh(`docker compose ${demo} down --volumes --remove-orphans --timeout 2; docker rm --force ai-crm-exporter`);
  await rm(folder, { recursive: true, force: true });
});

t.test('prints the versions', async (t) => {
  t.comment(await follow('docker version &&'));
});

t.test('the image is built, and runs alone', async (t) => {
  await writeFile(inClone('monitoring.yml'), 'endpoints: {itself: "http://127.0.0.1:10059/-/healthy"}\n');
  const output = await follow('docker build -t ai-crm-exporter .');
  t.match(output, /^Usage: ai-crm-exporter/m);
  t.comment(`Node.js ${await succeed('docker run --rm --entrypoint node ai-crm-exporter --version')}`);
  const withDebug = 'docker run --rm --read-only --env NODE_DEBUG_NATIVE=COMPILE_CACHE ai-crm-exporter --version';
  t.match((await sh(withDebug)).output, /program\.js was accepted/, 'Node.js uses the compiled code of the image');
});

t.test('a secret that cannot be read is refused, with the file and a remedy', async (t) => {
  const secret = 'deploy/compose/secrets/grafana_admin_password';
  await succeed(`printf 'open sesame' >${secret} && chmod 000 ${secret}`);
  const incomplete = (name: string) => ({
    exitCode: 1,
    output: new RegExp(`service "${name}" didn't complete successfully`),
  });
  t.match(await sh('docker compose up -d --wait'), incomplete('grafana-password'));
  const told = /grafana_admin_password cannot be read by user 65534: chown 65534 it/;
  t.match(await succeed('docker compose logs grafana-password'), told);
  await succeed(`chmod 600 ${secret} && mv ${secret} deploy/compose/secrets/smtp_password`);
  const email =
    '{smtp_server: mail.test, username: bot, password_file: secrets/smtp_password, recipients: [a@crm.test]}';
  await writeFile(inClone('deploy/compose/mail.yml'), `alert_channels:\n  email: ${email}\n`);
  const withMail = (command: string) => `MONITORING_FILE=mail.yml docker compose ${command}`;
  t.match(await sh(withMail('up -d --wait')), incomplete('alertmanager-config'));
  const position = /mail\.yml:2:\d+ alert_channels\.email\.password_file: .*smtp_password/;
  t.match(await succeed('docker compose logs alertmanager-config'), position);
  await follow('sudo chown 65534 deploy/compose/secrets/smtp_password');
  t.match(
    await succeed(withMail('run --rm alertmanager-config')),
    /alertmanager\.yml\n$/,
    'the remedy of the guide works',
  );
});

t.test('a used port is refused with its number', async (t) => {
  const squatter = createServer().listen(3001, '127.0.0.1');
  t.teardown(() => squatter.close());
  const row = /\| `port is already allocated`, `address already in use` \|.*`GRAFANA_PORT`/;
  t.match(await readFile('docs/docker.md', 'utf8'), row);
  const taken = /127\.0\.0\.1:3001.*(?:port is already allocated|address already in use)/;
  t.match(await sh('docker compose up -d --wait'), { exitCode: 1, output: taken });
  await succeed('GRAFANA_PORT=3002 docker compose up -d --wait');
});

t.test('the AI-CRM on this machine is watched', async (t) => {
  const crm = [8000, 3000].map((port) =>
    createServer((_request, response) => {
      response.setHeader('content-type', 'application/json').end('{"status":"healthy"}');
    }).listen(port),
  );
  t.teardown(() => crm.forEach((server) => server.close()));
  await follow('git clone', folder);
  await until('its two components are up', async () => (await query('sum(aicrm_component_up)')) === 2, 60, 300);
  // Alertmanager restarts with a new configuration and gets no alerts meanwhile.
  const errors = 'docker compose logs prometheus | grep level=ERROR | grep -v component=notifier';
  t.equal((await sh(errors)).output, '', 'Prometheus has no errors');
  const warnings = 'docker compose logs alertmanager | grep level=WARN | grep component=configuration';
  t.equal((await sh(warnings)).output, '', 'Alertmanager has no errors');
  const format = '{{range .Mounts}}{{if eq .Destination "/host"}}{{.Propagation}}{{end}}{{end}}';
  const propagation = await succeed(`docker inspect --format '${format}' $(docker compose ps --quiet exporter)`);
  t.equal(propagation, 'rslave\n', 'later mounts are visible');
  t.equal(await query('max(aicrm_host_container)'), 0, "the figures are the machine's");
  t.match(await follow('cp .env.example .env'), /Healthy/);
});

t.test('the demo starts, and a fault in it reaches the console', async (t) => {
  await follow(`docker compose ${demo} up -d --wait`);
  // An export lasts as long as its shell, so here it becomes the environment of all further commands.
  [, environment['COMPOSE_ENV_FILES']] = /=(\S+)/.exec(told('export COMPOSE_ENV_FILES=')) ?? [];
  await until('everything is up', async () => (await query('sum(aicrm_component_up)')) === 7, 60, 300);
  await databaseDown('PUT');
  const begin = performance.now();
  const alert = /msg="alert firing".*AiCrmComponentDown.*component=(?:database|postgres)/;
  await until('it is on the console', async () => alert.test(await succeed('docker compose logs exporter')), 120, 1000);
  t.comment(`${((performance.now() - begin) / 1000).toFixed(0)} s from the fault to the console`);
  await databaseDown('DELETE');
});

t.test('a changed configuration is checked, generated and reloaded in the stack', async (t) => {
  t.match(await follow('docker compose run --rm alertmanager-config'), /alertmanager\.yml/);
  const made = await succeed('docker compose exec alertmanager cat /etc/alertmanager/alertmanager.yml');
  t.match(made, 'http://exporter:10059/alerts');
  t.match(await follow('promtool check config'), /SUCCESS: \d+ rules found/);
  await until('Prometheus is back', () => isBack('prometheus', ''), 60, 500);
});

t.test('the commands of the exporter find the other programs in the stack', async (t) => {
  interface Status {
    readonly programs: Readonly<Record<string, { readonly version: string | null }>>;
    readonly findings: readonly { readonly subject: string; readonly level: string }[];
  }
  const expected = [
    'exporter',
    'Prometheus',
    'Alertmanager',
    'Grafana',
    'scrape',
    'rules',
    'hand-over',
    'notifications',
  ];
  let last: Status = { programs: {}, findings: [] };
  const isWell = (subject: string) =>
    last.findings.some((finding) => finding.subject === subject && finding.level === 'healthy');
  // After a restart of Alertmanager it takes a while until alerts of Prometheus arrive.
  await until(
    'all work together',
    async () => {
      last = JSON.parse((await sh('docker compose exec -T exporter ai-crm-exporter status --json')).output) as Status;
      return expected.every(isWell);
    },
    120,
    2000,
  ).catch((error: unknown) => t.fail(String(error), last));
  for (const [name, { version }] of Object.entries(last.programs)) t.comment(`${name} ${version}`);
  // Its exit code also depends on the level of the machine.
  t.match(await sh(told('ai-crm-exporter status')), { output: /HEALTHY +hand-over/ });
  t.match(await follow('ai-crm-exporter notify-test'), /^console +delivered$/m);
});

t.test('Grafana has its own random password, and accepts another one', async (t) => {
  const first = (await follow('exec grafana cat /run/grafana-admin/password')).trim();
  t.match(first, /^[\w-]{32}$/);
  t.equal(await boardsFor(first), boards);
  t.equal(await boardsFor('admin'), 'refused');
  const file = 'deploy/compose/secrets/grafana_admin_password';
  await succeed(`umask 077 && echo 'open sesame' >${file} && sudo chown 65534 ${file}`);
  await follow('reset-admin-password');
  t.equal(await boardsFor('open sesame'), boards);
});

t.test('a killed service restarts', async (t) => {
  for (const { name, pid, started } of await containers()) {
    // A process of the engine's machine, which may be virtual, kills it: a container that `docker kill` ended does not restart.
    await succeed(`docker run --rm --pid host alpine:3.24 kill -9 ${pid}`);
    await until(`${name} is back`, () => isBack(name, started), 60, 300);
    t.pass(name);
  }
});

t.test('data survives a stop and start of the stack', async (t) => {
  // Everything was killed just before. Prometheus must be ready and must have scraped.
  const isSeen = async () => (await query('aicrm_component_up{component="backend"}').catch(() => undefined)) === 1;
  await until('backend is seen again', isSeen, 120, 300);
  // With milliseconds, because the last scrape may be younger than the begin of this second.
  const then = `aicrm_component_up{component="backend"} @ ${Date.now() / 1000}`;
  t.equal(await query(then), 1);
  const [now, later] = [0, 3600].map((seconds) => new Date(Date.now() + seconds * 1000).toISOString());
  const matchers = [{ name: 'component', value: 'backend', isRegex: false }];
  const silence = JSON.stringify({ matchers, startsAt: now, endsAt: later, createdBy: 'test', comment: 'lasting' });
  await succeed(`curl -fsS -H 'content-type: application/json' -d '${silence}' http://127.0.0.1:9093/api/v2/silences`);
  const isAllThere = async (t: Test, when: string) => {
    t.equal(await query(then), 1, `${when}: the series of Prometheus`);
    const { text } = await ask('http://127.0.0.1:9093/api/v2/silences');
    t.match(text, '"lasting"', `${when}: the silence of Alertmanager`);
    t.equal(await boardsFor('open sesame'), boards, `${when}: the database of Grafana`);
  };
  await succeed('docker compose down');
  await succeed('docker compose up -d --wait');
  await isAllThere(t, 'down and up');
  await follow('tar czf');
  await follow('tar xzf');
  await isAllThere(t, 'backup and restore');
  // As with a `git pull` that brings a new rule.
  await writeFile(
    inClone('prometheus/rules/upgraded.yml'),
    'groups: [{name: upgraded, rules: [{record: "upgraded:rule", expr: vector(1)}]}]\n',
  );
  t.match(await follow('--build --force-recreate --remove-orphans'), /Healthy/);
  await isAllThere(t, 'upgrade');
  await until('the rule that came with it is evaluated', async () => (await query('upgraded:rule')) === 1, 60, 300);
});

t.test('removal leaves no container and no volume', async (t) => {
  await follow('docker compose --profile demo down --volumes   #');
  const own = `--quiet --filter label=com.docker.compose.project=${project}`;
  t.equal(await succeed(`docker ps --all ${own}; docker volume ls ${own}`), '');
  const places = guide.map(({ place }) => place);
  t.same(
    places.filter((place) => !followed.has(place)),
    [],
    'every block of the guide was followed',
  );
});
