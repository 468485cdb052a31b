import type { Definition } from '../definition.js';

const room = 'host';

/** CPU time since boot. */
export const hostCpuSeconds: Definition<'mode'> = {
  name: 'aicrm_host_cpu_seconds_total',
  type: 'counter',
  room,
  help: 'Time that all CPUs together spent in each mode since boot, in seconds.',
  labels: ['mode'],
};

/** How busy the CPUs are. */
export const hostCpuUsage: Definition<never> = {
  name: 'aicrm_host_cpu_usage_ratio',
  type: 'gauge',
  room,
  help: 'Share of CPU time that was not idle over the last collection interval, 0 to 1; absent until two readings exist.',
  labels: [],
};

/** How many CPUs there are. */
export const hostCpus: Definition<never> = {
  name: 'aicrm_host_cpus',
  type: 'gauge',
  room,
  help: 'Number of logical CPUs.',
  labels: [],
};

/** Load average of one minute. */
export const hostLoad1: Definition<never> = {
  name: 'aicrm_host_load1',
  type: 'gauge',
  room,
  help: 'Load average over 1 minute; absent where the system has none.',
  labels: [],
};

/** Load average of five minutes. */
export const hostLoad5: Definition<never> = {
  name: 'aicrm_host_load5',
  type: 'gauge',
  room,
  help: 'Load average over 5 minutes; absent where the system has none.',
  labels: [],
};

/** Load average of a quarter of an hour. */
export const hostLoad15: Definition<never> = {
  name: 'aicrm_host_load15',
  type: 'gauge',
  room,
  help: 'Load average over 15 minutes; absent where the system has none.',
  labels: [],
};

/** How much memory there is. */
export const hostMemoryTotal: Definition<never> = {
  name: 'aicrm_host_memory_total_bytes',
  type: 'gauge',
  room,
  help: 'Physical memory in bytes.',
  labels: [],
};

/** How much memory may be had. */
export const hostMemoryAvailable: Definition<never> = {
  name: 'aicrm_host_memory_available_bytes',
  type: 'gauge',
  room,
  help: 'Memory in bytes that new programs can get without swapping.',
  labels: [],
};

/** How full memory is. */
export const hostMemoryUsage: Definition<never> = {
  name: 'aicrm_host_memory_usage_ratio',
  type: 'gauge',
  room,
  help: 'Share of memory that is not available, 0 to 1.',
  labels: [],
};

/** How large a file system is. */
export const hostFilesystemSize: Definition<'mountpoint' | 'fstype'> = {
  name: 'aicrm_host_filesystem_size_bytes',
  type: 'gauge',
  room,
  help: 'Size of a file system in bytes; absent while it does not answer.',
  labels: ['mountpoint', 'fstype'],
};

/** How much room a file system has. */
export const hostFilesystemAvailable: Definition<'mountpoint' | 'fstype'> = {
  name: 'aicrm_host_filesystem_available_bytes',
  type: 'gauge',
  room,
  help: 'Room in a file system for ordinary users in bytes; absent while it does not answer.',
  labels: ['mountpoint', 'fstype'],
};

/** How full a file system is. */
export const hostFilesystemUsage: Definition<'mountpoint' | 'fstype'> = {
  name: 'aicrm_host_filesystem_usage_ratio',
  type: 'gauge',
  room,
  help: 'Share of a file system that is used as df counts it, 0 to 1: used of used plus available; absent while it does not answer.',
  labels: ['mountpoint', 'fstype'],
};

/** What came in over a network device. */
export const hostNetworkReceive: Definition<'device'> = {
  name: 'aicrm_host_network_receive_bytes_total',
  type: 'counter',
  room,
  help: 'Bytes received by a network device since it came up.',
  labels: ['device'],
};

/** What went out over a network device. */
export const hostNetworkTransmit: Definition<'device'> = {
  name: 'aicrm_host_network_transmit_bytes_total',
  type: 'counter',
  room,
  help: 'Bytes sent by a network device since it came up.',
  labels: ['device'],
};

/** How many TCP connections there are. */
export const hostNetworkConnections: Definition<'state'> = {
  name: 'aicrm_host_network_connections',
  type: 'gauge',
  room,
  help: 'TCP sockets of both IP versions by state as the kernel sums them up: in use, waiting to vanish, orphaned.',
  labels: ['state'],
  values: { state: ['in_use', 'time_wait', 'orphaned'] },
};

/** How many processes there are. */
export const hostProcesses: Definition<never> = {
  name: 'aicrm_host_processes',
  type: 'gauge',
  room,
  help: 'Number of processes.',
  labels: [],
};

/** When the host started. */
export const hostBootTime: Definition<never> = {
  name: 'aicrm_host_boot_time_timestamp_seconds',
  type: 'gauge',
  room,
  help: 'Unix time at which the host was booted.',
  labels: [],
};

/** What the host is. */
export const hostInfo: Definition<'hostname' | 'os' | 'kernel'> = {
  name: 'aicrm_host_info',
  type: 'gauge',
  room,
  help: 'The host that the exporter runs on, always 1.',
  labels: ['hostname', 'os', 'kernel'],
};

/** Whether only a container is seen. */
export const hostContainer: Definition<never> = {
  name: 'aicrm_host_container',
  type: 'gauge',
  room,
  help: "Whether the exporter runs in a container without host.rootfs, so that file systems, network and processes are the container's own, 1 or 0.",
  labels: [],
};

/** The families of this room, in the order of the exposition. */
export const hostFamilies: readonly Definition[] = [
  hostCpuSeconds,
  hostCpuUsage,
  hostCpus,
  hostLoad1,
  hostLoad5,
  hostLoad15,
  hostMemoryTotal,
  hostMemoryAvailable,
  hostMemoryUsage,
  hostFilesystemSize,
  hostFilesystemAvailable,
  hostFilesystemUsage,
  hostNetworkReceive,
  hostNetworkTransmit,
  hostNetworkConnections,
  hostProcesses,
  hostBootTime,
  hostInfo,
  hostContainer,
];
