import { parseJson } from '../../json.js';
import type { AiCrmAccount } from '../data/data-access.js';
import type { DataAnswer } from '../data/data-client.js';
import { fieldOf } from '../http/headers.js';
import { isRecord, type JsonRecord } from '../json-record.js';

/** A JSON object out of an answer, or undefined when its body is none. */
export function objectIn({ headers, body }: DataAnswer): JsonRecord | undefined {
  const parsed = parseJson(body, fieldOf(headers, 'content-type'));
  return 'value' in parsed && isRecord(parsed.value) ? parsed.value : undefined;
}

/** The account that `/auth/me` or the `user` of a login describes; undefined when it is no such description. */
export function accountIn(user: unknown): AiCrmAccount | undefined {
  if (!isRecord(user)) return undefined;
  const role = word(user['role']);
  const tier = word(user['subscription_tier']);
  return role === undefined || tier === undefined ? undefined : { role, tier };
}

/** Role and tier stand in messages, so they have to be plain words. */
function word(value: unknown): string | undefined {
  return typeof value === 'string' && /^[a-z][a-z0-9_-]{0,31}$/i.test(value) ? value : undefined;
}
