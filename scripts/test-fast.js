import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';

// `npm run test:fast`, from the root of the project: runs the compiled tests that start no program – neither Prometheus, a database,
// Chromium nor dist/ – and simulate no hours. Which those are follows from what they import, so that no list has to be kept.

/** Who starts programs. */
const startsPrograms = /\/support\/(?:programs|main-program|prometheus|alertmanager|databases)\.js$/;
/** Who takes longer than anybody wants to wait for while working. */
const takesLong = /\/test\/(?:trap|politeness|http\/(?:password-check|steady))\.test\.js$/;

const root = resolve('.build/test');
const tests = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.js') && !/^(?:engine|systemd)\//.test(name))
  .map((name) => join(root, name));
const isSource = (file) => existsSync(file.replace(/^(.*)\/\.build\/(.*)\.js$/, '$1/$2.ts'));
const chosen = tests.filter((test) => isSource(test) && !takesLong.test(test) && !reaches(test)).sort();
/** As many files in one process as cost less than another process, and not so many that the last process is waited for. */
const filesInBatch = 8;
const batches = Array.from({ length: Math.ceil(chosen.length / filesInBatch) }, () => []);
for (const [index, test] of chosen.entries()) batches[index % batches.length].push(test);
const queue = [...batches.entries()];

// Without tap's own runner, which costs half a second for each file; a test is a program that ends with 0 or 1.
const failed = [];
let asserted = 0;
await Promise.all(Array.from({ length: availableParallelism() }, work));
console.log(
  failed.length === 0
    ? `${chosen.length} files, ${asserted} assertions, all passed`
    : `failed, in one of the files of\n${failed.join('\n')}`,
);
process.exitCode = failed.length === 0 ? 0 : 1;

async function work() {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const [number, files] = next;
    const names = files.map((file) => relative('.build', file).replace(/js$/, 'ts')).join(' ');
    const { code, output } = await run(number, files);
    asserted += (output.match(/^ *ok \d/gm) ?? []).length;
    if (code === 0) continue;
    failed.push(names);
    console.log(
      `${names}\n${output
        .split('\n')
        .filter((line) => !/^ *(?:ok \d|1\.\.|# Subtest)/.test(line))
        .join('\n')}`,
    );
  }
}

function run(number, files) {
  return new Promise((done) => {
    // tap names temporary folders by these arguments: those of two processes have to differ. Each file has tap's 30 seconds.
    const child = spawn(process.execPath, ['--enable-source-maps', 'scripts/test-batch.js', `${number}`], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, TEST_FILES: JSON.stringify(files), TAP_TIMEOUT: `${30 * files.length}` },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (output += bytes));
    child.on('close', (code) => done({ code, output }));
  });
}

/** Whether a module, or what it imports, starts programs. */
function reaches(from) {
  const seen = new Set();
  const left = [from];
  for (let file = left.pop(); file !== undefined; file = left.pop()) {
    if (startsPrograms.test(file)) return true;
    if (seen.has(file) || !file.startsWith(root) || !existsSync(file)) continue;
    seen.add(file);
    for (const [, name] of readFileSync(file, 'utf8').matchAll(/(?:from|import\()\s*['"](\.[^'"]+)['"]/g))
      left.push(join(dirname(file), name));
  }
  return false;
}
