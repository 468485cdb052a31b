/**
 * TCP sockets by `in_use`, `time_wait`, `orphaned` from `/proc/net/sockstat` and `sockstat6`, either of which may be
 * missing. The second has only the sockets in use; the kernel counts the others for both IP versions in the first.
 * Undefined when neither says anything.
 */
export function parseConnections(
  sockstat: string | undefined,
  sockstat6: string | undefined,
): ReadonlyMap<string, number> | undefined {
  const version4 = parseLine(sockstat, 'TCP');
  const version6 = parseLine(sockstat6, 'TCP6');
  const found = new Map<string, number>();
  const inUse = [version4.get('inuse'), version6.get('inuse')].filter((count) => count !== undefined);
  if (inUse.length > 0)
    found.set(
      'in_use',
      inUse.reduce((sum, count) => sum + count, 0),
    );
  const timeWait = version4.get('tw');
  if (timeWait !== undefined) found.set('time_wait', timeWait);
  const orphaned = version4.get('orphan');
  if (orphaned !== undefined) found.set('orphaned', orphaned);
  return found.size === 0 ? undefined : found;
}

/** The pairs `name count` of one protocol's line. */
function parseLine(text: string | undefined, protocol: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const line = text?.split('\n').find((candidate) => candidate.startsWith(`${protocol}: `));
  for (const [, name, count] of line?.matchAll(/ ([a-z]+) (\d+)(?= |$)/g) ?? []) {
    if (name !== undefined) counts.set(name, Number(count));
  }
  return counts;
}
