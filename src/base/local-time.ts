/** Seconds of a day on which no clock changes. */
export const daySeconds = 86_400;

/**
 * The first and the last moment at which the clock shows a local time, given as if it were UTC; the moment of the change where
 * the time is skipped, as it then is. The time to which the clock is set back counts once: after the change no earlier time is shown.
 */
export function momentsOf(
  localSeconds: number,
  offsetAt: (seconds: number) => number,
): { readonly first: number; readonly last: number; readonly isSkipped: boolean } {
  // No zone is further from UTC than a day, and none changes its clock twice within two.
  const before = offsetAt(localSeconds - daySeconds);
  const after = offsetAt(localSeconds + daySeconds);
  const early = localSeconds - before;
  const late = localSeconds - after;
  const isEarly = offsetAt(early) === before;
  const isLate = offsetAt(late) === after;
  if (isEarly && isLate) return { first: early, last: offsetAt(late - 1) === after ? late : early, isSkipped: false };
  if (isEarly) return { first: early, last: early, isSkipped: false };
  if (isLate) return { first: late, last: late, isSkipped: false };
  let [notYet, changed] = [late, early];
  while (changed - notYet > 1) {
    const middle = Math.floor((notYet + changed) / 2);
    if (offsetAt(middle) === after) changed = middle;
    else notYet = middle;
  }
  return { first: changed, last: changed, isSkipped: true };
}

/** How far the clock of a time zone (an IANA name) is ahead of UTC at a moment, in seconds. Throws `RangeError` for another name. */
export function offsetsOf(timeZone: string): (seconds: number) => number {
  const format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
  return (seconds) => {
    const name = format.formatToParts(seconds * 1000).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    const [, sign, hours, minutes, rest] = /([+-])(\d\d):(\d\d)(?::(\d\d))?$/.exec(name) ?? [];
    return (sign === '-' ? -1 : 1) * (Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(rest ?? 0));
  };
}
