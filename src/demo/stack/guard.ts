import { type ChildProcess, spawn } from 'node:child_process';

/**
 * Reads process groups, a line for all that run now, until there is nothing to read any more: whoever wrote has ended. What the
 * last line names is then ended, and the folders are removed. An orderly end has written an empty line.
 */
const script = `while read -r line; do pids=$line; done
[ -n "$pids" ] || exit 0
kill -s KILL -- $pids 2>/dev/null
sleep 1
rm -rf -- "$@"`;

/**
 * Cleans up behind a demo that was killed and could not do it itself: a shell that waits for nothing but the end of the pipe
 * between them. Without a POSIX shell there is no guard.
 */
export class Guard {
  readonly #shell: ChildProcess;

  constructor(folders: readonly string[]) {
    // A session of its own, or what kills the demo's process group would kill its guard as well.
    this.#shell = spawn('/bin/sh', ['-c', script, 'sh', ...folders], {
      stdio: ['pipe', 'ignore', 'ignore'],
      cwd: '/',
      detached: true,
    });
    this.#shell.on('error', () => {});
    this.#shell.stdin?.on('error', () => {});
  }

  /** Names all programs that are to be ended with the demo, each the leader of its process group, in the place of those named before. */
  watch(pids: readonly number[]): void {
    this.#shell.stdin?.write(`${pids.map((pid) => -pid).join(' ')}\n`);
  }

  /** Everything has been ended in order; resolves when the guard has ended, too. */
  async dismiss(): Promise<void> {
    const { exitCode, signalCode, pid } = this.#shell;
    if (exitCode !== null || signalCode !== null || pid === undefined) return;
    const ended = new Promise((resolve) => this.#shell.once('close', resolve));
    this.#shell.stdin?.end('\n');
    await ended;
  }
}
