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

export const hostSwapTotal = gauge(
  'aicrm_host_swap_total_bytes',
  'Swap space in bytes, 0 without any; absent where the system does not report it.',
);

export const hostSwapUsed = gauge(
  'aicrm_host_swap_used_bytes',
  'Swap space in use in bytes, 0 without any; absent where the system does not report it.',
);

export const hostSwapIn = counter(
  'aicrm_host_swap_in_pages_total',
  'Pages of memory that were read from swap since boot; absent where the system does not count them.',
);

export const hostSwapOut = counter(
  'aicrm_host_swap_out_pages_total',
  'Pages of memory that were written to swap since boot; absent where the system does not count them.',
);

export const hostFilesystemSize = gauge(
  'aicrm_host_filesystem_size_bytes',
  'Size of a file system in bytes; absent while it does not answer.',
  ['mountpoint', 'fstype'],
);

export const hostFilesystemAvailable = gauge(
  'aicrm_host_filesystem_available_bytes',
  'Free space in a file system for ordinary users in bytes; absent while it does not answer.',
  ['mountpoint', 'fstype'],
);

export const hostFilesystemUsage = gauge(
  'aicrm_host_filesystem_usage_ratio',
  'Used share of a file system as df counts it, 0 to 1: used divided by used plus available; absent while it does not answer.',
  ['mountpoint', 'fstype'],
);

export const hostFilesystemInodes = gauge(
  'aicrm_host_filesystem_inodes',
  'Inodes of a file system, one for each file and folder; absent where it has no fixed number of them, as Btrfs and FAT, and while it does not answer.',
  ['mountpoint', 'fstype'],
);

export const hostFilesystemInodesFree = gauge(
  'aicrm_host_filesystem_inodes_free',
  'Inodes of a file system that are free; absent with aicrm_host_filesystem_inodes.',
  ['mountpoint', 'fstype'],
);

export const hostFilesystemReadonly = gauge(
  'aicrm_host_filesystem_readonly',
  'Whether a file system can only be read, after an error of its disk or on purpose, 1 or 0; not whether it is writable at this mount point; absent where the system does not report it and while the file system does not answer.',
  ['mountpoint', 'fstype'],
);

export const hostDiskReadBytes = counter(
  'aicrm_host_disk_read_bytes_total',
  'Bytes read from a disk since boot; of whole disks, not of partitions, images, memory, or volumes and arrays made of other disks; absent where the system does not report it.',
  ['device'],
);

export const hostDiskWrittenBytes = counter(
  'aicrm_host_disk_written_bytes_total',
  'Bytes written to a disk since boot; absent where the system does not report it.',
  ['device'],
);

export const hostDiskReads = counter(
  'aicrm_host_disk_reads_completed_total',
  'Reads that a disk completed since boot; absent where the system does not report it.',
  ['device'],
);

export const hostDiskWrites = counter(
  'aicrm_host_disk_writes_completed_total',
  'Writes that a disk completed since boot; absent where the system does not report it.',
  ['device'],
);

export const hostDiskReadTime = counter(
  'aicrm_host_disk_read_time_seconds_total',
  'Time that all reads from a disk took together since boot, waiting included, in seconds; absent where the system does not report it.',
  ['device'],
);

export const hostDiskWriteTime = counter(
  'aicrm_host_disk_write_time_seconds_total',
  'Time that all writes to a disk took together since boot, waiting included, in seconds; absent where the system does not report it.',
  ['device'],
);

export const hostDiskIoTime = counter(
  'aicrm_host_disk_io_time_seconds_total',
  'Time in which a disk was busy since boot, in seconds; absent where the system does not report it.',
  ['device'],
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
  'TCP sockets of both IP versions by state as the kernel counts them: in use, in TIME_WAIT, orphaned.',
  ['state'],
  { values: { state: ['in_use', 'time_wait', 'orphaned'] } },
);

export const hostPressureWaiting = counter(
  'aicrm_host_pressure_waiting_seconds_total',
  'Time in which at least one program waited for a resource since boot, in seconds; absent where the kernel does not count it.',
  ['resource'],
  { values: { resource: ['cpu', 'memory', 'io'] } },
);

export const hostPressureStalled = counter(
  'aicrm_host_pressure_stalled_seconds_total',
  'Time in which no program could go on because all waited for a resource since boot, in seconds; absent where the kernel does not count it.',
  ['resource'],
  { values: { resource: ['memory', 'io'] } },
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

export const hostCgroupMemoryLimit = gauge(
  'aicrm_host_cgroup_memory_limit_bytes',
  "Memory in bytes that the exporter's own container may use; absent without a limit, outside of a container and with cgroups of version 1.",
);

export const hostCgroupMemoryUsed = gauge(
  'aicrm_host_cgroup_memory_used_bytes',
  "Memory in bytes that the exporter's own container uses, caches included; absent outside of a container and with cgroups of version 1.",
);

export const hostCgroupCpuLimit = gauge(
  'aicrm_host_cgroup_cpu_limit_cores',
  "CPUs that the exporter's own container may use, such as 0.5; absent without a limit, outside of a container and with cgroups of version 1.",
);

export const hostCgroupCpuThrottled = counter(
  'aicrm_host_cgroup_cpu_throttled_seconds_total',
  "Time that the exporter's own container was throttled by its CPU limit, in seconds; absent outside of a container and with cgroups of version 1.",
);

/** All metrics of this area, in the order of the exposition. */
export const hostFamilies = all;
