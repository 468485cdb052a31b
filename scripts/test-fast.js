import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

// `npm run test:fast`, from the root of the project: runs the compiled tests that start no program – neither Prometheus, a database,
// Chromium nor dist/ – and simulate no hours. Which those are follows from what they import, so that no list has to be kept.

/** Who starts programs. */
const startsPrograms = /\/support\/(?:programs|main-program|prometheus|alertmanager|databases)\.js$/;
/** Who takes longer than anybody wants to wait for while working. */
const takesLong = /\/test\/(?:trap|politeness|http\/password-check)\.test\.js$/;

const root = resolve('.build/test');
const tests = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.js') && !/^(?:engine|systemd)\//.test(name))
  .map((name) => join(root, name));
const isSource = (file) => existsSync(file.replace(/^(.*)\/\.build\/(.*)\.js$/, '$1/$2.ts'));
const chosen = tests.filter((test) => isSource(test) && !takesLong.test(test) && !reaches(test)).sort();
const { status } = spawnSync('npx', ['tap', ...chosen, ...process.argv.slice(2)], { stdio: 'inherit' });
process.exitCode = status ?? 1;

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
