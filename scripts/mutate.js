/**
 * Puts small faults into the sources, one at a time, and lists the faults that no test notices (mutation testing, by Stryker):
 *
 *     npm run mutate -- src/probes
 *     npm run mutate -- 'src/metrics/*.ts' test/metrics/family.test.ts test/metrics/recorder.test.ts
 *     npm run mutate -- --one-in 10 src/cli/check.ts test/cli/check.test.ts
 *
 * The first argument is a folder of `src` or `simulator`, a file, or a pattern for files. The others are the tests to run, by default those
 * of the same folder in `test`. A test file runs only for the faults that it reaches, in its own process or in a program that it starts. A
 * noticed fault is not tried again until something changes. So a first run with quick tests and a second run with all tests take less time
 * than one run with all. With `--one-in 10` a tenth of the faults is tried, always the same ones; the others are counted as errors.
 */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Stryker } from '@stryker-mutator/core';

const {
  values: { 'one-in': oneIn },
  positionals,
} = parseArgs({ options: { 'one-in': { type: 'string', default: '1' } }, allowPositionals: true });
const [subject, ...named] = positionals.map((path) => path.replace(/\/+$/, ''));
if (
  subject === undefined ||
  !/^(?:src|simulator)\b/.test(subject) ||
  !existsSync(subject.includes('*') ? dirname(subject) : subject)
) {
  console.error('which folder or file of src or simulator? npm run mutate -- src/probes');
  process.exit(2);
}
const isFile = subject.endsWith('.ts');
const sources = isFile ? subject : `${subject}/**/*.ts`;
// `src/net` is tested in `test/net`, and `simulator` in `test/simulator`.
const mirrored = join('test', (isFile ? dirname(subject) : subject).replace(/^src(?:\/|$)/, ''));
const tests = (named.length > 0 ? named : [mirrored]).flatMap((path) =>
  path.endsWith('.ts')
    ? path
    : readdirSync(path, { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.test.ts'))
        .map((file) => join(path, file)),
);
const sample = oneIn === '1' ? '' : `-one-in-${oneIn}`;
const name = `${subject.replaceAll('/', '-').replace(/^src-|[*.]+(?:ts)?$/g, '')}${sample}`;

await new Stryker({
  mutate: [sources],
  // The Helm chart contains links to other folders, and Stryker cannot copy them.
  ignorePatterns: ['.cache', '.tap', 'docs/images', 'deploy/helm'],
  // Stryker would make the link after the build, which needs it.
  symlinkNodeModules: false,
  buildCommand: ['node scripts/mutants/bundles.js', resolve('node_modules'), sources, ...tests].join(' '),
  disableTypeChecks: false,
  plugins: ['one-process.js', 'sample.js'].map((file) => join(import.meta.dirname, 'mutants', file)),
  checkers: ['sample'],
  oneIn: Number(oneIn),
  testRunner: 'one-process',
  oneProcess: { files: tests },
  coverageAnalysis: 'perTest',
  concurrency: 2,
  // A bundle stays in memory after each run.
  maxTestRunnerReuse: 200,
  timeoutMS: 2_000,
  timeoutFactor: 3,
  incremental: true,
  incrementalFile: `.cache/mutate/${name}.json`,
  tempDirName: '.cache/mutate/sandbox',
  logLevel: 'warn',
  warnings: { unknownOptions: false },
  reporters: ['clear-text', 'progress'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  thresholds: { high: 90, low: 90, break: null },
}).runMutationTest();
