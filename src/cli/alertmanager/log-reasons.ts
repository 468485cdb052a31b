import { open, stat } from 'node:fs/promises';
import { ExporterError, systemCodeOf } from '../../errors.js';
import { withoutPaths } from '../../sensitive.js';
import { oneLine } from '../../text.js';

/** Why a way out of a receiver failed, as Alertmanager's log says it. */
export interface LoggedFailure {
  readonly receiver: string;
  readonly integration: string;
  /** On one line, URLs without what may be secret in them. */
  readonly reason: string;
}

/** More of a log is not read. */
const maxLogBytes = 4 * 1024 * 1024;

/** Remembers where a log ends now, and reads the failures that were written to it since. Throws `usage` for a file that cannot be read. */
export async function followLog(file: string): Promise<() => Promise<readonly LoggedFailure[]>> {
  const start = (await orUsage(file, () => stat(file))).size;
  return async () => readFailures(await orUsage(file, () => readFrom(file, start)));
}

/** The failures of notifications in lines of a log, logfmt or JSON, the last word of each way; one that arrived in the end is none. */
export function readFailures(text: string): readonly LoggedFailure[] {
  const found = new Map<string, LoggedFailure>();
  for (const line of text.split('\n')) {
    const receiver = field(line, 'receiver');
    const integration = /^(\w+)/.exec(field(line, 'integration') ?? '')?.[1];
    if (receiver === undefined || integration === undefined) continue;
    const way = `${receiver} ${integration}`;
    const error = field(line, 'err');
    if (field(line, 'msg') === 'Notify success') found.delete(way);
    else if (error !== undefined) found.set(way, { receiver, integration, reason: oneLine(withoutPaths(error)) });
  }
  return [...found.values()];
}

function field(line: string, name: string): string | undefined {
  const quoted = new RegExp(`(?:(?:^| )${name}=|"${name}":)("(?:[^"\\\\]|\\\\.)*")`).exec(line)?.[1];
  if (quoted === undefined) return new RegExp(`(?:^| )${name}=(\\S+)`).exec(line)?.[1];
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return quoted.slice(1, -1);
  }
}

async function readFrom(file: string, start: number): Promise<string> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    // A log that became shorter was rotated: then all of it is new.
    const from = size < start ? 0 : start;
    const buffer = Buffer.alloc(Math.min(maxLogBytes, size - from));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, from);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

async function orUsage<Result>(file: string, attempt: () => Promise<Result>): Promise<Result> {
  try {
    return await attempt();
  } catch (error) {
    throw new ExporterError(
      'usage',
      `--alertmanager.log: ${file}: cannot be read (${systemCodeOf(error) ?? 'unknown error'})`,
      { cause: error },
    );
  }
}
