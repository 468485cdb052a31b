import { existsSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Bench } from '../part.js';
import { freePort, untilAnswers } from '../process/answers.js';
import type { Program } from '../process/processes.js';
import type { AiCrm } from './ai-crm.js';

/** The measured exporter, as people run it. */
export interface Exporter {
  readonly program: Program;
  /** Host and port, for the configuration of a scrape. */
  readonly address: string;
  readonly metricsUrl: string;
}

/** Settings of the generated `monitoring.yml`. Other options have their default. */
export interface ExporterSettings {
  readonly endpoints: Readonly<Record<string, string>>;
  readonly healthChecksSeconds?: number;
  /** Absent: the default, which reads the host. */
  readonly isHostRead?: false;
  /** Reads AI-CRM's own numbers through its real interface. Absent: reads none. */
  readonly aiCrm?: Pick<AiCrm, 'url' | 'login'>;
}

/** The compiled program. The benchmark starts in the folder of the project. */
const mainFile = resolve('dist/main.js');

/** Starts an exporter with these settings. Resolves when `/metrics` answers 200; between two requests it waits `pauseMilliseconds`. */
export async function startExporter(
  bench: Bench,
  settings: ExporterSettings,
  pauseMilliseconds?: number,
): Promise<Exporter> {
  if (!existsSync(mainFile)) throw new Error(`${mainFile} is missing: npm run build`);
  const file = join(await mkdtemp(join(bench.folder, 'exporter-')), 'monitoring.yml');
  await writeFile(file, monitoringYaml(settings));
  const address = `127.0.0.1:${await freePort()}`;
  const program = await bench.processes.start(
    bench.node,
    [...(await flagsOfStart()), ...bench.nodeFlags, mainFile, '--config.file', file, '--web.listen-address', address],
    // As in the image and in the service of systemd. The first exporter of a run fills the folder when it stops.
    { env: { NODE_COMPILE_CACHE: join(bench.folder, 'compile-cache') } },
  );
  const metricsUrl = `http://${address}/metrics`;
  await untilAnswers(metricsUrl, program, bench.signal, pauseMilliseconds);
  return { program, address, metricsUrl };
}

/** `count` components, each with its own path of the target. */
export function manyEndpoints(origin: string, count: number): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`component_${i}`, `${origin}/component/${i}/health`]),
  );
}

/**
 * The flags that `npm start` gives to Node.js, so that the benchmark measures what people run. `--node-flags` come later and override them.
 */
async function flagsOfStart(): Promise<readonly string[]> {
  const { scripts } = JSON.parse(await readFile(resolve('package.json'), 'utf8')) as {
    readonly scripts: { readonly start: string };
  };
  return (/^node (.*)dist\/main\.js/.exec(scripts.start)?.[1] ?? '').split(' ').filter((flag) => flag !== '');
}

function monitoringYaml({ endpoints, healthChecksSeconds, isHostRead, aiCrm }: ExporterSettings): string {
  return [
    'endpoints:',
    ...Object.entries(endpoints).map(([name, url]) => `  ${name}: ${url}`),
    ...(healthChecksSeconds === undefined ? [] : ['check_intervals:', `  health_checks: ${healthChecksSeconds}`]),
    ...(isHostRead === undefined ? [] : ['host:', `  enabled: ${isHostRead}`]),
    // JSON is valid YAML. The simulation has both interfaces, so `api` must choose one.
    ...(aiCrm === undefined ? [] : [`ai_crm: ${JSON.stringify({ url: aiCrm.url, api: 'real', login: aiCrm.login })}`]),
    '',
  ].join('\n');
}
