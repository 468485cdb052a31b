import type { ComponentConfig, Threshold } from '../../config/config.js';
import type { LostTime } from '../../lateness.js';
import { levelAgainst } from '../../level.js';
import type { ComponentReading } from '../reading.js';

/** Name, connection, TLS, beginning and end of the answer: each is noticed late once at most, however often this process was. */
const noticedMoments = 5;

/**
 * Whether a verdict that rests on time could be the doing of this exporter, which was late while it probed: an answer would not
 * have been slow without the time that was lost, or it was waited for so shortly that a component that is well may not have
 * had the time. What was answered, refused or torn off is the truth however late it is noticed, and a component that hangs
 * hides only as long as this process stands still for about half of the time.
 */
export function isDoubtful(
  { up, reason, responseSeconds }: ComponentReading,
  { timeoutSeconds }: ComponentConfig,
  threshold: Threshold,
  lost: LostTime,
): boolean {
  if (lost.totalSeconds === 0) return false;
  const ownSeconds = responseSeconds - Math.min(lost.totalSeconds, noticedMoments * lost.longestSeconds);
  if (reason === 'timeout') return ownSeconds < Math.min(threshold.critical, timeoutSeconds / 2);
  return up && levelAgainst(responseSeconds, threshold) !== levelAgainst(Math.max(0, ownSeconds), threshold);
}
