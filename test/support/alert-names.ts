import { readdirSync, readFileSync } from 'node:fs';

/** The names of all alerts in the rules, in their order. */
export function alertNames(folder = 'prometheus/rules'): readonly string[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.alerts.yml'));
  const named = files
    .sort()
    .flatMap((name) => [...readFileSync(`${folder}/${name}`, 'utf8').matchAll(/^ *- alert: (\w+)$/gm)]);
  return [...new Set(named.map(([, name = '']) => name))];
}
