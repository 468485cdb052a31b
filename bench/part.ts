import type { PeerName, Peers } from './process/peers.js';
import type { Processes } from './process/processes.js';
import type { PartResult } from './row.js';
import type { Scale } from './scale.js';

/** What every part gets. */
export interface Bench {
  readonly scale: Scale;
  readonly processes: Processes;
  readonly peers: Peers;
  /** The Node.js that runs the exporter and other measured programs of Node.js. */
  readonly node: string;
  readonly nodeFlags: readonly string[];
  /** A folder of this run. It is removed at the end. */
  readonly folder: string;
  /** Aborted when the run is interrupted. Every wait takes it. */
  readonly signal: AbortSignal;
  /** Prints progress. */
  readonly say: (text: string) => void;
}

/** A subject of the benchmark. */
export interface Part {
  readonly name: string;
  /** Programs that this part compares with. Without them it cannot run. */
  readonly needs: readonly PeerName[];
  /** Measures. Throws if the measured load was not the intended one. */
  run(bench: Bench): Promise<PartResult>;
}
