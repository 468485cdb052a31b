import { type ChildProcess, spawn } from 'node:child_process';
import { get } from 'node:http';
import { messageOf } from '../../errors.js';
import { printableLine } from '../../text.js';
import type { Environment } from './find-program.js';

/** How a program is started. */
export interface Launch {
  readonly file: string;
  readonly args: readonly string[];
  readonly environment: Environment;
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
