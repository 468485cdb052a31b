import { existsSync } from 'node:fs';
import { type Sample, set } from '../metrics/definition.js';
import {
  hostCgroupCpuLimit,
  hostCgroupCpuThrottled,
  hostCgroupMemoryLimit,
  hostCgroupMemoryUsed,
} from '../metrics/host-metrics.js';
import type { CgroupFacts } from './host-source.js';
import { readTextIfPossible } from './read-text.js';

/**
 * The folder of this process's own cgroup, version 2; undefined without one, such as in a container with version 1.
 * `root` is the prefix of all paths; empty for the real host.
 */
export function ownCgroup(root: string): string | undefined {
  const own = /^0::(\/.*)$/m.exec(readTextIfPossible(`${root}/proc/self/cgroup`) ?? '')?.[1];
  if (own === undefined) return undefined;
  // A container with its own /sys/fs/cgroup, but without its own /proc/self/cgroup, gets a path that it cannot see.
  return [`${root}/sys/fs/cgroup${own}`, `${root}/sys/fs/cgroup`]
    .map((folder) => folder.replace(/\/$/, ''))
    .find((folder) => !folder.includes('/../') && existsSync(`${folder}/cgroup.controllers`));
}

/** Limits and usage of a cgroup. Each is absent without one: the word `max` means no limit. */
export function readCgroup(folder: string): CgroupFacts {
  const text = (file: string) => readTextIfPossible(`${folder}/${file}`) ?? '';
  const [memoryLimitBytes] = numbersIn(/^(\d+)$/m, text('memory.max'));
  const [memoryUsedBytes] = numbersIn(/^(\d+)$/m, text('memory.current'));
  const [quota, period] = numbersIn(/^(\d+) (\d+)$/m, text('cpu.max'));
  const [throttledMicroseconds] = numbersIn(/^throttled_usec (\d+)$/m, text('cpu.stat'));
  return {
    ...(memoryLimitBytes === undefined ? {} : { memoryLimitBytes }),
    ...(memoryUsedBytes === undefined ? {} : { memoryUsedBytes }),
    ...(quota === undefined || !period ? {} : { cpuLimitCores: quota / period }),
    ...(throttledMicroseconds === undefined ? {} : { cpuThrottledSeconds: throttledMicroseconds / 1e6 }),
  };
}

function numbersIn(pattern: RegExp, text: string): readonly number[] {
  return pattern.exec(text)?.slice(1).map(Number) ?? [];
}

/** Samples of the facts that exist. */
export function cgroupSamples(facts: CgroupFacts): readonly Sample[] {
  const samples: Sample[] = [];
  if (facts.memoryLimitBytes !== undefined) samples.push(set(hostCgroupMemoryLimit, {}, facts.memoryLimitBytes));
  if (facts.memoryUsedBytes !== undefined) samples.push(set(hostCgroupMemoryUsed, {}, facts.memoryUsedBytes));
  if (facts.cpuLimitCores !== undefined) samples.push(set(hostCgroupCpuLimit, {}, facts.cpuLimitCores));
  if (facts.cpuThrottledSeconds !== undefined) samples.push(set(hostCgroupCpuThrottled, {}, facts.cpuThrottledSeconds));
  return samples;
}
