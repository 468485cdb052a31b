import { type Sample, set } from '../metrics/definition.js';
import { hostSwapIn, hostSwapOut, hostSwapTotal, hostSwapUsed } from '../metrics/host-metrics.js';
import type { SwapFacts } from './host-source.js';

/**
 * Swap space from `/proc/meminfo`, and swapped pages from `/proc/vmstat`, which may be missing. Without swap both sizes
 * are 0. Undefined when `/proc/meminfo` has no swap fields.
 */
export function parseSwap(meminfo: string, vmstat: string | undefined): SwapFacts | undefined {
  const totalBytes = kibibytesOf(meminfo, 'SwapTotal');
  const freeBytes = kibibytesOf(meminfo, 'SwapFree');
  if (totalBytes === undefined || freeBytes === undefined) return undefined;
  const pagesIn = numberOf(vmstat, /^pswpin (\d+)$/m);
  const pagesOut = numberOf(vmstat, /^pswpout (\d+)$/m);
  return {
    totalBytes,
    // In some containers the total is the container's limit, and the other fields are the host's.
    usedBytes: Math.max(0, totalBytes - freeBytes),
    ...(pagesIn === undefined ? {} : { pagesIn }),
    ...(pagesOut === undefined ? {} : { pagesOut }),
  };
}

function kibibytesOf(meminfo: string, name: string): number | undefined {
  const kibibytes = numberOf(meminfo, new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm'));
  return kibibytes === undefined ? undefined : kibibytes * 1024;
}

function numberOf(text: string | undefined, pattern: RegExp): number | undefined {
  const found = pattern.exec(text ?? '')?.[1];
  return found === undefined ? undefined : Number(found);
}

/** Samples of swap; pages only if they are counted. */
export function swapSamples({ totalBytes, usedBytes, pagesIn, pagesOut }: SwapFacts): readonly Sample[] {
  const samples: Sample[] = [set(hostSwapTotal, {}, totalBytes), set(hostSwapUsed, {}, usedBytes)];
  if (pagesIn !== undefined) samples.push(set(hostSwapIn, {}, pagesIn));
  if (pagesOut !== undefined) samples.push(set(hostSwapOut, {}, pagesOut));
  return samples;
}
