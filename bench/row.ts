import { median } from './statistics.js';

/** The units of the table. */
export type Unit = 's/min' | '/min' | 'ms' | 'MiB';

/** A measured figure, and what it is compared with. */
export interface Figure {
  readonly figure: string;
  readonly unit: Unit;
  /** One value for each round; never empty. */
  readonly ours: readonly number[];
  /** A peer that did the same work in the same rounds, or a target with a single value. */
  readonly other: { readonly name: string; readonly values: readonly number[] };
  /** The greatest ratio of ours to the other that meets the target. Absent: no target. */
  readonly maxRatio?: number;
}

/** Reason why a part has no figures, or not all. */
export interface Gap {
  readonly figure: string;
  readonly gap: string;
}

/** A line of the table. */
export type Row = Figure | Gap;

/** The result of a part: lines of the table, and notes that explain them. */
export interface PartResult {
  readonly rows: readonly Row[];
  readonly notes: readonly string[];
}

/**
 * The ratio of ours to the other in each round. Only values of the same round are compared, because medians of different minutes are not
 * comparable.
 */
export function ratiosOf({ ours, other }: Figure): readonly number[] {
  return ours.map((value, round) => value / (other.values[round] ?? median(other.values)));
}

/** A figure with a fixed target in the same unit. */
export function againstTarget(figure: string, unit: Unit, ours: readonly number[], target: number): Figure {
  return { figure, unit, ours, other: { name: 'target', values: [target] }, maxRatio: 1 };
}

/** A figure beside that of a peer in the same rounds. With `maxRatio`, ours must not be more than that multiple of the peer's. */
export function againstPeer(
  figure: string,
  unit: Unit,
  ours: readonly number[],
  peer: { readonly name: string; readonly values: readonly number[] },
  maxRatio?: number,
): Figure {
  return { figure, unit, ours, other: peer, ...(maxRatio === undefined ? {} : { maxRatio }) };
}
