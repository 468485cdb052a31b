import { messageOf } from '../base/errors.js';
import { loadConfig } from '../config/load.js';
import { formatWarnings } from '../config/problem.js';
import { type CommandSurroundings, heartbeatFileOf } from './options.js';
import type { ServeOptions } from './run-exporter.js';

/**
 * `--config.check`: prints every error and warning about the configuration, the file of `--web.config.file`, and the
 * folder of `--storage.path`, one a line. Returns 1 after an error, with `--strict` also after a warning. A reload
 * reads the same two files.
 */
export async function configCheck(
  options: ServeOptions,
  { environment, directory, out, errors }: CommandSurroundings,
): Promise<number> {
  const webConfigFile = options['web.config.file'];
  let exitCode = 0;
  const checks = [
    async () => {
      const config = await loadConfig(options['config.file'], { environment, directory });
      const source = config.source ?? 'built-in defaults';
      const file = config.heartbeats.length === 0 ? undefined : heartbeatFileOf(options, environment);
      const whyNotKept = await file?.obstacle();
      const warnings = [
        ...(config.warnings.length > 0 ? [formatWarnings(source, config.warnings)] : []),
        ...(file && whyNotKept ? [`${file.path}: warning: reports of jobs are not kept: ${whyNotKept}`] : []),
      ];
      if (warnings.length > 0) {
        errors.write(`${warnings.join('\n')}\n`);
        if (options.strict === true) {
          exitCode = 1;
          return undefined;
        }
      }
      return `${source}: ok, ${config.components.length} components`;
    },
    async () => {
      if (webConfigFile === undefined) return undefined;
      await (await import('../http/web-config.js')).loadWebConfig(webConfigFile);
      return `${webConfigFile}: ok`;
    },
  ];
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
