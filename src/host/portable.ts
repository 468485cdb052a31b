import { cpus, freemem, hostname, loadavg, platform, release, totalmem, type, uptime, version } from 'node:os';
import { ExporterError } from '../base/errors.js';
import type { HostConfig } from '../config/sections/host-section.js';
import { Filesystems, type Outside } from './filesystems.js';
import type {
  CgroupFacts,
  CpuTimes,
  DeviceTraffic,
  FilesystemsReport,
  HostIdentity,
  HostSource,
  MemoryFacts,
  SystemFacts,
} from './host-source.js';
import { type Mount, type MountGroup, selectMounts, withoutTrailingSlash } from './mounts.js';
import { selectDevices } from './network.js';

/** Maximum delay until a new disk is noticed. Listing the disks starts up to three processes. */
const mountListLifeSeconds = 300;

/** System volumes of macOS, which are parts of the same disk. */
const ownVolumesOfMacOs = /^\/System\/Volumes\/(?!Data$)/;

/** Modes of CPU time in node:os → label values of the metric, as in the kernel. */
const modeNames = { user: 'user', nice: 'nice', sys: 'system', idle: 'idle', irq: 'irq' } as const;

/** Modes that a system does not count. node:os reports them as 0, which would be wrong. */
const uncountedModes: Readonly<Record<string, readonly string[]>> = { win32: ['nice'], darwin: ['irq'] };

/** The library, as far as it is used. */
type Library = Pick<
  typeof import('systeminformation'),
  'mem' | 'fsSize' | 'networkStats' | 'processes' | 'networkConnections'
>;

/** The system that is read. Tests replace it by one that they do not run on. */
interface System {
  readonly platform: NodeJS.Platform;
  readonly library: () => Promise<Library>;
}

function thisSystem(): System {
  return { platform: platform(), library: async () => (await import('systeminformation')).default };
}

/**
 * Reads systems without /proc: from node:os and statfs if possible, otherwise from systeminformation.
 *
 * On those systems systeminformation starts processes (`vm_stat`, `netstat`, `ps`, PowerShell), because no file has the
 * data. The library is loaded at the first call that needs it, never on Linux. `rootfs` is ignored.
 */
export class PortableHost implements HostSource {
  readonly #config: HostConfig;
  readonly #outside: Outside;
  readonly #system: System;
  readonly #mountpoints: readonly string[] | undefined;
  readonly #filesystems: Filesystems;
  #selection: { readonly groups: readonly MountGroup[]; readonly untilSeconds: number } | undefined;
  #bootTimeSeconds: number | undefined;

  constructor(config: HostConfig, outside: Outside, system: System = thisSystem()) {
    this.#config = config;
    this.#outside = outside;
    this.#system = system;
    this.#mountpoints = config.mountpoints?.map(withoutTrailingSlash);
    // `C:` alone means the current directory of that drive.
    this.#filesystems = new Filesystems(outside, outside.guard, (mountpoint) =>
      /^[A-Z]:$/.test(mountpoint) ? `${mountpoint}\\` : mountpoint,
    );
  }

  async cpu(): Promise<CpuTimes> {
    const all = cpus();
    if (all.length === 0) throw new ExporterError('host_unreadable', 'the system does not report its CPU time');
    const uncounted = uncountedModes[this.#system.platform] ?? [];
    const secondsByMode = new Map<string, number>();
    for (const [key, mode] of Object.entries(modeNames) as [keyof typeof modeNames, string][]) {
      if (!uncounted.includes(mode))
        secondsByMode.set(
          mode,
          all.reduce((sum, { times }) => sum + times[key] / 1000, 0),
        );
    }
    return { secondsByMode, cpus: all.length };
  }

  async memory(signal: AbortSignal): Promise<MemoryFacts> {
    const totalBytes = totalmem();
    // Windows reports available memory. Others report unused memory, without caches.
    const availableBytes =
      this.#system.platform === 'win32' ? freemem() : (await this.#information(signal, (si) => si.mem())).available;
    return { totalBytes, availableBytes: Math.min(availableBytes, totalBytes) };
  }

  async filesystems(signal: AbortSignal): Promise<FilesystemsReport> {
    return this.#filesystems.report(await this.#selectedMounts(signal), this.#mountpoints ?? [], signal);
  }

  async network(signal: AbortSignal): Promise<readonly DeviceTraffic[]> {
    const devices = await this.#information(signal, (si) => si.networkStats('*'));
    return selectDevices(
      devices
        // The library reports unreadable devices as unknown, with zeros.
        .filter(({ operstate, rx_bytes, tx_bytes }) => operstate !== 'unknown' || rx_bytes > 0 || tx_bytes > 0)
        .map(({ iface, rx_bytes, tx_bytes }) => ({ device: iface, receivedBytes: rx_bytes, sentBytes: tx_bytes })),
      this.#config.devices,
    );
  }

  async system(signal: AbortSignal): Promise<SystemFacts> {
    const { all: processes } = await this.#information(signal, (si) => si.processes());
    const sockets = await this.#information(signal, (si) => si.networkConnections());
    const [load1 = 0, load5 = 0, load15 = 0] = loadavg();
    this.#bootTimeSeconds ??= Math.round(this.#outside.clock.nowSeconds() - uptime());
    return {
      ...(this.#system.platform === 'win32' ? {} : { load: { load1, load5, load15 } }),
      ...(processes > 0 ? { processes } : {}),
      ...(sockets.length > 0 ? { connections: countConnections(sockets) } : {}),
      bootTimeSeconds: this.#bootTimeSeconds,
    };
  }

  /** Only Linux has cgroups. */
  async cgroup(): Promise<CgroupFacts | undefined> {
    return undefined;
  }

  async identity(): Promise<HostIdentity> {
    return {
      hostname: hostname(),
      os: this.#system.platform === 'win32' ? version() : type(),
      kernel: release(),
      containerOnly: false,
    };
  }

  async #selectedMounts(signal: AbortSignal): Promise<readonly MountGroup[]> {
    const now = this.#outside.clock.monotonicSeconds();
    if (this.#selection === undefined || now >= this.#selection.untilSeconds) {
      const listed = await this.#information(signal, (si) => si.fsSize());
      const mounts = listed
        .map(({ fs, mount, type }): Mount => ({ device: fs, mountpoint: mount, fstype: type.toLowerCase() }))
        .filter(({ mountpoint }) => !ownVolumesOfMacOs.test(mountpoint));
      this.#selection = { groups: selectMounts(mounts, this.#mountpoints), untilSeconds: now + mountListLifeSeconds };
    }
    return this.#selection.groups;
  }

  /** Calls the library, which cannot be interrupted. After an abort its answer is ignored. */
  async #information<T>(signal: AbortSignal, ask: (library: Library) => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    let release = () => {};
    const aborted = new Promise<never>((_resolve, reject) => {
      const onAbort = () => reject(signal.reason);
      signal.addEventListener('abort', onAbort);
      release = () => signal.removeEventListener('abort', onAbort);
    });
    const answer = this.#system.library().then(ask);
    return Promise.race([answer, aborted]).finally(release);
  }
}

/** Sockets by the states that Linux sums up. There, a listening socket is in use too. */
function countConnections(
  sockets: readonly { readonly protocol: string; readonly state: string }[],
): ReadonlyMap<string, number> {
  const tcp = sockets.filter(({ protocol }) => protocol.toLowerCase().startsWith('tcp'));
  const waiting = tcp.filter(({ state }) => state.toUpperCase() === 'TIME_WAIT').length;
  return new Map([
    ['in_use', tcp.length - waiting],
    ['time_wait', waiting],
  ]);
}
