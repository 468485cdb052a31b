import { spawnSync } from 'node:child_process';
import type { Test } from 'tap';
import { missing, type RunningProgram, start } from './programs.js';
import { until } from './until.js';

/** Debian's Python, because only that has Debian's modules. */
const python = '/usr/bin/python3';

/** As `missing`, for a module of Python. */
export function missingPython(module: string): string | false {
  if (missing(python) !== false) return missing(python);
  if (spawnSync(python, ['-c', `import ${module}`]).status === 0) return false;
  if (process.env['CI'] !== undefined)
    throw new Error(`python3-${module} is not installed, and under CI nothing is skipped`);
  return `python3-${module} is not installed`;
}

/** Runs a server in Python, which prints its port when it listens. */
export async function startPython(
  t: Pick<Test, 'teardown'>,
  script: string,
  args: readonly string[] = [],
): Promise<RunningProgram & { readonly port: number }> {
  const server = start(python, ['-u', '-c', script, ...args]);
  t.teardown(() => server.stop());
  let port = 0;
  await until(
    'the server tells its port',
    () => {
      port = Number(/^port (\d+)$/m.exec(server.output())?.[1] ?? 0);
      return port > 0 || server.hasEnded();
    },
    30,
  );
  if (port === 0) throw new Error(`the server has ended:\n${server.output()}`);
  return { ...server, port };
}
