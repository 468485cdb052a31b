import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

/**
 * The reason to skip a test without this program, or false. Under CI a missing program is a failure, because nobody would notice a skipped
 * test.
 */
export function missing(program: string): string | false {
  if (spawnSync('which', [program]).status === 0) return false;
  if (process.env['CI'] !== undefined) throw new Error(`${program} is not installed, and under CI nothing is skipped`);
  return `${program} is not installed`;
}

/** The environment of this process without the additions of the test runner for Node.js programs. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _ours, ...rest } = process.env;
  return rest;
}

/** The same for short-lived programs in Go. Otherwise they spend a quarter of their time with garbage collection. */
export function rarelyCollecting(): NodeJS.ProcessEnv {
  return { ...cleanEnvironment(), GOGC: '1000' };
}

/** A program controlled by a test. */
export interface RunningProgram {
  /** Its output so far, both streams. */
  readonly output: () => string;
  readonly exitCode: Promise<number | null>;
  readonly pid: number | undefined;
  hasEnded(): boolean;
  signal(name: NodeJS.Signals): void;
  /** Kills it as a power failure does, and waits until it has ended. */
  kill(): Promise<void>;
  /** Stops it and waits until it has ended. */
  stop(): Promise<void>;
}

/** Running programs. They are killed also if a test is aborted, or fails before its teardown is registered. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts a program and keeps its output. */
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
    // All boards as manifests are more than the default of 1 MiB in Node.js.
    maxBuffer: 64 * 1024 * 1024,
    input: options.input,
    cwd: options.cwd,
    env: options.environment ?? cleanEnvironment(),
    encoding: 'utf8',
    timeout,
  });
  return { exitCode: status, stdout, stderr };
}
