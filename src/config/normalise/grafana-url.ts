import type { Context } from './context.js';
import { parseTarget } from './target.js';

/** `grafana_url` without its final slash; undefined, with a report, for anything that the paths of boards cannot be appended to. */
export function normaliseGrafanaUrl(given: string, context: Context): string | undefined {
  const target = parseTarget(given);
  if (typeof target === 'string' || !('url' in target)) context.report(['grafana_url'], 'must be a URL such as https://grafana.example.com');
  else if (target.credentials !== undefined) context.report(['grafana_url'], 'the URL contains credentials, which everybody who is notified would see');
  else if (/[?#]/.test(given)) context.report(['grafana_url'], 'must be a URL without query and fragment');
  else return target.url.replace(/\/+$/, '');
  return undefined;
}
