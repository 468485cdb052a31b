import { definitionsOf } from './definition.js';

const { counter, gauge, all } = definitionsOf('host');

export const hostCpuSeconds = counter(
  'aicrm_host_cpu_seconds_total',
  'Time that all CPUs together spent in each mode since boot, in seconds.',
  ['mode'],
);

export const hostCpuUsage = gauge(
  'aicrm_host_cpu_usage_ratio',
  'Share of CPU time that was not idle over the last collection interval, 0 to 1; absent until two readings exist.',
);

export const hostCpus = gauge('aicrm_host_cpus', 'Number of logical CPUs.');

export const hostLoad1 = gauge('aicrm_host_load1', 'Load average over 1 minute; absent where the system has none.');

export const hostLoad5 = gauge('aicrm_host_load5', 'Load average over 5 minutes; absent where the system has none.');

export const hostLoad15 = gauge('aicrm_host_load15', 'Load average over 15 minutes; absent where the system has none.');

export const hostMemoryTotal = gauge('aicrm_host_memory_total_bytes', 'Physical memory in bytes.');

export const hostMemoryAvailable = gauge(
  'aicrm_host_memory_available_bytes',
  'Memory in bytes that new programs can get without swapping.',
);

export const hostMemoryUsage = gauge('aicrm_host_memory_usage_ratio', 'Share of memory that is not available, 0 to 1.');

export const hostFilesystemSize = gauge(
  'aicrm_host_filesystem_size_bytes',
  'Size of a file system in bytes; absent while it does not answer.',
  ['mountpoint', 'fstype'],
);

export const hostFilesystemAvailable = gauge(
  'aicrm_host_filesystem_available_bytes',
  'Room in a file system for ordinary users in bytes; absent while it does not answer.',
  ['mountpoint', 'fstype'],
);

export const hostFilesystemUsage = gauge(
  'aicrm_host_filesystem_usage_ratio',
  'Share of a file system that is used as df counts it, 0 to 1: used of used plus available; absent while it does not answer.',
  ['mountpoint', 'fstype'],
);

export const hostNetworkReceive = counter(
  'aicrm_host_network_receive_bytes_total',
  'Bytes received by a network device since it came up.',
  ['device'],
);

export const hostNetworkTransmit = counter(
  'aicrm_host_network_transmit_bytes_total',
  'Bytes sent by a network device since it came up.',
  ['device'],
);

export const hostNetworkConnections = gauge(
  'aicrm_host_network_connections',
  'TCP sockets of both IP versions by state as the kernel sums them up: in use, waiting to vanish, orphaned.',
  ['state'],
  { values: { state: ['in_use', 'time_wait', 'orphaned'] } },
);

export const hostProcesses = gauge('aicrm_host_processes', 'Number of processes.');

export const hostBootTime = gauge('aicrm_host_boot_time_seconds', 'Unix time at which the host was booted.');

export const hostInfo = gauge('aicrm_host_info', 'The host that the exporter runs on, always 1.', [
  'hostname',
  'os',
  'kernel',
]);

export const hostContainer = gauge(
  'aicrm_host_container',
  "Whether the exporter runs in a container without host.rootfs, so that file systems, network and processes are the container's own, 1 or 0.",
);

/** All of these, in the order of the exposition. */
export const hostFamilies = all;
