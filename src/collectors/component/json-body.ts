import type { JsonScalar } from '../../config/config.js';

/** The first expected value that the body does not have, in words; undefined when all are met. */
export function unmetValue(
  body: unknown,
  expected: ReadonlyMap<string, readonly JsonScalar[]>,
): { readonly message: string; readonly isMissing: boolean } | undefined {
  for (const [path, accepted] of expected) {
    const found = valueAt(body, path.split('.'));
    if (found === undefined) return { message: `the JSON has no ${path}`, isMissing: true };
    if (!accepted.some((value) => value === found)) {
      return {
        message: `${path} in the JSON is not ${accepted.map((value) => JSON.stringify(value)).join(' or ')}`,
        isMissing: false,
      };
    }
  }
  return undefined;
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  let current = value;
  for (const key of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, key)) return undefined;
    current = (current as Record<string, unknown>)[key];
  }
  return current;
}
