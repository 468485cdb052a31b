import type { ProgramClient } from '../other-program/client.js';
import { labelsAt, recordsAt, valueAt } from './read-json.js';

/** One series of an instant query. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What an expression is now in Prometheus. Throws `ProgramFailure`. */
export async function queryVector(client: ProgramClient, expression: string): Promise<readonly Sample[]> {
  const answer = await client.ask('GET', `/api/v1/query?query=${encodeURIComponent(expression)}`);
  return (recordsAt(answer, 'data', 'result') ?? []).map((series) => {
    const value = valueAt(series, 'value');
    return { labels: labelsAt(series, 'metric'), value: Number(Array.isArray(value) ? value[1] : Number.NaN) };
  });
}
