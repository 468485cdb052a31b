import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { bothAges, missingOf } from '../support/versions.js';
import type { Mistake } from './compare.js';
import { type DrillResult, drill } from './drill.js';
import { sequenceOf } from './sequence.js';
import { stepWords } from './steps.js';

/**
 * `npm run drill -- --seed 7 --faults 200`: runs a sequence of faults and checks the notifications; see CONTRIBUTING.md. The exit code is 1
 * after a mistake. Not part of `npm test`, because it takes a long time.
 */
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    faults: { type: 'string', default: '200' },
    /** The number of AI-CRMs, which fail independently of each other. */
    crms: { type: 'string', default: '20' },
    /** The minutes in which faults begin. */
    minutes: { type: 'string', default: '28' },
    factor: { type: 'string', default: '1' },
    patience: { type: 'string', default: '1' },
    /** `older` or `newer`; both by default. */
    programs: { type: 'string' },
    /** A folder for steps and messages as JSON, and for the data of each Prometheus. */
    output: { type: 'string' },
    /** Without faults whose alerts need many minutes. */
    fast: { type: 'boolean', default: false },
    /** Without crashes of exporters, Prometheus and Alertmanager. */
    'no-crashes': { type: 'boolean', default: false },
    /** Only prints the sequence. */
    plan: { type: 'boolean', default: false },
  },
});
const options = {
  seed: Number(values.seed),
  faults: Number(values.faults),
  crms: Number(values.crms),
  lengthSeconds: Number(values.minutes) * 60,
  hasSlowStories: !values.fast,
  hasCrashes: !values['no-crashes'],
};
const steps = sequenceOf(options);
if (values.plan) process.stdout.write(steps.map((step) => `${stepWords(step)}\n`).join(''));
else {
  // An exit also stops the started programs.
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => process.exit(1));
  process.exitCode = (await main()) ? 0 : 1;
}

async function main(): Promise<boolean> {
  process.stdout.write(
    `seed ${options.seed}: ${steps.length} faults on ${options.crms} AI-CRMs, factor ${values.factor}\n`,
  );
  const chosen = bothAges.filter(({ age }) => (values.programs ?? age) === age);
  for (const programs of chosen) {
    const reason = missingOf(programs, 'prometheus', 'alertmanager');
    if (reason !== false) throw new Error(reason);
  }
  let left = chosen.length;
  let allReady = () => {};
  const everyoneIsReady = new Promise<void>((resolve) => (allReady = resolve));
  const ready = () => {
    left -= 1;
    if (left === 0) allReady();
    return everyoneIsReady;
  };
  const results = await Promise.all(
    chosen.map(async (programs) => ({
      age: programs.age,
      result: await drill({
        ...options,
        programs,
        ready,
        factor: Number(values.factor),
        patience: Number(values.patience),
        ...(values.output !== undefined && { storage: resolve(values.output, `${programs.age}-prometheus`) }),
      }),
    })),
  );
  if (values.output !== undefined) {
    await mkdir(values.output, { recursive: true });
    for (const { age, result } of results)
      await writeFile(join(values.output, `${age}.json`), JSON.stringify(result, null, 1));
  }
  for (const { age, result } of results) process.stdout.write(mistakesText(age, result));
  process.stdout.write(table(results));
  return results.every(({ result }) => result.mistakes.length === 0);
}

/** Each mistake once, with its channels. */
function mistakesText(age: string, { mistakes }: DrillResult): string {
  const byText = new Map<string, Mistake[]>();
  for (const mistake of mistakes)
    byText.set(`${mistake.kind} ${mistake.text}`, [...(byText.get(`${mistake.kind} ${mistake.text}`) ?? []), mistake]);
  const lines = [...byText.values()]
    .sort(([a], [b]) => a!.atSeconds - b!.atSeconds)
    .map(
      (same) =>
        `${age}  ${same[0]!.atSeconds.toFixed(0).padStart(5)} s  ${same[0]!.kind.padEnd(7)}  ${same[0]!.job}: ${same[0]!.text}  [${same.map(({ channel }) => channel).join(', ')}]\n`,
    );
  return lines.join('');
}

function table(results: readonly { readonly age: string; readonly result: DrillResult }[]): string {
  const rows = results.map(({ age, result: { steps: done, mustTell, told, mistakes, secondsToDelivery } }) => {
    const count = (kind: Mistake['kind']) => mistakes.filter((mistake) => mistake.kind === kind).length;
    const seconds = [secondsToDelivery[Math.floor(secondsToDelivery.length / 2)], secondsToDelivery.at(-1)].map(
      (one) => one?.toFixed(1) ?? '–',
    );
    return [
      age,
      done.length,
      mustTell * 4,
      told,
      count('missed'),
      count('false'),
      count('doubled'),
      count('late'),
      secondsToDelivery.length,
      ...seconds,
    ];
  });
  const head = [
    'programs',
    'faults',
    'to tell',
    'told',
    'missed',
    'false',
    'doubled',
    'late',
    'outages timed',
    'median s',
    'worst s',
  ];
  return [head, ...rows]
    .map((row) => `${row.map((cell, column) => String(cell).padStart(head[column]!.length)).join('  ')}\n`)
    .join('');
}
