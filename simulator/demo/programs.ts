import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { get } from 'node:http';
import { delimiter, join } from 'node:path';
import { messageOf } from '../../src/base/errors.js';
import { printableLine } from '../../src/base/text.js';
import { isOlder } from '../../src/base/version.js';

/** Variables of a process' environment. */
export type ProgramEnvironment = Readonly<Record<string, string | undefined>>;

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
export type FoundProgram =
  | { readonly kind: 'found'; readonly file: string; readonly version: string }
  /** `why` goes behind the program's name: `not on PATH`. */
  | { readonly kind: 'unfit'; readonly why: string };

/** A program that says nothing for so long is not the one that it is called. */
const versionTimeoutMilliseconds = 10_000;

/** Looks a program up on PATH and asks for its version; the first that is good enough is taken. Throws nothing. */
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

/** The programs that the demo starts beside its own, in the order in which they are shown. */
export const partNames = ['Grafana', 'Prometheus', 'Alertmanager'] as const;
/** See `partNames`. */
export type PartName = (typeof partNames)[number];

/** How one of the programs is. */
export type PartState =
  /** Not here, or not good enough; `getIt` are ways to have it. */
  | { readonly kind: 'unfit'; readonly why: string; readonly getIt: readonly string[] }
  | { readonly kind: 'starting'; readonly version: string; readonly sinceSeconds: number }
  | {
      readonly kind: 'running';
      readonly version: string;
      readonly url: string /** How long it took to be ready. */;
      readonly afterSeconds: number;
    }
  | { readonly kind: 'ended' /** Its last line. */; readonly why: string };

/** One of the programs. */
export interface Part {
  readonly name: PartName;
  readonly state: PartState;
}

/** What a program is started with. */
export interface ProgramSurroundings {
  /** The program itself. */
  readonly file: string;
  readonly version: string;
  /** A folder of its own, for its configuration and its data. Gone after the demo. */
  readonly folder: string;
  readonly environment: ProgramEnvironment;
  /** Where it is to listen, without a slash at the end. */
  readonly url: string;
}

/** How a program is started. */
export interface Launch {
  readonly file: string;
  readonly args: readonly string[];
  readonly environment: ProgramEnvironment;
  /** Its working folder. */
  readonly directory: string;
  /** Where people find it. */
  readonly url: string;
  /** Answers with 200 once it can be used. */
  readonly readyUrl: string;
}

const askEveryMilliseconds = 100;
const askTimeoutMilliseconds = 2000;
/** After SIGTERM, before SIGKILL. Nothing that it might save is wanted. */
const patienceMilliseconds = 5000;
const longestLine = 400;
/** What log lines begin with before they say something. */
const preamble = /^(?:(?:ts|t|time|caller|source|level|lvl|logger|component)=\S+\s+)+/;

/** A started program of others. Its output is kept out of sight; only its last words matter, should it end. */
export class Child {
  /** Resolves when it has ended, or could not be started, with the reason: its last line if it wrote one. */
  readonly ended: Promise<string>;
  readonly #process: ChildProcess;
  readonly #readyUrl: string;
  #lastLine = '';
  #hasEnded = false;

  constructor({ file, args, environment, directory, readyUrl }: Launch) {
    this.#readyUrl = readyUrl;
    // A group of its own: Ctrl-C is for the demo, which ends its programs in its own order.
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
      // What it has started itself would hold the pipes open.
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

  /** Undefined when it could not be started, and when it has ended. */
  get pid(): number | undefined {
    return this.#hasEnded ? undefined : this.#process.pid;
  }

  /** Resolves with true once it answers, with false when it has ended before, or has not answered for `timeoutSeconds`. */
  async isReady(timeoutSeconds: number): Promise<boolean> {
    const deadline = performance.now() + timeoutSeconds * 1000;
    while (!this.#hasEnded && performance.now() < deadline) {
      if (await answers(this.#readyUrl)) return !this.#hasEnded;
      await new Promise((resolve) => setTimeout(resolve, askEveryMilliseconds));
    }
    return false;
  }

  /** Ends it, by force if it does not want to, and waits until it is gone. Twice does nothing. */
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
      // Nobody is left in it.
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
