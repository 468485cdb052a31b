import { buildBoard } from '../board.js';
import { details } from './host/details.js';
import { filesystems, hosts, limits } from './host/limits.js';
import { hostStats } from './host/stats.js';

/**
 * The machines that the exporters run on. A host is told apart by `instance`, and values of different hosts are never mixed: at the top
 * stands the worst of them by name, below a row for each.
 */
export const host = () =>
  buildBoard({
    name: 'host',
    title: 'Host',
    description:
      'Does the machine of the exporter have enough CPU, memory and disk, and for how long? One exporter sees one host. The first screen compares several hosts; the rows below show each of them.',
    panels: [...hostStats(), ...limits(), ...filesystems(), ...hosts(), ...details()],
  });
