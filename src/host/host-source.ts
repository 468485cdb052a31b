/** CPU time since boot, summed over all CPUs. */
export interface CpuTimes {
  /** Seconds by mode (`user`, `idle`, …); only the modes that this system counts. Guest time is part of `user` and `nice`. */
  readonly secondsByMode: ReadonlyMap<string, number>;
  /** Logical CPUs that are on line; absent where the system does not say. */
  readonly cpus?: number;
}

/** Physical memory. */
export interface MemoryFacts {
  readonly totalBytes: number;
  /** What new programs can get without swapping. */
  readonly availableBytes: number;
  readonly swap?: SwapFacts;
}

/** Swap space; without any both sizes are 0. */
export interface SwapFacts {
  readonly totalBytes: number;
  readonly usedBytes: number;
  /** Since boot. */
  readonly pagesIn?: number;
  /** Since boot. */
  readonly pagesOut?: number;
}

/** One file system that answered. */
export interface FilesystemFacts {
  /** As the host sees it, without `host.rootfs`. */
  readonly mountpoint: string;
  readonly fstype: string;
  readonly sizeBytes: number;
  /** Room for ordinary users. */
  readonly availableBytes: number;
  /** As `df` counts: used of used plus available, 0–1. */
  readonly usageRatio: number;
  /** Absent where the file system has no fixed number of them. */
  readonly inodes?: { readonly total: number; readonly free: number };
  /** Whether nothing can be written to the file system at all, wherever it is mounted. Absent where the system does not say. */
  readonly readOnly?: boolean;
}

/** The file systems of one run. */
export interface FilesystemsReport {
  readonly filesystems: readonly FilesystemFacts[];
  /** Those that should have been there, each with the reason in a few words: hanging, not mounted, forbidden. */
  readonly unanswered: readonly { readonly mountpoint: string; readonly why: string }[];
}

/** What went over one network device since it came up. */
export interface DeviceTraffic {
  readonly device: string;
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

/** What one disk did since boot. */
export interface DiskActivity {
  readonly device: string;
  readonly readBytes: number;
  readonly writtenBytes: number;
  readonly reads: number;
  readonly writes: number;
  /** All reads together, their waiting included. */
  readonly readSeconds: number;
  readonly writeSeconds: number;
  /** Time in which it had something to do. */
  readonly ioSeconds: number;
}

/** How long programs had to wait for one resource since boot. */
export interface Pressure {
  /** At least one of them. */
  readonly waitingSeconds: number;
  /** All of them at once. */
  readonly stalledSeconds?: number;
}

/** Limits and use of the exporter's own container. */
export interface CgroupFacts {
  readonly memoryLimitBytes?: number;
  readonly memoryUsedBytes?: number;
  readonly cpuLimitCores?: number;
  readonly cpuThrottledSeconds?: number;
}

/** Facts about the system as a whole; each is absent where it cannot be known. */
export interface SystemFacts {
  readonly load?: { readonly load1: number; readonly load5: number; readonly load15: number };
  /** TCP sockets of both IP versions by `in_use`, `time_wait`, `orphaned`. */
  readonly connections?: ReadonlyMap<string, number>;
  readonly processes?: number;
  /** Whole disks, without what is counted by another one. */
  readonly disks?: readonly DiskActivity[];
  /** By `cpu`, `memory`, `io`. */
  readonly pressure?: ReadonlyMap<string, Pressure>;
  /** Unix time. */
  readonly bootTimeSeconds?: number;
}

/** What the host is; does not change while the exporter runs. */
export interface HostIdentity {
  readonly hostname: string;
  /** Such as `Debian GNU/Linux 12 (bookworm)`. */
  readonly os: string;
  /** Such as `6.1.0-18-amd64`. */
  readonly kernel: string;
  /** In a container and without `host.rootfs`: file systems, network and processes are the container's own. */
  readonly containerOnly: boolean;
}

/**
 * Reads the host. Selection of file systems and network devices is already done by the configuration.
 *
 * Every method rejects with an `ExporterError` of code `host_unreadable`, naming file and line, when what it cannot do
 * without is missing or malformed; what it can do without is left out instead. `signal` makes it end early.
 */
export interface HostSource {
  cpu(signal: AbortSignal): Promise<CpuTimes>;
  memory(signal: AbortSignal): Promise<MemoryFacts>;
  /** Ends by itself within two seconds even when a file system hangs; see `HangGuard`. */
  filesystems(signal: AbortSignal): Promise<FilesystemsReport>;
  network(signal: AbortSignal): Promise<readonly DeviceTraffic[]>;
  system(signal: AbortSignal): Promise<SystemFacts>;
  /** Undefined outside of a container, and where it cannot be known. Never rejects. */
  cgroup(): Promise<CgroupFacts | undefined>;
  /** Read once, then remembered. Never rejects. */
  identity(): Promise<HostIdentity>;
}
