import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { CheckStatus } from '@stryker-mutator/api/check';
import { commonTokens, declareClassPlugin, PluginKind, tokens } from '@stryker-mutator/api/plugin';

/** Lets Stryker try one in so many faults. The same faults belong to the sample each time, as long as their lines stay the same. */
class Sample {
  static inject = tokens(commonTokens.options);

  #oneIn;

  constructor({ oneIn }) {
    this.#oneIn = oneIn;
  }

  async init() {}

  async check(faults) {
    return Object.fromEntries(
      faults.map(({ id, fileName, location, replacement }) => [
        id,
        this.#isTried(JSON.stringify([basename(fileName), location, replacement]))
          ? { status: CheckStatus.Passed }
          : { status: CheckStatus.CompileError, reason: 'not in the sample' },
      ]),
    );
  }

  async group(faults) {
    return [faults.map(({ id }) => id)];
  }

  #isTried(fault) {
    return createHash('sha256').update(fault).digest().readUInt32BE() % this.#oneIn === 0;
  }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.Checker, 'sample', Sample)];
