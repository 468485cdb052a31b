import type { Log } from '../base/log.js';
import type { Collector } from '../collector.js';
import { set } from '../metrics/definition.js';
import { hostNetworkReceive, hostNetworkTransmit } from '../metrics/host-metrics.js';
import { type HostTiming, Notices } from './host-readings.js';
import type { DeviceTraffic, HostSource } from './host-source.js';
import { malformed, quote } from './read-text.js';

/**
 * Bytes of every network device from `/proc/net/dev`. Counters have 64 bits and are exact up to 2^53. Throws
 * `host_unreadable` for a heading without byte columns, and for a line that does not fit it.
 */
export function parseNetDev(text: string, path: string): readonly DeviceTraffic[] {
  const [, heading = '', ...lines] = text.trimEnd().split('\n');
  const [, receive = [], transmit = []] = heading.split('|').map((part) => part.trim().split(/\s+/));
  const receiveColumn = receive.indexOf('bytes');
  const transmitColumn = transmit.indexOf('bytes');
  if (receiveColumn === -1 || transmitColumn === -1)
    throw malformed(path, 2, `expected a heading with bytes, found ${quote(heading)}`);

  return lines.map((line, index) => {
    // A large counter follows the colon without a blank, and names of old aliases contain a colon.
    const colon = line.lastIndexOf(':');
    const device = line.slice(0, Math.max(0, colon)).trim();
    const counters = line
      .slice(colon + 1)
      .trim()
      .split(/\s+/);
    const received = counters[receiveColumn];
    const sent = counters[receive.length + transmitColumn];
    if (
      device === '' ||
      counters.length < receive.length + transmit.length ||
      !isCounter(received) ||
      !isCounter(sent)
    ) {
      throw malformed(path, index + 3, `expected a device and its counters, found ${quote(line)}`);
    }
    return { device, receivedBytes: Number(received), sentBytes: Number(sent) };
  });
}

function isCounter(text: string | undefined): text is string {
  return text !== undefined && /^\d+$/.test(text);
}

/**
 * TCP sockets by `in_use`, `time_wait`, `orphaned` from `/proc/net/sockstat` and `sockstat6`; either may be missing.
 * The second file has only sockets in use, because the kernel counts the others for both IP versions in the first.
 * Undefined when neither has data.
 */
export function parseConnections(
  sockstat: string | undefined,
  sockstat6: string | undefined,
): ReadonlyMap<string, number> | undefined {
  const version4 = parseLine(sockstat, 'TCP');
  const version6 = parseLine(sockstat6, 'TCP6');
  const found = new Map<string, number>();
  const inUse = [version4.get('inuse'), version6.get('inuse')].filter((count) => count !== undefined);
  if (inUse.length > 0)
    found.set(
      'in_use',
      inUse.reduce((sum, count) => sum + count, 0),
    );
  const timeWait = version4.get('tw');
  if (timeWait !== undefined) found.set('time_wait', timeWait);
  const orphaned = version4.get('orphan');
  if (orphaned !== undefined) found.set('orphaned', orphaned);
  return found.size === 0 ? undefined : found;
}

/** The pairs `name count` in the line of one protocol. */
function parseLine(text: string | undefined, protocol: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const line = text?.split('\n').find((candidate) => candidate.startsWith(`${protocol}: `));
  for (const [, name, count] of line?.matchAll(/ ([a-z]+) (\d+)(?= |$)/g) ?? []) {
    if (name !== undefined) counts.set(name, Number(count));
  }
  return counts;
}

/** Loopback, and devices that the kernel creates itself: tunnels without a peer, dummies, internal ones of macOS. */
const numbered =
  /^(?:lo|ifb|dummy|sit|tunl|ip6tnl|ip_vti|ip6_vti|gre|gretap|ip6gre|erspan|utun|awdl|llw|gif|stf|anpi)\d*$/;

/** The host's ends of containers and virtual machines, and bridges between them. Other devices count their bytes too. */
const prefixed = new RegExp(
  [
    '^(?:veth|docker|podman|nerdctl|br-|virbr|vnet|vmnet|vboxnet|tap|macvtap|lxc|lxdbr|incusbr|loopback)',
    // Networks of Kubernetes.
    '^(?:cni|cali|vxlan|wireguard\\.cali|wg-v6\\.cali|cilium_|flannel|weave|vethwe|antrea-|kube-|nodelocaldns|pod-id-link)',
    // Clouds of Kubernetes: a name and the start of a checksum, and the bridge of Azure.
    '^(?:eni|gke|azv)[0-9a-f]{8,12}$',
    '^azure\\d+$',
    // Open vSwitch and OVN. A pod of OVN-Kubernetes is named with the start of its id only, one of Kube-OVN has a suffix.
    '^(?:ovs-|ovn|genev_sys|gre_sys|erspan_sys)',
    '^[0-9a-f]{15}$',
    '^[0-9a-f]{12}_[hc]$',
    // OpenStack and Proxmox.
    '^(?:qbr|qvb|qvo|qr-|qg-)',
    '^fw(?:br|ln|pr)\\d',
  ].join('|'),
  'i',
);

/** The devices to report: exactly `names`, or without `names` all except loopback and virtual ones. */
export function selectDevices<D extends { readonly device: string }>(
  devices: readonly D[],
  names?: readonly string[],
): readonly D[] {
  return devices.filter(({ device }) =>
    names === undefined ? !numbered.test(device) && !prefixed.test(device) : names.includes(device),
  );
}

/** Received and sent bytes of each network device. A missing one of `expected` is logged once. */
export function networkCollector(
  source: HostSource,
  expected: readonly string[],
  timing: HostTiming,
  log: Log,
): Collector {
  const notices = new Notices(log, {
    field: 'device',
    begins: 'network device is missing',
    ends: 'network device is back',
  });
  return {
    name: 'network',
    ...timing,
    async collect(signal) {
      const devices = await source.network(signal);
      const present = new Set(devices.map(({ device }) => device));
      notices.update(
        new Map(expected.filter((device) => !present.has(device)).map((device) => [device, 'no such device'])),
      );
      return {
        samples: devices.flatMap(({ device, receivedBytes, sentBytes }) => [
          set(hostNetworkReceive, { device }, receivedBytes),
          set(hostNetworkTransmit, { device }, sentBytes),
        ]),
      };
    },
  };
}
