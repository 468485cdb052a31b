import { ExporterError } from '../../errors.js';
import { type Matcher, readSilences, type Silence } from '../../sources/alertmanager/silence.js';
import type { ProgramClient } from '../other-program/client.js';

/** Active and future silences, the first to end first. Throws `program_failed`. */
export async function listSilences(client: ProgramClient): Promise<readonly Silence[]> {
  const silences = readSilences(await client.ask('GET', '/api/v2/silences'));
  if (silences === undefined)
    throw new ExporterError(
      'program_failed',
      `${client.url}: the answer is no list of silences; is --alertmanager.url right?`,
    );
  return silences;
}

/** Creates a silence and returns its id. Throws `program_failed`. */
export async function createSilence(client: ProgramClient, silence: Omit<Silence, 'id'>): Promise<string> {
  const { matchers, startsAtSeconds, endsAtSeconds, createdBy, comment } = silence;
  const answer = await client.ask('POST', '/api/v2/silences', {
    matchers: matchers.map(plain),
    startsAt: timeOf(startsAtSeconds),
    endsAt: timeOf(endsAtSeconds),
    createdBy,
    comment,
  });
  const id = typeof answer === 'object' && answer !== null && 'silenceID' in answer ? answer.silenceID : undefined;
  if (typeof id !== 'string')
    throw new ExporterError(
      'program_failed',
      `${client.url}: a silence was asked for, and the answer does not name it; look with "maintenance list"`,
    );
  return id;
}

/** Ends a silence now. Throws `program_failed`. */
export async function expireSilence(client: ProgramClient, id: string): Promise<void> {
  await client.ask('DELETE', `/api/v2/silence/${encodeURIComponent(id)}`);
}

/** A time as Alertmanager writes it. */
export function timeOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

function plain({ name, value, isRegex, isEqual }: Matcher): Matcher {
  return { name, value, isRegex, isEqual };
}
