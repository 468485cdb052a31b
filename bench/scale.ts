/** How large and how long the measurements are. */
export interface Scale {
  /** Components of the large installation. */
  readonly components: number;
  /** Between two probes and between two scrapes of the large installation. */
  readonly loadIntervalSeconds: number;
  /** Before anything is measured: code is compiled, connections are made, queues have their rhythm. */
  readonly warmUpSeconds: number;
  /** How often everything that runs side by side is measured. */
  readonly rounds: number;
  /** How long a round is. */
  readonly measuredSeconds: number;
  /** The same for the default installation. */
  readonly defaultMeasuredSeconds: number;
  /** Between two scrapes of the default installation. */
  readonly scrapeIntervalSeconds: number;
  /** How long scrapes are timed while everything hangs. */
  readonly hangingSeconds: number;
  /** Between two probes of what hangs; with the timeout, short enough for every one to have timed out by the end. */
  readonly hangingIntervalSeconds: number;
  /** How long each way of rendering is repeated. */
  readonly renderingSeconds: number;
  readonly renderedSeries: readonly number[];
  readonly starts: number;
  /** Numbers of components by which the growth of the cost is shown. */
  readonly growth: readonly number[];
}

/** The measurement that counts: full cycles of scrapes, probes and data requests only. */
export const fullScale: Scale = {
  components: 1000,
  loadIntervalSeconds: 15,
  warmUpSeconds: 30,
  rounds: 5,
  measuredSeconds: 60,
  defaultMeasuredSeconds: 60,
  scrapeIntervalSeconds: 15,
  hangingSeconds: 20,
  hangingIntervalSeconds: 15,
  renderingSeconds: 0.5,
  renderedSeries: [1000, 10_000, 17_000, 100_000],
  starts: 9,
  growth: [10, 100, 1000, 5000],
};

/** The same probes and scrapes a second, for about a minute: to see that the benchmark works. */
export const quickScale: Scale = {
  components: 300,
  loadIntervalSeconds: 5,
  warmUpSeconds: 6,
  rounds: 2,
  measuredSeconds: 5,
  defaultMeasuredSeconds: 5,
  scrapeIntervalSeconds: 5,
  hangingSeconds: 4,
  hangingIntervalSeconds: 3,
  renderingSeconds: 0.15,
  renderedSeries: [1000, 17_000],
  starts: 3,
  growth: [10, 100],
};
