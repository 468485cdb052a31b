import { stat, statfs } from 'node:fs/promises';
import { systemClock, type Clock } from '../../clock.js';
import type { FilesystemCalls } from './filesystems.js';

/** What a host source needs of the process it runs in, so that tests can let a file system hang and time stand still. */
export interface Outside extends FilesystemCalls {
  readonly clock: Clock;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The real thing. */
export function realOutside(): Outside {
  return {
    clock: systemClock,
    environment: process.env,
    statfs: (path) => statfs(path),
    isDirectory: async (path) => (await stat(path)).isDirectory(),
  };
}
