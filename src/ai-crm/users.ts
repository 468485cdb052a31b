import { DataFailure } from '../access/data-access.js';
import { isRecord, type JsonRecord } from '../base/json.js';
import { users, usersByRole, usersByTier } from '../metrics/business-metrics.js';
import { type Sample, set } from '../metrics/definition.js';
import { nameLabel, Rejections, recordOf } from './json-answer.js';
import type { Questions } from './questions.js';
import type { Subject } from './subject.js';

const path = '/users/admin/stats';
const question = `GET ${path}`;

/** Fields of the answer, and the state that each counts. */
const states = {
  total_users: 'total',
  active_users: 'active',
  verified_users: 'verified',
  recent_registrations: 'recent',
} as const;

/** Maximum number of tiers or roles with series, because AI-CRM chooses their names. */
const maxGroups = 50;
/** Maximum number of entries that are read; no known AI-CRM sends more. */
const maxEntries = 10_000;

/** Accounts by state, tier and role. */
export function usersSubject(questions: Questions, intervalSeconds: number): Subject {
  return {
    name: 'users',
    subject: 'users',
    intervalSeconds,
    requests: 1,
    async read(source, signal) {
      const { value, durationSeconds } = await questions.get(path, source, signal);
      const rejections = new Rejections();
      const samples = userSamples(recordOf(value, question), rejections);
      if (samples.length === 0) throw new DataFailure('json', `${question}: none of its fields is usable`);
      const total = samples.find(({ series }) => series.labels['state'] === 'total')?.value;
      return {
        samples,
        message: total === 1 ? '1 account' : `${total ?? 'an unknown number of'} accounts`,
        notices: rejections.notices,
        rejectedValues: rejections.count,
        durationSeconds,
      };
    },
  };
}

/** The samples of an answer to `GET /users/admin/stats`. Missing and unusable fields are left out and recorded. */
function userSamples(stats: JsonRecord, rejections: Rejections): readonly Sample[] {
  const samples: Sample[] = [];
  for (const [field, state] of Object.entries(states)) {
    if (isCount(stats[field])) samples.push(set(users, { state }, stats[field]));
    else rejections.add(`${question}: ${field} is left out, because it is missing or not a count`);
  }
  samples.push(
    ...groupSamples(stats, 'subscription_breakdown', (tier, count) => set(usersByTier, { tier }, count), rejections),
    ...groupSamples(stats, 'role_breakdown', (role, count) => set(usersByRole, { role }, count), rejections),
  );
  return samples;
}

function groupSamples(
  stats: JsonRecord,
  field: string,
  sample: (name: string, count: number) => Sample,
  rejections: Rejections,
): readonly Sample[] {
  const groups = stats[field];
  if (!isRecord(groups)) {
    rejections.add(`${question}: ${field} is left out, because it is missing or not an object`);
    return [];
  }
  const counts = new Map<string, number>();
  const entries = Object.entries(groups);
  if (entries.length > maxEntries)
    rejections.add(
      `${question}: ${field} has more than ${maxEntries} entries, the others are left out`,
      entries.length - maxEntries,
    );
  for (const [given, count] of entries.slice(0, maxEntries)) {
    const name = nameLabel(given);
    if (name === '' || !isCount(count))
      rejections.add(`${question}: an entry of ${field} has no name or no count and is left out`);
    // Two names may become equal when shortened.
    else if (counts.has(name) || counts.size < maxGroups) counts.set(name, (counts.get(name) ?? 0) + count);
    else rejections.add(`${question}: ${field} has more than ${maxGroups} entries, the others are left out`);
  }
  return [...counts].map(([name, count]) => sample(name, count));
}

/** A whole number of at least 0. 1e308 is a number too, but no count. */
function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
