/** Size and length of the measurements. */
export interface Scale {
  /** Components of the large installation. */
  readonly components: number;
  /** Interval of probes and of scrapes of the large installation. */
  readonly loadIntervalSeconds: number;
  /** Time before a measurement: the code is compiled, connections open, and queues reach a steady state. */
  readonly warmUpSeconds: number;
  /** Number of rounds of each comparison. */
  readonly rounds: number;
  /** Length of a round. */
  readonly measuredSeconds: number;
  /** Length of a round of the default installation. */
  readonly defaultMeasuredSeconds: number;
  /** Interval of the scrapes of the default installation. */
  readonly scrapeIntervalSeconds: number;
  /** How long scrapes are timed while everything hangs. */
  readonly hangingSeconds: number;
  /** Interval of the probes of components that hang. All of them must time out before the measurement ends. */
  readonly hangingIntervalSeconds: number;
  /** How long each way of rendering is repeated. */
  readonly renderingSeconds: number;
  readonly renderedSeries: readonly number[];
  readonly starts: number;
  /** Numbers of components for the part that measures growth. */
  readonly growth: readonly number[];
}

/** The full measurement. Each round has whole cycles of scrapes, probes and data requests. */
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

/** About the same probes and scrapes per second, in a run of about a minute. It shows that the benchmark works. */
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
