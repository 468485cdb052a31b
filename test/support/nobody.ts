import { chmod, mkdtemp, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** User and group of nobody, as whom runs what needs no rights. */
export const nobody = 65_534;

/** Only root can become somebody else; whoever else tests is refused things already. */
export const isRoot = process.getuid?.() === 0;

// Nobody is to read what these tests write, whoever tests and however careful their shell is.
process.umask(0o022);

/**
 * The command line that runs `command` as nobody without any right, when root tests, and as whoever tests otherwise. It sees this
 * environment and nothing else: what the test runner adds to every Node.js program lies in the clone, which may be closed to nobody.
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

/** A new folder that everybody may look into, even where the usual one for temporary files is closed to others. */
export async function openFolder(prefix: string): Promise<string> {
  for (const parent of [tmpdir(), '/tmp', '/var/tmp']) {
    if (!(await isOpen(parent))) continue;
    const path = await mkdtemp(join(parent, prefix));
    await chmod(path, 0o755);
    return path;
  }
  throw new Error('there is no folder for temporary files that everybody may look into');
}

/** Whether everybody may go through this folder and those above it. */
async function isOpen(path: string): Promise<boolean> {
  const { mode } = await stat(path).catch(() => ({ mode: 0 }));
  return (mode & 0o001) !== 0 && (path === dirname(path) || isOpen(dirname(path)));
}
