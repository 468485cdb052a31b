import { isAlias, isMap, isScalar, isSeq, type Scalar } from 'yaml';
import { createLocator } from './locate.js';
import { truncate, type Path, type Problem } from './problem.js';
import { withoutUrlSecrets } from '../sensitive.js';
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
  return `, not ${JSON.stringify(truncate(mayHoldUrl(path) ? withoutUrlSecrets(node.value) : node.value))}`;
}

/** `endpoints.api`, `endpoints.api.url`, what was meant to be one of them, and whatever may be shown of transactions. */
function mayHoldUrl([section, ...path]: Path): boolean {
  if (section === 'transactions') return true;
  if (section === 'ai_crm') return path.length === 0 || path[0] === 'url';
  if (section === 'request_sources') return path.length === 1 || path[1] === 'stub_status';
  if (section !== 'endpoints' && section !== 'json_sources' && section !== 'sql_sources') return false;
  return path.length === 1 || path[1] === 'url';
}
