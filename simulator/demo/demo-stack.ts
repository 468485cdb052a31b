import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import type { Clock } from '../../src/base/clock.js';
import { messageOf } from '../../src/base/errors.js';
import type { Config } from '../../src/config/config.js';
import { loopback } from '../tcp-services.js';
import { grafana, prepareGrafana } from './demo-grafana.js';
import { alertmanager, prepareAlertmanager, preparePrometheus, prometheus } from './demo-monitoring.js';
import {
  Child,
  type FoundProgram,
  findProgram,
  type Launch,
  type Part,
  type PartName,
  type PartState,
  type ProgramEnvironment,
  type ProgramKind,
  type ProgramSurroundings,
  partNames,
} from './programs.js';

/** A free port on loopback: the usual one if possible, otherwise any, as for 0. Another program may still take it before it is used. */
export async function freePort(usual: number): Promise<number> {
  return (await portIfFree(usual)) ?? (await portIfFree(0)) ?? 0;
}

/** The number of a free port on loopback; for 0 one that the system chooses. Undefined when the port is in use. */
export function portIfFree(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, loopback, () => {
      const { port: free } = server.address() as AddressInfo;
      server.close(() => resolve(free));
    });
  });
}

/**
 * Reads lines with process groups until the input ends, which means that the writer has ended. Then it kills the groups
 * of the last line and removes the folders. After an orderly end the last line is empty.
 */
const script = `while read -r line; do pids=$line; done
[ -n "$pids" ] || exit 0
kill -s KILL -- $pids 2>/dev/null
sleep 1
rm -rf -- "$@"`;

/**
 * Cleans up after a demo that was killed: a shell that waits until the pipe to the demo is closed. Without a POSIX
 * shell there is no guard.
 */
class Guard {
  readonly #shell: ChildProcess;

  constructor(folders: readonly string[]) {
    // In its own session, because a signal to the demo's process group must not kill the guard too.
    this.#shell = spawn('/bin/sh', ['-c', script, 'sh', ...folders], {
      stdio: ['pipe', 'ignore', 'ignore'],
      cwd: '/',
      detached: true,
    });
    this.#shell.on('error', () => {});
    this.#shell.stdin?.on('error', () => {});
  }

  /** Sets the programs to end with the demo, each the leader of its process group. Replaces the earlier list. */
  watch(pids: readonly number[]): void {
    this.#shell.stdin?.write(`${pids.map((pid) => -pid).join(' ')}\n`);
  }

  /** After an orderly end. Resolves when the guard has ended too. */
  async dismiss(): Promise<void> {
    const { exitCode, signalCode, pid } = this.#shell;
    if (exitCode !== null || signalCode !== null || pid === undefined) return;
    const ended = new Promise((resolve) => this.#shell.once('close', resolve));
    this.#shell.stdin?.end('\n');
    await ended;
  }
}

/** A program to start, and its URL. */
interface Planned {
  readonly file: string;
  readonly version: string;
  readonly url: string;
}

interface StackOptions {
  readonly environment: ProgramEnvironment;
  readonly clock: Clock;
  /** A folder for the stack's files. The caller removes it. */
  readonly folder: string;
  /** Folders to remove when the demo is killed. */
  readonly allFolders: readonly string[];
  /** `host:port` of the exporter. */
  readonly exporterAddress: string;
  /** The exporter's configuration. Alertmanager uses its `alert_channels`. */
  readonly config: Config;
}

const kinds: Readonly<Record<PartName, ProgramKind>> = {
  Grafana: grafana,
  Prometheus: prometheus,
  Alertmanager: alertmanager,
};
/** Not 3000, because AI-CRM's own frontend uses it. */
const usualPorts: Readonly<Record<PartName, number>> = { Grafana: 3001, Prometheus: 9090, Alertmanager: 9093 };
/** The first start of Grafana creates its database, which takes long on a slow disk. */
const readyTimeoutSeconds: Readonly<Record<PartName, number>> = { Grafana: 120, Prometheus: 60, Alertmanager: 60 };

/** Prometheus, Alertmanager and Grafana, if they are installed, with the shipped files. */
export class Stack {
  readonly #states = new Map<PartName, PartState>();
  readonly #planned: ReadonlyMap<PartName, Planned>;
  readonly #children = new Map<PartName, Child>();
  readonly #runs: Promise<void>[] = [];
  #guard: Guard | undefined;
  #isStopping = false;

  private constructor(findings: ReadonlyMap<PartName, FoundProgram>, ports: Readonly<Record<PartName, number>>) {
    const planned = new Map<PartName, Planned>();
    for (const [name, finding] of findings) {
      if (finding.kind === 'unfit')
        this.#states.set(name, { kind: 'unfit', why: finding.why, getIt: kinds[name].getIt });
      else if (findings.get('Prometheus')?.kind !== 'found')
        this.#states.set(name, {
          kind: 'unfit',
          why: 'not started: it needs Prometheus',
          getIt: [],
        });
      else
        planned.set(name, { file: finding.file, version: finding.version, url: `http://${loopback}:${ports[name]}` });
    }
    this.#planned = planned;
  }

  /** Finds the programs, and free ports; with `usualPortsFirst` the usual ports if possible. Starts nothing and never throws. */
  static async plan(
    environment: ProgramEnvironment,
    { usualPortsFirst }: { readonly usualPortsFirst: boolean },
  ): Promise<Stack> {
    const findings = await Promise.all(
      partNames.map(async (name) => [name, await findProgram(kinds[name], environment)] as const),
    );
    const ports = await Promise.all(
      partNames.map(async (name) => [name, await freePort(usualPortsFirst ? usualPorts[name] : 0)] as const),
    );
    return new Stack(new Map(findings), Object.fromEntries(ports) as Record<PartName, number>);
  }

  /** The URL of a program; undefined when it is not started. */
  urlOf(name: PartName): string | undefined {
    return this.#planned.get(name)?.url;
  }

  /** The state of each program, in the order of display. */
  parts(): readonly Part[] {
    return partNames.flatMap((name) => {
      const state = this.#states.get(name);
      return state === undefined ? [] : [{ name, state }];
    });
  }

  /** Starts all planned programs at once, and returns before they are ready. `parts` contains failures; never throws. */
  start(options: StackOptions): void {
    if (this.#planned.size === 0) return;
    this.#guard = new Guard(options.allFolders);
    for (const [name, planned] of this.#planned) {
      this.#states.set(name, { kind: 'starting', version: planned.version, sinceSeconds: options.clock.nowSeconds() });
      this.#runs.push(this.#run(name, planned, options).catch((error: unknown) => this.#end(name, messageOf(error))));
    }
  }

  /** Ends all programs at once. Resolves when they have ended and write nothing any more. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all([...this.#children.values()].map((child) => child.stop()));
    await Promise.all(this.#runs);
    await this.#guard?.dismiss();
  }

  async #run(name: PartName, planned: Planned, options: StackOptions): Promise<void> {
    const folder = join(options.folder, name.toLowerCase());
    await mkdir(folder);
    const launch = await this.#prepare(name, { ...planned, folder, environment: options.environment }, options);
    // The demo may have ended while the files were written.
    if (this.#isStopping) return;
    const startedAtSeconds = options.clock.monotonicSeconds();
    const child = new Child(launch);
    this.#children.set(name, child);
    this.#tellGuard();
    void child.ended.then((why) => this.#end(name, why));
    if (await child.isReady(readyTimeoutSeconds[name])) {
      this.#states.set(name, {
        kind: 'running',
        version: planned.version,
        url: planned.url,
        afterSeconds: options.clock.monotonicSeconds() - startedAtSeconds,
      });
    } else if (child.pid !== undefined && !this.#isStopping) {
      this.#end(name, `did not answer at ${launch.readyUrl} within ${readyTimeoutSeconds[name]} s`);
      await child.stop();
    }
  }

  async #prepare(
    name: PartName,
    surroundings: ProgramSurroundings,
    { exporterAddress, config }: StackOptions,
  ): Promise<Launch> {
    const addressOf = (other: PartName) => this.urlOf(other)?.replace('http://', '') ?? null;
    switch (name) {
      case 'Prometheus':
        return preparePrometheus(surroundings, {
          'exporter:10059': exporterAddress,
          'localhost:9090': addressOf('Prometheus'),
          'alertmanager:9093': addressOf('Alertmanager'),
        });
      case 'Alertmanager':
        return prepareAlertmanager(surroundings, config);
      case 'Grafana':
        return prepareGrafana(surroundings, {
          'http://prometheus:9090': this.urlOf('Prometheus') ?? null,
          'http://alertmanager:9093': this.urlOf('Alertmanager') ?? null,
        });
    }
  }

  /** The first reason counts: a program that was stopped because it did not answer did not end itself. */
  #end(name: PartName, why: string): void {
    this.#tellGuard();
    if (!this.#isStopping && this.#states.get(name)?.kind !== 'ended') this.#states.set(name, { kind: 'ended', why });
  }

  #tellGuard(): void {
    this.#guard?.watch([...this.#children.values()].flatMap(({ pid }) => pid ?? []));
  }
}
