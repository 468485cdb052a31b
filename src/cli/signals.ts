/** The signals that a command may react to. */
export type Signal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/**
 * The signals of this process. Made before the rest of the program is loaded: a signal that arrives while nobody listens ends
 * a process, and loading takes longer than a service manager waits with a reload. Such a signal is kept until a command
 * listens to it, or until `useDefaults` says that none will.
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

  /** The signal to end that a command reacted to. */
  get endedBy(): Signal | undefined {
    return this.#endedBy;
  }

  /** Calls back for each of the signals, and once for one that was kept; returns how to stop listening. */
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
   * From now on a signal that no command listens to ends the process, as is usual; one that was kept does so at once. The
   * listeners stay: without them one that has arrived and not been told yet would be lost.
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
