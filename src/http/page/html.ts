import { printable } from '../../base/text.js';

/** Safe markup. Everything else is text and is escaped. */
export class Html {
  constructor(readonly markup: string) {}
}

/** Allowed content of a template: nothing, text, markup, or a list of these. */
export type Content = Html | string | number | false | null | undefined | readonly Content[];

/**
 * Template tag for markup. Strings are escaped, for text and for attributes in double quotes. Only results of this tag
 * are inserted unchanged.
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
