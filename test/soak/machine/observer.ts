import { readInside } from '../inside.js';
import { createLeaks } from '../leaks.js';
import type { LeakName } from '../options.js';

/**
 * Runs in the exporter's process before the exporter, by `--import`. It answers each message with the counts of the process. The built
 * program does not know of it.
 */
const leaks = process.env['SOAK_LEAKS'];
delete process.env['SOAK_LEAKS'];
if (leaks !== undefined && leaks !== '') setInterval(createLeaks(leaks.split(',') as LeakName[]), 1000).unref();
process.on('message', () => process.send?.(readInside()));
// The channel must not keep an exporter alive that has ended.
process.channel?.unref();
