import { median } from '../statistics.js';
import { linesPerComponent, promClientSubject, recorderSubject, type Subject } from './workload.js';

/** The result of a renderer: medians of its rounds, in milliseconds. */
export interface Rendering {
  /** CPU time to give every series another value. */
  readonly changeCpu: number;
  /** CPU time to render after that. */
  readonly renderCpu: number;
  /** CPU time to render again without any change. */
  readonly unchangedCpu: number;
  /** How long rendering after a change blocks the event loop. */
  readonly block: number;
  /** Sample lines in the text. */
  readonly lines: number;
}

/** Rounds that do not count. In them Node.js compiles the code. */
const warmUpRounds = 3;
const leastRounds = 3;
/** One rendering of unchanged series is too short to measure. */
const unchangedRepeats = 20;

/** A separate process for one subject and one size, so that all start with an empty heap. Arguments: [subject, series, seconds]. */
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

/** Runs at least three rounds, and more until `seconds` have passed. */
async function repeat(seconds: number, work: (round: number) => Promise<void>): Promise<void> {
  const until = performance.now() + seconds * 1000;
  for (let round = 1; round <= leastRounds || performance.now() < until; round++) await work(warmUpRounds + round);
}

/** CPU time of the whole process while `work` runs. It includes the threads of the garbage collector. */
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
