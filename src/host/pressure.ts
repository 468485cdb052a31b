import { type Sample, set } from '../metrics/definition.js';
import { hostPressureStalled, hostPressureWaiting } from '../metrics/host-metrics.js';
import type { Pressure } from './host-source.js';

/** Resources that programs wait for, named like the files in `/proc/pressure`. */
export const pressureResources = ['cpu', 'memory', 'io'] as const;

/**
 * How long programs waited, from a file in `/proc/pressure`. Undefined without data: a kernel without pressure stall
 * information (before 4.20, or switched off) has no such file, or an unreadable one.
 */
export function parsePressure(text: string): Pressure | undefined {
  const waiting = totalOf(text, 'some');
  const stalled = totalOf(text, 'full');
  if (waiting === undefined) return undefined;
  return { waitingSeconds: waiting, ...(stalled === undefined ? {} : { stalledSeconds: stalled }) };
}

/** The kernel counts microseconds. */
function totalOf(text: string, line: 'some' | 'full'): number | undefined {
  const found = new RegExp(`^${line} .*total=(\\d+)$`, 'm').exec(text)?.[1];
  return found === undefined ? undefined : Number(found) / 1e6;
}

/** Samples of pressure by resource. There is no stall for a CPU. */
export function pressureSamples(pressure: ReadonlyMap<string, Pressure>): readonly Sample[] {
  const samples: Sample[] = [];
  for (const [resource, { waitingSeconds, stalledSeconds }] of pressure) {
    samples.push(set(hostPressureWaiting, { resource }, waitingSeconds));
    // While programs wait for a CPU, another one runs on it. Kernels from 5.13 still write a line for it, which is always 0.
    if (stalledSeconds !== undefined && resource !== 'cpu')
      samples.push(set(hostPressureStalled, { resource }, stalledSeconds));
  }
  return samples;
}
