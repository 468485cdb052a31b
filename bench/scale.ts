/** How large and how long the measurements are. */
export interface Scale {
  /** Components of the large installation. */
  readonly components: number;
  /** Between two probes and between two scrapes of the large installation. */
  readonly loadIntervalSeconds: number;
  /** Before anything is measured: code is compiled, connections are made, queues have their rhythm. */
  readonly warmUpSeconds: number;
  readonly measuredSeconds: number;
  /** The same for the default installation. */
  readonly defaultMeasuredSeconds: number;
  /** Between two scrapes of the default installation. */
  readonly scrapeIntervalSeconds: number;
  /** Probes of a component that has the exporter to itself. */
  readonly lonelyProbes: number;
  /** How long scrapes are timed while everything hangs. */
  readonly hangingSeconds: number;
  /** Between two probes of what hangs; with the timeout, short enough for every one to have timed out by the end. */
  readonly hangingIntervalSeconds: number;
  /** How long each way of rendering is repeated. */
  readonly renderingSeconds: number;
  readonly renderedSeries: readonly number[];
  readonly starts: number;
}

/** The measurement that counts: about ten minutes, full cycles of scrapes, probes and data requests only. */
export const fullScale: Scale = {
  components: 1000,
  loadIntervalSeconds: 15,
  warmUpSeconds: 20,
  measuredSeconds: 60,
  defaultMeasuredSeconds: 300,
  scrapeIntervalSeconds: 15,
  lonelyProbes: 20,
  hangingSeconds: 20,
  hangingIntervalSeconds: 15,
  renderingSeconds: 0.5,
  renderedSeries: [1000, 10_000, 17_000, 100_000],
  starts: 7,
};

/** The same probes and scrapes a second, for less than a minute: to see that the benchmark works. */
export const quickScale: Scale = {
  components: 300,
  loadIntervalSeconds: 5,
  warmUpSeconds: 6,
  measuredSeconds: 5,
  defaultMeasuredSeconds: 5,
  scrapeIntervalSeconds: 5,
  lonelyProbes: 5,
  hangingSeconds: 4,
  hangingIntervalSeconds: 3,
  renderingSeconds: 0.15,
  renderedSeries: [1000, 17_000],
  starts: 3,
};
