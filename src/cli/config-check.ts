import { loadConfig } from '../config/load.js';
import { messageOf } from '../errors.js';
import type { ServeOptions, Surroundings } from './options.js';

/**
 * `--config.check`: prints what is wrong with the configuration, and with the file of `--web.config.file`, one problem per
 * line; exit code 0 or 1. A reload reads the same two.
 */
export async function configCheck(options: ServeOptions, { environment, directory, out, errors }: Surroundings): Promise<number> {
  const webConfigFile = options['web.config.file'];
  const checks = [
    async () => {
      const config = await loadConfig(options['config.file'], { environment, directory });
      return `${config.source ?? 'built-in defaults'}: ok, ${config.components.length} components`;
    },
    async () => {
      if (webConfigFile === undefined) return undefined;
      await (await import('../http/web-config.js')).loadWebConfig(webConfigFile);
      return `${webConfigFile}: ok`;
    },
  ];
  let exitCode = 0;
  for (const check of checks) {
    try {
      const verdict = await check();
      if (verdict !== undefined) out.write(`${verdict}\n`);
    } catch (error) {
      errors.write(`${error instanceof Error ? error.message : messageOf(error)}\n`);
      exitCode = 1;
    }
  }
  return exitCode;
}
