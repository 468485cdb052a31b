import { type Level, levelAgainst, levelSigns, levelWord } from '../../base/level.js';
import { shortened } from '../../base/text.js';
import type { Threshold } from '../../config/sections/thresholds-section.js';
import type { ComponentHistory } from '../../status/history.js';
import type { Overview } from '../../status/overview.js';
import { isStale } from '../service.js';
import { timeAgo } from './format.js';
import { type Content, type Html, html } from './html.js';

/** Maximum length of a message in a table, so that other columns stay visible. */
const maxCharacters = 220;

/** A message from outside: a long one is shortened, and unfolds with a click. */
export function message(text: string): Html {
  const short = shortened(text, maxCharacters);
  if (short === text) return html`<bdi>${text}</bdi>`;
  return html`<details class="long"><summary><bdi>${short}</bdi></summary><bdi>${text}</bdi></details>`;
}

/** Links to other pages. They are relative, so that they work behind a proxy with a path prefix. */
export function links(telemetryPath: string): Html {
  const all: readonly (readonly [path: string, text: string])[] = [
    [telemetryPath, 'metrics'],
    ['/api/status', 'status as JSON'],
    ['/api/metrics', 'metrics as JSON'],
    ['/runbooks', 'runbooks'],
    ['/config', 'configuration'],
    ['/sd', 'service discovery'],
    ['/-/ready', 'readiness'],
  ];
  return html`<nav aria-label="Endpoints"><ul>${all.map(([path, text]) => html`<li><a href=".${path}">${text}</a></li>`)}</ul></nav>`;
}

/** The age of a reading, and whether it is too old; `never` before the first run. */
export function age(
  takenAtSeconds: number | undefined,
  collectorName: string,
  { collectors, atSeconds }: Overview,
): Content {
  const collector = collectors.find(({ name }) => name === collectorName);
  // A failed run has no reading, but it was still the last look.
  const lookedAtSeconds = takenAtSeconds ?? collector?.endedAtSeconds;
  if (lookedAtSeconds === undefined) return 'never';
  return [
    timeAgo(lookedAtSeconds, atSeconds),
    collector !== undefined && isStale(collector, atSeconds) && html` <span class="level warning">▲ overdue</span>`,
  ];
}

/** Why there is no reading: not measured yet (the text `before`), or the error. */
export function whyNothing(
  before: string,
  collectorName: string,
  { collectors }: Pick<Overview, 'collectors'>,
): string {
  const error = collectors.find(({ name }) => name === collectorName)?.error;
  return error === undefined ? before : `could not be measured: ${error}`;
}

/** The colours of the boards: for surfaces, never for text. */
const colours: Readonly<Record<Level, string>> = {
  healthy: '#1B9E77',
  warning: '#C98300',
  critical: '#D62F3A',
  unknown: '#7481AD',
};

/** `✖ CRITICAL` in the colour of the level. */
export function levelMark(level: Level): Html {
  return html`<span class="level ${level}"><span class="symbol" aria-hidden="true">${levelSigns[level]}</span> ${levelWord(level)}</span>`;
}

/** `✖ name`, for lists where the word would be repeated. Screen readers get the word. */
export function smallMark(level: Level, name: string): Html {
  return html`<span class="small-mark"><span class="level ${level}" role="img" aria-label="${levelWord(level)}">${levelSigns[level]}</span> <bdi>${name}</bdi></span>`;
}

/** `✖ CRITICAL` as plain text, for the title. */
export function levelText(level: Level): string {
  return `${levelSigns[level]} ${levelWord(level)}`;
}

/** A disc in the level's colour, as the icon of the browser tab. */
export function levelIcon(level: Level): string {
  const disc = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7" fill="${colours[level]}"/></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(disc)}`;
}

/**
 * A value and its thresholds as a small bar: full at `fullAt`, with a tick at each threshold. The number is beside it,
 * so screen readers skip the bar. It uses attributes only, because the page's policy forbids inline styles.
 */
export function bar(value: number, threshold: Threshold, fullAt: number): Html {
  const level = levelAgainst(value, threshold);
  return html`<svg class="bar ${level}" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="100" height="6"/><rect class="value" width="${percent(value, fullAt)}" height="6"/>${[
    threshold.warning,
    threshold.critical,
  ].map(
    (limit) => limit < fullAt && html`<rect class="tick" x="${percent(limit, fullAt) - 0.5}" width="1" height="6"/>`,
  )}</svg>`;
}

/** From this ratio on, a slot shows a short interruption instead of an outage. */
const interruptedRatio = 0.9;

/** The slots of a period as a strip, the newest on the right. Its title has the same information in words. */
export function strip({ slots }: ComponentHistory): Html {
  const look = (upRatio: number | undefined) => {
    if (upRatio === undefined) return 'track';
    if (upRatio > 0.9999) return 'up';
    return upRatio >= interruptedRatio ? 'interrupted' : 'down';
  };
  // Equal neighbours become one shape, which shortens most strips.
  const shapes: { readonly look: string; readonly start: number; length: number }[] = [];
  slots.forEach(({ upRatio }, index) => {
    const last = shapes.at(-1);
    const own = look(upRatio);
    if (last?.look === own) last.length++;
    else shapes.push({ look: own, start: index, length: 1 });
  });
  return html`<svg class="strip" viewBox="0 0 ${slots.length} 10" preserveAspectRatio="none" aria-hidden="true">${shapes.map(
    ({ look: own, start, length }) => html`<rect class="${own}" x="${start}" width="${length}" height="10"/>`,
  )}</svg>`;
}

function percent(value: number, fullAt: number): number {
  if (!(value > 0) || !(fullAt > 0)) return 0;
  return Number(Math.min(100, (value / fullAt) * 100).toFixed(1));
}
