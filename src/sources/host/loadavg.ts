import type { SystemFacts } from './host-source.js';

/** The three load averages from `/proc/loadavg`; undefined when it does not look like one. */
export function parseLoadAverage(text: string): SystemFacts['load'] {
  const [load1, load5, load15] = /^(\d+\.\d+) (\d+\.\d+) (\d+\.\d+) /.exec(text)?.slice(1).map(Number) ?? [];
  return load1 === undefined || load5 === undefined || load15 === undefined ? undefined : { load1, load5, load15 };
}
