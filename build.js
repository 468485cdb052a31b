/**
 * Builds dist/: main.js, which loads program.js, the whole program in one file. Each large package that not every exporter needs is a file
 * of its own. dist/ contains all packages that the program needs, so a copy of the folder runs anywhere. To load one file is cheap: eighty
 * files of the same code took 50 ms more CPU at each start. Modules that an `await import` loads run only then. A build checks no types, so
 * it takes a fraction of a second; `npm test` checks them.
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

/** main.js only listens to signals and then loads the program: a signal must not end Node.js without a word while it reads a large file. */
const programApart = {
  name: 'program apart',
  setup(build) {
    build.onResolve({ filter: /^\.\/cli\/process\.js$/ }, () => ({ path: './program.js', external: true }));
  },
};

/**
 * Writes letters outside of ASCII as escapes. Because of a single such letter V8 keeps the whole file in memory with two bytes a letter. The
 * bundler does it in strings, but not in tagged templates.
 */
const asciiOnly = {
  name: 'ASCII only',
  setup(build) {
    build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const escape = (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`;
      return { contents: text.replace(/[^\0-\x7f]/g, escape), loader: 'ts' };
    });
  },
};

/** Modules of Node.js that take milliseconds to load, and that an exporter may never use: no start needs them. */
const lateBuiltins = ['child_process', 'https', 'tls', 'zlib'];

/**
 * Loads modules of Node.js by `require`. An `import` reads every export of a module, getters too, and so loads modules that are not needed.
 * On Node.js 26 `import 'node:http'` loads all of `fetch`, 14 MiB. Late modules load when the program first uses one of their exports.
 */
const builtinsByRequire = {
  name: 'builtins by require',
  setup(build) {
    build.onResolve({ filter: /^[^.]/ }, ({ path, kind, namespace }) => {
      if (!isBuiltin(path)) return undefined;
      if (lateBuiltins.includes(path.replace('node:', '')) && namespace !== 'late builtin')
        return { path, namespace: 'late builtin' };
      return kind === 'import-statement' ? { path, namespace: 'builtin' } : { path, external: true };
    });
    build.onLoad({ filter: /.*/, namespace: 'late builtin' }, async ({ path }) => ({
      contents: `for (const name of ${JSON.stringify(Object.keys(await import(path)))})
        Object.defineProperty(exports, name, { enumerable: true, get: () => require(${JSON.stringify(path)})[name] });`,
      loader: 'js',
    }));
    build.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)});`,
      loader: 'js',
    }));
  },
};

/**
 * Large packages that not every exporter needs. Each has a file of its own, which Node.js reads when the program first needs the package.
 * The file is CommonJS, because a module of Node.js 20 can load only such a file at that moment.
 */
const ownFiles = ['croner', 'htmlparser2', 'ioredis', 'json-p3', 'pg', 'systeminformation', 'tough-cookie', 'undici'];

const packagesByRequire = {
  name: 'packages by require',
  setup(build) {
    build.onResolve({ filter: new RegExp(`^(?:${ownFiles.join('|')})$`) }, ({ path }) => ({
      path,
      namespace: 'own file',
    }));
    build.onLoad({ filter: /.*/, namespace: 'own file' }, ({ path }) => ({
      contents: `module.exports = require('./${path}.cjs');`,
      loader: 'js',
    }));
    build.onResolve({ filter: /^\./, namespace: 'own file' }, ({ path }) => ({ path, external: true }));
  },
};

async function bundle() {
  const { build } = await import('esbuild');
  await rm('dist', { recursive: true, force: true });
  const settings = {
    outdir: 'dist',
    bundle: true,
    platform: 'node',
    target: 'node20',
    minifyWhitespace: true,
    metafile: true,
    logLevel: 'warning',
  };
  const builds = await Promise.all([
    build({
      ...settings,
      entryPoints: {
        main: 'src/main.ts',
        program: 'src/cli/process.ts',
        'password-worker': 'src/http/password-worker.ts',
      },
      format: 'esm',
      sourcemap: true,
      sourcesContent: false,
      // For winston's diagnostics, which in development load a library of colours.
      define: { 'process.env.NODE_ENV': '"production"' },
      // The package's main file is for AMD loaders. The bundler cannot see its dependencies.
      alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
      plugins: [programApart, asciiOnly, lessOfTheSame, packagesByRequire, builtinsByRequire],
      banner: { js: banner },
    }),
    build({ ...settings, entryPoints: ownFiles, format: 'cjs', outExtension: { '.js': '.cjs' } }),
  ]);
  const packages = await packagesOf(builds.flatMap(({ metafile }) => Object.keys(metafile.inputs)));
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
