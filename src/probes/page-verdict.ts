import { type Level, worstLevel } from '../base/level.js';
import type { FailureReason } from '../base/reason.js';
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
  /** In the order of the page. */
  readonly failed: readonly FailedResource[];
  /** Files of origins that are not allowed, and those above the limit. */
  readonly leftOut: number;
}

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
  size: 'size',
  timeout: 'timeout',
  connect: 'connect',
};

/** Without a script or style the page does not work. Without an image it works, but browsers refuse mixed content. */
function levelOf({ kind, reason }: FailedResource): Level {
  return kind === 'image' && reason !== 'mixed' ? 'warning' : 'critical';
}

/** Maximum number of failed files that the message names. */
const maxNamed = 3;

/** The verdict on a page with a good answer, with the result for its files. */
export function withPage(verdict: Verdict, { failed }: PageLoad): Verdict {
  if (!verdict.up || failed.length === 0) return verdict;
  const worst = worstLevel(failed.map(levelOf));
  // The files that decide the level come first.
  const named = [...failed].sort((a, b) => Number(levelOf(b) === worst) - Number(levelOf(a) === worst));
  const more = named.length - maxNamed;
  const files = named.slice(0, maxNamed).map(({ message }) => message);
  const message = `${verdict.message}; ${files.join('; ')}${more > 0 ? `; and ${more} more files` : ''}`;
  const level = worstLevel([verdict.level, worst]);
  const [first] = named;
  if (worst !== 'critical' || first === undefined) return { ...verdict, level, message };
  return { ...verdict, level, up: false, reason: failureReasonOf[first.reason], message };
}
