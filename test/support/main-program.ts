import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { cleanEnvironment, type RunningProgram, start } from './programs.js';

/** The program under test: the shipped build. */
export const program = resolve('dist/main.js');

/** Runs the program to its end, as a shell does. */
export async function main(
  args: readonly string[],
  options: { readonly cwd?: string; readonly environment?: NodeJS.ProcessEnv } = {},
) {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: options.cwd,
    env: { ...cleanEnvironment(), ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (bytes: Buffer) => (stdout += bytes.toString()));
  child.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return { exitCode, stdout, stderr };
}

/** Starts the program and lets it run. */
export function startMain(
  args: readonly string[],
  options: { readonly cwd?: string; readonly environment?: NodeJS.ProcessEnv } = {},
): RunningProgram {
  const { cwd, environment } = options;
  return start(process.execPath, [program, ...args], {
    ...(cwd === undefined ? {} : { cwd }),
    environment: { ...cleanEnvironment(), ...environment },
  });
}
