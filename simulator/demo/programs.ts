import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { get } from 'node:http';
import { delimiter, join } from 'node:path';
import { messageOf } from '../../src/base/errors.js';
import { printableLine } from '../../src/base/text.js';
import { isOlder } from '../../src/base/version.js';

/** Environment variables of a process. */
export type ProgramEnvironment = Readonly<Record<string, string | undefined>>;

/** An external program that the demo can start. */
export interface ProgramKind {
  readonly name: string;
  /** Command names on PATH, the usual one first. */
  readonly commands: readonly string[];
  /** The oldest supported version for the shipped files, as `2.42`. */
  readonly oldestVersion: string;
  /** Ways to install it, one per line. */
  readonly getIt: readonly string[];
  /** The file to run, if it is not the found file itself; undefined when it cannot run from there. */
  readonly locate?: (file: string) => Promise<string | undefined>;
}

/** Whether a program is installed and usable. */
export type FoundProgram =
  | { readonly kind: 'found'; readonly file: string; readonly version: string }
  /** `why` follows the program's name: `not on PATH`. */
  | { readonly kind: 'unfit'; readonly why: string };

/** A program that prints no version within this time is probably another one. */
const versionTimeoutMilliseconds = 10_000;

/** Finds a program on PATH and checks its version. Returns the first usable one. Never throws. */
export async function findProgram(kind: ProgramKind, environment: ProgramEnvironment): Promise<FoundProgram> {
  let unfit: FoundProgram | undefined;
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
  environment: ProgramEnvironment,
): Promise<FoundProgram> {
  const file = locate === undefined ? found : await locate(found);
  if (file === undefined) return { kind: 'unfit', why: `${found} is incomplete: files that belong to it are missing` };
  const output = await outputOf(file, ['--version'], environment);
  const version = /\bversion:? +v?(\d+\.\d+[^\s,)]*)/i.exec(output)?.[1];
  if (version === undefined) {
    const [line = ''] = output.trim().split('\n');
    return {
      kind: 'unfit',
      why: `${found} does not print its version${line === '' ? '' : `: ${printableLine(line).slice(0, 100)}`}`,
    };
  }
  if (isOlder(version, oldestVersion))
    return { kind: 'unfit', why: `${found} is too old: version ${version}, but ${oldestVersion} or later is required` };
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

/** Output of both streams, because programs print their version on either. The error message if it cannot run. */
function outputOf(file: string, args: readonly string[], environment: ProgramEnvironment): Promise<string> {
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

/** Programs that the demo starts besides its own, in the order of display. */
export const partNames = ['Grafana', 'Prometheus', 'Alertmanager'] as const;
/** See `partNames`. */
export type PartName = (typeof partNames)[number];

/** The state of a program. */
export type PartState =
  /** Not installed or not usable; `getIt` lists ways to install it. */
  | { readonly kind: 'unfit'; readonly why: string; readonly getIt: readonly string[] }
  | { readonly kind: 'starting'; readonly version: string; readonly sinceSeconds: number }
  | {
      readonly kind: 'running';
      readonly version: string;
      readonly url: string;
      /** Time until it was ready. */
      readonly afterSeconds: number;
    }
  | {
      readonly kind: 'ended';
      /** Its last line. */
      readonly why: string;
    };

/** A program and its state. */
export interface Part {
  readonly name: PartName;
  readonly state: PartState;
}

/** What a program needs to start. */
export interface ProgramSurroundings {
  /** The program itself. */
  readonly file: string;
  readonly version: string;
  /** A folder for its configuration and data. Removed after the demo. */
  readonly folder: string;
  readonly environment: ProgramEnvironment;
  /** Its URL, without a slash at the end. */
  readonly url: string;
}

/** How to start a program. */
export interface Launch {
  readonly file: string;
  readonly args: readonly string[];
  readonly environment: ProgramEnvironment;
  /** Its working folder. */
  readonly directory: string;
  /** URL for people. */
  readonly url: string;
  /** Answers 200 when the program is ready. */
  readonly readyUrl: string;
}

const askEveryMilliseconds = 100;
const askTimeoutMilliseconds = 2000;
/** Time between SIGTERM and SIGKILL. None of its data is needed. */
const patienceMilliseconds = 5000;
const longestLine = 400;
/** Fields at the start of a log line, before the message. */
const preamble = /^(?:(?:ts|t|time|caller|source|level|lvl|logger|component)=\S+\s+)+/;

/** A running external program. Its output is hidden. Only its last line is kept, as the reason if it ends. */
export class Child {
  /** Resolves with the reason when it has ended or could not start: its last line, if there is one. */
  readonly ended: Promise<string>;
  readonly #process: ChildProcess;
  readonly #readyUrl: string;
  #lastLine = '';
  #hasEnded = false;

  constructor({ file, args, environment, directory, readyUrl }: Launch) {
    this.#readyUrl = readyUrl;
    // In its own process group: Ctrl-C goes only to the demo, which ends its programs in order.
    this.#process = spawn(file, args, {
      env: environment,
      cwd: directory,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    for (const stream of [this.#process.stdout, this.#process.stderr]) this.#listenTo(stream);
    this.ended = new Promise((resolve) => {
      const end = (reason: string) => {
        this.#hasEnded = true;
        resolve(reason);
      };
      this.#process.once('error', (error) => end(messageOf(error)));
      // Child processes of it would keep the pipes open.
      this.#process.once('exit', () => this.#killGroup());
      this.#process.once('close', (code, signal) =>
        end(
          signal === null
            ? this.#lastLine || `exit code ${code}`
            : `${signal}${this.#lastLine === '' ? '' : `; its last line: ${this.#lastLine}`}`,
        ),
      );
    });
  }

  /** Undefined when it could not start, and after its end. */
  get pid(): number | undefined {
    return this.#hasEnded ? undefined : this.#process.pid;
  }

  /** True when it answers; false when it ends before, or does not answer within `timeoutSeconds`. */
  async isReady(timeoutSeconds: number): Promise<boolean> {
    const deadline = performance.now() + timeoutSeconds * 1000;
    while (!this.#hasEnded && performance.now() < deadline) {
      if (await answers(this.#readyUrl)) return !this.#hasEnded;
      await new Promise((resolve) => setTimeout(resolve, askEveryMilliseconds));
    }
    return false;
  }

  /** Ends it, by force if necessary, and waits for the end. A second call does nothing. */
  async stop(): Promise<void> {
    if (this.#hasEnded) return;
    this.#process.kill('SIGTERM');
    const force = setTimeout(() => this.#killGroup(), patienceMilliseconds);
    await this.ended;
    clearTimeout(force);
  }

  #killGroup(): void {
    if (this.#process.pid === undefined) return;
    try {
      process.kill(-this.#process.pid, 'SIGKILL');
    } catch {
      // The group is already empty.
    }
  }

  #listenTo(stream: NodeJS.ReadableStream | null): void {
    let rest = '';
    stream?.on('data', (bytes: Buffer) => {
      const lines = `${rest}${bytes.toString('utf8')}`.split('\n');
      rest = (lines.pop() ?? '').slice(0, longestLine);
      const last = lines.findLast((line) => line.trim() !== '');
      if (last !== undefined) this.#lastLine = printableLine(last.trim().replace(preamble, '')).slice(0, longestLine);
    });
  }
}

function answers(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, timeout: askTimeoutMilliseconds }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(false));
    request.once('close', () => resolve(false));
  });
}
