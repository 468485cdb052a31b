import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { cleanEnvironment } from './programs.js';

/** The reason to skip a test that builds a program with Go, or false. */
export const withoutGo: string | false = spawnSync('which', ['go']).status === 0 ? false : 'go is not installed';

/**
 * The program of `test/support/go/NAME.go`, built with these modules. It is kept in `.cache`, so that only the first run, and a run after a
 * change, needs the module proxy and the compiler.
 */
export function goProgram(name: string, modules: readonly string[]): string {
  const source = `test/support/go/${name}.go`;
  const hash = createHash('sha256').update(readFileSync(source)).update(modules.join(' ')).digest('hex').slice(0, 12);
  const folder = resolve('.cache/go', `${name}-${hash}`);
  const program = join(folder, name);
  if (existsSync(program)) return program;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  copyFileSync(source, join(folder, 'main.go'));
  for (const args of [
    ['mod', 'init', name],
    ['get', ...modules],
    ['build', '-ldflags=-s -w', '-o', `${program}.new`, '.'],
  ]) {
    const { status, stderr } = spawnSync('go', args, {
      cwd: folder,
      env: { ...cleanEnvironment(), GOFLAGS: '-buildvcs=false -mod=mod' },
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`go ${args.join(' ')}:\n${stderr}`);
  }
  renameSync(`${program}.new`, program);
  return program;
}
