import type { PeerName, Peers } from './process/peers.js';
import type { Processes } from './process/processes.js';
import type { PartResult } from './row.js';
import type { Scale } from './scale.js';

/** What every part works with. */
export interface Bench {
  readonly scale: Scale;
  readonly processes: Processes;
  readonly peers: Peers;
  /** The Node.js that runs the exporter, and what is compared with it in Node.js. */
  readonly node: string;
  readonly nodeFlags: readonly string[];
  /** A folder of this run alone; removed at its end. */
  readonly folder: string;
  /** Aborted when the run is called off; every wait takes it. */
  readonly signal: AbortSignal;
  /** Tells people what is going on. */
  readonly say: (text: string) => void;
}

/** One subject of the benchmark. */
export interface Part {
  readonly name: string;
  /** Programs without which it has nothing to compare with. */
  readonly needs: readonly PeerName[];
  /** Measures; throws when what was measured is not what was meant to be. */
  run(bench: Bench): Promise<PartResult>;
}
