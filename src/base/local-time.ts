/** Seconds of a day without a change of the clock. */
export const daySeconds = 86_400;

/**
 * The first and the last Unix time at which a clock shows a local time; `localSeconds` is that time as if it were UTC.
 * They differ for a time that occurs twice. The exact time to which a clock is set back counts only at its first
 * moment, because the clock shows no earlier time after the change. If the clock skips the local time, both are the
 * moment of the change.
 */
export function momentsOf(
  localSeconds: number,
  offsetAt: (seconds: number) => number,
): { readonly first: number; readonly last: number; readonly isSkipped: boolean } {
  // No zone is further from UTC than a day, and none changes its clock twice within two days.
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

/**
 * Returns the offset of a time zone (an IANA name) from UTC at a Unix time, in seconds. Throws `RangeError` for an
 * unknown name.
 */
export function offsetsOf(timeZone: string): (seconds: number) => number {
  const format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
  return (seconds) => {
    const name = format.formatToParts(seconds * 1000).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    const [, sign, hours, minutes, rest] = /([+-])(\d\d):(\d\d)(?::(\d\d))?$/.exec(name) ?? [];
    return (sign === '-' ? -1 : 1) * (Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(rest ?? 0));
  };
}
