import { type Level, worstLevel } from '../base/level.js';
import type { FailureReason } from '../base/reason.js';
import { oneLine } from '../base/text.js';
import type { PageFailure } from '../metrics/component-metrics.js';
import type { Verdict } from './verdict.js';

/** Kind of a file of a page. */
export type ResourceKind = 'script' | 'style' | 'image';

/** How the files of a page loaded. */
export interface PageLoad {
  /** From the start of the probe until the last file. */
  readonly loadSeconds: number;
  /** Bytes of the page and of all files, as received. */
  readonly bytes: number;
  readonly resources: number;
  /** Scripts and styles come first, each in the order of the page. */
  readonly failed: readonly FailedResource[];
  /** Files of origins that are not allowed. */
  readonly leftOut: number;
  /** Files that are not loaded because there are more than `maxResources`. */
  readonly aboveLimit: number;
}

/** Maximum number of files that are loaded for one page. */
export const maxResources = 200;

/** A file that a browser cannot use. */
export interface FailedResource {
  readonly kind: ResourceKind;
  readonly reason: PageFailure;
  /** One line for people: the file, and what is wrong. */
  readonly message: string;
}

/** The failure reason of the component for each failure of a file. */
const failureReasonOf: Readonly<Record<PageFailure, FailureReason>> = {
  status: 'status',
  type: 'body',
  mixed: 'body',
  refused: 'body',
  size: 'size',
  timeout: 'timeout',
  connect: 'connect',
};

/** Without a script or style the page does not work. Without an image it works. */
function levelOf({ kind }: FailedResource): Level {
  return kind === 'image' ? 'warning' : 'critical';
}

/** Maximum number of failed files that the message names. */
const maxNamed = 3;

/** The verdict on a page with a good answer, with the result for its files. */
export function withPage(verdict: Verdict, { failed, aboveLimit }: PageLoad): Verdict {
  if (!verdict.up) return verdict;
  const worst = worstLevel(failed.map(levelOf));
  // The files that decide the level come first.
  const named = [...failed].sort((a, b) => Number(levelOf(b) === worst) - Number(levelOf(a) === worst));
  const more = named.length - maxNamed;
  const message = [
    verdict.message,
    ...named.slice(0, maxNamed).map((each) => each.message),
    ...(more > 0 ? [`and ${more} more files`] : []),
    ...(aboveLimit > 0 ? [`files above the limit of ${maxResources}, not checked: ${aboveLimit}`] : []),
  ].join('; ');
  const [first] = named;
  if (first === undefined) return { ...verdict, message };
  const level = worstLevel([verdict.level, worst]);
  if (worst !== 'critical') return { ...verdict, level, message };
  return { ...verdict, level, up: false, reason: failureReasonOf[first.reason], message };
}

/** What an answer is that is no HTML page; undefined for a page. Without a type the beginning of the body decides. */
export function otherThanPage(contentType: string, body: Buffer): string | undefined {
  const type = (contentType.split(';')[0] ?? '').trim();
  const start = body.toString('latin1', 0, 1024).trim();
  if (start === '') return 'the page is empty';
  const isPage =
    type === ''
      ? /^(?:\xef\xbb\xbf)?\s*<(?:!--|(?:!doctype html|html|head|title|script|style|body)\b)/i.test(start)
      : /^(?:text\/html|application\/xhtml\+xml)\b/i.test(type);
  if (isPage) return undefined;
  return `the answer has ${type === '' ? 'no Content-Type' : `the Content-Type ${oneLine(type, 40)}`}, but page: true needs HTML`;
}
