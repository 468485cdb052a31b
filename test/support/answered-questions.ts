import type { Questions } from '../../src/ai-crm/questions.js';
import type { Sample } from '../../src/metrics/definition.js';

/** AI-CRM that answers every question with this value after two seconds. `asked` gets the source, the method and the path. */
export function answered(value: unknown, asked: string[] = []): Questions {
  const ask = (method: string) => async (path: string, source: string) => {
    asked.push(`${source} ${method} ${path}`);
    return { value, durationSeconds: 2 };
  };
  return { get: ask('GET'), postSampleTask: ask('POST'), getAnonymously: ask('GET') };
}

/** The values of samples, by name and labels. */
export function valuesOf(samples: readonly Sample[]): Readonly<Record<string, number>> {
  return Object.fromEntries(samples.map(({ series, value }) => [series.definition.name + series.key, value]));
}

/** An answer about users, with changes. */
export const userStats = (changes: object = {}) => ({
  total_users: 5,
  active_users: 4,
  verified_users: 3,
  recent_registrations: 2,
  subscription_breakdown: { pro: 5 },
  role_breakdown: { user: 5 },
  ...changes,
});
