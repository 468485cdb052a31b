/**
 * Builds dist/: the program in a few files, with all packages that it needs. Compared with its about four hundred modules, the program
 * starts in half the time and needs ten MiB less memory, and a copy of the folder runs anywhere. Modules that load late have their own
 * files. A build checks no types, so it takes a fraction of a second; `npm test` checks them.
 *
 *     node build.js --sbom   also writes dist/sbom.cdx.json, for the published package and image; takes three seconds more
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

/** Variables that CommonJS packages expect. */
const banner = [
  "import { createRequire as createRequireOfNode } from 'node:module';",
  "import { fileURLToPath as pathOfUrl } from 'node:url';",
  'const require = createRequireOfNode(import.meta.url);',
  'const __filename = pathOfUrl(import.meta.url);',
  "const __dirname = pathOfUrl(new URL('.', import.meta.url));",
].join('\n');

/** The media types of this program's answers. The whole list has 2,500 types, would be in the bundle twice, and needs two MiB of memory. */
const answeredTypes = ['application/json', 'application/octet-stream', 'text/html', 'text/plain'];

/**
 * Replacements for packages. `readable-stream` is a copy of the streams of Node.js for other platforms, so the streams of Node.js replace
 * it. prom-client needs telemetry only for exemplars, and this program has none.
 */
const replacements = {
  'readable-stream': "module.exports = require('node:stream');",
  'readable-stream/lib/_stream_writable.js': "module.exports = require('node:stream').Writable;",
  '@opentelemetry/api': 'module.exports = {};',
};

const lessOfTheSame = {
  name: 'less of the same',
  setup(build) {
    build.onLoad({ filter: /\/mime-db\/db\.json$/ }, async ({ path }) => {
      const all = JSON.parse(await readFile(path, 'utf8'));
      return {
        contents: JSON.stringify(Object.fromEntries(answeredTypes.map((type) => [type, all[type]]))),
        loader: 'json',
      };
    });
    build.onResolve({ filter: /^(?:readable-stream|@opentelemetry\/api)(?:\/|$)/ }, ({ path }) => ({
      path,
      namespace: 'replacement',
    }));
    build.onLoad({ filter: /.*/, namespace: 'replacement' }, ({ path }) => ({
      contents: replacements[path],
      loader: 'js',
    }));
  },
};

/**
 * Loads modules of Node.js by `require`. An `import` reads every export of a module, getters too, and so loads modules that are not needed.
 * On Node.js 26 `import 'node:http'` loads all of `fetch`, 14 MiB.
 */
const builtinsByRequire = {
  name: 'builtins by require',
  setup(build) {
    build.onResolve({ filter: /^[^.]/ }, ({ path, kind }) => {
      if (!isBuiltin(path)) return undefined;
      return kind === 'import-statement' ? { path, namespace: 'builtin' } : { path, external: true };
    });
    build.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)});`,
      loader: 'js',
    }));
  },
};

async function bundle() {
  const { build } = await import('esbuild');
  await rm('dist', { recursive: true, force: true });
  const { metafile } = await build({
    entryPoints: {
      main: 'src/main.ts',
      'password-worker': 'src/http/password-worker.ts',
    },
    outdir: 'dist',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: true,
    minifyWhitespace: true,
    sourcesContent: false,
    metafile: true,
    // The package's main file is for AMD loaders. The bundler cannot see its dependencies.
    alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
    plugins: [lessOfTheSame, builtinsByRequire],
    banner: { js: banner },
    logLevel: 'warning',
  });
  const packages = await packagesOf(Object.keys(metafile.inputs));
  await writeFile('dist/THIRD-PARTY-NOTICES.txt', await notices(packages));
  if (process.argv.includes('--sbom'))
    await writeFile('dist/sbom.cdx.json', `${JSON.stringify(await billOfMaterials(packages), null, 1)}\n`);
  // A separate build for other programs that import the metrics. Shared chunks would be one more file that main loads at every start.
  await build({
    entryPoints: { metrics: 'src/metrics/catalogue.ts' },
    outdir: 'dist',
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'warning',
  });
}

/** The packages with code in the bundle. */
async function packagesOf(inputs) {
  const folders = new Set(
    inputs.flatMap((file) => file.match(/^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0] ?? []),
  );
  return Promise.all(
    [...folders]
      .sort()
      .map(async (folder) => ({ folder, ...JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) })),
  );
}

/** Name, version and licence text of each package. Their licences require this file. */
async function notices(packages) {
  const texts = packages.map(async ({ folder, name, version, license }) => {
    const licenceFile = (await readdir(folder)).find((file) => /^licen[cs]e/i.test(file));
    const text = licenceFile === undefined ? '' : await readFile(join(folder, licenceFile), 'utf8');
    return `${name} ${version} (${license ?? 'see its licence'})\n\n${text.trim()}\n`;
  });
  return (await Promise.all(texts)).join(`\n${'-'.repeat(80)}\n\n`);
}

/**
 * The CycloneDX list, for scanners: the package has no dependencies that npm could list. It is npm's list of the lock file, with only the
 * packages in the bundle. Time and serial number are left out, so that the same sources give the same file.
 */
async function billOfMaterials(packages) {
  const { stdout } = await promisify(execFile)(
    'npm',
    ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx', '--sbom-type', 'application'],
    { maxBuffer: 64 * 1024 * 1024 },
  );
  const { serialNumber, metadata, components, dependencies, ...document } = JSON.parse(stdout);
  const { timestamp, ...stable } = metadata;
  const bundled = new Set(packages.map(({ name, version }) => `${name}@${version}`));
  const listed = new Set(components.map((component) => component['bom-ref']));
  const missing = [...bundled].filter((one) => !listed.has(one));
  if (missing.length > 0) throw new Error(`in the bundle, and not in package-lock.json: ${missing.join(', ')}`);
  const own = stable.component['bom-ref'];
  return {
    ...document,
    metadata: {
      ...stable,
      lifecycles: [{ phase: 'build' }],
      component: { ...stable.component, name: 'ai-crm-exporter' },
    },
    components: components
      .filter((component) => bundled.has(component['bom-ref']))
      // npm lists them as development packages, because users need not install them. The bundle contains them.
      .map(({ properties = [], ...component }) => ({
        ...component,
        scope: 'required',
        properties: properties.filter(({ name }) => name !== 'cdx:npm:package:development'),
      })),
    dependencies: dependencies
      .filter(({ ref }) => ref === own || bundled.has(ref))
      .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((one) => bundled.has(one)) })),
  };
}

process.chdir(dirname(new URL(import.meta.url).pathname));
const canBundle = existsSync('node_modules/esbuild');
if (canBundle) await bundle();
else if (!existsSync('dist/main.js')) {
  console.error('dist/ has not been built; install the development packages first: npm ci');
  process.exitCode = 1;
}
