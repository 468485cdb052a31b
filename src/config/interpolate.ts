import { isScalar, type Scalar } from 'yaml';
import type { Path, Problem } from './problem.js';
import type { SourceDocument } from './source-document.js';
import { walk } from './yaml-path.js';

/** Where configuration may take values from: `process.env`, or what a test gives. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Replaces `${VAR}` and `${VAR:-default}` in all text values (not in keys) of the document, in place.
 *
 * `$${` stands for `${`. The default applies to a variable that is unset or empty. What comes from the environment stays
 * text, whatever it looks like. An unset variable where `isTolerated` says so is left as it is written. Returns the text as it was written for each scalar that changed, so that messages can
 * quote that instead of what may be a secret, and a problem for each variable that is unset.
 */
export function interpolate(
  parsed: SourceDocument,
  environment: Environment,
  isTolerated: (path: Path) => boolean = () => false,
): { readonly written: ReadonlyMap<Scalar, string>; readonly problems: readonly Problem[] } {
  const written = new Map<Scalar, string>();
  const problems: Problem[] = [];
  walk(parsed.document, ({ node, path, isKey }) => {
    if (isKey || !isScalar(node) || typeof node.value !== 'string' || !node.value.includes('${')) return;
    const template = node.value;
    const { text, complaints } = substitute(template, environment, () => isTolerated(path));
    for (const message of complaints) problems.push({ ...parsed.positionOf(node), path, message });
    written.set(node, template);
    node.value = text;
  });
  return { written, problems };
}

function substitute(
  template: string,
  environment: Environment,
  isTolerated: () => boolean,
): { readonly text: string; readonly complaints: readonly string[] } {
  const complaints: string[] = [];
  const text = template.replace(
    /\$\$\{|\$\{(?:([A-Za-z_][A-Za-z0-9_]*)(?::-((?:(?!\$\{)[^}])*))?\})?/g,
    (match: string, name: string | undefined, fallback: string | undefined) => {
      if (match === '$${') return '${';
      if (name === undefined) {
        complaints.push('"${" must be followed by a variable name and "}"; for the characters themselves write "$${"');
        return match;
      }
      const value = environment[name];
      if (fallback !== undefined) return value === undefined || value === '' ? fallback : value;
      if (value === undefined && !isTolerated()) complaints.push(`environment variable ${name} is not set`);
      return value ?? match;
    },
  );
  return { text, complaints };
}
