import { type Content, Html, html } from './html.js';
import { stylePolicy, styleSheet } from './style-sheet.js';

/** The URL of a link in a text; undefined when the page has no target: then only its words are shown. */
type LinkTarget = (target: string) => string | undefined;

/**
 * Renders the part of Markdown that the runbooks use: paragraphs, flat lists, fenced code, and inline code, bold and
 * links. A test makes sure that they use nothing else. It replaces a package twenty times its size.
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

/** The shipped runbooks: the introduction, and the text of each by alert name. */
interface Runbooks {
  readonly introduction: string;
  readonly sections: ReadonlyMap<string, string>;
}

const ownStyle = `${styleSheet}
main { max-width: 820px; font-size: 16px; line-height: 1.55; }
main > * + *, section > * + * { margin-top: 12px; }
main h2 { font-size: 20px; color: var(--text); padding: 0; }
main ul { padding-left: 22px; list-style: disc; } main li + li { margin-top: 4px; }
main .all { columns: 270px; padding: 0; list-style: none; }
code { font: 0.9em ui-monospace, "Liberation Mono", monospace; overflow-wrap: anywhere; }
pre { margin: 12px 0 0; padding: 12px 14px; background: var(--surface); border: 1px solid var(--line); border-radius: 8px; overflow-x: auto; }
pre code { overflow-wrap: normal; }
`;

/** Splits docs/runbooks.md. */
export function readRunbooks(text: string): Runbooks {
  const [introduction = '', ...sections] = text.split(/^## /m);
  return {
    introduction: introduction.replace(/^# .*\n/, ''),
    sections: new Map(
      sections.map((section) => [section.slice(0, section.indexOf('\n')), section.slice(section.indexOf('\n') + 1)]),
    ),
  };
}

/** The page of all runbooks, at `/runbooks` or `/runbooks/`: the introduction, and a link to each. */
export function renderRunbookList({ introduction, sections }: Runbooks, watched: string, path = '/runbooks'): string {
  const [folder, home] = path.endsWith('/') ? ['./', '../'] : ['./runbooks/', './'];
  const names = [...sections.keys()].sort();
  return page(
    'Runbooks',
    watched,
    [
      ...renderMarkdown(introduction, linkFrom(folder)),
      html`<nav aria-label="Runbooks"><ul class="all">${names.map((name) => html`<li><a href="${folder}${name}">${name}</a></li>`)}</ul></nav>`,
    ],
    home,
  );
}

/** The page of one runbook, at `/runbooks/<alert>`, in upper or lower case; undefined when there is none. */
export function renderRunbook({ sections }: Runbooks, watched: string, alert: string): string | undefined {
  const name = [...sections.keys()].find((known) => known.toLowerCase() === alert.toLowerCase());
  if (name === undefined) return undefined;
  return page(
    name,
    watched,
    [
      html`<section><h2>${name}</h2>${renderMarkdown(sections.get(name) ?? '', linkFrom('./'))}</section>`,
      html`<p><a href="../runbooks">All runbooks</a></p>`,
    ],
    '../',
  );
}

/** The `Content-Security-Policy` of these pages. */
export function runbookPolicy(): string {
  return stylePolicy(ownStyle);
}

/** Links between runbooks, and to other sites. Other documents are not served. */
function linkFrom(folder: string) {
  return (target: string): string | undefined => {
    if (target.startsWith('#')) return folder + target.slice(1);
    return /^https?:/.test(target) ? target : undefined;
  };
}

function page(title: string, watched: string, content: Content, home: string): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} – ${watched}</title>
<link rel="icon" href="data:,">
<style>${new Html(ownStyle)}</style>
</head>
<body>
<header><h1>${watched} runbooks</h1><p><a href="${home}">status page</a></p></header>
<main>${content}</main>
<footer></footer>
</body>
</html>
`.markup;
}
