import { type Context, checkComponentNames } from './resolving.js';

/** Reports dependencies on components that do not exist, and each cycle once. */
export function checkDependencies(
  endpoints: Readonly<Record<string, string | { readonly depends_on?: readonly string[] | undefined }>>,
  context: Context,
): void {
  const graph = new Map<string, readonly string[]>();
  for (const [name, endpoint] of Object.entries(endpoints)) {
    const dependsOn = typeof endpoint === 'string' ? [] : (endpoint.depends_on ?? []);
    graph.set(name, dependsOn);
    checkComponentNames(dependsOn, ['endpoints', name, 'depends_on'], context);
  }
  for (const cycle of findCycles(graph)) {
    const [first = ''] = cycle.names;
    context.report(['endpoints', first, 'depends_on'], `cycle: ${shown(cycle)} -> ${first}`, 'key');
  }
}

/** The names of a cycle; of a long one its two ends, because there may be thousands of those. */
function shown(cycle: Cycle): string {
  const { names, length } = cycle;
  return length <= names.length
    ? names.join(' -> ')
    : `${names.slice(0, -1).join(' -> ')} -> (${length - names.length} more) -> ${names.at(-1)}`;
}

/** Names on a cycle: all of them, or the first ones and the last. */
interface Cycle {
  readonly names: readonly string[];
  readonly length: number;
}

const shownNames = 20;

/** Each cycle as the names on it, beginning where the walk entered it. Iterative: chains may be thousands long. */
function findCycles(graph: ReadonlyMap<string, readonly string[]>): readonly Cycle[] {
  const cycles: Cycle[] = [];
  const done = new Set<string>();
  for (const start of graph.keys()) {
    const trail: { readonly name: string; next: number }[] = [];
    const onTrail = new Map<string, number>();
    const enter = (name: string) => {
      if (done.has(name) || !graph.has(name)) return;
      onTrail.set(name, trail.length);
      trail.push({ name, next: 0 });
    };
    enter(start);
    for (let top = trail.at(-1); top !== undefined; top = trail.at(-1)) {
      const dependency = graph.get(top.name)?.[top.next++];
      const position = dependency === undefined ? undefined : onTrail.get(dependency);
      if (dependency === undefined) {
        done.add(top.name);
        onTrail.delete(top.name);
        trail.pop();
      } else if (position !== undefined) {
        const length = trail.length - position;
        const names = trail.slice(position, position + shownNames).map(({ name }) => name);
        cycles.push({ names: length <= shownNames ? names : [...names.slice(0, -1), top.name], length });
      } else {
        enter(dependency);
      }
    }
  }
  return cycles;
}
