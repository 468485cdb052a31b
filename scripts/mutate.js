/**
 * Puts small faults into the sources, one at a time, and lists the faults that no test notices (mutation testing, by Stryker):
 *
 *     npm run mutate -- src/probes
 *     npm run mutate -- 'src/metrics/*.ts' test/metrics/family.test.ts test/metrics/recorder.test.ts
 *
 * The first argument is a folder of `src`, a file, or a pattern for files. The others are the tests to run, by default those of the same
 * folder in `test`. A test file runs only for the faults that it reaches. A noticed fault is not tried again until something changes. So a
 * first run with quick tests and a second run with all tests take less time than one run with all. A test that starts `dist/` does not see
 * the faults.
 */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Stryker } from '@stryker-mutator/core';

const [subject, ...named] = process.argv.slice(2).map((path) => path.replace(/\/+$/, ''));
if (
  subject === undefined ||
  !subject.startsWith('src/') ||
  !existsSync(subject.includes('*') ? dirname(subject) : subject)
) {
  console.error('which folder or file of src? npm run mutate -- src/probes');
  process.exit(2);
}
const isFile = subject.endsWith('.ts');
const sources = isFile ? subject : `${subject}/**/*.ts`;
const mirrored = (isFile ? dirname(subject) : subject).replace(/^src/, 'test');
const tests = (named.length > 0 ? named : [mirrored]).flatMap((path) =>
  path.endsWith('.ts')
    ? path
    : readdirSync(path, { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.test.ts'))
        .map((file) => join(path, file)),
);
const name = subject.replaceAll('/', '-').replace(/^src-|[*.]+(?:ts)?$/g, '');

await new Stryker({
  mutate: [sources],
  // The Helm chart contains links to other folders, and Stryker cannot copy them.
  ignorePatterns: ['.cache', '.tap', 'docs/images', 'deploy/helm'],
  buildCommand: `node scripts/mutants/bundles.js ${[sources, ...tests].join(' ')}`,
  disableTypeChecks: false,
  plugins: [join(import.meta.dirname, 'mutants/one-process.js')],
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
