import { access, constants, mkdir, open, readFile, rename, stat } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { systemCodeOf, whyUnwritable } from '../base/errors.js';
import { isRecord, type JsonRecord } from '../base/json.js';
import { oneLine } from '../base/text.js';
import { heartbeatReportKinds } from '../metrics/heartbeat-metrics.js';
import type { HeartbeatState } from './heartbeat-state.js';

/** Maximum size of the file; a larger one is not from the exporter. A thousand jobs take half a mebibyte. */
const maximumBytes = 8 * 1024 * 1024;

/** Maximum length of a job's message. */
export const messageCharacters = 200;

const formatVersion = 1;

/** The content of the file. */
export interface HeartbeatsFound {
  readonly states: ReadonlyMap<string, HeartbeatState>;
  /** Why existing content cannot be used. It is ignored. */
  readonly problem?: string;
}

/** The file `heartbeats.json` in the folder of `--storage.path`. It keeps reports across restarts. */
export class HeartbeatFile {
  readonly path: string;

  constructor(folder: string) {
    this.path = join(folder, 'heartbeats.json');
  }

  /** Reads the file. Never throws: a damaged or unreadable file gives a `problem`. */
  async read(nowSeconds: number): Promise<HeartbeatsFound> {
    try {
      const { size } = await stat(this.path);
      if (size > maximumBytes) return { states: new Map(), problem: `larger than ${maximumBytes} bytes` };
      return statesIn(await readFile(this.path, 'utf8'), nowSeconds);
    } catch (error) {
      const code = systemCodeOf(error) ?? 'unknown error';
      // If a file has the name of the folder, no reports exist either. The next write reports the error.
      return code === 'ENOENT' || code === 'ENOTDIR'
        ? { states: new Map() }
        : { states: new Map(), problem: `it cannot be read (${code})` };
    }
  }

  /** Why the file cannot be written and how to repair it, checked without writing; undefined when it can. Never throws. */
  async obstacle(): Promise<string | undefined> {
    try {
      await access(await existing(dirname(this.path)), constants.W_OK | constants.X_OK);
      return undefined;
    } catch (error) {
      return whyUnwritable(error);
    }
  }

  /**
   * Replaces the file in one step. So readers, and a crash of the process or the machine, find the old file or the new
   * one. Throws the error of the file system.
   */
  async write(states: ReadonlyMap<string, HeartbeatState>): Promise<void> {
    await makeFolder(dirname(this.path));
    const temporary = `${this.path}.new`;
    const text = JSON.stringify({ version: formatVersion, heartbeats: Object.fromEntries(states) }, null, 1);
    const file = await open(temporary, 'w', 0o600);
    try {
      await file.writeFile(`${text}\n`);
      // Before the rename: otherwise a power failure may leave an empty file with the new name.
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, this.path);
  }
}

/** The folder, or the nearest existing one above it. Throws ENOTDIR when that is a file. */
async function existing(folder: string): Promise<string> {
  try {
    // With the separator, `stat` fails for a file.
    await stat(join(folder, sep));
    return folder;
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT' || dirname(folder) === folder) throw error;
    return existing(dirname(folder));
  }
}

/**
 * Creates the folder and those above it. With `recursive`, `mkdir` of Node.js 20 never ends where no folder can be
 * created, as in /proc.
 */
async function makeFolder(folder: string): Promise<void> {
  const above = await existing(folder);
  if (above === folder) return;
  await makeFolder(dirname(folder));
  await mkdir(folder, { mode: 0o700 });
}

function statesIn(text: string, nowSeconds: number): HeartbeatsFound {
  const document = parsed(text);
  if (!isRecord(document) || document['version'] !== formatVersion || !isRecord(document['heartbeats']))
    return { states: new Map(), problem: 'it is damaged, or of another version' };
  const entries = Object.entries(document['heartbeats']).map(
    ([name, entry]) => [name, isRecord(entry) ? stateIn(entry, nowSeconds) : undefined] as const,
  );
  const damaged = entries.filter(([, state]) => state === undefined).map(([name]) => oneLine(name, 64));
  const states = new Map(entries.flatMap(([name, state]) => (state === undefined ? [] : [[name, state] as const])));
  return damaged.length === 0 ? { states } : { states, problem: `it is damaged at ${damaged.join(', ')}` };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/**
 * Undefined for an invalid state. Times in the future, after a clock was set back, become now; otherwise a missed job
 * would be reported late.
 */
function stateIn(entry: JsonRecord, nowSeconds: number): HeartbeatState | undefined {
  const { isRunning, message, reports } = entry;
  const knownSinceSeconds = numberIn(entry, 'knownSinceSeconds');
  if (knownSinceSeconds === undefined || typeof isRunning !== 'boolean' || !isRecord(reports)) return undefined;
  const [start, success, failure] = heartbeatReportKinds.map((kind) => numberIn(reports, kind));
  if (start === undefined || success === undefined || failure === undefined) return undefined;
  const times = (['lastReportSeconds', 'lastSuccessSeconds', 'lastFailureSeconds', 'startedSeconds'] as const).flatMap(
    (key) => {
      const seconds = numberIn(entry, key);
      return seconds === undefined ? [] : [[key, Math.min(seconds, nowSeconds)] as const];
    },
  );
  const numbers = (['runtimeSeconds', 'exitStatus'] as const).flatMap((key) => {
    const value = numberIn(entry, key);
    return value === undefined ? [] : [[key, value] as const];
  });
  return {
    knownSinceSeconds: Math.min(knownSinceSeconds, nowSeconds),
    isRunning,
    reports: { start, success, failure },
    ...Object.fromEntries(times),
    ...Object.fromEntries(numbers),
    ...(typeof message === 'string' ? { message: oneLine(message, messageCharacters) } : {}),
  };
}

/** Undefined for anything but a number of at least 0. */
function numberIn(record: JsonRecord, key: string): number | undefined {
  const value = record[key];
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}
