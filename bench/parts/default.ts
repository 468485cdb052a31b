import { setTimeout as sleep } from 'node:timers/promises';
import { startAiCrmProcess } from '../actors/ai-crm.js';
import { startExporter } from '../actors/exporter.js';
import { startBlackboxExporter, startNodeExporter } from '../actors/peer-exporters.js';
import { directJob, probeJob, startPrometheus } from '../actors/prometheus.js';
import { samplesAt } from '../actors/scraper.js';
import type { Part } from '../part.js';
import type { Usage } from '../process/usage.js';
import { compare, figuresOf, valuesOf } from '../rounds.js';
import { againstPeer, againstTarget } from '../row.js';
import { median } from '../statistics.js';

/** Metrics that prove that the exporter has read AI-CRM's own numbers. */
const readSources = ['tasks', 'agents', 'agent_response', 'users', 'pm_gateway', 'database'].map(
  (name) => `aicrm_source_up{source="ai_crm_${name}"}`,
);

/**
 * The usual installation: four components, the host and AI-CRM's own numbers. Beside it run the two other exporters that do the same work
 * together, except for AI-CRM's own numbers, which no other exporter reads.
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
    await startPrometheus(bench, [
      directJob('exporter', exporter.address, scrapeIntervalSeconds),
      directJob('node', node.address, scrapeIntervalSeconds),
      probeJob('blackbox', blackbox.address, Object.values(endpoints), scrapeIntervalSeconds),
    ]);
    await sleep(warmUpSeconds * 1000, undefined, { signal: bench.signal });
    const rounds = await compare(
      bench,
      [
        { name: 'exporter', program: exporter.program },
        { name: 'node_exporter', program: node.program },
        { name: 'blackbox_exporter', program: blackbox.program },
      ],
      measuredSeconds,
    );
    // After an interruption the exporter has already ended, so it cannot answer.
    const samples = bench.signal.aborted ? undefined : await samplesAt(exporter.metricsUrl, bench.signal);
    const unread = samples === undefined ? [] : readSources.filter((series) => samples.get(series) !== 1);
    if (unread.length > 0) throw exporter.program.failure(`did not read everything: ${unread.join(', ')}`);
    await bench.processes.stopAll();
    const { cpu, wakeUps, resident, peak } = figuresOf(measuredSeconds);
    const ours = (value: (usage: Usage) => number) => valuesOf(rounds, 'exporter', value);
    const both = (value: (usage: Usage) => number) => {
      const ofBlackbox = valuesOf(rounds, 'blackbox_exporter', value);
      return {
        name: 'node_exporter + blackbox_exporter',
        values: valuesOf(rounds, 'node_exporter', value).map((ofNode, round) => ofNode + (ofBlackbox[round] ?? 0)),
      };
    };
    const show = (name: string) => `${name} ${median(valuesOf(rounds, name, cpu)).toFixed(3)} s/min`;
    return {
      rows: [
        againstPeer('CPU, default configuration', 's/min', ours(cpu), both(cpu), 1),
        againstPeer('wake-ups, default configuration', '/min', ours(wakeUps), both(wakeUps)),
        againstTarget('RSS, default configuration', 'MiB', ours(resident), 64),
        againstPeer('RSS, default configuration', 'MiB', ours(resident), both(resident)),
        againstPeer('peak RSS, default configuration', 'MiB', ours(peak), both(peak)),
      ],
      notes: [
        `default configuration: four components, the host and AI-CRM's own numbers (${samples?.get('aicrm_source_requests_total{source="ai_crm"}')} requests); ` +
          `all three scraped every ${scrapeIntervalSeconds} s; components are probed every 30 s, the host is read every 60 s and AI-CRM every 30 to 300 s by ours, components and host at each scrape by the peers; ` +
          `${show('node_exporter')}, ${show('blackbox_exporter')}`,
      ],
    };
  },
};
