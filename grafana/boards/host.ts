import { buildBoard } from '../board.js';
import { details } from './host/details.js';
import { filesystems, hosts, limits } from './host/limits.js';
import { hostStats } from './host/stats.js';

/**
 * The board Host: the machines on which exporters run. The label `instance` identifies a host, and no panel mixes values of two hosts. The
 * first line shows the worst host. A row for each host follows.
 */
export const host = () =>
  buildBoard({
    name: 'host',
    title: 'Host',
    description:
      'Does the machine of the exporter have enough CPU, memory and disk, and for how long? One exporter sees one host. The first screen compares several hosts; the rows below show each of them.',
    panels: [...hostStats(), ...limits(), ...filesystems(), ...hosts(), ...details()],
  });
