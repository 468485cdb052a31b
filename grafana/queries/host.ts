import { hostFilesystemAvailable } from '../../src/metrics/host-metrics.js';
import { select, selectRecord } from './selector.js';

/**
 * Seconds until each file system of each host is full, at the pace of the last six hours; absent if it does not fill up. As in the alert,
 * three hours of data are needed: a few minutes give no reliable pace.
 */
export const secondsUntilFull = `${selectRecord('job_instance_mountpoint:aicrm_host_filesystem_available_bytes:seconds_to_zero6h')} and on (job, instance, mountpoint) ${select(hostFilesystemAvailable)} offset 3h`;
