import { setTimeout as sleep } from 'node:timers/promises';
import { startExporter } from '../actors/exporter.js';
import { startBlackboxExporter, startNodeExporter } from '../actors/peer-exporters.js';
import { directJob, probeJob, startPrometheus } from '../actors/prometheus.js';
import { startTargets } from '../actors/targets.js';
import type { Part } from '../part.js';
import { watch } from '../process/usage.js';
import { againstPeer, againstTarget } from '../row.js';

/** The paths of the monitoring document. */
const paths = { backend: '/health', frontend: '/', pm_gateway: '/pm/health', database: '/db/health' };

/** The installation most people have: four components and the host, beside the two exporters that would do the same. */
export const defaultPart: Part = {
  name: 'default',
  needs: ['prometheus', 'node_exporter', 'blackbox_exporter'],
  run: async (bench) => {
    const { scrapeIntervalSeconds, warmUpSeconds, measuredSeconds } = bench.scale;
    const targets = await startTargets(bench, 'answering');
    const endpoints = Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, targets.origin + path]));
    const [exporter, node, blackbox] = await Promise.all([startExporter(bench, { endpoints }), startNodeExporter(bench), startBlackboxExporter(bench)]);
    const prometheus = await startPrometheus(bench, [
      directJob('exporter', exporter.address, scrapeIntervalSeconds),
      directJob('node', node.address, scrapeIntervalSeconds),
      probeJob('blackbox', blackbox.address, Object.values(endpoints), scrapeIntervalSeconds),
    ]);
    await sleep(warmUpSeconds * 1000, undefined, { signal: bench.signal });
    const programs = [exporter.program, node.program, blackbox.program];
    const [ours, ofNode, ofBlackbox] = await watch(programs, measuredSeconds, bench.signal);
    await Promise.all([...programs, prometheus.program, targets.program].map((program) => program.stop()));
    if (ours === undefined || ofNode === undefined || ofBlackbox === undefined) throw new Error('nothing was watched');
    const perMinute = 60 / measuredSeconds;
    const both = (value: number) => ({ name: 'node_exporter + blackbox_exporter', value });
    return {
      rows: [
        againstPeer('CPU, default configuration', 's/min', ours.cpuSeconds * perMinute, both((ofNode.cpuSeconds + ofBlackbox.cpuSeconds) * perMinute), 1),
        againstTarget('RSS, default configuration', 'MiB', ours.residentMebibytes, 64),
        againstPeer('RSS, default configuration', 'MiB', ours.residentMebibytes, both(ofNode.residentMebibytes + ofBlackbox.residentMebibytes)),
        againstPeer('peak RSS, default configuration', 'MiB', ours.peakMebibytes, both(ofNode.peakMebibytes + ofBlackbox.peakMebibytes)),
      ],
      notes: [
        `default configuration: all three scraped every ${scrapeIntervalSeconds} s; components are probed every 30 s and the host is read every 60 s by ours, at each scrape by the peers; ` +
          `node_exporter ${(ofNode.cpuSeconds * perMinute).toFixed(3)} s/min, blackbox_exporter ${(ofBlackbox.cpuSeconds * perMinute).toFixed(3)} s/min`,
      ],
    };
  },
};
