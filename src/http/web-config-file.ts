import { stat } from 'node:fs/promises';
import type { Clock } from '../base/clock.js';
import { messageOf } from '../base/errors.js';
import type { Log } from '../base/log.js';
import { loadWebConfig, type WebConfig, type WebConfigSource } from './web-config.js';
import { FilesRead } from './web-tls.js';

/** Maximum wait of a request for the check of the files. After that it gets the previous configuration. */
const patienceSeconds = 1;

/**
 * A file may be written twice within the resolution of its times, without a visible change. So a file that changed this
 * recently is read again at the next check.
 */
const youngMilliseconds = 1000;

/** What loading needs besides the file. */
interface WebConfigFileOptions {
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * The web configuration, always as its files are now, so that a renewed certificate or a removed user takes effect at
 * the next connection or request.
 *
 * A check compares times and sizes of a few files, and reads them only after a change. Only one check runs at a time.
 * Requests during a check share the next one, which starts after they arrived. While the files are invalid, the last
 * valid configuration stays active; this is logged once.
 */
export class WebConfigFile implements WebConfigSource {
  readonly #file: string;
  readonly #options: WebConfigFileOptions;
  #latest: WebConfig;
  #read: FilesReading;
  #running: Promise<unknown> = Promise.resolve();
  #waiting: Promise<void> | undefined;
  #isStuck = false;

  private constructor(file: string, options: WebConfigFileOptions, latest: WebConfig, read: FilesReading) {
    this.#file = file;
    this.#options = options;
    this.#latest = latest;
    this.#read = read;
  }

  /** Throws the error of `loadWebConfig`. */
  static async open(file: string, options: WebConfigFileOptions): Promise<WebConfigFile> {
    const { outcome, read } = await load(file);
    return new WebConfigFile(file, options, await outcome, read);
  }

  get latest(): WebConfig {
    return this.#latest;
  }

  async current(): Promise<WebConfig> {
    if (this.#isStuck) return this.#latest;
    const look = this.#look();
    let cancelTimer = () => {};
    const patience = new Promise<void>(
      (resolve) => (cancelTimer = this.#options.clock.setTimer(resolve, patienceSeconds)),
    );
    // While a file system hangs, later requests do not wait.
    await Promise.race([look, patience.then(() => (this.#isStuck = true))]);
    cancelTimer();
    void look.finally(() => (this.#isStuck = false));
    return this.#latest;
  }

  /** Reads all files again. Throws the error of `loadWebConfig`; then the old configuration stays active. */
  reload(): Promise<void> {
    return this.#inTurn(() => this.#load());
  }

  #look(): Promise<void> {
    return (this.#waiting ??= this.#inTurn(async () => {
      this.#waiting = undefined;
      if ((await marksOf(this.#read.paths)) !== this.#read.marks) await this.#load().catch(() => {});
    }));
  }

  async #load(): Promise<void> {
    const { outcome, read } = await load(this.#file);
    const isNews = read.digest !== this.#read.digest;
    this.#read = read;
    try {
      const next = await outcome;
      if (!isNews) return;
      this.#latest = next;
      this.#options.log.info('web configuration reloaded', { file: this.#file });
    } catch (error) {
      if (isNews)
        this.#options.log.error('web configuration not reloaded, the old one stays in force', {
          error: messageOf(error),
        });
      throw error;
    }
  }

  #inTurn(task: () => Promise<void>): Promise<void> {
    const turn = this.#running.then(task);
    this.#running = turn.catch(() => {});
    return turn;
  }
}

interface FilesReading {
  readonly paths: readonly string[];
  /** Hash of the contents. */
  readonly digest: string;
  /** Times and sizes, which are known without reading. */
  readonly marks: string;
}

async function load(file: string): Promise<{ readonly outcome: Promise<WebConfig>; readonly read: FilesReading }> {
  const read = new FilesRead();
  const outcome = loadWebConfig(file, read);
  await outcome.catch(() => {});
  return { outcome, read: { paths: read.paths, digest: read.digest(), marks: await marksOf(read.paths) } };
}

async function marksOf(paths: readonly string[]): Promise<string> {
  return (await Promise.all(paths.map(markOf))).join('\n');
}

/** Follows links, because Kubernetes and certbot change the target of a link. */
async function markOf(path: string): Promise<string> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  if (found === undefined) return 'none';
  const { dev, ino, size, mtimeNs, ctimeNs } = found;
  // File times are in the machine's time, not in that of a test clock.
  const now = Date.now();
  const isYoung = now - Number(ctimeNs / 1_000_000n) < youngMilliseconds;
  return [dev, ino, size, mtimeNs, ctimeNs, isYoung ? now : ''].join(' ');
}
