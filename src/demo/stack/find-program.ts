import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { isOlder } from '../../oldest-versions.js';
import { printableLine } from '../../text.js';

/** Variables of a process' environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A program of others that the demo can start. */
export interface ProgramKind {
  readonly name: string;
  /** What it is called on PATH, the more usual name first. */
  readonly commands: readonly string[];
  /** The oldest version that the bundled files are made for, as `2.42`. */
  readonly oldestVersion: string;
  /** How to come by it, a line for each way. */
  readonly getIt: readonly string[];
  /** What to run for a file that was found, when that is not the file itself; undefined when it cannot run from there. */
  readonly locate?: (file: string) => Promise<string | undefined>;
}

/** Whether a program is there, and good enough. */
export type Finding =
  | { readonly kind: 'found'; readonly file: string; readonly version: string }
  /** `why` goes behind the program's name: `not on PATH`. */
  | { readonly kind: 'unfit'; readonly why: string };

/** A program that says nothing for so long is not the one that it is called. */
const versionTimeoutMilliseconds = 10_000;

/** Looks a program up on PATH and asks for its version; the first that is good enough is taken. Throws nothing. */
export async function findProgram(kind: ProgramKind, environment: Environment): Promise<Finding> {
  let unfit: Finding | undefined;
  for (const command of kind.commands) {
    for (const folder of (environment['PATH'] ?? '').split(delimiter)) {
      const file = join(folder, command);
      if (folder === '' || !(await isExecutable(file))) continue;
      const finding = await examine(kind, file, environment);
      if (finding.kind === 'found') return finding;
      unfit ??= finding;
    }
  }
  return unfit ?? { kind: 'unfit', why: 'not on PATH' };
}

async function examine(
  { locate, oldestVersion }: ProgramKind,
  found: string,
  environment: Environment,
): Promise<Finding> {
  const file = locate === undefined ? found : await locate(found);
  if (file === undefined) return { kind: 'unfit', why: `${found} is without the files that belong to it` };
  const output = await outputOf(file, ['--version'], environment);
  const version = /\bversion:? +v?(\d+\.\d+[^\s,)]*)/i.exec(output)?.[1];
  if (version === undefined) {
    const [line = ''] = output.trim().split('\n');
    return {
      kind: 'unfit',
      why: `${found} does not tell its version${line === '' ? '' : `: ${printableLine(line).slice(0, 100)}`}`,
    };
  }
  if (isOlder(version, oldestVersion))
    return { kind: 'unfit', why: `${found} is too old: version ${version}, needed is ${oldestVersion} or later` };
  return { kind: 'found', file, version: version.replace(/\+.*/, '') };
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}

/** Both streams: some say their version on the one, some on the other. Why it could not be run, when it could not. */
function outputOf(file: string, args: readonly string[], environment: Environment): Promise<string> {
  return new Promise((resolve) => {
    execFile(
      file,
      args,
      { env: environment, timeout: versionTimeoutMilliseconds, killSignal: 'SIGKILL', maxBuffer: 64 * 1024 },
      (error, stdout, stderr) => {
        resolve(stdout + stderr || (error?.message ?? ''));
      },
    );
  });
}
