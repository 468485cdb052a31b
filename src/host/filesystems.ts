import { stat, statfs } from 'node:fs/promises';
import { type Clock, systemClock } from '../base/clock.js';
import { messageOf, systemCodeOf } from '../base/errors.js';
import { levelAgainst } from '../base/level.js';
import type { Log } from '../base/log.js';
import type { Collector, HostReading } from '../collector.js';
import type { Threshold } from '../config/sections/thresholds-section.js';
import { type Sample, set } from '../metrics/definition.js';
import {
  hostFilesystemAvailable,
  hostFilesystemInodes,
  hostFilesystemInodesFree,
  hostFilesystemReadonly,
  hostFilesystemSize,
  hostFilesystemUsage,
} from '../metrics/host-metrics.js';
import { HangGuard } from './hang-guard.js';
import { type HostTiming, Notices, percentText, sizeText } from './host-readings.js';
import type { FilesystemFacts, FilesystemsReport, HostSource } from './host-source.js';
import { type FilesystemBlocks, filesystemFacts, type Mount, type MountGroup } from './mounts.js';

/** The two calls to a file system; both may hang. */
export interface FilesystemCalls {
  statfs(path: string): Promise<FilesystemBlocks>;
  isDirectory(path: string): Promise<boolean>;
}

/** Reads the facts of the selected file systems in each run. */
export class Filesystems {
  readonly #calls: FilesystemCalls;
  readonly #guard: HangGuard;
  readonly #pathOf: (mountpoint: string) => string;
  /** The mount of a group that answers; known after its first answer. */
  readonly #chosen = new WeakMap<MountGroup, Mount>();

  /** `pathOf` gives the path at which this process reaches a mount point of the host. */
  constructor(calls: FilesystemCalls, guard: HangGuard, pathOf: (mountpoint: string) => string) {
    this.#calls = calls;
    this.#guard = guard;
    this.#pathOf = pathOf;
  }

  /** The current facts of the groups. `named` are the required mount points; one without a group is not mounted. */
  async report(
    groups: readonly MountGroup[],
    named: readonly string[],
    signal: AbortSignal,
  ): Promise<FilesystemsReport> {
    const questions = groups.map((group) => ({ key: group.key, remote: group.remote, ask: () => this.#ask(group) }));
    const outcomes = await this.#guard.askAll(questions, signal);
    const filesystems: FilesystemFacts[] = [];
    const unanswered: { mountpoint: string; why: string }[] = [];
    groups.forEach((group, index) => {
      const { mountpoint } = this.#chosen.get(group) ?? group.mounts[0];
      const outcome = outcomes[index];
      if (outcome === undefined) return;
      if (outcome.state === 'hanging') unanswered.push({ mountpoint, why: 'statfs hangs' });
      else if (outcome.state === 'crowded')
        unanswered.push({ mountpoint, why: 'not read while other file systems hang' });
      else if (outcome.state === 'failed')
        unanswered.push({ mountpoint, why: systemCodeOf(outcome.error) ?? messageOf(outcome.error) });
      else if (outcome.value !== undefined) filesystems.push(outcome.value);
    });
    const mounted = new Set(groups.map(({ mounts }) => mounts[0].mountpoint));
    for (const mountpoint of named) if (!mounted.has(mountpoint)) unanswered.push({ mountpoint, why: 'not mounted' });
    return { filesystems, unanswered };
  }

  /**
   * The facts of a file system, from its first mount that is a directory and answers. Undefined when only single files
   * of it are mounted (a container's /etc/hosts): then it is not a disk of this system.
   */
  async #ask(group: MountGroup): Promise<FilesystemFacts | undefined> {
    const chosen = this.#chosen.get(group);
    if (chosen !== undefined) return this.#factsOf(chosen);
    let failure: { readonly error: unknown } | undefined;
    for (const mount of group.mounts) {
      try {
        if (!(await this.#calls.isDirectory(this.#pathOf(mount.mountpoint)))) continue;
        const facts = await this.#factsOf(mount);
        this.#chosen.set(group, mount);
        return facts;
      } catch (error) {
        failure ??= { error };
      }
    }
    if (failure !== undefined) throw failure.error;
    return undefined;
  }

  async #factsOf(mount: Mount): Promise<FilesystemFacts | undefined> {
    return filesystemFacts(mount, await this.#calls.statfs(this.#pathOf(mount.mountpoint)));
  }
}

/**
 * What a host source needs from its process. Tests replace it, to let file systems hang and to stop the clock. The
 * exporter keeps one across reloads, so that the guard still knows what hangs.
 */
export interface Outside extends FilesystemCalls {
  readonly clock: Clock;
  readonly guard: HangGuard;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Prefix of every absolute path that Linux is read from; empty. */
  readonly root: string;
}

/** The real calls, clock and environment. */
export function realOutside(): Outside {
  return {
    clock: systemClock,
    guard: new HangGuard(systemClock),
    environment: process.env,
    root: '',
    statfs: (path) => statfs(path),
    isDirectory: async (path) => (await stat(path)).isDirectory(),
  };
}

/**
 * Size, available bytes, usage and inodes of each file system, and whether it is read-only. A file system that does not
 * answer has no samples, and is logged once. It does not delay the others.
 */
export function filesystemCollector(source: HostSource, threshold: Threshold, timing: HostTiming, log: Log): Collector {
  const notices = new Notices(log, {
    field: 'mountpoint',
    begins: 'file system does not answer',
    ends: 'file system answers again, or is no longer monitored',
  });
  return {
    name: 'filesystem',
    ...timing,
    async collect(signal) {
      const { filesystems, unanswered } = await source.filesystems(signal);
      // An aborted run did not wait for all file systems.
      if (!signal.aborted) notices.update(new Map(unanswered.map(({ mountpoint, why }) => [mountpoint, why])));
      return { samples: filesystems.flatMap(samples), readings: filesystems.map((facts) => reading(facts, threshold)) };
    },
  };
}

function samples(facts: FilesystemFacts): readonly Sample[] {
  const { mountpoint, fstype, sizeBytes, availableBytes, usageRatio, inodes, readOnly } = facts;
  const labels = { mountpoint, fstype };
  const samples = [
    set(hostFilesystemSize, labels, sizeBytes),
    set(hostFilesystemAvailable, labels, availableBytes),
    set(hostFilesystemUsage, labels, usageRatio),
  ];
  if (inodes !== undefined)
    samples.push(set(hostFilesystemInodes, labels, inodes.total), set(hostFilesystemInodesFree, labels, inodes.free));
  if (readOnly !== undefined) samples.push(set(hostFilesystemReadonly, labels, readOnly ? 1 : 0));
  return samples;
}

function reading(
  { mountpoint, sizeBytes, availableBytes, usageRatio }: FilesystemFacts,
  threshold: Threshold,
): HostReading {
  return {
    subject: 'host',
    name: `disk ${mountpoint}`,
    resource: 'disk',
    level: levelAgainst(usageRatio, threshold),
    usageRatio,
    message: `${percentText(usageRatio)} used, ${sizeText(availableBytes)} of ${sizeText(sizeBytes)} available`,
  };
}
