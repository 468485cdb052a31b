/** The signals that a command may handle. */
export type Signal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/**
 * The signals of this process. Made before the rest of the program is loaded: a signal without a listener ends the
 * process, and a service manager may send a reload before loading is done. Such a signal is kept until a command
 * listens to it, or until `useDefaults`.
 */
export class Signals {
  readonly #kept = new Set<Signal>();
  readonly #keepers = new Map<Signal, () => void>();
  #areDefaults = false;
  #endedBy: Signal | undefined;

  constructor() {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      const keep = () => {
        this.#kept.add(signal);
        if (this.#areDefaults) this.#endByKept();
      };
      this.#keepers.set(signal, keep);
      process.on(signal, keep);
    }
  }

  /** The signal that ended the command. */
  get endedBy(): Signal | undefined {
    return this.#endedBy;
  }

  /** Calls `react` for each such signal, and once for a kept one. Returns a function that stops this. */
  on(signal: Signal, react: () => void): () => void {
    const listener = () => {
      if (signal !== 'SIGHUP') this.#endedBy = signal;
      react();
    };
    process.on(signal, listener);
    this.#dropKeeper(signal);
    if (this.#kept.delete(signal)) queueMicrotask(listener);
    return () => process.off(signal, listener);
  }

  /**
   * From now on a signal without a listener ends the process as usual, and a kept signal ends it at once. The internal
   * listeners stay, because otherwise a signal that is being delivered would be lost.
   */
  useDefaults(): void {
    this.#areDefaults = true;
    this.#endByKept();
  }

  #endByKept(): void {
    for (const signal of this.#kept) {
      this.#dropKeeper(signal);
      process.kill(process.pid, signal);
    }
  }

  #dropKeeper(signal: Signal): void {
    const keep = this.#keepers.get(signal);
    if (keep !== undefined) process.off(signal, keep);
    this.#keepers.delete(signal);
  }
}
