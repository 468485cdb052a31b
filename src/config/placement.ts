import { isAlias, isMap, isScalar, isSeq, type Scalar } from 'yaml';
import { withoutUrlSecrets } from '../base/sensitive.js';
import { type Kind, optionOf } from './option.js';
import { type Path, type Problem, truncate } from './problem.js';
import { documentKind } from './settings.js';
import type { SourceDocument } from './source-document.js';
import { createLocator } from './yaml-nodes.js';

/** Makes a problem from a message about a path; see `Report` for the text that is appended. */
export type PlaceProblem = (path: Path, message: string, at?: 'key' | 'value') => Problem;

/**
 * Finds the positions of problems in a document. Something missing has the position of its parent.
 *
 * `written` has the original text of scalars with environment variables. Messages quote this text.
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
  // A document that is only a text may be a file of secrets that was given by mistake.
  if (path.length === 0 || isSecretPath(path) || !isScalar(node)) return '';
  const template = written.get(node);
  if (template !== undefined) return `, not what ${JSON.stringify(truncate(withoutUrlSecrets(template)))} stands for`;
  if (node.value === null) return ', not empty';
  if (typeof node.value !== 'string') return `, not ${node.source ?? String(node.value)}`;
  const isUrl = node.value.includes('://') || quotingAt(path) === 'asUrl';
  return `, not ${JSON.stringify(truncate(isUrl ? withoutUrlSecrets(node.value) : node.value))}`;
}

/** How messages may quote the value at a path, by the options along it. Everything inside a secret is secret, too. */
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
  // A text in the place of a mapping with a URL may be that URL.
  const mayBeUrl = kinds
    .flatMap(alternatives)
    .some(({ isUrl, options = {} }) => isUrl || Object.values(options).some(({ kind }) => kind.isUrl));
  return quotes === 'always' && mayBeUrl ? 'asUrl' : quotes;
}

function alternatives(kind: Kind<unknown>): readonly Kind<unknown>[] {
  return kind.kinds?.flatMap(alternatives) ?? [kind];
}

/** Whether messages must not quote the value at this path. The name of a file with a secret is not secret. */
export function isSecretPath(path: Path): boolean {
  return quotingAt(path) === 'never';
}
