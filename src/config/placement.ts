import { isAlias, isMap, isScalar, isSeq, type Scalar } from 'yaml';
import { withoutUrlSecrets } from '../base/sensitive.js';
import { type Kind, optionOf } from './option.js';
import { type Path, type Problem, truncate } from './problem.js';
import { documentKind } from './settings.js';
import type { SourceDocument } from './source-document.js';
import { createLocator } from './yaml-nodes.js';

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
  const isUrl = node.value.includes('://') || quotingAt(path) === 'asUrl';
  return `, not ${JSON.stringify(truncate(isUrl ? withoutUrlSecrets(node.value) : node.value))}`;
}

/** How a value at a path may be quoted, as the options along it say. A secret stays one, whatever is below it. */
function quotingAt(path: Path): 'never' | 'asUrl' | 'always' {
  let quotes: 'never' | 'asUrl' | 'always' = 'always';
  let kinds: readonly Kind<unknown>[] = [documentKind];
  for (const part of path) {
    const options = kinds.flatMap(alternatives).flatMap((kind) => optionOf(kind, String(part)) ?? []);
    if (options.some(({ isSecret }) => isSecret)) return 'never';
    quotes = options.find((option) => option.quotes !== undefined)?.quotes ?? quotes;
    const each = kinds.flatMap(alternatives).flatMap((kind) => kind.each ?? []);
    kinds = [...options.map(({ kind }) => kind), ...each];
  }
  // Where a mapping with a URL belongs, a text may be that URL.
  const mayBeUrl = kinds
    .flatMap(alternatives)
    .some(({ isUrl, options = {} }) => isUrl || Object.values(options).some(({ kind }) => kind.isUrl));
  return quotes === 'always' && mayBeUrl ? 'asUrl' : quotes;
}

function alternatives(kind: Kind<unknown>): readonly Kind<unknown>[] {
  return kind.kinds?.flatMap(alternatives) ?? [kind];
}

/** Whether a message must not quote the value at this path. The name of a secret's file is not a secret. */
export function isSecretPath(path: Path): boolean {
  return quotingAt(path) === 'never';
}
