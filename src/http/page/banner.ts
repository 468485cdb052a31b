import { byWorstFirst, levels, levelWord } from '../../level.js';
import type { Overview } from '../../status/overview.js';
import { shortened } from '../../text.js';
import { headlineOf } from './headline.js';
import { type Html, html } from './html.js';
import { levelMark } from './level-mark.js';

/** How much of a message the headline takes; the table has the rest. */
const maxCharacters = 180;

type Entry = readonly [word: string, look: string, count: number];

/** The first thing to see: the level of the whole, why, and how many components have which. */
export function banner(overview: Overview): Html {
  const { sentence, remarks } = headlineOf(overview);
  return html`<section class="banner ${overview.level}" aria-label="Overall level">
<p class="overall">${levelMark(overview.level)}</p>
<div class="why"><p class="sentence"><bdi>${shortened(sentence, maxCharacters)}</bdi></p>
${remarks.length > 0 && html`<p class="remarks">${shortened(remarks.join(' · '), 2 * maxCharacters)}</p>`}</div>
${counts(overview)}
</section>`;
}

function counts({ components }: Overview): Html | false {
  if (components.length < 2) return false;
  const counting = components.filter(({ inMaintenance }) => !inMaintenance);
  const entries = [...levels]
    .sort(byWorstFirst)
    .map(
      (level): Entry => [
        levelWord(level),
        `level ${level}`,
        counting.filter((component) => component.level === level).length,
      ],
    );
  entries.push(['MAINTENANCE', 'aside', components.length - counting.length]);
  return html`<dl class="counts" aria-label="Components by level">${entries
    .filter(([, , count]) => count > 0)
    .map(([word, look, count]) => html`<div><dt class="${look}">${word}</dt><dd>${count}</dd></div>`)}</dl>`;
}
