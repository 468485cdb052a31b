import type { Path } from '../problem.js';
import type { Context } from './context.js';

/** Reports a name at `path` that a source of this exporter itself has or may get: all of them share the label `source`. */
export function checkSourceName(name: string, path: Path, context: Context): void {
  if (name === 'alertmanager') context.report(path, 'this name is taken by this exporter', 'key');
  if (name.startsWith('ai_crm')) context.report(path, 'names that begin with ai_crm are taken by this exporter', 'key');
}
