import { existsSync, readdirSync, readlinkSync } from 'node:fs';

/** The files in a folder that this process has open; none without /proc. */
export function leftOpen(folder: string): readonly string[] {
  if (!existsSync('/proc/self/fd')) return [];
  return readdirSync('/proc/self/fd').flatMap((number) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${number}`);
      return path.startsWith(folder) ? [path] : [];
    } catch {
      return [];
    }
  });
}
