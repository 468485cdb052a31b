import { isRecord } from './json-record.js';

/** What changes from one answer to the next, or is the same for all programs: how it is, what time it is there. */
const changing =
  /status|health|state|^ok$|ready|alive|success|time|date|uptime|^(?:ts|now)$|request|latency|duration|message|checks?$|components|services|dependencies|details/i;

/** More than this is hardly a health answer. */
const maxFields = 20;
const maxText = 200;

/**
 * What a health answer says of who answers, fit to be compared with that of another address: AI-CRM's `config_loaded`, a version, a
 * service's name. Undefined where nothing tells it apart: `{"status":"ok"}` is an answer of anybody.
 */
export function identityOf(body: unknown): string | undefined {
  if (!isRecord(body)) return undefined;
  const fields = Object.entries(body);
  if (fields.length > maxFields) return undefined;
  const telling = fields.filter(
    ([key, value]) =>
      !changing.test(key) && (typeof value === 'boolean' || (typeof value === 'string' && value.length <= maxText)),
  );
  if (telling.length === 0) return undefined;
  // Also which of the others there are: two programs of one version hardly have the same fields.
  const names = fields.map(([key]) => key).sort();
  return JSON.stringify([names, telling.sort(([a], [b]) => (a < b ? -1 : 1))]);
}
