import { type Level, levelWord } from '../../base/level.js';
import { html } from './html.js';
import { readableColours } from './style-sheet.js';

/** Approximate width of a character at 11 px. Some fonts are wider, so both sides have padding. */
const characterPixels = 6.8;
const paddingPixels = 12;
const heightPixels = 20;

/** A name and its level as a small picture, with alternative text. A component in maintenance shows that instead. */
export function badge(name: string, level: Level, inMaintenance: boolean): string {
  const word = inMaintenance ? 'maintenance' : levelWord(level);
  const widthOf = (text: string) => Math.round(text.length * characterPixels) + paddingPixels;
  const [left, right] = [widthOf(name), widthOf(word)];
  const text = (of: string, x: number, width: number) =>
    html`<text x="${x + width / 2}" y="14" text-anchor="middle" textLength="${width - paddingPixels}" lengthAdjust="spacingAndGlyphs">${of}</text>`;
  return html`<svg xmlns="http://www.w3.org/2000/svg" width="${left + right}" height="${heightPixels}" role="img" aria-label="${name}: ${word}"><title>${name}: ${word}</title><clipPath id="round"><rect width="${left + right}" height="${heightPixels}" rx="3"/></clipPath><g clip-path="url(#round)"><rect width="${left}" height="${heightPixels}" fill="#3b4252"/><rect x="${left}" width="${right}" height="${heightPixels}" fill="${inMaintenance ? '#566073' : readableColours[level]}"/></g><g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">${text(name, 0, left)}${text(word, left, right)}</g></svg>
`.markup;
}
