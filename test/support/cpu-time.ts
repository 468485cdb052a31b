/** CPU time of this process so far in seconds. Unlike real time, it does not grow while other programs have the processor. */
export function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
