import { readFile, symlink, writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { INSTRUMENTER_CONSTANTS } from '@stryker-mutator/api/core';
import { build } from 'esbuild';

// `node scripts/mutants/bundles.js PACKAGES SOURCES TEST…` links to these packages, compiles these sources, builds dist/, and bundles each
// test with all sources that it imports. In a bundle, `tap` is the test that imports it, not the one of the process. So a bundle can run
// many times.

/** The name of a global variable: the test that runs a bundle. */
export const currentTest = 'testOfThisBundle';

/** The variable with the folder in which programs of dist/ leave which faults they reached. */
export const reachedFolder = 'REACHED_FAULTS';

/** test/base/text.test.ts → its bundle. */
export const bundleOf = (test) => `.build/${test.replace(/\.ts$/, '.bundle.js')}`;

const tapOfTheBundle = {
  name: 'tap',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^tap$/ }, () => ({ path: 'tap', namespace: 'current' }));
    onLoad({ filter: /./, namespace: 'current' }, () => ({ contents: `export default globalThis.${currentTest}` }));
  },
};

/** A module has the address of its compiled file, as without a bundle. Fixtures and workers are found from it. */
const ownAddresses = {
  name: 'addresses',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const compiled = pathToFileURL(`.build/${relative('.', path).replace(/\.ts$/, '.js')}`).href;
      const text = await readFile(path, 'utf8');
      return { contents: text.replaceAll('import.meta.url', JSON.stringify(compiled)), loader: 'ts' };
    });
  },
};

if (import.meta.filename === process.argv[1]) {
  const [packages, sources, ...tests] = process.argv.slice(2);
  await symlink(packages, 'node_modules');
  const common = { outbase: '.', outdir: '.build', target: 'node20', format: 'esm', logLevel: 'error' };
  // Workers and programs that a test starts are compiled files.
  await build({ ...common, entryPoints: [sources] });
  await build({
    ...common,
    entryPoints: tests,
    outExtension: { '.js': '.bundle.js' },
    bundle: true,
    platform: 'node',
    packages: 'external',
    plugins: [tapOfTheBundle, ownAddresses],
  });
  await import('../../build.js');
  await reportReached();
}

/** Adds to dist/main.js, after its first line, that it leaves at its end which faults it reached. */
async function reportReached() {
  const program = await readFile('dist/main.js', 'utf8');
  const report = `process.on('exit', () => {
    const reached = globalThis.${INSTRUMENTER_CONSTANTS.NAMESPACE}?.mutantCoverage?.static;
    const folder = process.env.${reachedFolder};
    if (folder && reached) require('node:fs').writeFileSync(\`\${folder}/\${process.pid}.json\`, JSON.stringify(reached));
  });`;
  await writeFile(
    'dist/main.js',
    program.replace('\n', () => `\n${report}\n`),
  );
}
