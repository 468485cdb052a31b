import { isAlias, isMap, isScalar, isSeq, type Scalar } from 'yaml';
import { withoutUrlSecrets } from '../base/sensitive.js';
import { createLocator } from './locate.js';
import { type Path, type Problem, truncate } from './problem.js';
import { isSecretPath } from './secrecy.js';
import type { SourceDocument } from './source-document.js';

/** Makes a problem of a message about a path; see `Report` for what is appended to it. */
export type PlaceProblem = (path: Path, message: string, at?: 'key' | 'value') => Problem;

/**
 * Finds the positions of problems in a document; what is missing is placed at its parent.
 *
 * `written` has the text of the scalars whose value came from the environment: they are quoted as they were written.
 */
export function createPlacement(parsed: SourceDocument, written: ReadonlyMap<Scalar, string>): PlaceProblem {
  const locate = createLocator(parsed);
  return (path, message, at = 'value') => {
    const place = locate(path);
    const node = at === 'key' || !place.exact ? (place.key ?? place.value) : (place.value ?? place.key);
    const isExpectation = message.startsWith('must be ') && place.exact;
    const meant = isAlias(place.value) ? parsed.aliases.get(place.value) : place.value;
    const given = isExpectation ? describeGiven(meant, path, written) : '';
    return { ...parsed.positionOf(node), path, message: message + given };
  };
}

function describeGiven(node: unknown, path: Path, written: ReadonlyMap<Scalar, string>): string {
  if (isMap(node)) return ', not a mapping';
  if (isSeq(node)) return ', not a list';
  // A whole document that is just a text may be a file of secrets that was given by mistake.
  if (path.length === 0 || isSecretPath(path) || !isScalar(node)) return '';
  const template = written.get(node);
  if (template !== undefined) return `, not what ${JSON.stringify(truncate(withoutUrlSecrets(template)))} stands for`;
  if (node.value === null) return ', not empty';
  if (typeof node.value !== 'string') return `, not ${node.source ?? String(node.value)}`;
  return `, not ${JSON.stringify(truncate(mayHoldUrl(path, node.value) ? withoutUrlSecrets(node.value) : node.value))}`;
}

/** What looks like a URL, what was meant to be one, as `endpoints.api` and whatever is called so, and whatever may be shown of transactions. */
function mayHoldUrl(path: Path, value: string): boolean {
  const [section, ...rest] = path;
  if (value.includes('://') || section === 'transactions' || rest.includes('allowed_targets')) return true;
  if (path.some((part) => typeof part === 'string' && /(?:^|_)url$|^stub_status$/.test(part))) return true;
  if (section === 'ai_crm' || section === 'alertmanager') return rest.length === 0;
  return (
    (section === 'request_sources' ||
      section === 'endpoints' ||
      section === 'json_sources' ||
      section === 'sql_sources') &&
    rest.length === 1
  );
}
