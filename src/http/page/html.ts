import { printable } from '../../base/text.js';

/** A piece of a page whose markup is ours; everything else is text and gets escaped. */
export class Html {
  constructor(readonly markup: string) {}
}

/** What may stand in a template: nothing, text, finished markup, or several of these. */
export type Content = Html | string | number | false | null | undefined | readonly Content[];

/**
 * Template tag for markup. Whatever is put in as a string is escaped, for text and for attributes in double quotes alike;
 * only the result of this tag goes in as it is.
 */
export function html(parts: TemplateStringsArray, ...contents: readonly Content[]): Html {
  let markup = parts[0] ?? '';
  contents.forEach((content, i) => (markup += markupOf(content) + (parts[i + 1] ?? '')));
  return new Html(markup);
}

function markupOf(content: Content): string {
  if (content === null || content === undefined || content === false) return '';
  if (content instanceof Html) return content.markup;
  if (typeof content === 'object') return content.map(markupOf).join('');
  return escape(String(content));
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

function escape(text: string): string {
  return printable(text).replace(/[&<>"'`]/g, (character) => entities[character] ?? '');
}
