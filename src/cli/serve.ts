import { loadConfig } from '../config/load.js';
import type { CommandSurroundings } from './options.js';
import type { ServeOptions } from './run-exporter.js';

/** `serve`: runs the exporter until a signal ends it; see `runExporter`. */
export async function serve(options: ServeOptions, surroundings: CommandSurroundings): Promise<number> {
  const { environment, directory } = surroundings;
  // Starts first, so that the file is read while the rest of the program is loaded.
  const firstConfig = loadConfig(options['config.file'], { environment, directory });
  firstConfig.catch(() => {});
  const { runExporter } = await import('./run-exporter.js');
  return runExporter(options, surroundings, firstConfig);
}
