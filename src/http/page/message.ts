import { html, type Html } from './html.js';

/** What fits into a table without pushing everything else off the screen. */
const maxCharacters = 220;

/** A text cut to so many characters, with an ellipsis where something is missing; never cuts a character in two. */
export function shortened(text: string, characters: number): string {
  // Only the beginning is taken apart: the whole may be a megabyte.
  const beginning = [...text.slice(0, 2 * characters + 2)];
  return beginning.length <= characters ? text : `${beginning.slice(0, characters - 1).join('').trimEnd()}…`;
}

/** A message from outside: short ones whole, long ones cut with the whole one a click away. */
export function message(text: string): Html {
  const short = shortened(text, maxCharacters);
  if (short === text) return html`<bdi>${text}</bdi>`;
  return html`<details class="long"><summary><bdi>${short}</bdi></summary><bdi>${text}</bdi></details>`;
}
