import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** How much of what a program wrote is kept, for the message if it fails. */
const keptCharacters = 2000;
const patienceMilliseconds = 5000;

/** A program that this benchmark has started. */
export interface Program {
  readonly pid: number;
  /** True until it has ended, of its own accord or not. */
  isRunning(): boolean;
  /** An error that names the program and ends with what it last wrote. */
  failure(what: string): Error;
  /** Sends to a program that was started with a channel, and waits for its answer. */
  ask(question: string): Promise<unknown>;
  /** Waits for the next message of a program that was started with a channel. */
  message(): Promise<unknown>;
  /** Ends it and waits until it is gone. */
  stop(): Promise<void>;
}

/** Starts programs, and sees to it that none outlives the benchmark. */
export class Processes {
  readonly #running = new Set<Program>();

  /** Starts a program; with `hasChannel` it is one of our own that can be talked to. Throws if it cannot be started. */
  async start(
    command: string,
    args: readonly string[],
    options: { readonly hasChannel?: boolean } = {},
  ): Promise<Program> {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe', ...(options.hasChannel === true ? (['ipc'] as const) : [])],
      // Whoever profiles or tunes the benchmark with NODE_OPTIONS does not mean the programs it measures.
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    await once(child, 'spawn');
    const program = programOf(child, basename(command), () => this.#running.delete(program));
    this.#running.add(program);
    return program;
  }

  /** Ends everything that still runs. */
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
