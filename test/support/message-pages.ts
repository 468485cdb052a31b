// Pages with a mail and a Slack message as they arrived, for pictures.

import type { SunkMail } from './sinks.js';

/** A message that Alertmanager posts to a webhook of Slack. Other members are not drawn. */
interface SlackMessage {
  readonly username: string;
  readonly attachments: readonly {
    readonly title: string;
    readonly text: string;
    readonly color: string;
    readonly pretext?: string;
  }[];
}

const page = (style: string, body: string) => `<!doctype html><meta charset="utf-8"><style>
:root { color-scheme: light dark; --page: #fff; --text: #1d1c1d; --quiet: #616061; --line: #ddd; --link: #1264a3 }
@media (prefers-color-scheme: dark) {
  :root { --page: #1a1d21; --text: #d1d2d3; --quiet: #9a9b9e; --line: #3a3d42; --link: #4ea4dd }
}
body { margin: 0; padding: 16px; background: var(--page); color: var(--text); font: 15px/1.46 "DejaVu Sans", sans-serif }
${style}</style>${body}`;

/** The window of a mail program: subject, sender and recipients above the mail. */
export function mailPage({ subject, from, to, raw }: SunkMail): string {
  return page(
    `h1 { font-size: 19px; margin: 0 0 4px } p { margin: 0 0 12px; color: var(--quiet); font-size: 13px }
iframe { display: block; border: 0; width: 100%; height: 0; border-radius: 6px }`,
    `<h1>${escaped(subject)}</h1><p>${escaped(from)} → ${escaped(to.join(', '))}</p>
<iframe srcdoc="${escaped(htmlPart(raw))}" onload="style.height = contentDocument.documentElement.scrollHeight + 'px'"></iframe>`,
  );
}

/** A channel of Slack with one message. */
export function slackPage(message: SlackMessage): string {
  const attachments = message.attachments.map(
    ({ pretext = '', title, text, color }) =>
      `${pretext === '' ? '' : `<div>${formatted(pretext)}</div>`}<blockquote style="border-color: ${escaped(color)}">
<b><a>${unescapedThenEscaped(title)}</a></b><br>${formatted(text)}</blockquote>`,
  );
  return page(
    `body { display: grid; grid-template-columns: 36px 1fr; gap: 10px }
i { width: 36px; height: 36px; border-radius: 6px; background: #4a5fc1; color: #fff; font: 700 12px/36px sans-serif; text-align: center }
small { border-radius: 3px; background: var(--line); padding: 0 4px; font-size: 10px }
blockquote { margin: 4px 0 0; padding: 0 0 0 12px; border-left: 4px solid } a { color: var(--link) }`,
    `<i>CRM</i><div><b>${escaped(message.username)}</b> <small>APP</small>${attachments.join('')}</div>`,
  );
}

/** The HTML part of a multipart mail (RFC 2046), decoded from quoted-printable (RFC 2045). */
function htmlPart(raw: string): string {
  const boundary = /boundary="?([^";\s]+)/.exec(raw)?.[1] ?? '';
  const part = raw.split(`--${boundary}`).find((text) => /^Content-Type: text\/html/im.test(text)) ?? '';
  const body = part.slice(part.indexOf('\r\n\r\n') + 4).replaceAll(/=\r?\n/g, '');
  const bytes = body.replaceAll(/=([0-9A-F]{2})/g, (_hex, code: string) => String.fromCharCode(parseInt(code, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** The markup of Slack: `*bold*`, `<address|text>`, `<!here>`, and & < > escaped as in HTML. */
function formatted(text: string): string {
  return text
    .replaceAll(/<!(\w+)>/g, '@$1')
    .replaceAll(/<[^|>]+\|([^>]+)>/g, '\u0001$1\u0002')
    .split(/([\u0001\u0002])/)
    .map((part) => (part === '\u0001' ? '<a>' : part === '\u0002' ? '</a>' : unescapedThenEscaped(part)))
    .join('')
    .replaceAll(/\*([^*\n]+)\*/g, '<b>$1</b>')
    .replaceAll('\n', '<br>');
}

const unescapedThenEscaped = (text: string) =>
  escaped(text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&'));
const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
