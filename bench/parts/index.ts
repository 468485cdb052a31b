import type { Bench, Part } from '../part.js';
import { defaultPart } from './default.js';
import { hangingPart } from './hanging.js';
import { latencyPart } from './latency.js';
import { type LoadResult, loadExporter } from './load.js';
import { renderingPart } from './rendering.js';
import { startupPart } from './startup.js';
import { describeLoad, thousandPart } from './thousand.js';

/** Every part, in the order in which they are measured and shown. `thousand` and `latency` share one run of the exporter. */
export function createParts(bench: Bench): readonly Part[] {
  let load: Promise<LoadResult> | undefined;
  const loadOfExporter = () => {
    if (load === undefined) bench.say(describeLoad(bench));
    load ??= loadExporter(bench);
    return load;
  };
  return [
    thousandPart(loadOfExporter),
    latencyPart(loadOfExporter),
    hangingPart,
    defaultPart,
    renderingPart,
    startupPart,
  ];
}

/** Their names, as `--only` takes them. */
export const partNames: readonly string[] = ['thousand', 'latency', 'hanging', 'default', 'rendering', 'startup'];
