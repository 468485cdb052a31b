import { loadConfig } from '../config/load.js';
import { messageOf } from '../errors.js';
import type { ServeOptions, Surroundings } from './options.js';

/** `--config.check`: prints what is wrong with the configuration, one problem per line; exit code 0 or 1. */
export async function configCheck(options: ServeOptions, { environment, directory, out, errors }: Surroundings): Promise<number> {
  try {
    const config = await loadConfig(options['config.file'], { environment, directory });
    out.write(`${config.source ?? 'built-in defaults'}: ok, ${config.components.length} components\n`);
    return 0;
  } catch (error) {
    errors.write(`${error instanceof Error ? error.message : messageOf(error)}\n`);
    return 1;
  }
}
