import { createRandom } from './seeded-random.js';
import type { World } from './world.js';

/** How long the real backend usually takes, in seconds, by the beginning of the path; the first that fits counts. */
const typicalSeconds: readonly (readonly [prefix: string, seconds: number])[] = [
  ['/health', 0.002],
  ['/auth/login', 0.23],
  ['/auth', 0.006],
  ['/tasks', 0.009],
  ['/agents/suggest', 0.02],
  ['/agents', 0.006],
  ['/pm/analyze', 0.016],
  ['/analytics/executive', 0.021],
  ['/analytics', 0.014],
  ['/users', 0.007],
  ['/db', 0.005],
  ['/pm', 0.012],
  ['', 0.003],
];

const outlierRatio = 0.02;
const outlierFactor = 5;

/** A function that says how long an answer takes: like the real services', with jitter, outliers, and more under load. */
export function createLatency(isReal: boolean, seed: number, world: World): (path: string) => number {
  if (!isReal) return () => 0;
  // Dice of its own: how often the services are asked must not change what happens in the world.
  const random = createRandom(seed ^ 0x1a7e9c);
  return (path) => {
    const usual = typicalSeconds.find(([prefix]) => path.startsWith(prefix))?.[1] ?? 0;
    const load = 0.7 + world.population.online.size / 100;
    return usual * load * (0.7 + 0.6 * random.next()) * (random.chance(outlierRatio) ? outlierFactor : 1);
  };
}
