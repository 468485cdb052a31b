import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bench } from '../part.js';
import { freePort, untilAnswers } from '../process/answers.js';
import type { Program } from '../process/processes.js';

/** A real Prometheus that scrapes. */
export interface Prometheus {
  readonly program: Program;
  /** All values in the result of a range query such as `up[60s]`, of all series and times. */
  values(query: string): Promise<readonly number[]>;
  /** Number of series that a query returns now. */
  count(query: string): Promise<number>;
}

/** A scrape job, in the words of Prometheus' configuration. */
export type ScrapeJob = Readonly<Record<string, unknown>> & { readonly job_name: string };

/** A job that scrapes these metrics directly. */
export function directJob(name: string, address: string, intervalSeconds: number): ScrapeJob {
  return { job_name: name, ...pace(intervalSeconds), static_configs: [{ targets: [address] }] };
}

/** A job that lets the blackbox_exporter at this address probe each of these URLs. */
export function probeJob(name: string, address: string, urls: readonly string[], intervalSeconds: number): ScrapeJob {
  return {
    job_name: name,
    ...pace(intervalSeconds),
    metrics_path: '/probe',
    params: { module: ['http_2xx'] },
    static_configs: [{ targets: urls }],
    relabel_configs: [
      { source_labels: ['__address__'], target_label: '__param_target' },
      { source_labels: ['__param_target'], target_label: 'instance' },
      { target_label: '__address__', replacement: address },
    ],
  };
}

/** Starts a Prometheus with these jobs and an empty database. */
export async function startPrometheus(
  { processes, peers, folder, signal }: Bench,
  jobs: readonly ScrapeJob[],
): Promise<Prometheus> {
  const own = await mkdtemp(join(folder, 'prometheus-'));
  const file = join(own, 'prometheus.yml');
  // JSON is valid YAML.
  await writeFile(file, JSON.stringify({ scrape_configs: jobs }));
  const origin = `127.0.0.1:${await freePort()}`;
  const program = await processes.start(peers.file('prometheus'), [
    `--config.file=${file}`,
    `--storage.tsdb.path=${join(own, 'data')}`,
    `--web.listen-address=${origin}`,
    '--log.level=warn',
  ]);
  await untilAnswers(`http://${origin}/-/ready`, program, signal);
  const ask = async (query: string) => {
    const answer = await fetch(`http://${origin}/api/v1/query?query=${encodeURIComponent(query)}`, { signal });
    return resultIn(await answer.json());
  };
  return {
    program,
    values: async (query) => (await ask(query)).flatMap(({ values }) => values.map(([, value]) => Number(value))),
    count: async (query) => (await ask(query)).length,
  };
}

function pace(intervalSeconds: number) {
  return { scrape_interval: `${intervalSeconds}s`, scrape_timeout: `${Math.min(10, intervalSeconds)}s` };
}

/** The series in Prometheus' answer; with `values` for a range. An answer of another shape means a wrong query, and throws. */
function resultIn(answer: unknown) {
  const { data } = answer as {
    readonly data: { readonly result: readonly { readonly values: readonly (readonly [number, string])[] }[] };
  };
  return data.result;
}
