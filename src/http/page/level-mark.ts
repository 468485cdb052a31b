import { type Level, levelWord } from '../../level.js';
import { type Html, html } from './html.js';

/** Signs that can be told apart without colour. */
const symbols: Readonly<Record<Level, string>> = { healthy: '✔', warning: '▲', critical: '✖', unknown: '?' };

/** The colours of the boards: for surfaces, never for text. */
const colours: Readonly<Record<Level, string>> = {
  healthy: '#1B9E77',
  warning: '#C98300',
  critical: '#D62F3A',
  unknown: '#7481AD',
};

/** `✖ CRITICAL` in the colour of the level. */
export function levelMark(level: Level): Html {
  return html`<span class="level ${level}"><span class="symbol" aria-hidden="true">${symbols[level]}</span> ${levelWord(level)}</span>`;
}

/** `✖ name`, for lists in which the word would repeat itself; screen readers get the word. */
export function smallMark(level: Level, name: string): Html {
  return html`<span class="small-mark"><span class="level ${level}" role="img" aria-label="${levelWord(level)}">${symbols[level]}</span> <bdi>${name}</bdi></span>`;
}

/** `✖ CRITICAL` as plain text, for the title. */
export function levelText(level: Level): string {
  return `${symbols[level]} ${levelWord(level)}`;
}

/** A disc in the level's colour as the icon of the browser's tab. */
export function levelIcon(level: Level): string {
  const disc = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7" fill="${colours[level]}"/></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(disc)}`;
}
