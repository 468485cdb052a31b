import { suggestion } from '../nearest.js';
import type { Path } from '../problem.js';
import type { Settings } from '../schema/document.js';
import type { Context } from './context.js';

type Endpoints = NonNullable<Settings['endpoints']>;

/** Reports dependencies on components that do not exist, and each cycle once. */
export function checkDependencies(endpoints: Endpoints, context: Context): void {
  const graph = new Map<string, readonly string[]>();
  for (const [name, endpoint] of Object.entries(endpoints)) {
    const dependsOn = typeof endpoint === 'string' ? [] : (endpoint.depends_on ?? []);
    graph.set(name, dependsOn);
    checkNames(dependsOn, ['endpoints', name, 'depends_on'], context);
  }
  for (const cycle of findCycles(graph)) {
    const [first = ''] = cycle;
    context.report(['endpoints', first, 'depends_on'], `cycle: ${[...cycle, first].join(' -> ')}`, 'key');
  }
}

/** Reports the names that no component has. */
export function checkNames(names: readonly string[], path: Path, context: Context): void {
  const { componentNames } = context;
  if (componentNames === undefined) return;
  names.forEach((name, index) => {
    if (!componentNames.has(name)) {
      context.report([...path, index], `no component is called ${JSON.stringify(name)}${suggestion(name, componentNames)}`);
    }
  });
}

/** Each cycle as the names on it, beginning where the walk entered it. Iterative: chains may be thousands long. */
function findCycles(graph: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const cycles: string[][] = [];
  const done = new Set<string>();
  for (const start of graph.keys()) {
    const trail: { readonly name: string; next: number }[] = [];
    const onTrail = new Set<string>();
    const enter = (name: string) => {
      if (done.has(name) || !graph.has(name)) return;
      trail.push({ name, next: 0 });
      onTrail.add(name);
    };
    enter(start);
    for (let top = trail.at(-1); top !== undefined; top = trail.at(-1)) {
      const dependency = graph.get(top.name)?.[top.next++];
      if (dependency === undefined) {
        done.add(top.name);
        onTrail.delete(top.name);
        trail.pop();
      } else if (onTrail.has(dependency)) {
        cycles.push(trail.slice(trail.findIndex(({ name }) => name === dependency)).map(({ name }) => name));
      } else {
        enter(dependency);
      }
    }
  }
  return cycles;
}
