import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { INSTRUMENTER_CONSTANTS } from '@stryker-mutator/api/core';
import { commonTokens, declareClassPlugin, PluginKind, tokens } from '@stryker-mutator/api/plugin';
import {
  DryRunStatus,
  determineHitLimitReached,
  TestStatus,
  toMutantRunResult,
} from '@stryker-mutator/api/test-runner';
// The classes of tap without its test of the process, which would print, and end the process after its time limit.
import '@tapjs/core';
import { Test } from '@tapjs/test';
import { bundleOf, currentTest, reachedFolder } from './bundles.js';

// Runs tests for Stryker, many times in one process. A new process for each fault would take two seconds; this takes a third of one. Each
// import of a bundle begins with new state.

/** The parent of all runs. Stryker has its own time limit, and nobody reads what it prints. */
const all = new Test({ name: 'all', timeout: 0 });
all.runMain(() => {});
all.resume();
/** What the sources with faults use to learn which fault is active, and to report what was reached. */
const faults = (globalThis[INSTRUMENTER_CONSTANTS.NAMESPACE] ??= {});

class OneProcess {
  static inject = tokens(commonTokens.options);

  #files;
  #runs = 0;
  /** Where the sources with faults are. */
  #root = process.cwd();

  constructor({ oneProcess: { files } }) {
    this.#files = files;
  }

  async init() {
    // Tests read their files as another user, too.
    await chmod(this.#root, 0o755);
    // Two processes run the same test at the same time.
    all.testdirName = join(this.#root, `.tap/fixtures/${process.pid}`);
  }

  capabilities() {
    return { reloadEnvironment: true };
  }

  async dryRun() {
    const tests = [];
    const perTest = {};
    for (const file of this.#files) {
      faults.mutantCoverage = undefined;
      const folder = await mkdtemp(join(tmpdir(), 'reached-'));
      process.env[reachedFolder] = folder;
      tests.push(await this.#run(file));
      delete process.env[reachedFolder];
      // A test of Stryker is a file here, so what is reached while a file is loaded belongs to it too.
      perTest[file] = Object.assign(await reachedByPrograms(folder), faults.mutantCoverage?.static);
    }
    return { status: DryRunStatus.Complete, tests, mutantCoverage: { static: {}, perTest } };
  }

  async mutantRun({ activeMutant, hitLimit, testFilter = this.#files }) {
    Object.assign(faults, { activeMutant: activeMutant.id, hitLimit, hitCount: 0 });
    // For workers and programs that a test starts.
    process.env[INSTRUMENTER_CONSTANTS.ACTIVE_MUTANT_ENV_VARIABLE] = activeMutant.id;
    const tests = [];
    for (const file of testFilter) {
      tests.push(await this.#run(file));
      const endless = determineHitLimitReached(faults.hitCount, hitLimit);
      if (endless !== undefined) return endless;
      if (tests.at(-1).status === TestStatus.Failed) break;
    }
    return toMutantRunResult({ status: DryRunStatus.Complete, tests });
  }

  async #run(file) {
    const beganAt = performance.now();
    // A test that failed may have left another one.
    process.chdir(this.#root);
    const results = await all.test(file, { bail: false, timeout: 0 }, async (test) => {
      globalThis[currentTest] = endingAtFailure(test);
      await import(`${pathToFileURL(join(this.#root, bundleOf(file))).href}?run=${++this.#runs}`);
    });
    const common = { id: file, name: file, fileName: file, timeSpentMs: performance.now() - beganAt };
    return results.ok
      ? { ...common, status: TestStatus.Success }
      : { ...common, status: TestStatus.Failed, failureMessage: results.failures[0]?.name ?? 'failed' };
  }
}

/** What the programs reached that a test started, and removes their folder. */
async function reachedByPrograms(folder) {
  const files = await readdir(folder);
  const reached = await Promise.all(files.map(async (file) => JSON.parse(await readFile(join(folder, file), 'utf8'))));
  await rm(folder, { recursive: true });
  return Object.assign({}, ...reached);
}

/** The same test, but nothing begins in it after a failure. What has begun ends as usual, and closes what it has opened. */
function endingAtFailure(test) {
  const begin = test.test.bind(test);
  test.test = (...given) => {
    const run = given.pop();
    return begin(...given, (part) => (test.passing() ? run(part) : part.end()));
  };
  return test;
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'one-process', OneProcess)];
