import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism, constants, setPriority } from 'node:os';
import { dirname, join, resolve } from 'node:path';

// `npm test`, from the root of the project, runs all compiled tests. It does not use tap's runner, which takes half a second more for each
// file. A test is a program that ends with 0 or 1.
//
//     node scripts/test.js --fast   `npm run test:fast`
//
// runs only tests that start no program (Prometheus, databases, Chromium, dist/) and simulate no hours. The imports of a test show whether
// it starts programs, so there is no list of these tests.

/** Modules that start programs. */
const startsPrograms = /\/support\/(?:programs|main-program|prometheus|alertmanager|databases)\.js$/;
/** These start no program, but take too long for a quick run. */
const takesLong = /^(?:trap|politeness|http\/(?:password-check|steady))$/;
/** These need a Docker engine, or boot a system: npm run test:engine, npm run test:systemd. */
const isElsewhere = /^(?:engine|systemd)\//;
/**
 * These start first, because they take longest. Otherwise a core is idle at the end. They only compute, so they leave the cores to others,
 * most of which run programs that are busy until their test ends.
 */
const longest = ['prometheus/rules', 'grafana/cost'];
/**
 * These mostly wait for other programs, for a minute or more, and use a fifth of a core. Some of them run beside those that use a whole
 * core.
 */
const mostlyWait = [
  'grafana/queries',
  'alerting',
  'drill/drill',
  'deploy/scaling',
  'cli/status',
  'simulator/demo/demo-stack',
  'alertmanager/held-back',
  'cli/notify-test',
];
const waitingAtATime = 3;
/** Inspects the whole heap of its process, so it runs in a process without other tests. */
const byItself = 'soak/inside';
/** Files in one process. With fewer files, starting processes costs more. With more files, the last process ends late. */
const filesInBatch = 16;
/** A file that takes longer sets its own timeout. */
const timeoutSeconds = 60;

const isFast = process.argv.includes('--fast');
const root = resolve('.build/test');
const pathOf = (name) => join(root, `${name}.test.js`);
const all = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.js'))
  .map((file) => file.replace(/\.test\.js$/, ''))
  // Skips old compiled tests without a source file.
  .filter((name) => !isElsewhere.test(name) && existsSync(join('test', `${name}.test.ts`)))
  .sort();
const fast = all.filter((name) => !takesLong.test(name) && !reaches(pathOf(name)));
const unknown = [...longest, ...mostlyWait].filter((name) => !all.includes(name) || fast.includes(name));
if (unknown.length > 0) throw new Error(`scripts/test.js: not a test that starts programs: ${unknown.join(', ')}`);

const batches = Array.from({ length: Math.ceil(fast.length / filesInBatch) }, () => []);
for (const [index, name] of fast.filter((each) => each !== byItself).entries())
  batches[index % batches.length].push(name);
batches.push([byItself]);
const alone = all.filter((name) => !fast.includes(name) && !longest.includes(name) && !mostlyWait.includes(name));
const single = (names) => names.map((name) => [name]);
const queue = isFast ? batches : [...single(longest), ...single(alone), ...batches];
const waiting = isFast ? [] : single(mostlyWait);

const beganAt = performance.now();
const failures = [];
let asserted = 0;
await Promise.all([
  ...Array.from({ length: availableParallelism() }, () => work(queue)),
  // Small files wait now and then, too. So there is one process more than cores.
  work(waiting).then(() => work(queue)),
  ...Array.from({ length: waitingAtATime - 1 }, () => work(waiting)),
]);
const files = isFast ? fast : all;
const took = `${seconds(beganAt)} s`;
// Prints failures again at the end, because the whole log is long.
console.log(
  failures.length === 0
    ? `${files.length} files, ${asserted} assertions in ${took}, all passed`
    : `\nfailed, in ${took}:\n\n${failures.join('\n\n')}`,
);
process.exitCode = failures.length === 0 ? 0 : 1;

async function work(left) {
  for (let names = left.shift(); names !== undefined; names = left.shift()) {
    const startedAt = performance.now();
    const { code, output } = await run(names);
    // A process that ends before its tests have run prints no plan.
    const hasPassed = code === 0 && /^1\.\.[1-9]/m.test(output);
    const title = `${names.join(' ')}: ${hasPassed ? 'passed' : 'FAILED'} in ${seconds(startedAt)} s`;
    if (!isFast || !hasPassed) console.log(title);
    asserted += (output.match(/^ *ok \d/gm) ?? []).length;
    const skipped = output.match(/^ *ok \d.* # SKIP.*$/gm) ?? [];
    for (const line of skipped) console.log(`  ${line.trim()}`);
    if (hasPassed) continue;
    const told = output.split('\n').filter((line) => !/^ *(?:ok \d|1\.\.|# Subtest|$)/.test(line));
    failures.push([title, ...told].join('\n'));
    if (!isFast) console.log(told.join('\n'));
  }
}

function run(names) {
  return new Promise((done) => {
    // tap names temporary folders by file and arguments, so the arguments of two processes must differ.
    const program = names.length === 1 ? [pathOf(names[0])] : ['scripts/test-batch.js', names[0]];
    const child = spawn(process.execPath, ['--enable-source-maps', ...program], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        TEST_FILES: JSON.stringify(names.map(pathOf)),
        TAP_TIMEOUT: `${timeoutSeconds * names.length}`,
      },
    });
    if (longest.includes(names[0])) setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (output += bytes));
    child.on('close', (code) => done({ code, output }));
  });
}

function seconds(since) {
  return ((performance.now() - since) / 1000).toFixed(1);
}

/** True if a module, or a module that it imports, starts programs. */
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
