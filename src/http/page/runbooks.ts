import { type Content, Html, html } from './html.js';
import { renderMarkdown } from './markdown.js';
import { stylePolicy, styleSheet } from './style-sheet.js';

/** The runbooks as they are shipped: what stands before the first, and the text of each by the name of its alert. */
export interface Runbooks {
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

/** Takes docs/runbooks.md apart. */
export function readRunbooks(text: string): Runbooks {
  const [introduction = '', ...sections] = text.split(/^## /m);
  return {
    introduction: introduction.replace(/^# .*\n/, ''),
    sections: new Map(
      sections.map((section) => [section.slice(0, section.indexOf('\n')), section.slice(section.indexOf('\n') + 1)]),
    ),
  };
}

/** The page of all runbooks, at `/runbooks` or `/runbooks/`: what is the same for all of them, and a link to each. */
export function renderRunbookList({ introduction, sections }: Runbooks, path = '/runbooks'): string {
  const [folder, home] = path.endsWith('/') ? ['./', '../'] : ['./runbooks/', './'];
  const names = [...sections.keys()].sort();
  return page(
    'Runbooks',
    [
      ...renderMarkdown(introduction, linkFrom(folder)),
      html`<nav aria-label="Runbooks"><ul class="all">${names.map((name) => html`<li><a href="${folder}${name}">${name}</a></li>`)}</ul></nav>`,
    ],
    home,
  );
}

/** The page of one runbook, at `/runbooks/<alert>`, in whatever case it is written; undefined where there is none. */
export function renderRunbook({ sections }: Runbooks, alert: string): string | undefined {
  const name = [...sections.keys()].find((known) => known.toLowerCase() === alert.toLowerCase());
  if (name === undefined) return undefined;
  return page(
    name,
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

/** Links between runbooks, and out of them; other documents are not served. */
function linkFrom(folder: string) {
  return (target: string): string | undefined => {
    if (target.startsWith('#')) return folder + target.slice(1);
    return /^https?:/.test(target) ? target : undefined;
  };
}

function page(title: string, content: Content, home: string): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} – AI-CRM</title>
<link rel="icon" href="data:,">
<style>${new Html(ownStyle)}</style>
</head>
<body>
<header><h1>AI-CRM runbooks</h1><p><a href="${home}">status page</a></p></header>
<main>${content}</main>
<footer></footer>
</body>
</html>
`.markup;
}
