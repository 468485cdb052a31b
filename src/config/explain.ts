import type * as z from 'zod';
import type { KeyHelp } from './key-help.js';
import type { Path, Report } from './problem.js';

type Issue = z.core.$ZodIssue;

/** Tells the problems behind zod's issues in plain words. `raw` is the value that was checked. */
export function explain(issues: readonly Issue[], raw: unknown, helpWith: KeyHelp, report: Report): void {
  for (const { path, issue } of issues.flatMap((each) => flatten(each, []))) {
    if (issue.code === 'unrecognized_keys') {
      // The message is the list of known keys; see `mapping` in schema/fields.ts.
      const known = issue.message.split(' ');
      for (const key of issue.keys) report([...path, key], `unknown key${helpWith(path, key, known)}`, 'key');
    } else if (issue.code === 'invalid_key') {
      report(path, issue.message, 'key');
    } else if (valueAt(raw, path) === undefined) {
      report(path, 'is missing', 'key');
    } else {
      report(path, issue.message);
    }
  }
}

/**
 * Follows unions into the one branch that the value was meant for: the one that does not already object to the kind of
 * value. Where there is no such branch, or more than one, the union speaks for itself.
 */
function flatten(issue: Issue, parent: Path): readonly { readonly path: Path; readonly issue: Issue }[] {
  const path = [...parent, ...issue.path.map((part) => (typeof part === 'number' ? part : String(part)))];
  if (issue.code !== 'invalid_union') return [{ path, issue }];
  const meant = issue.errors.filter((branch) => !branch.some(isOfWrongKind));
  return meant.length === 1 ? (meant[0] ?? []).flatMap((inner) => flatten(inner, path)) : [{ path, issue }];
}

function isOfWrongKind(issue: Issue): boolean {
  return issue.path.length === 0 && ['invalid_type', 'invalid_union', 'invalid_value'].includes(issue.code);
}

function valueAt(raw: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, part) =>
      typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[part] : undefined,
    raw,
  );
}
