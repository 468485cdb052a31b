import { readInside } from '../inside.js';
import { createLeaks } from '../leaks.js';
import type { LeakName } from '../options.js';

/**
 * Runs in the exporter's process before the exporter does, by `--import`: answers each message with what the process holds.
 * The built program itself knows nothing of it.
 */
const leaks = process.env['SOAK_LEAKS'];
delete process.env['SOAK_LEAKS'];
if (leaks !== undefined && leaks !== '') setInterval(createLeaks(leaks.split(',') as LeakName[]), 1000).unref();
process.on('message', () => process.send?.(readInside()));
// The channel must not keep an exporter alive that has ended.
process.channel?.unref();
