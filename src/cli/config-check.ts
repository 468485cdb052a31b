import { loadConfig } from '../config/load.js';
import { formatWarnings } from '../config/problem.js';
import { messageOf } from '../errors.js';
import type { ServeOptions, Surroundings } from './options.js';

/**
 * `--config.check`: prints what is wrong with the configuration and what is doubtful, one line each; exit code 1 for what is wrong,
 * with `--strict` also for what is doubtful.
 */
export async function configCheck(options: ServeOptions, { environment, directory, out, errors }: Surroundings): Promise<number> {
  try {
    const config = await loadConfig(options['config.file'], { environment, directory });
    if (config.warnings.length > 0) errors.write(`${formatWarnings(config.source ?? 'built-in defaults', config.warnings)}\n`);
    if (config.warnings.length > 0 && options.strict === true) return 1;
    out.write(`${config.source ?? 'built-in defaults'}: ok, ${config.components.length} components\n`);
    return 0;
  } catch (error) {
    errors.write(`${error instanceof Error ? error.message : messageOf(error)}\n`);
    return 1;
  }
}
