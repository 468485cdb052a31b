import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { hostname, release, type } from 'node:os';
import { ExporterError, messageOf, systemCodeOf } from '../base/errors.js';
import type { HostConfig } from '../config/sections/host-section.js';
import { ownCgroup, readCgroup } from './cgroup.js';
import { parseBootTime, parseCpuTimes } from './cpu.js';
import { parseDiskstats } from './disks.js';
import { Filesystems, type Outside } from './filesystems.js';
import type {
  CgroupFacts,
  CpuTimes,
  DeviceTraffic,
  FilesystemsReport,
  HostIdentity,
  HostSource,
  MemoryFacts,
  Pressure,
  SystemFacts,
} from './host-source.js';
import { parseMemory } from './memory.js';
import {
  type Mount,
  type MountGroup,
  parseMounts,
  parseReadOnly,
  selectMounts,
  withoutRootfs,
  withoutTrailingSlash,
} from './mounts.js';
import { parseConnections, parseNetDev, selectDevices } from './network.js';
import { parsePressure, pressureResources } from './pressure.js';
import { readText, readTextIfPossible } from './read-text.js';
import { parseSwap } from './swap.js';
import { isContainer, parseLoadAverage, parseOsName } from './system.js';

/**
 * Reads Linux from /proc and with statfs, without starting a process.
 *
 * With `rootfs` all files are read below it. Files of a namespace are then read from process 1, because the unnumbered
 * files (/proc/net, /proc/mounts) always show those of the reader.
 */
export class LinuxHost implements HostSource {
  readonly #config: HostConfig;
  readonly #outside: Outside;
  /** Whether the root of this process is that of the host: there is no `rootfs`. */
  readonly #isHost: boolean;
  /** Prefix of every path of the host. */
  readonly #prefix: string;
  readonly #mountpoints: readonly string[] | undefined;
  readonly #filesystems: Filesystems;
  #selection: { readonly text: string; readonly groups: readonly MountGroup[] } | undefined;
  #readOnly: { readonly text: string; readonly mounts: ReadonlyMap<string, boolean> } | undefined;
  #cgroup: { readonly folder: string | undefined } | undefined;
  #identity: HostIdentity | undefined;

  constructor(config: HostConfig, outside: Outside) {
    this.#config = config;
    this.#outside = outside;
    const rootfs = config.rootfs.replace(/\/+$/, '');
    this.#isHost = rootfs === '';
    this.#prefix = outside.root + rootfs;
    this.#mountpoints = config.mountpoints?.map(withoutTrailingSlash);
    this.#filesystems = new Filesystems(outside, outside.guard, (mountpoint) => this.#pathOf(mountpoint));
  }

  async cpu(): Promise<CpuTimes> {
    const path = this.#pathOf('/proc/stat');
    return parseCpuTimes(readText(path), path);
  }

  async memory(): Promise<MemoryFacts> {
    const path = this.#pathOf('/proc/meminfo');
    const text = readText(path);
    const swap = parseSwap(text, readTextIfPossible(this.#pathOf('/proc/vmstat')));
    return { ...parseMemory(text, path), ...(swap && { swap }) };
  }

  async filesystems(signal: AbortSignal): Promise<FilesystemsReport> {
    const report = await this.#filesystems.report(this.#selectedMounts(), this.#mountpoints ?? [], signal);
    const isReadOnly = this.#readOnlyMounts();
    const filesystems = report.filesystems.map((facts) => {
      const readOnly = isReadOnly(facts.mountpoint);
      return readOnly === undefined ? facts : { ...facts, readOnly };
    });
    return { ...report, filesystems };
  }

  async network(): Promise<readonly DeviceTraffic[]> {
    const path = this.#ownNetwork('dev');
    return selectDevices(parseNetDev(readText(path), path), this.#config.devices);
  }

  async system(): Promise<SystemFacts> {
    const processes = await this.#countProcesses();
    const load = parseLoadAverage(readTextIfPossible(this.#pathOf('/proc/loadavg')) ?? '');
    const bootTimeSeconds = parseBootTime(readTextIfPossible(this.#pathOf('/proc/stat')) ?? '');
    const connections = parseConnections(
      readTextIfPossible(this.#ownNetwork('sockstat')),
      readTextIfPossible(this.#ownNetwork('sockstat6')),
    );
    const diskstats = readTextIfPossible(this.#pathOf('/proc/diskstats'));
    const pressure = this.#pressure();
    return {
      processes,
      ...(diskstats === undefined ? {} : { disks: parseDiskstats(diskstats) }),
      ...(pressure.size === 0 ? {} : { pressure }),
      ...(load && { load }),
      ...(bootTimeSeconds === undefined ? {} : { bootTimeSeconds }),
      ...(connections && { connections }),
    };
  }

  async cgroup(): Promise<CgroupFacts | undefined> {
    this.#cgroup ??= { folder: this.#isContainer() ? ownCgroup(this.#outside.root) : undefined };
    return this.#cgroup.folder === undefined ? undefined : readCgroup(this.#cgroup.folder);
  }

  async identity(): Promise<HostIdentity> {
    this.#identity ??= {
      hostname: this.#hostname(),
      os: this.#osName(),
      // The host and its containers share one kernel.
      kernel: release(),
      containerOnly: this.#isHost && this.#isContainer(),
    };
    return this.#identity;
  }

  #pathOf(absolute: string): string {
    return absolute === '/' ? this.#prefix || '/' : this.#prefix + absolute;
  }

  #ownNetwork(file: string): string {
    return this.#pathOf(this.#isHost ? `/proc/net/${file}` : `/proc/1/net/${file}`);
  }

  /** The table is long on hosts with containers, and rarely changes. So it is parsed only when its text changes. */
  #selectedMounts(): readonly MountGroup[] {
    const { path, text } = this.#mountTable();
    if (this.#selection?.text !== text) {
      const mounts = parseMounts(text, path);
      this.#selection = { text, groups: selectMounts(this.#asHostSees(mounts, path), this.#mountpoints) };
    }
    return this.#selection.groups;
  }

  #mountTable(): { readonly path: string; readonly text: string } {
    const ofFirstProcess = this.#pathOf('/proc/1/mounts');
    const found = this.#isHost ? undefined : readTextIfPossible(ofFirstProcess);
    if (found !== undefined) return { path: ofFirstProcess, text: found };
    const path = this.#pathOf('/proc/mounts');
    return { path, text: readText(path) };
  }

  #asHostSees(mounts: readonly Mount[], path: string): readonly Mount[] {
    return path === this.#pathOf('/proc/mounts') ? withoutRootfs(mounts, this.#prefix) : mounts;
  }

  /** The result of `parseReadOnly` for mount points of the host. It is parsed only when the text changes. */
  #readOnlyMounts(): (mountpoint: string) => boolean | undefined {
    const ofFirstProcess = this.#isHost ? undefined : readTextIfPossible(this.#pathOf('/proc/1/mountinfo'));
    const text = ofFirstProcess ?? readTextIfPossible(this.#pathOf('/proc/self/mountinfo')) ?? '';
    if (this.#readOnly?.text !== text) this.#readOnly = { text, mounts: parseReadOnly(text) };
    const { mounts } = this.#readOnly;
    return (mountpoint) => mounts.get(ofFirstProcess === undefined ? this.#pathOf(mountpoint) : mountpoint);
  }

  #pressure(): ReadonlyMap<string, Pressure> {
    const found = new Map<string, Pressure>();
    for (const resource of pressureResources) {
      const pressure = parsePressure(readTextIfPossible(this.#pathOf(`/proc/pressure/${resource}`)) ?? '');
      if (pressure !== undefined) found.set(resource, pressure);
    }
    return found;
  }

  async #countProcesses(): Promise<number> {
    const path = this.#pathOf('/proc');
    try {
      return (await readdir(path)).reduce((count, name) => (/^\d+$/.test(name) ? count + 1 : count), 0);
    } catch (cause) {
      throw new ExporterError(
        'host_unreadable',
        `${path}: cannot be listed: ${systemCodeOf(cause) ?? messageOf(cause)}`,
        { cause },
      );
    }
  }

  /** The kernel gives a container its own name even in the host's /proc. So with a `rootfs` the host's file counts. */
  #hostname(): string {
    const written = this.#isHost ? undefined : readTextIfPossible(this.#pathOf('/etc/hostname'));
    return (
      written
        ?.split('\n')
        .find((line) => line.trim() !== '' && !line.startsWith('#'))
        ?.trim() ?? hostname()
    );
  }

  #osName(): string {
    for (const file of ['/etc/os-release', '/usr/lib/os-release']) {
      const name = parseOsName(readTextIfPossible(this.#pathOf(file)) ?? '');
      if (name !== undefined) return name;
    }
    return type();
  }

  #isContainer(): boolean {
    const { root, environment } = this.#outside;
    const cgroup = readTextIfPossible(`${root}/proc/1/cgroup`);
    return isContainer({
      dockerenv: existsSync(`${root}/.dockerenv`),
      containerenv: existsSync(`${root}/run/.containerenv`),
      environment,
      ...(cgroup && { cgroup }),
    });
  }
}
