import { access, constants, mkdir, open, readFile, rename, stat } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { systemCodeOf, whyUnwritable } from '../base/errors.js';
import { isRecord, type JsonRecord } from '../base/json.js';
import { oneLine } from '../base/text.js';
import { heartbeatReportKinds } from '../metrics/heartbeat-metrics.js';
import type { HeartbeatState } from './heartbeat-state.js';

/** A file larger than this is none of ours: a thousand jobs take half a mebibyte. */
const maximumBytes = 8 * 1024 * 1024;

/** How much of what a job says is kept. */
export const messageCharacters = 200;

const formatVersion = 1;

/** What was found on disk. */
export interface HeartbeatsFound {
  readonly states: ReadonlyMap<string, HeartbeatState>;
  /** Why something that is there could not be used; it counts as not there. */
  readonly problem?: string;
}

/** The file `heartbeats.json` in the folder of `--storage.path`, in which reports outlive the process. */
export class HeartbeatFile {
  readonly path: string;

  constructor(folder: string) {
    this.path = join(folder, 'heartbeats.json');
  }

  /** Reads what is there. Never throws: a file that is damaged, or that cannot be read, is a problem in words. */
  async read(nowSeconds: number): Promise<HeartbeatsFound> {
    try {
      const { size } = await stat(this.path);
      if (size > maximumBytes) return { states: new Map(), problem: `larger than ${maximumBytes} bytes` };
      return statesIn(await readFile(this.path, 'utf8'), nowSeconds);
    } catch (error) {
      const code = systemCodeOf(error) ?? 'unknown error';
      // Where a file is in the place of the folder, nothing was kept either: what is to be written says so.
      return code === 'ENOENT' || code === 'ENOTDIR'
        ? { states: new Map() }
        : { states: new Map(), problem: `it cannot be read (${code})` };
    }
  }

  /** Why the file cannot be written, and what to do about it, as far as that is known without writing; undefined where it can. Never throws. */
  async obstacle(): Promise<string | undefined> {
    try {
      await access(await existing(dirname(this.path)), constants.W_OK | constants.X_OK);
      return undefined;
    } catch (error) {
      return whyUnwritable(error);
    }
  }

  /**
   * Replaces the file in one step: whoever reads it, and whatever ends this process or the machine meanwhile, there is the old one or the
   * new one. Throws the error of the file system.
   */
  async write(states: ReadonlyMap<string, HeartbeatState>): Promise<void> {
    await makeFolder(dirname(this.path));
    const temporary = `${this.path}.new`;
    const text = JSON.stringify({ version: formatVersion, heartbeats: Object.fromEntries(states) }, null, 1);
    const file = await open(temporary, 'w', 0o600);
    try {
      await file.writeFile(`${text}\n`);
      // Before the new name counts: after a power failure an empty file could have it.
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, this.path);
  }
}

/** The folder, or the nearest one above it that exists. Throws ENOTDIR where that is no folder. */
async function existing(folder: string): Promise<string> {
  try {
    // With the separator, a file is no folder.
    await stat(join(folder, sep));
    return folder;
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT' || dirname(folder) === folder) throw error;
    return existing(dirname(folder));
  }
}

/** Makes the folder and those above it. Where none can be made, as in /proc, `mkdir` of Node.js 20 tries again for ever with `recursive`. */
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

/** Undefined for what is no state. What lies in the future, because a clock was set back, is now: a job would be missed late. */
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

/** Undefined for anything but a number that is not negative. */
function numberIn(record: JsonRecord, key: string): number | undefined {
  const value = record[key];
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}
