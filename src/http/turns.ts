type Task = () => Promise<unknown>;

/**
 * Does tasks one after the other, one of each client in turn: whoever has one waits for no more than one of every other client,
 * however many those have sent.
 */
export class Turns {
  /** Client → its tasks; the client whose turn is next comes first. */
  readonly #waiting = new Map<string, Task[]>();
  #isBusy = false;

  /** `limit`: so many tasks of one client may wait. */
  constructor(private readonly limit: number) {}

  /** Does `work` when its turn comes; undefined when too many of this client wait already. */
  take<T>(client: string, work: () => Promise<T>): Promise<T> | undefined {
    const tasks = this.#waiting.get(client) ?? [];
    if (tasks.length >= this.limit) return undefined;
    const done = new Promise<T>((resolve, reject) => tasks.push(() => work().then(resolve, reject)));
    this.#waiting.set(client, tasks);
    if (!this.#isBusy) void this.#doAll();
    return done;
  }

  async #doAll(): Promise<void> {
    this.#isBusy = true;
    for (let task = this.#next(); task !== undefined; task = this.#next()) await task();
    this.#isBusy = false;
  }

  #next(): Task | undefined {
    const [first] = this.#waiting;
    if (first === undefined) return undefined;
    const [client, tasks] = first;
    const task = tasks.shift();
    this.#waiting.delete(client);
    if (tasks.length > 0) this.#waiting.set(client, tasks);
    return task;
  }
}
