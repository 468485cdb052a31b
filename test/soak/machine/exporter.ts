import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, readFileSync, truncateSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from '../../support/ask.js';
import { cleanEnvironment } from '../../support/programs.js';
import { closedPort } from '../../support/raw-server.js';
import { until } from '../../support/until.js';
import { alarming } from '../alarms.js';
import type { Reading } from '../figures.js';
import type { Inside } from '../inside.js';
import type { LeakName } from '../options.js';

/** The user of the exporter's web configuration. */
export const user = { name: 'soak', password: 'never-show-me' };
const authorization = `Basic ${Buffer.from(`${user.name}:${user.password}`).toString('base64')}`;

export interface ExporterSettings {
  readonly configFile: string;
  readonly webConfigFile: string;
  /** Its log is appended to this file. */
  readonly logFile: string;
  readonly leaks: readonly LeakName[];
  readonly environment: Readonly<Record<string, string>>;
}

/** The built program under the soak, with the observer in it. */
export class SoakedExporter {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #settings: ExporterSettings;

  private constructor(child: ChildProcess, url: string, settings: ExporterSettings) {
    this.#child = child;
    this.url = url;
    this.#settings = settings;
  }

  /** Starts it and waits until it answers. */
  static async start(settings: ExporterSettings): Promise<SoakedExporter> {
    const log = openSync(settings.logFile, 'a');
    const port = await closedPort();
    const observer = new URL('observer.js', import.meta.url).href;
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      readonly scripts: { readonly start: string };
    };
    // With the flags of `npm start`.
    const flags = (/^node (.*) dist\/main\.js/.exec(scripts.start)?.[1] ?? '').split(' ').filter((flag) => flag !== '');
    const args = [
      ...flags,
      '--import',
      observer,
      resolve('dist/main.js'),
      '--config.file',
      settings.configFile,
      '--web.config.file',
      settings.webConfigFile,
      '--web.listen-address',
      `127.0.0.1:${port}`,
    ];
    const child = spawn(process.execPath, args, {
      stdio: ['ignore', log, log, 'ipc'],
      env: { ...cleanEnvironment(), ...settings.environment, SOAK_LEAKS: settings.leaks.join(',') },
    });
    closeSync(log);
    const exporter = new SoakedExporter(child, `http://127.0.0.1:${port}`, settings);
    await until(
      'the exporter answers',
      async () => exporter.hasEnded() || (await exporter.ask('/-/healthy').catch(() => undefined))?.status === 200,
      60,
      50,
    );
    if (exporter.hasEnded()) throw new Error(`the exporter did not start:\n${readFileSync(settings.logFile, 'utf8')}`);
    return exporter;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Requests a path of the exporter, as its user. */
  ask(path: string, options: NonNullable<Parameters<typeof ask>[1]> = {}): ReturnType<typeof ask> {
    return ask(this.url + path, { ...options, headers: { authorization, ...options.headers } });
  }

  /** Reads all figures. */
  async read(): Promise<Omit<Reading, 'atHours'>> {
    const inside = await this.#inside();
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    const numberOf = (field: string) => Number(new RegExp(`^${field}:\\s*(\\d+)`, 'm').exec(status)?.[1]);
    // After the garbage collection, which frees memory.
    const { body, text } = await this.ask('/metrics');
    const series = text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
    return {
      ...inside,
      rssBytes: numberOf('VmRSS') * 1024,
      threads: numberOf('Threads'),
      descriptors: this.descriptors(),
      series,
      metricsBytes: body.length,
    };
  }

  descriptors(): number {
    return readdirSync(`/proc/${this.pid}/fd`).length;
  }

  /** Returns the alarming log lines since the last call, or the end of the log if the exporter has ended, and empties the log. */
  takeAlarms(): readonly string[] {
    const lines = readFileSync(this.#settings.logFile, 'utf8').split('\n');
    if (this.hasEnded()) return lines.slice(-30);
    truncateSync(this.#settings.logFile);
    return lines.filter((line) => alarming.test(line));
  }

  /** Stops it by SIGTERM. Returns its exit code, or undefined if it had to be killed. */
  async stop(): Promise<number | undefined> {
    if (!this.hasEnded()) {
      const exited = once(this.#child, 'exit');
      this.signal('SIGTERM');
      // It may be paused.
      this.signal('SIGCONT');
      if ((await Promise.race([exited, sleep(15_000, undefined, { ref: false })])) === undefined) {
        this.signal('SIGKILL');
        await exited;
        return undefined;
      }
    }
    return this.#child.exitCode ?? undefined;
  }

  async #inside(): Promise<Inside> {
    const answer = once(this.#child, 'message', { signal: AbortSignal.timeout(60_000) });
    this.#child.send('read');
    // The observer is of the same build, so that the type is right.
    return ((await answer) as [Inside])[0];
  }
}
