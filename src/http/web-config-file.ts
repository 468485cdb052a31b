import { stat } from 'node:fs/promises';
import type { Clock } from '../base/clock.js';
import { messageOf } from '../base/errors.js';
import type { Log } from '../base/log.js';
import { loadWebConfig, type WebConfig, type WebConfigSource } from './web-config.js';
import { FilesRead } from './web-tls.js';

/** How long a request waits for a look at the files; after that it gets what was in force before. */
const patienceSeconds = 1;

/**
 * A file may be written again within the time that its file system tells times by, without any of them changing: one that
 * changed this recently is read again at the next look.
 */
const youngMilliseconds = 1000;

/** What loading needs besides the file. */
interface WebConfigFileOptions {
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * The web configuration as its file and the files named in it are at this moment, so that a renewed certificate or a
 * removed user counts from the next connection or request on.
 *
 * A look asks for the times and sizes of a handful of files, and reads them only where one differs. There is one look at a
 * time: those who come meanwhile share the one after it, which begins after they came. While the files are faulty, the last
 * sound configuration stays in force, which is said once in the log.
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

  /** Throws what `loadWebConfig` throws. */
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
    // A file system that hangs is not waited for by everybody who comes meanwhile.
    await Promise.race([look, patience.then(() => (this.#isStuck = true))]);
    cancelTimer();
    void look.finally(() => (this.#isStuck = false));
    return this.#latest;
  }

  /** Reads everything anew; throws what `loadWebConfig` throws, and what is in force stays so. */
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
      this.#options.log.info('web configuration taken over', { file: this.#file });
    } catch (error) {
      if (isNews)
        this.#options.log.error('web configuration not taken over, the old one stays in force', {
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
  /** Of the contents. */
  readonly digest: string;
  /** Of what can be known without reading. */
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

/** Behind links: what Kubernetes and certbot change is where a link leads. */
async function markOf(path: string): Promise<string> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  if (found === undefined) return 'none';
  const { dev, ino, size, mtimeNs, ctimeNs } = found;
  // File systems tell the machine's time, whatever the clock of a test says.
  const now = Date.now();
  const isYoung = now - Number(ctimeNs / 1_000_000n) < youngMilliseconds;
  return [dev, ino, size, mtimeNs, ctimeNs, isYoung ? now : ''].join(' ');
}
