/** How long the end of the parent may go unnoticed. */
const lookEveryMilliseconds = 500;

/**
 * Calls back once when the process that started this one has ended; looking for it keeps nothing running. For programs under
 * `npm run`: npm passes SIGTERM on to a shell, which dies of it and leaves the program alone.
 */
export function onParentEnd(react: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    react();
  }, lookEveryMilliseconds);
  timer.unref();
}
