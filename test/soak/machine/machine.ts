import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { drawFigures, objectionsTo, type Reading } from '../figures.js';
import type { Options } from '../options.js';
import { startBackends } from './backends.js';
import { type Disturbance, disturbances } from './disturbances.js';
import { Configurations, Drill } from './drill.js';
import { SoakedExporter } from './exporter.js';
import { createSurroundings, namespaceVariable } from './surroundings.js';
import { Scraper } from './traffic.js';

const tableMilliseconds = 5 * 60_000;

/**
 * Soaks the built program until the deadline or the abort: runs all disturbances again and again in random order, and reads the figures
 * after each, when everything is well. Returns the problems, a line each. Everything that it started is stopped.
 */
export async function soakMachine(
  options: Options,
  deadline: number,
  say: (text: string) => void,
  calledOff: AbortSignal,
): Promise<readonly string[]> {
  /** Functions that stop the started parts, the last one first. */
  const ends: (() => Promise<void>)[] = [];
  try {
    return await soakUntil(options, deadline, say, calledOff, ends);
  } finally {
    for (const end of ends.toReversed()) await end();
  }
}

async function soakUntil(
  options: Options,
  deadline: number,
  say: (text: string) => void,
  calledOff: AbortSignal,
  ends: (() => Promise<void>)[],
): Promise<readonly string[]> {
  const findings: string[] = [];
  const surroundings = await createSurroundings(process.env[namespaceVariable] !== undefined);
  ends.push(() => surroundings.remove());
  const backends = await startBackends();
  ends.push(() => backends.stop());
  const configurations = new Configurations(backends, surroundings);
  await configurations.write({});
  const { files, environment, isPrivate } = surroundings;
  const exporter = await SoakedExporter.start({
    configFile: files.monitoring,
    webConfigFile: files.web,
    logFile: files.log,
    leaks: options.leaks,
    environment,
  });
  ends.push(async () => void (await exporter.stop()));
  const scraper = new Scraper(exporter);
  ends.push(() => scraper.stop());
  const drill = new Drill(exporter, backends, surroundings, scraper, configurations, options.seed);

  const possible = disturbances.filter(({ name, missing = false, needsRoot = false }) => {
    const why = needsRoot && !isPrivate ? 'it takes root and unshare' : missing;
    if (why !== false) say(`left out: ${name}, ${why}`);
    return why === false && name.includes(options.disturbance);
  });
  const readings: Reading[] = [];
  const scrapes: number[] = [];
  const startedAt = performance.now();
  const show = () => {
    const sorted = scrapes.toSorted((a, b) => a - b);
    const facts = [...drill.counts].map(([what, count]) => `, ${count} ${what}`).join('');
    say(
      `\n${Math.round((performance.now() - startedAt) / 60_000)} min: ${readings.length} readings, ${scraper.count} scrapes (median ${sorted[sorted.length >> 1]?.toFixed(1)} ms, slowest ${sorted.at(-1)?.toFixed(0)} ms)${facts}`,
    );
    say(readings.length === 0 ? 'still in the first round, in which everything is loaded' : drawFigures(readings));
  };
  const undergo = async ({ name, run }: Disturbance, isFirstRound: boolean) => {
    const begunAt = performance.now();
    const found: string[] = [];
    try {
      await run(drill);
      await drill.recover();
      // Metrics from a changed answer of AI-CRM come with the next answer.
      await sleep(6000);
      // The exporter is blocked while it counts.
      scraper.excuse = 'it is read';
      // Code and connections that are needed for the first time are not a leak.
      if (!isFirstRound)
        readings.push({ ...(await exporter.read()), atHours: (performance.now() - startedAt) / 3_600_000 });
    } catch (error) {
      found.push(error instanceof Error ? error.message : String(error));
    }
    // After an abort, failures come from the stopping parts.
    if (calledOff.aborted) return;
    scraper.excuse = undefined;
    const { milliseconds, failures } = scraper.take();
    scrapes.push(...milliseconds);
    found.push(...failures.map((failure) => `a scrape failed: ${failure}`), ...exporter.takeAlarms());
    say([`${name}, ${((performance.now() - begunAt) / 1000).toFixed(0)} s`, ...found].join('\n  '));
    findings.push(...found.map((what) => `${name}: ${what}`));
  };
  const isOver = () => performance.now() > deadline || exporter.hasEnded() || calledOff.aborted;
  const soak = async () => {
    await drill.recover();
    let nextTable = startedAt + tableMilliseconds;
    for (let round = 0; !isOver(); round++) {
      for (const disturbance of shuffled(possible, drill.random)) {
        if (isOver()) break;
        await undergo(disturbance, round === 0);
        if (performance.now() < nextTable) continue;
        show();
        nextTable += tableMilliseconds;
      }
    }
  };
  // A disturbance takes up to some minutes. An abort does not wait for it.
  await Promise.race([soak(), aborted(calledOff)]);
  if (exporter.hasEnded()) findings.push('the exporter has ended');
  show();
  await scraper.stop();
  const exitCode = await exporter.stop();
  if (exitCode !== 0) findings.push(`the exporter ended with ${exitCode ?? 'a signal'} instead of 0`);
  return [...findings, ...objectionsTo(readings)];
}

/** Resolves when the signal is aborted. */
async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}

function shuffled<T>(values: readonly T[], random: () => number): readonly T[] {
  return values
    .map((value) => ({ value, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ value }) => value);
}
