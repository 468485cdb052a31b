import type { Bench, Part } from '../part.js';
import { againstPeer, againstTarget } from '../row.js';
import { type LoadResult, loadBlackboxExporter } from './load.js';

/** What the large installation costs: CPU beside a blackbox_exporter with the same targets, and memory. */
export function thousandPart(loadOfExporter: () => Promise<LoadResult>): Part {
  return {
    name: 'thousand',
    needs: ['prometheus', 'blackbox_exporter'],
    run: async (bench) => {
      const ours = await loadOfExporter();
      bench.say('the same targets through blackbox_exporter');
      const peer = await loadBlackboxExporter(bench);
      const what = describeLoad(bench);
      const perMinute = 60 / bench.scale.measuredSeconds;
      const blackbox = (value: number) => ({ name: 'blackbox_exporter', value });
      return {
        rows: [
          againstPeer(
            `CPU, ${what}`,
            's/min',
            ours.exporter.cpuSeconds * perMinute,
            blackbox(peer.exporter.cpuSeconds * perMinute),
            0.25,
          ),
          againstPeer(
            'CPU of Prometheus for it',
            's/min',
            ours.prometheus.cpuSeconds * perMinute,
            blackbox(peer.prometheus.cpuSeconds * perMinute),
          ),
          againstTarget(`RSS, ${what}`, 'MiB', ours.exporter.residentMebibytes, 96),
          againstPeer('peak RSS', 'MiB', ours.exporter.peakMebibytes, blackbox(peer.exporter.peakMebibytes)),
        ],
        notes: [
          `${what}: ${Math.round(ours.probesPerMinute)} probes a minute reached the targets, ${Math.round(peer.probesPerMinute)} with blackbox_exporter`,
        ],
      };
    },
  };
}

/** The large installation in words. */
export function describeLoad({ scale }: Bench): string {
  return `${scale.components} components every ${scale.loadIntervalSeconds} s`;
}
