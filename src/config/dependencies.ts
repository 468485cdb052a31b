import { type Context, checkComponentNames } from './resolving.js';

/** Reports dependencies on unknown components, and each cycle once. */
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

/** The names of a cycle. A long one, which may have thousands, is shortened in the middle. */
function shown(cycle: Cycle): string {
  const { names, length } = cycle;
  return length <= names.length
    ? names.join(' -> ')
    : `${names.slice(0, -1).join(' -> ')} -> (${length - names.length} more) -> ${names.at(-1)}`;
}

/** The names of a cycle: all, or the first ones and the last. */
interface Cycle {
  readonly names: readonly string[];
  readonly length: number;
}

const shownNames = 20;

/** Each cycle, from the name at which the search entered it. Iterative, because chains may have thousands of names. */
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
