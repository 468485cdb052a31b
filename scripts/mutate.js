/**
 * Puts small faults into the sources, one at a time, and lists the faults that no test notices (mutation testing, by Stryker):
 *
 *     npm run mutate -- src/probes
 *     npm run mutate -- 'src/metrics/*.ts' test/metrics/family.test.ts test/metrics/recorder.test.ts
 *
 * The first argument is a folder of `src`, a file, or a pattern for files. The others are the tests to run, by default those of the same
 * folder in `test`. A test file runs only for the faults that it reaches. A noticed fault is not tried again until something changes. So a
 * first run with quick tests and a second run with all tests take less time than one run with all.
 */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
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
const tests = (named.length > 0 ? named : [mirrored]).map((path) =>
  path.endsWith('.ts') ? `.build/${path.replace(/\.ts$/, '.js')}` : `.build/${path}/**/*.test.js`,
);
const name = subject.replaceAll('/', '-').replace(/^src-|[*.]+(?:ts)?$/g, '');

await new Stryker({
  mutate: [sources],
  // The Helm chart contains links to other folders, and Stryker cannot copy them.
  ignorePatterns: ['.cache', '.tap', 'docs/images', 'deploy/helm'],
  // Tests and their modules are already compiled. Only the changed sources are compiled again, with esbuild, which checks no types.
  buildCommand: `esbuild ${sources} --outbase=src --outdir=.build/src --format=esm --target=node20 --log-level=error`,
  disableTypeChecks: false,
  testRunner: 'tap',
  tap: { testFiles: tests, forceBail: true, nodeArgs: ['-r', '{{hookFile}}', '{{testFile}}'] },
  coverageAnalysis: 'perTest',
  concurrency: 2,
  timeoutMS: 5_000,
  timeoutFactor: 3,
  incremental: true,
  incrementalFile: `.cache/mutate/${name}.json`,
  tempDirName: '.cache/mutate/sandbox',
  reporters: ['clear-text', 'progress'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  thresholds: { high: 90, low: 90, break: null },
}).runMutationTest();
