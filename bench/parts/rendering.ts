import { fileURLToPath } from 'node:url';
import type { Bench, Part } from '../part.js';
import type { Rendering } from '../rendering/renderer.js';
import { againstPeer, againstTarget, type Row } from '../row.js';

/** The size of the installation that has targets. */
const targetSeries = 17_000;
const targetCpuMilliseconds = 6;
const targetBlockMilliseconds = 10;

/** The CPU time of a scrape before it is sent, at several sizes. The comparison is prom-client with the same series. */
export const renderingPart: Part = {
  name: 'rendering',
  needs: [],
  run: async (bench) => {
    const rows: Row[] = [];
    for (const series of bench.scale.renderedSeries) {
      const ours = await render(bench, 'recorder', series);
      const peer = await render(bench, 'prom-client', series);
      if (ours.lines !== series || peer.lines !== series)
        throw new Error(`the recorder rendered ${ours.lines} lines, prom-client ${peer.lines}, planned were ${series}`);
      const row = (what: string, kind: keyof Rendering) =>
        againstPeer(`${series / 1000}k series, ${what}`, 'ms', [ours[kind]], {
          name: 'prom-client',
          values: [peer[kind]],
        });
      rows.push(
        row('CPU to render, all changed', 'renderCpu'),
        row('CPU to render, none changed', 'unchangedCpu'),
        row('CPU to change all values', 'changeCpu'),
        row('longest block, all changed', 'block'),
      );
      if (series !== targetSeries) continue;
      rows.push(
        againstTarget('17k series, CPU to render, all changed', 'ms', [ours.renderCpu], targetCpuMilliseconds),
        againstTarget('17k series, longest block, all changed', 'ms', [ours.block], targetBlockMilliseconds),
      );
    }
    return {
      rows,
      notes: ['rendering: without process metrics and compression, each subject in a process of its own'],
    };
  },
};

async function render(bench: Bench, subject: 'recorder' | 'prom-client', series: number): Promise<Rendering> {
  const file = fileURLToPath(new URL('../rendering/renderer.js', import.meta.url));
  const program = await bench.processes.start(
    bench.node,
    [file, subject, String(series), String(bench.scale.renderingSeconds)],
    { hasChannel: true },
  );
  // The process is from the same build, so its message has this type.
  const rendering = (await program.message()) as Rendering;
  await program.stop();
  return rendering;
}
