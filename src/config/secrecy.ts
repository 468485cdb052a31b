import type { Path } from './problem.js';

/** Values under these keys are secrets or may be, whatever their form. */
const secretKeys: ReadonlySet<string> = new Set([
  'auth',
  'basic',
  'bearer',
  'password',
  'token',
  'headers',
  'body',
  'webhook_url',
]);

/** Of `alert_channels` only these may be shown: a wrong value in any other place may well be a webhook's URL. */
const harmlessChannelKeys: ReadonlySet<string> = new Set([
  'enabled',
  'smtp_port',
  'use_tls',
  'log_level',
  'severities',
]);

/** The sections whose keys are the user's own names. */
const namedSections: ReadonlySet<string> = new Set([
  'endpoints',
  'json_sources',
  'sql_sources',
  'request_sources',
  'transactions',
]);

/** Whether a message must not quote the value at this path. The name of a secret's file is not a secret. */
export function isSecretPath(path: Path): boolean {
  const last = path.findLast((part) => typeof part === 'string') ?? '';
  if (last.endsWith('_file') && !path.includes('headers')) return false;
  if (path[0] === 'ai_crm' && path[1] === 'login') return true;
  if (path[0] === 'alert_channels') return !harmlessChannelKeys.has(last);
  // What becomes of a row or document is no secret, and its labels may be called as they like.
  if ((path[0] === 'json_sources' || path[0] === 'sql_sources') && path[2] === 'metrics') return false;
  if (path[0] === 'transactions' && path[4] === 'json') return true;
  // What a good answer has in it may be what only the two of them know; a query may look for it.
  if (path.includes('expect') && (path.includes('json') || last === 'body_regex')) return true;
  if (path[0] === 'sql_sources' && last === 'query') return true;
  const own = path.filter((_part, index) => !isOwnName(path, index));
  return own.some((part) => typeof part === 'string' && secretKeys.has(part));
}

/** Names of components, sources, modules, transactions and captures are the user's own and say nothing about what is below them. */
function isOwnName(path: Path, index: number): boolean {
  const [section] = path;
  if (index === 1) return typeof section === 'string' && namedSections.has(section);
  return (index === 2 && path[1] === 'modules') || (index === 5 && section === 'transactions' && path[4] === 'capture');
}
