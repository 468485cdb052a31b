import { loadConfig } from '../config/load.js';
import type { CommandSurroundings } from './options.js';
import type { ServeOptions } from './run-exporter.js';

/** `serve`: runs the exporter until it is told to stop; see `runExporter`. */
export async function serve(options: ServeOptions, surroundings: CommandSurroundings): Promise<number> {
  const { environment, directory } = surroundings;
  // Begun first, because it works in a process of its own while this one loads the rest of the program.
  const firstConfig = loadConfig(options['config.file'], { environment, directory });
  firstConfig.catch(() => {});
  const { runExporter } = await import('./run-exporter.js');
  return runExporter(options, surroundings, firstConfig);
}
