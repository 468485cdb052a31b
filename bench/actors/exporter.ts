import { existsSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Bench } from '../part.js';
import { freePort, untilAnswers } from '../process/answers.js';
import type { Program } from '../process/processes.js';
import type { AiCrm } from './ai-crm.js';

/** The exporter under measurement, as it is shipped. */
export interface Exporter {
  readonly program: Program;
  /** Host and port, for a scrape configuration. */
  readonly address: string;
  readonly metricsUrl: string;
}

/** What the generated `monitoring.yml` says; the rest is the default. */
export interface ExporterSettings {
  readonly endpoints: Readonly<Record<string, string>>;
  readonly healthChecksSeconds?: number;
  /** Absent: the default, which is to read the host. */
  readonly isHostRead?: false;
  /** AI-CRM's own numbers, from its real interface; absent: none. */
  readonly aiCrm?: Pick<AiCrm, 'url' | 'login'>;
}

/** The compiled program, from the folder of the project in which the benchmark is called. */
const mainFile = resolve('dist/main.js');

/** Starts an exporter with these settings; resolves at the first 200 of `/metrics`, asked for every so often. */
export async function startExporter(
  bench: Bench,
  settings: ExporterSettings,
  pauseMilliseconds?: number,
): Promise<Exporter> {
  if (!existsSync(mainFile)) throw new Error(`${mainFile} is missing: npm run build`);
  const file = join(await mkdtemp(join(bench.folder, 'exporter-')), 'monitoring.yml');
  await writeFile(file, monitoringYaml(settings));
  const address = `127.0.0.1:${await freePort()}`;
  const program = await bench.processes.start(bench.node, [
    ...(await flagsOfStart()),
    ...bench.nodeFlags,
    mainFile,
    '--config.file',
    file,
    '--web.listen-address',
    address,
  ]);
  const metricsUrl = `http://${address}/metrics`;
  await untilAnswers(metricsUrl, program, bench.signal, pauseMilliseconds);
  return { program, address, metricsUrl };
}

/** As many components as asked for, a path of the target for each. */
export function manyEndpoints(origin: string, count: number): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`component_${i}`, `${origin}/component/${i}/health`]),
  );
}

/** The flags that `npm start` gives to Node.js: what people run is what is measured. Those of `--node-flags` come after them and win. */
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
    // JSON is YAML. The simulation has both interfaces, so which one is meant must be said.
    ...(aiCrm === undefined ? [] : [`ai_crm: ${JSON.stringify({ url: aiCrm.url, api: 'real', login: aiCrm.login })}`]),
    '',
  ].join('\n');
}
