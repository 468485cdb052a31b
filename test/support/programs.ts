import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

/**
 * Why a test that needs this program cannot run here, or false when it can: what tap's `skip` takes. Under CI a missing
 * program is a failure, because a test that nobody notices missing is no test.
 */
export function missing(program: string): string | false {
  if (spawnSync('which', [program]).status === 0) return false;
  if (process.env['CI'] !== undefined) throw new Error(`${program} is not installed, and under CI nothing is skipped`);
  return `${program} is not installed`;
}

/** This process' environment without what the test runner adds to every Node.js program. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _ours, ...rest } = process.env;
  return rest;
}

/** The same for programs in Go that live for a test: with little to keep, they collect garbage for a quarter of their time otherwise. */
export function rarelyCollecting(): NodeJS.ProcessEnv {
  return { ...cleanEnvironment(), GOGC: '1000' };
}

/** A program under test's control. */
export interface RunningProgram {
  /** Everything it has written so far, both streams. */
  readonly output: () => string;
  readonly exitCode: Promise<number | null>;
  readonly pid: number | undefined;
  hasEnded(): boolean;
  signal(name: NodeJS.Signals): void;
  /** Ends it as a power failure does, and waits until it is gone. */
  kill(): Promise<void>;
  /** Ends it and waits until it is gone. */
  stop(): Promise<void>;
}

/** What still runs: a test that is called off, or that fails before its teardown is known, leaves nothing behind. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts a program; its output is kept. */
export function start(
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly environment?: NodeJS.ProcessEnv } = {},
): RunningProgram {
  const child: ChildProcess = spawn(program, args, {
    cwd: options.cwd,
    env: options.environment ?? cleanEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout?.on('data', (bytes: Buffer) => (output += bytes.toString()));
  child.stderr?.on('data', (bytes: Buffer) => (output += bytes.toString()));
  running.add(child);
  child.once('exit', () => running.delete(child));
  const exitCode = once(child, 'close').then(([code]) => code as number | null);
  return {
    output: () => output,
    exitCode,
    pid: child.pid,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    signal: (name) => void child.kill(name),
    kill: async () => {
      child.kill('SIGKILL');
      await exitCode;
    },
    stop: async () => {
      child.kill('SIGTERM');
      const force = setTimeout(() => child.kill('SIGKILL'), 5000);
      await exitCode;
      clearTimeout(force);
    },
  };
}

/** Runs a program to its end with this input. */
export function run(
  program: string,
  args: readonly string[],
  options: {
    readonly input?: string;
    readonly cwd?: string;
    readonly environment?: NodeJS.ProcessEnv;
    readonly timeoutSeconds?: number;
  } = {},
) {
  const timeout = (options.timeoutSeconds ?? 120) * 1000;
  const { status, stdout, stderr } = spawnSync(program, args, {
    // All boards as manifests are more than the 1 MiB that Node.js takes otherwise.
    maxBuffer: 64 * 1024 * 1024,
    input: options.input,
    cwd: options.cwd,
    env: options.environment ?? cleanEnvironment(),
    encoding: 'utf8',
    timeout,
  });
  return { exitCode: status, stdout, stderr };
}
