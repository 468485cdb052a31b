import type { HeartbeatConfig } from '../../src/config/sections/heartbeats-section.js';
import { HeartbeatFile } from '../../src/heartbeats/heartbeat-file.js';
import { Heartbeats } from '../../src/heartbeats/heartbeats.js';
import { ManualClock } from './manual-clock.js';
import { RecordedLog } from './recorded-log.js';

/** A job with an interval of an hour and a grace of ten minutes, by default. */
export function job(name: string, change: Partial<HeartbeatConfig> = {}): HeartbeatConfig {
  return { name, everySeconds: 3600, graceSeconds: 600, severity: 'critical', about: { labels: {} }, ...change };
}

/** Jobs with a clock that the test advances, and a recorded log. */
export async function heartbeatsOf(
  configs: readonly HeartbeatConfig[],
  { folder, clock = new ManualClock() }: { readonly folder?: string; readonly clock?: ManualClock } = {},
) {
  const log = new RecordedLog();
  const file = folder === undefined ? {} : { file: new HeartbeatFile(folder) };
  const heartbeats = new Heartbeats({ clock, log, ...file });
  await heartbeats.configure(configs);
  return { heartbeats, clock, log };
}
