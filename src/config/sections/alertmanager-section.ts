import { type Given, mapping } from '../option.js';
import type { Context } from '../resolving.js';
import { type ProgramConfig, programOptions, resolveProgram } from './program-options.js';

/** `alertmanager`: whose silences are maintenance. Without a job, silences that name one are those of others. */
export type AlertmanagerConfig = ProgramConfig;

const words = {
  example: 'http://localhost:9093',
  job: 'The label job that Prometheus gives this exporter: only silences without a job, or with this one, count, and "maintenance" puts it into those that it makes. Needed when one Alertmanager serves several AI-CRMs.',
  intervalSeconds: 15,
  timeoutSeconds: 5,
};
const options = programOptions(words);

/** `alertmanager`. */
export const alertmanagerKind = mapping(options);

/** `alertmanager` with its defaults and secrets. */
export function resolveAlertmanager(given: Given<typeof options>, context: Context): Promise<AlertmanagerConfig> {
  return resolveProgram('alertmanager', given, words, context);
}
