import { setTimeout as sleep } from 'node:timers/promises';
import { startAiCrmProcess } from '../actors/ai-crm.js';
import { startExporter } from '../actors/exporter.js';
import { startBlackboxExporter, startNodeExporter } from '../actors/peer-exporters.js';
import { directJob, probeJob, startPrometheus } from '../actors/prometheus.js';
import { samplesAt } from '../actors/scraper.js';
import type { Part } from '../part.js';
import { watch } from '../process/usage.js';
import { againstPeer, againstTarget } from '../row.js';

/** What shows that AI-CRM's own numbers were really read. */
const readSources = ['tasks', 'agents', 'agent_response', 'users', 'pm_gateway', 'database'].map(
  (name) => `aicrm_source_up{source="ai_crm_${name}"}`,
);

/**
 * The installation most people have: four components, the host and AI-CRM's own numbers, beside the two exporters that would
 * do the same, as far as they can: nobody else reads AI-CRM's own numbers.
 */
export const defaultPart: Part = {
  name: 'default',
  needs: ['prometheus', 'node_exporter', 'blackbox_exporter'],
  run: async (bench) => {
    const { scrapeIntervalSeconds, warmUpSeconds, defaultMeasuredSeconds: measuredSeconds } = bench.scale;
    const aiCrm = await startAiCrmProcess(bench);
    const { endpoints } = aiCrm;
    const [exporter, node, blackbox] = await Promise.all([
      startExporter(bench, { endpoints, aiCrm }),
      startNodeExporter(bench),
      startBlackboxExporter(bench),
    ]);
    const prometheus = await startPrometheus(bench, [
      directJob('exporter', exporter.address, scrapeIntervalSeconds),
      directJob('node', node.address, scrapeIntervalSeconds),
      probeJob('blackbox', blackbox.address, Object.values(endpoints), scrapeIntervalSeconds),
    ]);
    await sleep(warmUpSeconds * 1000, undefined, { signal: bench.signal });
    const programs = [exporter.program, node.program, blackbox.program];
    const [ours, ofNode, ofBlackbox] = await watch(programs, measuredSeconds, bench.signal);
    const samples = await samplesAt(exporter.metricsUrl, bench.signal);
    await Promise.all([...programs, prometheus.program, aiCrm.program].map((program) => program.stop()));
    if (ours === undefined || ofNode === undefined || ofBlackbox === undefined) throw new Error('nothing was watched');
    const unread = readSources.filter((series) => samples.get(series) !== 1);
    if (unread.length > 0) throw exporter.program.failure(`did not read everything: ${unread.join(', ')}`);
    const perMinute = 60 / measuredSeconds;
    const both = (value: number) => ({ name: 'node_exporter + blackbox_exporter', value });
    return {
      rows: [
        againstPeer(
          'CPU, default configuration',
          's/min',
          ours.cpuSeconds * perMinute,
          both((ofNode.cpuSeconds + ofBlackbox.cpuSeconds) * perMinute),
          1,
        ),
        againstTarget('RSS, default configuration', 'MiB', ours.residentMebibytes, 64),
        againstPeer(
          'RSS, default configuration',
          'MiB',
          ours.residentMebibytes,
          both(ofNode.residentMebibytes + ofBlackbox.residentMebibytes),
        ),
        againstPeer(
          'peak RSS, default configuration',
          'MiB',
          ours.peakMebibytes,
          both(ofNode.peakMebibytes + ofBlackbox.peakMebibytes),
        ),
      ],
      notes: [
        `default configuration: four components, the host and AI-CRM's own numbers (${samples.get('aicrm_source_requests_total{source="ai_crm"}')} requests), measured for ${measuredSeconds} s; ` +
          `all three scraped every ${scrapeIntervalSeconds} s; components are probed every 30 s, the host is read every 60 s and AI-CRM every 30 to 300 s by ours, components and host at each scrape by the peers; ` +
          `node_exporter ${(ofNode.cpuSeconds * perMinute).toFixed(3)} s/min, blackbox_exporter ${(ofBlackbox.cpuSeconds * perMinute).toFixed(3)} s/min`,
      ],
    };
  },
};
