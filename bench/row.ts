import { median } from './statistics.js';

/** The units of the table. */
export type Unit = 's/min' | '/min' | 'ms' | 'MiB';

/** A figure that was measured in each round, beside what it is held against. */
export interface Figure {
  readonly figure: string;
  readonly unit: Unit;
  /** One value a round; never empty. */
  readonly ours: readonly number[];
  /** A peer that did the same work in the same rounds, or a target, which is one value. */
  readonly other: { readonly name: string; readonly values: readonly number[] };
  /** Up to which ratio of ours to the other the figure meets its target; absent where there is none. */
  readonly maxRatio?: number;
}

/** Why a part, or some of it, has no figures. */
export interface Gap {
  readonly figure: string;
  readonly gap: string;
}

/** A line of the table. */
export type Row = Figure | Gap;

/** What a part brings home: lines of the table, and what must be known to read them. */
export interface PartResult {
  readonly rows: readonly Row[];
  readonly notes: readonly string[];
}

/** The ratio of ours to the other in each round: what was measured at the same time is compared, never medians of different minutes. */
export function ratiosOf({ ours, other }: Figure): readonly number[] {
  return ours.map((value, round) => value / (other.values[round] ?? median(other.values)));
}

/** Figures held against a fixed target in the same unit. */
export function againstTarget(figure: string, unit: Unit, ours: readonly number[], target: number): Figure {
  return { figure, unit, ours, other: { name: 'target', values: [target] }, maxRatio: 1 };
}

/** Figures beside those of a peer in the same rounds, which ours must not exceed by more than `maxRatio` if that is given. */
export function againstPeer(
  figure: string,
  unit: Unit,
  ours: readonly number[],
  peer: { readonly name: string; readonly values: readonly number[] },
  maxRatio?: number,
): Figure {
  return { figure, unit, ours, other: peer, ...(maxRatio === undefined ? {} : { maxRatio }) };
}
