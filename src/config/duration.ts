const unitSeconds: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 };

/**
 * The seconds of a duration such as `500ms`, `5s`, `2m`, `1h` or `1m30s`. A bare number such as `30` is seconds.
 *
 * Undefined for anything else: a sign, a space, an unknown or repeated unit, or a smaller unit before a larger one.
 */
export function parseDurationSeconds(text: string): number | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  const number = '(\\d+(?:\\.\\d+)?)';
  const match = new RegExp(`^(?:${number}d)?(?:${number}h)?(?:${number}m(?!s))?(?:${number}s)?(?:${number}ms)?$`).exec(
    text,
  );
  if (match === null || text === '') return undefined;
  const [, days, hours, minutes, seconds, milliseconds] = match;
  // Divided and not multiplied by 0.001, so that 300 ms is exactly 0.3 s.
  return (
    Number(days ?? 0) * 86_400 +
    Number(hours ?? 0) * 3600 +
    Number(minutes ?? 0) * 60 +
    Number(seconds ?? 0) +
    Number(milliseconds ?? 0) / 1000
  );
}

/** A duration as text: `50ms`, `10s`, `1m30s`, `1d`. Rounded to milliseconds; `0s` for 0. */
export function formatDuration(durationSeconds: number): string {
  let restMilliseconds = Math.round(durationSeconds * 1000);
  let text = '';
  for (const unit of ['d', 'h', 'm', 's', 'ms']) {
    const unitMilliseconds = Math.round((unitSeconds[unit] ?? 1) * 1000);
    const count = Math.floor(restMilliseconds / unitMilliseconds);
    if (count > 0) text += `${count}${unit}`;
    restMilliseconds -= count * unitMilliseconds;
  }
  return text || '0s';
}
