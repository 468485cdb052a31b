import { shortened } from '../../text.js';
import { type Html, html } from './html.js';

/** What fits into a table without pushing everything else off the screen. */
const maxCharacters = 220;

/** A message from outside: short ones whole, long ones cut with the whole one a click away. */
export function message(text: string): Html {
  const short = shortened(text, maxCharacters);
  if (short === text) return html`<bdi>${text}</bdi>`;
  return html`<details class="long"><summary><bdi>${short}</bdi></summary><bdi>${text}</bdi></details>`;
}
