import { readFile } from 'node:fs/promises';
import { isRoot } from './nobody.js';
import { missing, run, start } from './programs.js';
import { until } from './until.js';

/** A small Debian, booted by systemd. Its changes are lost at its end. */
export interface BootedDebian {
  /** Runs a shell command in it, as root. */
  run(command: string): { readonly exitCode: number | null; readonly stdout: string; readonly stderr: string };
  stop(): Promise<void>;
}

/** The path of this clone in it. */
export const cloneInside = '/srv/ai-crm-exporter';

/** Programs that boot it. Not every Linux has them. */
const needed = ['systemd-nspawn', 'debootstrap', 'nsenter'];

/**
 * Boots the Debian that scripts/small-debian.sh puts into .cache, of the suite in DEBIAN_SUITE or else that of this system, with its own
 * network, this clone, and the Node.js of the tests. If that is impossible here, it returns the reason, or throws under CI.
 */
export async function bootDebian(): Promise<BootedDebian | string> {
  const obstacle = isRoot
    ? needed.map(missing).find((reason) => reason !== false)
    : 'a system can be booted by root only';
  if (typeof obstacle === 'string') return under(obstacle);
  const suite = process.env['DEBIAN_SUITE'];
  const made = run('scripts/small-debian.sh', suite === undefined ? [] : [suite], { timeoutSeconds: 600 });
  const folder = made.stdout.trim();
  if (made.exitCode !== 0) return under(`there is no Debian to boot: ${lastLine(made.stderr)}`);

  // systemd in it needs the control groups of this machine.
  const nspawn = start('systemd-nspawn', [
    '--quiet',
    '--boot',
    '--register=no',
    '--keep-unit',
    '--link-journal=no',
    '--console=pipe',
    '--private-network',
    `--directory=${folder}`,
    '--volatile=overlay',
    `--bind-ro=${process.cwd()}:${cloneInside}`,
    `--bind-ro=${process.execPath}:/usr/bin/node`,
  ]);
  const inside = (command: string) => {
    const enter = [
      '-t',
      leader,
      '-m',
      '-u',
      '-i',
      '-n',
      '-p',
      '-C',
      '--',
      'env',
      '-i',
      'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      'HOME=/root',
      'LANG=C.UTF-8',
    ];
    return run('nsenter', [...enter, 'sh', '-c', command]);
  };
  let leader = '';
  try {
    await until(
      'it has booted, or ended',
      async () => {
        if (nspawn.hasEnded()) return true;
        leader = (await readFile(`/proc/${nspawn.pid}/task/${nspawn.pid}/children`, 'latin1')).trim();
        return (
          /^\d+$/.test(leader) && /^(?:running|degraded)\n$/.test(inside('systemctl is-system-running 2>&1').stdout)
        );
      },
      60,
      200,
    );
  } catch (error) {
    await nspawn.stop();
    throw new Error(`it does not boot: ${lastLine(nspawn.output())}`, { cause: error });
  }
  if (nspawn.hasEnded()) return under(`systemd-nspawn boots nothing here: ${lastLine(nspawn.output())}`);
  return { run: inside, stop: () => nspawn.stop() };
}

/** Under CI an impossible test is a failure, because nobody would notice a skipped one. */
function under(obstacle: string): string {
  if (process.env['CI'] !== undefined) throw new Error(`${obstacle}, and under CI nothing is skipped`);
  return obstacle;
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? '';
}
