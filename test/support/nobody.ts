import { chmod, mkdtemp, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** User and group nobody, for programs without rights. */
export const nobody = 65_534;

/** Only root can switch to another user. Other users are refused things anyway. */
export const isRoot = process.getuid?.() === 0;

// The user nobody must be able to read the files of these tests, whatever umask the shell has.
process.umask(0o022);

/**
 * The command line that runs `command` as nobody without rights if root runs the tests, otherwise as the current user. It gets only this
 * environment: the additions of the test runner refer to the clone, which may be closed to nobody.
 */
export function asNobody(
  command: readonly string[],
  environment: NodeJS.ProcessEnv,
  group = nobody,
): readonly [program: string, ...args: string[]] {
  const variables = Object.entries(environment).map(([name, value = '']) => `${name}=${value}`);
  const become = [
    `--reuid=${nobody}`,
    `--regid=${group}`,
    '--clear-groups',
    '--no-new-privs',
    '--inh-caps=-all',
    '--bounding-set=-all',
    '--',
  ];
  return ['env', '-i', ...variables, ...(isRoot ? ['setpriv', ...become] : []), ...command];
}

/** A new folder that everybody can read, even if the usual temporary folder is closed to others. */
export async function openFolder(prefix: string): Promise<string> {
  for (const parent of [tmpdir(), '/tmp', '/var/tmp']) {
    if (!(await isOpen(parent))) continue;
    const path = await mkdtemp(join(parent, prefix));
    await chmod(path, 0o755);
    return path;
  }
  throw new Error('there is no folder for temporary files that everybody may look into');
}

/** Whether everybody can enter this folder and those above it. */
async function isOpen(path: string): Promise<boolean> {
  const { mode } = await stat(path).catch(() => ({ mode: 0 }));
  return (mode & 0o001) !== 0 && (path === dirname(path) || isOpen(dirname(path)));
}
