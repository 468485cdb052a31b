import { parseTarget, type Target } from './normalise/target.js';
import { fillTemplate } from './template.js';

/** Stands for a reference while the URL is parsed; survives that as it is, and nobody writes it. */
const marker = 'xq7reference';

/**
 * Takes a URL apart that may have `{{names}}` in its path and query; `url` of the result still has them. A text says what it
 * must be instead. A name before the path is refused: an answer must not choose whom we ask next.
 */
export function parseUrlTemplate(text: string): Extract<Target, { readonly kind: 'http' | 'https' }> | string {
  if (!/^https?:/i.test(text)) return 'must be a URL that begins with http:// or https://';
  const names: string[] = [];
  const target = parseTarget(fillTemplate(text, (name) => `${marker}${names.push(name) - 1}z`));
  if (typeof target === 'string') return target;
  if (target.kind !== 'http' && target.kind !== 'https') return 'must be a URL that begins with http:// or https://';
  const { origin } = new URL(target.url);
  const { credentials } = target;
  const beforePath = `${origin}${credentials?.username ?? ''}${credentials?.password.reveal() ?? ''}`;
  if (beforePath.includes(marker)) return 'must not have {{…}} before its path';
  const restore = (part: string) =>
    part
      .replaceAll('{{', '{{{{')
      .replace(new RegExp(`${marker}(\\d+)z`, 'g'), (_match, index: string) => `{{${names[Number(index)] ?? ''}}}`);
  return { ...target, url: restore(target.url), shown: restore(target.shown) };
}
