import { type Level, worstLevel } from '../base/level.js';
import type { FailureReason } from '../base/reason.js';
import type { PageFailure } from '../metrics/component-metrics.js';
import type { Verdict } from './verdict.js';

/** What a file of a page is for. */
export type ResourceKind = 'script' | 'style' | 'image';

/** How the files of a page could be loaded. */
export interface PageLoad {
  /** From the beginning of the probe until the last file. */
  readonly loadSeconds: number;
  /** Of the page and of all files, as they were received. */
  readonly bytes: number;
  readonly resources: number;
  /** In the order of the page. */
  readonly failed: readonly FailedResource[];
  /** Files of origins that may not be asked, and those beyond the limit. */
  readonly leftOut: number;
}

/** A file that a browser could not use. */
export interface FailedResource {
  readonly kind: ResourceKind;
  readonly reason: PageFailure;
  /** One line for people: which file, and what is wrong with it. */
  readonly message: string;
}

/** What each means for the component. */
const failureReasonOf: Readonly<Record<PageFailure, FailureReason>> = {
  status: 'status',
  type: 'body',
  mixed: 'body',
  size: 'size',
  timeout: 'timeout',
  connect: 'connect',
};

/** Without a script or style the page does not work; without an image it does, unless browsers refuse to show any. */
function levelOf({ kind, reason }: FailedResource): Level {
  return kind === 'image' && reason !== 'mixed' ? 'warning' : 'critical';
}

/** How many files that fail are named. */
const maxNamed = 3;

/** The verdict on a page that was answered well, with what became of its files. */
export function withPage(verdict: Verdict, { failed }: PageLoad): Verdict {
  if (!verdict.up || failed.length === 0) return verdict;
  const worst = worstLevel(failed.map(levelOf));
  // What makes it critical is named first.
  const named = [...failed].sort((a, b) => Number(levelOf(b) === worst) - Number(levelOf(a) === worst));
  const more = named.length - maxNamed;
  const files = named.slice(0, maxNamed).map(({ message }) => message);
  const message = `${verdict.message}; ${files.join('; ')}${more > 0 ? `; and ${more} more files` : ''}`;
  const level = worstLevel([verdict.level, worst]);
  const [first] = named;
  if (worst !== 'critical' || first === undefined) return { ...verdict, level, message };
  return { ...verdict, level, up: false, reason: failureReasonOf[first.reason], message };
}
