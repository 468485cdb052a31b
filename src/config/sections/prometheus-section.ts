import { type Given, mapping } from '../option.js';
import type { Context } from '../resolving.js';
import { type ProgramConfig, programOptions, resolveProgram } from './program-options.js';

/** `prometheus`: who remembers how available components were. Without a job, all of its components of a name are one. */
export type PrometheusConfig = ProgramConfig;

const words = {
  example: 'http://localhost:9090',
  job: 'The label job that this Prometheus gives this exporter. Needed when it scrapes several AI-CRMs.',
  intervalSeconds: 300,
  timeoutSeconds: 10,
};
const options = programOptions(words);

/** `prometheus`. */
export const prometheusKind = mapping(options);

/** `prometheus` with its defaults and secrets. */
export function resolvePrometheus(given: Given<typeof options>, context: Context): Promise<PrometheusConfig> {
  return resolveProgram('prometheus', given, words, context);
}
