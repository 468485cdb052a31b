import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';

// `npm run test:fast`, from the root of the project: runs the compiled tests that start no program – neither Prometheus, a database,
// Chromium nor dist/ – and simulate no hours. Which those are follows from what they import, so that no list has to be kept.

/** Who starts programs. */
const startsPrograms = /\/support\/(?:programs|main-program|prometheus|alertmanager|databases)\.js$/;
/** Who takes longer than anybody wants to wait for while working. */
const takesLong = /\/test\/(?:trap|politeness|http\/(?:password-check|steady|page\/browser))\.test\.js$/;

const root = resolve('.build/test');
const tests = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.js') && !/^(?:engine|systemd)\//.test(name))
  .map((name) => join(root, name));
const isSource = (file) => existsSync(file.replace(/^(.*)\/\.build\/(.*)\.js$/, '$1/$2.ts'));
const chosen = tests.filter((test) => isSource(test) && !takesLong.test(test) && !reaches(test)).sort();
const queue = [...chosen];

// Without tap's own runner, which costs half a second for each file; a test is a program that ends with 0 or 1.
const failed = [];
let asserted = 0;
await Promise.all(Array.from({ length: availableParallelism() }, work));
console.log(
  failed.length === 0 ? `${chosen.length} files, ${asserted} assertions, all passed` : `failed:\n${failed.join('\n')}`,
);
process.exitCode = failed.length === 0 ? 0 : 1;

async function work() {
  for (let test = queue.shift(); test !== undefined; test = queue.shift()) {
    const name = relative('.build', test).replace(/js$/, 'ts');
    const { code, output } = await run(test);
    asserted += (output.match(/^ *ok \d/gm) ?? []).length;
    if (code === 0) continue;
    failed.push(name);
    console.log(
      `${name}\n${output
        .split('\n')
        .filter((line) => !/^ *(?:ok \d|1\.\.|# Subtest)/.test(line))
        .join('\n')}`,
    );
  }
}

function run(test) {
  return new Promise((done) => {
    const child = spawn(process.execPath, ['--enable-source-maps', test], { stdio: ['ignore', 'pipe', 'pipe'] });
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
