import type { Config } from '../config/config.js';
import { suggestion } from '../config/nearest.js';
import { ExporterError } from '../errors.js';
import { oneLine } from '../text.js';

/**
 * The components that `--component` and `--all` name, each once. Throws `usage` for both or neither, and for a name that no
 * component has, with the one that was probably meant.
 */
export function componentsNamed(
  { component: names, all }: { readonly component?: readonly string[]; readonly all?: true },
  { componentNames: known, source }: Config,
): readonly string[] | 'all' {
  if ((names === undefined) === (all === undefined))
    throw new ExporterError('usage', 'give either --component with the names of components, or --all');
  if (names === undefined) return 'all';
  for (const name of names) {
    if (known.includes(name)) continue;
    const where = source === null ? 'the built-in defaults; give your configuration with --config.file' : source;
    throw new ExporterError(
      'usage',
      `--component: there is no ${JSON.stringify(oneLine(name, 64))} in ${where}${suggestion(name, known)}`,
    );
  }
  return [...new Set(names)];
}

/** Components as people read them: `backend, postgres`, or `everything`. */
export function named(components: readonly string[] | 'all'): string {
  return components === 'all' ? 'everything' : components.join(', ');
}
