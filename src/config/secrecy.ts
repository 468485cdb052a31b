import type { Path } from './problem.js';

/** Values under these keys are secrets or may be, whatever their form. */
const secretKeys: ReadonlySet<string> = new Set(['auth', 'basic', 'bearer', 'password', 'token', 'headers', 'body', 'webhook_url']);

/** Of `alert_channels` only these may be shown: a wrong value in any other place may well be a webhook's URL. */
const harmlessChannelKeys: ReadonlySet<string> = new Set(['enabled', 'smtp_port', 'use_tls', 'log_level', 'severities']);

/** Whether a message must not quote the value at this path. The name of a secret's file is not a secret. */
export function isSecretPath(path: Path): boolean {
  const last = path.findLast((part) => typeof part === 'string') ?? '';
  if (last.endsWith('_file') && !path.includes('headers')) return false;
  if (path[0] === 'ai_crm' && path[1] === 'login') return true;
  if (path[0] === 'alert_channels') return !harmlessChannelKeys.has(last);
  // Names of components and modules are the user's own and say nothing about what is below them.
  const own = path.filter((_part, index) => !(index === 1 && path[0] === 'endpoints') && !(index === 2 && path[1] === 'modules'));
  return own.some((part) => typeof part === 'string' && secretKeys.has(part));
}

/** A URL, or what was meant to be one, without credentials and query. */
export function withoutUrlSecrets(text: string): string {
  return text.replace(/^.*@/s, '<secret>@').replace(/[?#].*$/s, '?<secret>');
}
