import type { Log } from '../base/log.js';
import type { Collector } from '../collector.js';
import { type Sample, set } from '../metrics/definition.js';
import {
  hostBootTime,
  hostContainer,
  hostInfo,
  hostLoad1,
  hostLoad5,
  hostLoad15,
  hostNetworkConnections,
  hostProcesses,
} from '../metrics/host-metrics.js';
import { cgroupSamples } from './cgroup.js';
import { diskSamples } from './disks.js';
import type { HostTiming } from './host-readings.js';
import type { HostSource, SystemFacts } from './host-source.js';
import { pressureSamples } from './pressure.js';

/** The three load averages from `/proc/loadavg`; undefined for an invalid text. */
export function parseLoadAverage(text: string): SystemFacts['load'] {
  const found = /^(\d+\.\d+) (\d+\.\d+) (\d+\.\d+) /.exec(text);
  return found === null ? undefined : { load1: Number(found[1]), load5: Number(found[2]), load15: Number(found[3]) };
}

/**
 * The name of the operating system for people, from an `os-release` file: `PRETTY_NAME`, or `NAME` with `VERSION_ID`.
 * Undefined without both.
 */
export function parseOsName(text: string): string | undefined {
  const values = new Map<string, string>();
  for (const [, key = '', value = ''] of text.matchAll(/^\s*([A-Z][A-Z0-9_]*)=(.*?)\s*$/gm))
    values.set(key, unquote(value));
  const name = values.get('NAME');
  const version = values.get('VERSION_ID');
  return values.get('PRETTY_NAME') || (name && version ? `${name} ${version}` : name) || undefined;
}

/** Values have the quoting of a shell. */
function unquote(value: string): string {
  const [, quote, inner = value] = /^(['"])(.*)\1$/.exec(value) ?? [];
  return quote === "'" ? inner : inner.replace(/\\(["'\\$`])/g, '$1');
}

/** Signs that show a process that it is in a container. */
export interface ContainerTraces {
  /** Whether Docker's `/.dockerenv` exists. */
  readonly dockerenv: boolean;
  /** Whether Podman's `/run/.containerenv` exists. */
  readonly containerenv: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The text of `/proc/1/cgroup`; absent when it is not readable. */
  readonly cgroup?: string;
}

const runtimeWords = /docker|containerd|kubepods|libpod|crio|\blxc\b|\/ecs\/|garden|buildkit|systemd-nspawn/;

/** Whether this process runs in a container, by any of these signs. */
export function isContainer({ dockerenv, containerenv, environment, cgroup }: ContainerTraces): boolean {
  return (
    dockerenv ||
    containerenv ||
    Boolean(environment['container']) ||
    Boolean(environment['KUBERNETES_SERVICE_HOST']) ||
    runtimeWords.test(cgroup ?? '')
  );
}

/**
 * Load, processes, connections, disks, pressure, boot time, properties of the host, and limits of the exporter's own
 * container. Logs once when it sees only a container instead of the host.
 */
export function systemCollector(source: HostSource, timing: HostTiming, log: Log): Collector {
  let isFirst = true;
  return {
    name: 'system',
    ...timing,
    async collect(signal) {
      const { hostname, os, kernel, containerOnly } = await source.identity();
      if (isFirst && containerOnly) {
        log.info('host metrics are of this container, not of its host', {
          remedy:
            "mount the host's / read-only into the container, for example at /host, and set host.rootfs to that path",
        });
      }
      isFirst = false;

      const { load, connections, processes, disks, pressure, bootTimeSeconds } = await source.system(signal);
      const cgroup = await source.cgroup();
      const samples: Sample[] = [
        set(hostInfo, { hostname, os, kernel }, 1),
        set(hostContainer, {}, containerOnly ? 1 : 0),
      ];
      if (load !== undefined) {
        samples.push(set(hostLoad1, {}, load.load1), set(hostLoad5, {}, load.load5), set(hostLoad15, {}, load.load15));
      }
      for (const [state, count] of connections ?? []) samples.push(set(hostNetworkConnections, { state }, count));
      if (processes !== undefined) samples.push(set(hostProcesses, {}, processes));
      if (bootTimeSeconds !== undefined) samples.push(set(hostBootTime, {}, bootTimeSeconds));
      if (disks !== undefined) samples.push(...diskSamples(disks));
      if (pressure !== undefined) samples.push(...pressureSamples(pressure));
      if (cgroup !== undefined) samples.push(...cgroupSamples(cgroup));
      return { samples };
    },
  };
}
