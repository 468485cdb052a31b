import type { Context } from './context.js';
import { parseTarget } from './target.js';

/** What people are sent to, with an example of its address. */
const links = {
  grafana_url: 'https://grafana.example.com',
  runbooks_url: 'https://monitoring.example.com:10059/runbooks',
} as const;

/** An address for people, without its final slash; undefined, with a report, for anything that a path cannot be appended to. */
export function normaliseLinkUrl(option: keyof typeof links, given: string, context: Context): string | undefined {
  const target = parseTarget(given);
  if (typeof target === 'string' || !('url' in target))
    context.report([option], `must be a URL such as ${links[option]}`);
  else if (target.credentials !== undefined)
    context.report([option], 'the URL contains credentials, which everybody who is notified would see');
  else if (/[?#]/.test(given)) context.report([option], 'must be a URL without query and fragment');
  else return target.url.replace(/\/+$/, '');
  return undefined;
}
