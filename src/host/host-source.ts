/** CPU time since boot, summed over all CPUs. */
export interface CpuTimes {
  /** Seconds by mode (`user`, `idle`, …), only for modes that this system counts. Guest time is part of `user` and `nice`. */
  readonly secondsByMode: ReadonlyMap<string, number>;
  /** Logical CPUs that are online; absent where the system does not report it. */
  readonly cpus?: number;
}

/** Physical memory. */
export interface MemoryFacts {
  readonly totalBytes: number;
  /** What new programs can use without swapping. */
  readonly availableBytes: number;
  readonly swap?: SwapFacts;
}

/** Swap space. Without swap both sizes are 0. */
export interface SwapFacts {
  readonly totalBytes: number;
  readonly usedBytes: number;
  /** Since boot. */
  readonly pagesIn?: number;
  /** Since boot. */
  readonly pagesOut?: number;
}

/** A file system that answered. */
export interface FilesystemFacts {
  /** As the host sees it, without `host.rootfs`. */
  readonly mountpoint: string;
  readonly fstype: string;
  readonly sizeBytes: number;
  /** Available to ordinary users. */
  readonly availableBytes: number;
  /** As in `df`: used / (used + available), 0–1. */
  readonly usageRatio: number;
  /** Absent when the file system has no fixed number of inodes. */
  readonly inodes?: { readonly total: number; readonly free: number };
  /** Whether the file system itself is read-only, at all its mount points. Absent where the system does not report it. */
  readonly readOnly?: boolean;
}

/** The file systems of one run. */
export interface FilesystemsReport {
  readonly filesystems: readonly FilesystemFacts[];
  /** Expected file systems without an answer, with the reason: hanging, not mounted, forbidden. */
  readonly unanswered: readonly { readonly mountpoint: string; readonly why: string }[];
}

/** Traffic of one network device since it is up. */
export interface DeviceTraffic {
  readonly device: string;
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

/** Activity of one disk since boot. */
export interface DiskActivity {
  readonly device: string;
  readonly readBytes: number;
  readonly writtenBytes: number;
  readonly reads: number;
  readonly writes: number;
  /** Sum of all reads, with waiting. */
  readonly readSeconds: number;
  readonly writeSeconds: number;
  /** Time in which it was busy. */
  readonly ioSeconds: number;
}

/** How long programs waited for one resource since boot. */
export interface Pressure {
  /** Time in which at least one program waited. */
  readonly waitingSeconds: number;
  /** Time in which all programs waited at once. */
  readonly stalledSeconds?: number;
}

/** Limits and usage of the exporter's own container. */
export interface CgroupFacts {
  readonly memoryLimitBytes?: number;
  readonly memoryUsedBytes?: number;
  readonly cpuLimitCores?: number;
  readonly cpuThrottledSeconds?: number;
}

/** Facts about the system as a whole. Each is absent when unknown. */
export interface SystemFacts {
  readonly load?: { readonly load1: number; readonly load5: number; readonly load15: number };
  /** TCP sockets of both IP versions by `in_use`, `time_wait`, `orphaned`. */
  readonly connections?: ReadonlyMap<string, number>;
  readonly processes?: number;
  /** Whole disks, without devices that another disk counts. */
  readonly disks?: readonly DiskActivity[];
  /** By `cpu`, `memory`, `io`. */
  readonly pressure?: ReadonlyMap<string, Pressure>;
  /** Unix time. */
  readonly bootTimeSeconds?: number;
}

/** Properties of the host; they do not change while the exporter runs. */
export interface HostIdentity {
  readonly hostname: string;
  /** For example `Debian GNU/Linux 12 (bookworm)`. */
  readonly os: string;
  /** For example `6.1.0-18-amd64`. */
  readonly kernel: string;
  /** In a container without `host.rootfs`: file systems, network and processes are those of the container. */
  readonly containerOnly: boolean;
}

/**
 * Reads the host. The configuration already selects file systems and network devices.
 *
 * Each method rejects with an `ExporterError` of code `host_unreadable`, with file and line, when required data is
 * missing or invalid. Optional data is left out instead. `signal` ends a method early.
 */
export interface HostSource {
  cpu(signal: AbortSignal): Promise<CpuTimes>;
  memory(signal: AbortSignal): Promise<MemoryFacts>;
  /** Ends within two seconds even when a file system hangs; see `HangGuard`. */
  filesystems(signal: AbortSignal): Promise<FilesystemsReport>;
  network(signal: AbortSignal): Promise<readonly DeviceTraffic[]>;
  system(signal: AbortSignal): Promise<SystemFacts>;
  /** Undefined outside a container, and when unknown. Never rejects. */
  cgroup(): Promise<CgroupFacts | undefined>;
  /** Read once, then kept. Never rejects. */
  identity(): Promise<HostIdentity>;
}
