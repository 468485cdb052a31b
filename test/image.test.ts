import { chmod, mkdir, readFile, rm, symlink } from 'node:fs/promises';
import nodeModule from 'node:module';
import { join } from 'node:path';
import t from 'tap';
import { ask } from './support/ask.js';
import { readCompose } from './support/compose.js';
import { argumentsOf, copyContext, copyInto, type Instruction, listing, readDockerfile } from './support/dockerfile.js';
import { asNobody, isRoot, openFolder } from './support/nobody.js';
import { run, start } from './support/programs.js';
import { closedPort, rawServer } from './support/raw-server.js';
import { until } from './support/until.js';

/** Without a Docker engine: the test runs the steps of the Dockerfile in folders, one for each stage. */
const folder = await openFolder('image-');
t.teardown(async () => {
  run('chmod', ['-R', 'u+w', folder]);
  await rm(folder, { recursive: true, force: true });
});
const [context, image] = [join(folder, 'context'), join(folder, 'image')];
const stages = await readDockerfile();
const final = stages.at(-1)?.instructions ?? [];
const inFinal = (name: string): Instruction =>
  final.find((one) => one.name === name) ?? (t.fail(`the Dockerfile has no ${name}`) as never);
const mebibyte = 1024 * 1024;

/** Runs one stage in its folder. Every absolute path of a command is below that folder. */
async function build(root: string, instructions: readonly Instruction[]): Promise<void> {
  let workingDirectory = '/';
  for (const { name, text } of instructions) {
    if (name === 'WORKDIR') workingDirectory = text;
    if (name === 'COPY') {
      const stage = /--from=(\w+)/.exec(text)?.[1];
      await copyInto(root, stage === undefined ? context : join(folder, stage), workingDirectory, text);
    }
    if (name !== 'RUN') continue;
    const cwd = join(root, workingDirectory);
    await mkdir(cwd, { recursive: true });
    const commands = text
      .split(' && ')
      .map((command) => command.trim())
      .filter((command) => isRoot || !command.startsWith('chown '));
    for (const command of commands) {
      const isInstallation = command.startsWith('npm ci ');
      // Without network it only checks that the lock file is complete and matches. The packages are those that `npm ci` installed for these
      // tests.
      const result = run(
        'sh',
        ['-ec', isInstallation ? `${command} --offline --dry-run` : command.replace(/(?<=[\s=])\/(?=\w)/g, `${root}/`)],
        { cwd },
      );
      t.equal(result.exitCode, 0, `${command}\n${result.stderr}`);
      if (isInstallation) await symlink(join(process.cwd(), 'node_modules'), join(cwd, 'node_modules'));
    }
  }
}

t.test('the steps of the Dockerfile build the image from the files that .dockerignore allows', async (t) => {
  const allowed = await copyContext(context);
  // As in the base image.
  await mkdir(join(image, 'usr/local/bin'), { recursive: true });
  for (const { name = 'image', instructions } of stages) await build(join(folder, name), instructions);
  const copied = new Set(
    stages
      .flatMap(({ instructions }) => instructions)
      .filter(({ name, text }) => name === 'COPY' && !text.includes('--from'))
      .flatMap(({ text }) => text.split(/\s+/).slice(0, -1)),
  );
  t.same([...copied].sort(), [...allowed].sort(), 'the context has the copied files, and nothing else');

  const files = await listing(image);
  const paths = files.map(({ path }) => path);
  for (const path of [
    'app/dist/main.js',
    'app/dist/THIRD-PARTY-NOTICES.txt',
    'app/dist/sbom.cdx.json',
    'app/LICENSE',
    'app/alertmanager/templates/email.tmpl',
    'usr/local/bin/ai-crm-exporter',
  ])
    t.ok(paths.includes(path), path);
  t.notOk(
    paths.some((path) => /node_modules|\.(?:ts|map)$|^app\/src/.test(path)),
    'no sources, no packages',
  );
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  t.comment(`${(bytes / mebibyte).toFixed(1)} MiB on top of Node.js, ${files.length} files and folders`);
  t.ok(bytes < 6 * mebibyte, 'it is small');
  if ('enableCompileCache' in nodeModule)
    t.ok(
      paths.some((path) => path.startsWith('app/compile-cache/v')),
      'it has compiled code',
    );
  run('chmod', ['-R', 'a-w', image]);
});

t.test('the image, the service of systemd and npm start give V8 the same flags', async (t) => {
  const { scripts } = JSON.parse(await readFile('package.json', 'utf8')) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  const unit = await readFile('deploy/systemd/ai-crm-exporter.service', 'utf8');
  const fill = final.find(({ name, text }) => name === 'RUN' && text.includes('NODE_COMPILE_CACHE'));
  const flagsOf = (command = '') => command.match(/--max-[\w-]+=\d+(?=.*dist\/main\.js)/g);
  const flags = flagsOf(scripts['start']);
  t.ok(flags, 'npm start');
  t.same(flagsOf(scripts['demo']), flags, 'npm run demo');
  t.same(flagsOf(/^ExecStart=.*/m.exec(unit)?.[0]), flags, 'the service');
  t.same(flagsOf(argumentsOf(inFinal('ENTRYPOINT')).join(' ')), flags, 'the image');
  t.same(flagsOf(fill?.text), flags, 'the step that fills the compile cache: other flags make V8 refuse it');
});

const versionCommand = ['/usr/local/bin/ai-crm-exporter', '--version'];
for (const { as, skip } of [
  { as: 'nobody, without any capability', skip: isRoot ? false : 'only root can become nobody' },
  { as: 'whoever tests', skip: isRoot ? 'root may write anywhere' : false },
]) {
  t.test(`the image runs read-only as ${as}`, { skip }, async (t) => {
    const cwd = join(image, inFinal('WORKDIR').text);
    // TMPDIR is read-only, too.
    const inImage = (command: readonly string[]) =>
      asNobody(
        command.map((argument) => argument.replace(/^\/(?=app\/|usr\/)/, `${image}/`)),
        { PATH: process.env['PATH'], HOME: '/', TMPDIR: image },
      );
    // Node.js versions older than that of the image do not know every flag.
    const [program, ...args] = inImage(
      argumentsOf(inFinal('ENTRYPOINT')).filter(
        (word) => word !== '--disable-sigusr1' || process.allowedNodeEnvironmentFlags.has(word),
      ),
    );
    const port = await closedPort();
    const untouched = await listing(image);
    const [shell, ...rest] = inImage(versionCommand);
    t.match(
      run(shell, rest, { cwd }),
      { exitCode: 0, stdout: /^ai-crm-exporter \d+\.\d+\.\d+\n$/, stderr: '' },
      'the command is on PATH',
    );
    const output = join(folder, 'rendered');
    await mkdir(output);
    await chmod(output, 0o777);
    t.match(
      run(shell, [...rest.slice(0, -1), 'alertmanager-config', '--output.dir', output], { cwd }),
      { exitCode: 0, stdout: /email\.tmpl\n/, stderr: '' },
      'it finds the files of the image',
    );

    const exporter = start(program, [...args, `--web.listen-address=127.0.0.1:${port}`], { cwd });
    t.teardown(() => exporter.stop());
    const healthCheck = (at = port) => {
      const [node = '', ...flags] = argumentsOf(inFinal('HEALTHCHECK'));
      return run(
        node,
        flags.map((flag) => flag.replace(/:10059\b/, `:${at}`)),
      ).exitCode;
    };
    let exitCode: number | null | undefined;
    void exporter.exitCode.then((code) => (exitCode = code));
    await until(
      'it answers',
      async () =>
        exitCode !== undefined ||
        (await ask(`http://127.0.0.1:${port}/-/healthy`).catch(() => undefined))?.status === 200,
      20,
    );
    t.equal(exitCode, undefined, exporter.output());
    t.equal(healthCheck(), 0, 'the health check reports a healthy exporter');
    await until(
      'everything was probed',
      async () => (await ask(`http://127.0.0.1:${port}/-/ready`)).status === 200,
      20,
    );
    const { text } = await ask(`http://127.0.0.1:${port}/metrics`);
    const rssBytes = Number(/^process_resident_memory_bytes (\S+)$/m.exec(text)?.[1]);
    const [, limit = ''] =
      /^(\d+)M$/.exec(String((await readCompose()).services['exporter']?.deploy.resources.limits['memory'])) ?? [];
    t.comment(`${(rssBytes / mebibyte).toFixed(0)} MiB of memory, of ${limit} that it may have`);
    t.ok(rssBytes < (Number(limit) * mebibyte) / 2, 'with room for a large AI-CRM and the health check');
    exporter.signal('SIGTERM');
    t.equal(await exporter.exitCode, 0, 'it stops on a signal');
    t.equal(healthCheck(), 1, 'and the health check fails after it');
    t.same(await listing(image), untouched, 'it has written nothing');
    const answers: readonly (readonly [status: string, exitCode: number])[] = [
      ['401 Unauthorized', 0],
      ['503 Service Unavailable', 1],
    ];
    for (const [status, expected] of answers) {
      const server = await rawServer((socket) => socket.end(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\n\r\n`));
      // Not run(), because it blocks this process, which must answer.
      const [node = '', ...flags] = argumentsOf(inFinal('HEALTHCHECK'));
      const check = start(
        node,
        flags.map((flag) => flag.replace(/:10059\b/, `:${server.port}`)),
      );
      t.equal(await check.exitCode, expected, status);
      await server.stop();
    }
  });
}
