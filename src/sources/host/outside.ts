import { stat, statfs } from 'node:fs/promises';
import { type Clock, systemClock } from '../../clock.js';
import type { FilesystemCalls } from './filesystems.js';
import { HangGuard } from './hang-guard.js';

/**
 * What a host source needs of the process it runs in: tests can let a file system hang and time stand still, and the
 * exporter keeps one of these across reloads, so that the guard goes on knowing what hangs.
 */
export interface Outside extends FilesystemCalls {
  readonly clock: Clock;
  readonly guard: HangGuard;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The real thing. */
export function realOutside(): Outside {
  return {
    clock: systemClock,
    guard: new HangGuard(systemClock),
    environment: process.env,
    statfs: (path) => statfs(path),
    isDirectory: async (path) => (await stat(path)).isDirectory(),
  };
}
