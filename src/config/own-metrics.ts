import { catalogue } from '../metrics/catalogue.js';
import type { Definition } from '../metrics/definition.js';
import type { Path, Report } from './problem.js';

/** A metric in the configuration. */
export interface GivenDefinition {
  readonly name: string;
  readonly type: 'gauge' | 'counter';
  readonly help: string | undefined;
  readonly labels: readonly string[];
}

/** Names of the process metrics, of Prometheus, and of later versions of the exporter. */
const reservedNames = /^(?:process_|nodejs_|scrape_|aicrm_|up$|ALERTS)/;
const reservedLabels: ReadonlySet<string> = new Set(['le', 'quantile', 'job', 'instance']);
const identifier = /^(?!__)[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * The metrics that a configuration defines, in any section. Several entries may define the same metric, and must agree.
 * Each configuration has its own object.
 */
export class OwnMetrics {
  readonly #definitions = new Map<string, Definition>();

  /** The definition of a metric at `path`; undefined after an error was reported. */
  define(given: GivenDefinition, path: Path, report: Report): Definition | undefined {
    const { name, type, labels } = given;
    const known = catalogue.find((definition) => definition.name === name);
    const isSound = this.#checkLabels(labels, path, report);
    if (known !== undefined) return asInCatalogue(known, given, path, report) && isSound ? known : undefined;
    const wrong = nameProblem(given);
    if (wrong !== undefined) {
      report([...path, 'name'], wrong, wrong.startsWith('must be') ? 'value' : 'key');
      return undefined;
    }
    if (given.help === undefined) {
      report([...path, 'help'], 'is missing: describe the metric in one sentence', 'key');
      return undefined;
    }
    if (!isSound) return undefined;
    const definition: Definition = { name, type, area: 'configured', help: given.help, labels };
    // The family of a counter has no `_total` in OpenMetrics, so both names would be one family.
    const family = name.replace(/_total$/, '');
    const other = this.#definitions.get(family);
    if (other === undefined) {
      this.#definitions.set(family, definition);
      return definition;
    }
    const differing = difference(other, definition);
    if (differing === undefined) return other;
    report(
      [...path, differing],
      differing === 'name'
        ? `conflicts with ${other.name}: OpenMetrics cannot distinguish the two`
        : `differs from the other entry for ${other.name}`,
      'key',
    );
    return undefined;
  }

  #checkLabels(labels: readonly string[], path: Path, report: Report): boolean {
    const wrong = labels.filter((label) => !identifier.test(label) || reservedLabels.has(label));
    for (const label of wrong) {
      const message = reservedLabels.has(label)
        ? 'Prometheus sets this label itself: choose another name'
        : 'label names are letters, digits and "_", and do not begin with a digit or "__"';
      report([...path, 'labels', label], message, 'key');
    }
    return wrong.length === 0;
  }
}

function nameProblem({ name, type }: GivenDefinition): string | undefined {
  if (!identifier.test(name)) return 'must be letters, digits and "_", and not begin with a digit or "__"';
  if (reservedNames.test(name))
    return name.startsWith('aicrm_')
      ? 'names that begin with aicrm_ are reserved, and the exporter has no metric of this name'
      : 'another metric has this name: choose another one';
  if (type === 'counter' && !name.endsWith('_total')) return 'must be a name that ends in _total, as it is a counter';
  return type === 'gauge' && name.endsWith('_total') ? 'only names of counters end in _total' : undefined;
}

function asInCatalogue(
  known: Definition,
  { type, help, labels }: GivenDefinition,
  path: Path,
  report: Report,
): boolean {
  const problems: [string, string][] = [];
  if (known.type !== type)
    problems.push([
      'name',
      known.type === 'histogram'
        ? `${known.name} is a histogram of this exporter, which cannot come from a document`
        : `${known.name} is a ${known.type} of this exporter`,
    ]);
  if (help !== undefined)
    problems.push(['help', `${known.name} is a metric of this exporter and already has a help text`]);
  for (const [key, message] of problems) report([...path, key], message, 'key');
  const foreign = labels.filter((label) => !known.labels.includes(label));
  const may = known.labels.length === 0 ? 'has no labels' : `has only the labels ${known.labels.join(', ')}`;
  for (const label of foreign) report([...path, 'labels', label], `${known.name} ${may}`, 'key');
  return problems.length + foreign.length === 0;
}

function difference(one: Definition, other: Definition): 'name' | 'type' | 'help' | 'labels' | undefined {
  if (one.name !== other.name) return 'name';
  if (one.type !== other.type) return 'type';
  if (one.help !== other.help) return 'help';
  return [...one.labels].sort().join() === [...other.labels].sort().join() ? undefined : 'labels';
}
