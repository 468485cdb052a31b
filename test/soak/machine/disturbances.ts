import { spawnSync } from 'node:child_process';
import { rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Fault, type ServiceName, supportedFaults } from '../../../simulator/faults.js';
import { missing } from '../../support/programs.js';
import { rudeNames } from './configuration.js';
import type { Drill } from './drill.js';
import { faketimeLibrary } from './surroundings.js';
import { hammer } from './traffic.js';

/** A disturbance of the exporter or its surroundings, which is undone at the end. Throws if the exporter behaves wrongly. */
export interface Disturbance {
  readonly name: string;
  /** Why it is impossible here, or false. */
  readonly missing?: string | false;
  /** Whether it needs private surroundings. */
  readonly needsRoot?: boolean;
  run(drill: Drill): Promise<void>;
}

const hour = 3600;
/** Seconds before Berlin's clocks are set forward on 2027-03-28, and back on 2026-10-25. */
const clockChanges = ['2027-03-28T01:00:00Z', '2026-10-25T01:00:00Z'].map((text) => Date.parse(text) / 1000 - 4);

/** Every disturbance, also those that are impossible here. */
export const disturbances: readonly Disturbance[] = [
  {
    name: 'every backend restarts',
    run: async ({ backends, configure }) => {
      for (const backend of backends.restartable) {
        await backend.stop();
        await sleep(1500);
        await backend.start();
      }
      await configure({});
    },
  },
  {
    name: 'faults of AI-CRM',
    run: async ({ backends, random }) => {
      const { faults } = backends.faulty();
      const services = Object.keys(supportedFaults) as ServiceName[];
      for (let round = 0; round < 3; round++) {
        for (const service of services) {
          const kinds = supportedFaults[service];
          const kind = kinds[Math.floor(random() * kinds.length)] ?? 'refuse';
          await faults.set(service, kind === 'slow' || kind === 'freeze' ? { kind, seconds: 3 } : ({ kind } as Fault));
        }
        await sleep(3000);
      }
      for (const service of services) await faults.lift(service);
    },
  },
  {
    name: 'reloads',
    run: async ({ configure, refuse }) => {
      await configure({ more: 200 });
      await sleep(2000);
      await configure({ isSmall: true });
      await sleep(1000);
      await refuse('endpoints: [');
      await refuse('endpoints: {a: "http://127.0.0.1:1/", b: "gopher://x"}\nno_such_key: 1\n');
      await configure({});
      await Promise.all(Array.from({ length: 5 }, () => configure({})));
    },
  },
  {
    name: 'a full disk',
    needsRoot: true,
    run: async ({ exporter, surroundings: { disk, files }, configure }) => {
      const filler = join(disk, 'filler');
      // Until the disk is full.
      await writeFile(filler, Buffer.alloc(1 << 20)).catch(() => {});
      for (let bytes = 4096; bytes > 0; bytes >>= 1)
        await writeFile(filler, Buffer.alloc(bytes), { flag: 'a' }).catch(() => {});
      await writeFile(files.monitoring, `x: "${'x'.repeat(200_000)}`).catch(() => {});
      const { status } = await exporter.ask('/-/reload', { method: 'POST' });
      if (status !== 500) throw new Error(`a configuration that did not fit was answered with ${status}`);
      // The log lines of these reloads cannot be written.
      for (let i = 0; i < 5; i++) await exporter.ask('/-/reload', { method: 'POST' });
      await sleep(3000);
      await rm(filler);
      await truncate(files.log);
      await configure({});
    },
  },
  {
    name: 'steps of the wall clock',
    missing: faketimeLibrary === undefined && 'libfaketime is not installed',
    run: async (drill) => {
      const nowSeconds = Date.now() / 1000;
      for (const offset of [
        hour,
        -hour,
        24 * hour,
        -24 * hour,
        ...clockChanges.map((seconds) => seconds - nowSeconds),
        0,
      ]) {
        await drill.surroundings.setClock(offset);
        await sleep(1200);
        await drill.expectProbes(7, `after a step of the wall clock to ${Math.round(offset / 60)} min`);
      }
    },
  },
  {
    name: 'a pause of a minute',
    run: async ({ exporter, scraper, probesByComponent, failuresByComponent }) => {
      scraper.excuse = 'it is paused';
      const failuresBefore = await failuresByComponent();
      const before = await probesByComponent();
      exporter.signal('SIGSTOP');
      await sleep(60_000);
      exporter.signal('SIGCONT');
      await sleep(3000);
      // Allowed are one probe that was running, one that was due, and those of the seconds since, with retries.
      for (const [name, count] of await probesByComponent()) {
        const made = count - (before.get(name) ?? 0);
        if (made > 10)
          throw new Error(`${name} was probed ${made} times within 3 s after a pause: it makes up for lost time`);
      }
      // A probe that was running during the pause must not count as failed. One or two fail anyway on a busy machine.
      const failed = [...(await failuresByComponent())].filter(
        ([name, count]) => !rudeNames.has(name) && count > (failuresBefore.get(name) ?? 0),
      );
      if (failed.length > 2)
        throw new Error(`after a pause these are said to have failed: ${failed.map(([name]) => name).join(', ')}`);
      scraper.excuse = undefined;
    },
  },
  {
    name: 'no descriptors left',
    missing: missing('prlimit'),
    run: async ({ exporter, scraper }) => {
      const limit = (soft: number) => spawnSync('prlimit', ['--pid', String(exporter.pid), `--nofile=${soft}:`]);
      scraper.excuse = 'it cannot accept connections';
      limit(exporter.descriptors() + 1);
      await sleep(6000);
      limit(1024);
      scraper.excuse = undefined;
    },
  },
  {
    name: 'no names',
    needsRoot: true,
    run: async ({ surroundings, expectProbes }) => {
      // A name server that refuses, then one that is silent.
      for (const nameServer of ['127.0.0.1', '192.0.2.1']) {
        await surroundings.setNames(nameServer);
        await expectProbes(7, 'while no name can be looked up');
      }
      await surroundings.setNames(null);
    },
  },
  {
    name: 'many clients',
    run: async ({ exporter, backends, note, configure }) => {
      note('requests of many clients', await hammer(exporter, backends.documentUrl, 10));
      // A reload makes the exporter forget the targets of /probe. Their number depends on the speed of the machine.
      await configure({});
    },
  },
];
