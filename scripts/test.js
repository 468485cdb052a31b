import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';

// `npm test`, from the root of the project: runs all compiled tests, without tap's own runner, which costs half a second for each file.
// A test is a program that ends with 0 or 1.
//
//     node scripts/test.js --fast   `npm run test:fast`: only those that start no program – neither Prometheus, a database, Chromium nor
//                                   dist/ – and simulate no hours. Which those are follows from what they import: no list has to be kept.

/** Who starts programs. */
const startsPrograms = /\/support\/(?:programs|main-program|prometheus|alertmanager|databases)\.js$/;
/** Start none, and take longer than anybody wants to wait for while working. */
const takesLong = /^(?:trap|politeness|http\/(?:password-check|steady))$/;
/** These need a Docker engine, and boot a system: npm run test:engine, npm run test:systemd. */
const isElsewhere = /^(?:engine|systemd)\//;
/** Begins first, so that at the end no core waits for it. */
const longest = ['prometheus/rules', 'grafana/cost'];
/** Wait for programs that wait, for a minute or more, and take a fifth of a core: some of them beside those that keep the cores busy. */
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
/** Takes apart all that its process holds, which is little where no other test was before. */
const byItself = 'soak/inside';
/** As many files in one process as cost less than another process, and not so many that the last process is waited for. */
const filesInBatch = 16;
/** A file that takes longer says so itself. */
const timeoutSeconds = 60;

const isFast = process.argv.includes('--fast');
const root = resolve('.build/test');
const pathOf = (name) => join(root, `${name}.test.js`);
const all = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.js'))
  .map((file) => file.replace(/\.test\.js$/, ''))
  // What was compiled from a file that is gone is no test any more.
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
  // Small files wait now and then, too: one process more than there are cores.
  work(waiting).then(() => work(queue)),
  ...Array.from({ length: waitingAtATime - 1 }, () => work(waiting)),
]);
const files = isFast ? fast : all;
const took = `${seconds(beganAt)} s`;
// What failed is said once more at the end: of everything together the log is long.
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
    // One that ends before its tests have run has no plan.
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
    // tap names temporary folders by file and arguments: those of two processes have to differ.
    const program = names.length === 1 ? [pathOf(names[0])] : ['scripts/test-batch.js', names[0]];
    const child = spawn(process.execPath, ['--enable-source-maps', ...program], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        TEST_FILES: JSON.stringify(names.map(pathOf)),
        TAP_TIMEOUT: `${timeoutSeconds * names.length}`,
      },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (output += bytes));
    child.on('close', (code) => done({ code, output }));
  });
}

function seconds(since) {
  return ((performance.now() - since) / 1000).toFixed(1);
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
