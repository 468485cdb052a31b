import { type Content, type Html, html } from './html.js';

/** Where a link of a text leads on the page; undefined where there is nothing: then its words stand alone. */
export type LinkTarget = (target: string) => string | undefined;

/**
 * The part of Markdown that the runbooks use: paragraphs, lists of one level, fenced code, and in a line code, bold and links. A
 * test sees to it that they use no more. Less than a package has, and a twentieth of its size.
 */
export function renderMarkdown(text: string, linkTarget: LinkTarget): readonly Html[] {
  const blocks: Html[] = [];
  const lines = text.split('\n');
  const takeWhile = (belongs: (line: string) => boolean) => {
    const end = lines.findIndex((line) => !belongs(line));
    return lines.splice(0, end === -1 ? lines.length : end);
  };
  while (lines.length > 0) {
    const [first = ''] = lines;
    if (first === '') lines.shift();
    else if (first.startsWith('```')) {
      lines.shift();
      blocks.push(html`<pre tabindex="0"><code>${takeWhile((line) => line !== '```').join('\n')}</code></pre>`);
      lines.shift();
    } else if (first.startsWith('* ')) {
      const items = takeWhile((line) => /^(?:\* | {2}\S)/.test(line))
        .join('\n')
        .slice(2)
        .split('\n* ');
      blocks.push(html`<ul>${items.map((item) => html`<li>${inline(item, linkTarget)}</li>`)}</ul>`);
    } else
      blocks.push(
        html`<p>${inline(takeWhile((line) => line !== '' && !line.startsWith('* ') && !line.startsWith('```')).join('\n'), linkTarget)}</p>`,
      );
  }
  return blocks;
}

function inline(text: string, linkTarget: LinkTarget): Content {
  const parts: Content[] = [];
  let from = 0;
  for (const { index, 0: whole, groups = {} } of text.matchAll(
    /`(?<code>[^`]+)`|\*\*(?<bold>[^*]+)\*\*|\[(?<words>(?:[^[\]`]|`[^`]+`)+)\]\((?<target>[^)\s]+)\)/g,
  )) {
    const { code, bold, words = '', target = '' } = groups;
    parts.push(text.slice(from, index));
    from = index + whole.length;
    if (code !== undefined) parts.push(html`<code>${code}</code>`);
    else if (bold !== undefined) parts.push(html`<strong>${bold}</strong>`);
    else parts.push(linked(inline(words, linkTarget), linkTarget(target)));
  }
  return [...parts, text.slice(from)];
}

function linked(words: Content, address: string | undefined): Content {
  return address === undefined ? words : html`<a href="${address}">${words}</a>`;
}
