/** The programs that the demo starts beside its own, in the order in which they are shown. */
export const partNames = ['Grafana', 'Prometheus', 'Alertmanager'] as const;
/** See `partNames`. */
export type PartName = (typeof partNames)[number];

/** How one of the programs is. */
export type PartState =
  /** Not here, or not good enough; `getIt` are ways to have it. */
  | { readonly kind: 'unfit'; readonly why: string; readonly getIt: readonly string[] }
  | { readonly kind: 'starting'; readonly version: string; readonly sinceSeconds: number }
  | {
      readonly kind: 'running';
      readonly version: string;
      readonly url: string /** How long it took to be ready. */;
      readonly afterSeconds: number;
    }
  | { readonly kind: 'ended' /** Its last line. */; readonly why: string };

/** One of the programs. */
export interface Part {
  readonly name: PartName;
  readonly state: PartState;
}
