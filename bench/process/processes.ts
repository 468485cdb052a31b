import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** How much output of a program is kept, for the message if it fails. */
const keptCharacters = 2000;
const patienceMilliseconds = 5000;

/** A program that this benchmark has started. */
export interface Program {
  readonly pid: number;
  /** True until it has ended, for any reason. */
  isRunning(): boolean;
  /** An error with the name and the last output of the program. */
  failure(what: string): Error;
  /** Sends a message to a program with a channel, and waits for the answer. */
  ask(question: string): Promise<unknown>;
  /** Waits for the next message of a program with a channel. */
  message(): Promise<unknown>;
  /** Stops the program and waits for its end. */
  stop(): Promise<void>;
}

/** Starts programs. None of them runs longer than the benchmark. */
export class Processes {
  readonly #running = new Set<Program>();

  /**
   * Starts a program. `hasChannel` is for our own programs: it opens a channel for messages. `env` adds variables. Throws if the program
   * cannot start.
   */
  async start(
    command: string,
    args: readonly string[],
    options: { readonly hasChannel?: boolean; readonly env?: Readonly<Record<string, string>> } = {},
  ): Promise<Program> {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe', ...(options.hasChannel === true ? (['ipc'] as const) : [])],
      // NODE_OPTIONS of a profiled benchmark must not reach the measured programs.
      env: { ...process.env, NODE_OPTIONS: '', ...options.env },
    });
    await once(child, 'spawn');
    const program = programOf(child, basename(command), () => this.#running.delete(program));
    this.#running.add(program);
    return program;
  }

  /** Stops all running programs. */
  async stopAll(): Promise<void> {
    await Promise.all([...this.#running].map((program) => program.stop()));
  }
}

function programOf(child: ChildProcess, name: string, onExit: () => void): Program {
  let written = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (bytes: Buffer) => (written = (written + bytes.toString()).slice(-keptCharacters)));
  child.on('error', (error) => (written += `${error.message}\n`));
  let isRunning = true;
  const exited = new Promise<void>((resolve) =>
    child.once('exit', () => {
      isRunning = false;
      onExit();
      resolve();
    }),
  );
  const failure = (what: string) =>
    new Error(`${name} ${what}${written === '' ? '' : `; it last wrote:\n${written.trimEnd()}`}`);
  const message = async () => {
    const ended = exited.then(() => Promise.reject(failure('ended without an answer')));
    return Promise.race([once(child, 'message').then(([value]) => value as unknown), ended]);
  };
  return {
    pid: child.pid ?? 0,
    isRunning: () => isRunning,
    failure,
    message,
    ask: async (question) => {
      const answer = message();
      child.send(question);
      return answer;
    },
    stop: async () => {
      child.kill('SIGTERM');
      const gone = await Promise.race([exited.then(() => true), sleep(patienceMilliseconds, false, { ref: false })]);
      if (!gone) child.kill('SIGKILL');
      await exited;
    },
  };
}
