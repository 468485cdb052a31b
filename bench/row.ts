/** The units of the table. */
export type Unit = 's/min' | 'ms' | 'MiB';

/** One measured figure beside what it is held against. */
export interface Figure {
  readonly figure: string;
  readonly unit: Unit;
  readonly ours: number;
  /** A peer that did the same work in this very run, or a target. */
  readonly other: { readonly name: string; readonly value: number };
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

/** A figure held against a fixed target in the same unit. */
export function againstTarget(figure: string, unit: Unit, ours: number, target: number): Figure {
  return { figure, unit, ours, other: { name: 'target', value: target }, maxRatio: 1 };
}

/** A figure beside a peer's, which it must not exceed by more than `maxRatio` if that is given. */
export function againstPeer(
  figure: string,
  unit: Unit,
  ours: number,
  peer: { readonly name: string; readonly value: number },
  maxRatio?: number,
): Figure {
  return { figure, unit, ours, other: peer, ...(maxRatio === undefined ? {} : { maxRatio }) };
}
