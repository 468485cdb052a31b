import { median } from '../statistics.js';
import { linesPerComponent, promClientSubject, recorderSubject, type Subject } from './workload.js';

/** What a renderer tells; medians over its rounds, in milliseconds. */
export interface Rendering {
  /** CPU of giving every series another value. */
  readonly changeCpu: number;
  /** CPU of rendering after that. */
  readonly renderCpu: number;
  /** CPU of rendering again when nothing has changed. */
  readonly unchangedCpu: number;
  /** For how long rendering after a change keeps the event loop from doing anything else. */
  readonly block: number;
  /** Sample lines in the text. */
  readonly lines: number;
}

/** Rounds before those that count, in which the code is compiled. */
const warmUpRounds = 3;
const leastRounds = 3;
/** Renderings of unchanged series are too short to be timed one by one. */
const unchangedRepeats = 20;

/** A process of its own for one subject and one size, so that none finds the other's heap: [subject, series, seconds]. */
async function main([kind, series, seconds]: readonly string[]): Promise<void> {
  const components = Math.round(Number(series) / linesPerComponent);
  const subject = kind === 'recorder' ? recorderSubject(components) : promClientSubject(components);
  const changes: number[] = [];
  const renders: number[] = [];
  const unchanged: number[] = [];
  const blocks: number[] = [];
  for (let round = 0; round < warmUpRounds; round++)
    await oneRound(subject, round, { changes: [], renders: [], unchanged: [] });
  await repeat(Number(seconds), (round) => oneRound(subject, round, { changes, renders, unchanged }));
  await repeat(Number(seconds), async (round) => {
    subject.change(-round);
    blocks.push(await longestBlock(() => subject.render()));
  });
  const text = (await subject.render()).toString();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
  process.send?.({
    changeCpu: median(changes),
    renderCpu: median(renders),
    unchangedCpu: median(unchanged),
    block: median(blocks),
    lines,
  } satisfies Rendering);
}

async function oneRound(
  subject: Subject,
  round: number,
  into: { readonly changes: number[]; readonly renders: number[]; readonly unchanged: number[] },
): Promise<void> {
  into.changes.push(await cpuMilliseconds(() => subject.change(round)));
  into.renders.push(await cpuMilliseconds(() => subject.render()));
  const repeated = await cpuMilliseconds(async () => {
    for (let i = 0; i < unchangedRepeats; i++) await subject.render();
  });
  into.unchanged.push(repeated / unchangedRepeats);
}

/** At least three rounds, and so many more as fit into `seconds`. */
async function repeat(seconds: number, work: (round: number) => Promise<void>): Promise<void> {
  const until = performance.now() + seconds * 1000;
  for (let round = 1; round <= leastRounds || performance.now() < until; round++) await work(warmUpRounds + round);
}

/** CPU of the whole process while `work` runs: what the garbage collector's threads do for it counts. */
async function cpuMilliseconds(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** The longest time between two turns of the event loop while `work` runs, in milliseconds. */
async function longestBlock(work: () => Promise<unknown>): Promise<number> {
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  let isOver = false;
  let longest = 0;
  await turn();
  let before = performance.now();
  const turning = (async () => {
    for (;;) {
      await turn();
      const now = performance.now();
      longest = Math.max(longest, now - before);
      before = now;
      if (isOver) return;
    }
  })();
  await work();
  isOver = true;
  await turning;
  return longest;
}

await main(process.argv.slice(2));
process.disconnect();
