import { hostFilesystemAvailable } from '../../src/metrics/host-metrics.js';
import { select, selectRecord } from './selector.js';

/**
 * Seconds until each file system of each host is full if it goes on filling up as in the last six hours; absent while it does not. As
 * for the alert, three hours have to be known: a pace of some minutes is none.
 */
export const secondsUntilFull = `${selectRecord('job_instance_mountpoint:aicrm_host_filesystem_available_bytes:seconds_to_zero6h')} and on (job, instance, mountpoint) ${select(hostFilesystemAvailable)} offset 3h`;
