import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { stringify } from 'yaml';
import { equivalent } from './mutants/equivalent.js';
import { remembered } from './mutants/memory.js';
import { asText, casesOf, cutDown, expressionsWithFaults, files, mutantsOf } from './mutants/rules.js';
import { isNoticedByTemplates, mutantsOfTemplate, templateFiles } from './mutants/templates.js';

// `npm run mutate:rules -- [FILE…] [--only PATTERN] [--part I/N] [--minutes M] [--sample N --seed S]` puts one small fault after the other
// into a copy of the rules. It prints the faults that no case of prometheus/tests notices, and then the number of noticed faults for each
// file. The order is always the same. It does the same for alertmanager/templates with test/alertmanager/templates.test.ts, which must be
// compiled. It does not try routes, because src/alertmanager makes them.

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sample: { type: 'string' },
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string', default: 'Infinity' },
    only: { type: 'string', default: '' },
    part: { type: 'string', default: '1/1' },
    jobs: { type: 'string', default: '2' },
    list: { type: 'boolean' },
  },
});
const chosen = positionals.length === 0 ? [...files.keys(), ...templateFiles] : positionals;
const memory = remembered('.cache/mutate/rules.txt');
/** Number of faults that each case has noticed so far. */
const noticing = new Map();
const only = new RegExp(values.only);
const all = sampled(
  chosen
    .flatMap((file) => (files.has(file) ? mutantsOf(file) : mutantsOfTemplate(file)))
    .filter((mutant) => reasonOf(mutant) === undefined)
    .filter(({ name, severity, what }) => only.test(`${name} ${severity ?? ''}: ${what}`)),
).filter(isInPart);
if (values.list)
  for (const { file, name, severity, what } of all) console.log(`${file}: ${name} ${severity ?? ''}: ${what}`);
else await play();

async function play() {
  const directory = await mkdtemp(join(tmpdir(), 'mutate-'));
  const scores = new Map(chosen.map((file) => [file, { noticed: 0, all: 0 }]));
  const ends = Date.now() + Number(values.minutes) * 60_000;
  const waiting = all.map((mutant, index) => ({ mutant, index }));
  const outcomes = [];
  let printed = 0;
  const work = async (worker) => {
    for (let next = waiting.shift(); next !== undefined && Date.now() < ends; next = waiting.shift()) {
      outcomes[next.index] = {
        mutant: next.mutant,
        isNoticed: await isNoticed(next.mutant, join(directory, `${worker}`)),
      };
      for (; outcomes[printed] !== undefined; printed++) {
        const {
          mutant: { file, name, severity, what },
          isNoticed: noticed,
        } = outcomes[printed];
        scores.get(file).all++;
        if (noticed) scores.get(file).noticed++;
        else console.log(`${file}: ${name}${severity === undefined ? '' : ` (${severity})`}: ${what}`);
      }
    }
  };
  await Promise.all(Array.from({ length: Number(values.jobs) }, (_, worker) => work(worker)));
  await rm(directory, { recursive: true });
  if (printed < all.length) console.log(`${all.length - printed} not tried yet: the same again goes on`);
  for (const [file, { noticed, all: count }] of scores)
    if (count > 0) console.log(`${file}: ${noticed} of ${count} noticed, ${Math.floor((100 * noticed) / count)} %`);
}

/** True if a case fails with the fault. A case that fails must pass with the same few rules without the fault. */
async function isNoticed({ file, rule, name, changed, text }, path) {
  if (rule === undefined) return isNoticedByTemplates({ file, text }, path);
  for (const one of likeliestFirst(file, name)) {
    if (changed.expr !== rule.expr && !(await differing(one, path, rule)).has(changed.expr)) continue;
    if (await passes(one, path, rule, changed)) continue;
    if (!(await passes(one, path, rule, rule)))
      throw new Error(`${one.testFile} fails without a fault, where it is about ${name}: ${one.name}`);
    noticing.set(idOf(one), (noticing.get(idOf(one)) ?? 0) + 1);
    return true;
  }
  return false;
}

/**
 * The faults that change the result of the expression at any step of this case. The case cannot notice the other faults. One run evaluates
 * all of them, as records just before the rule, so that each gets the same input as the rule.
 */
async function differing(one, path, rule) {
  const expressions = expressionsWithFaults(rule);
  const { evaluation_interval: step = '1m', tests, ...rest } = one.test;
  const test = {
    ...rest,
    evaluation_interval: step,
    tests: tests.map((each) => ({
      ...each,
      alert_rule_test: [],
      promql_expr_test: expressions.map((_, index) => ({
        expr: `count_over_time((fault:${index} != fault:sound or (fault:${index} unless fault:sound) or (fault:sound unless fault:${index}))[${one.ends + 1}s:${step}])`,
        eval_time: `${one.ends}s`,
        exp_samples: [],
      })),
    })),
  };
  const records = [
    { record: 'fault:sound', expr: rule.expr },
    ...expressions.map((expr, index) => ({ record: `fault:${index}`, expr })),
  ];
  const found = await memory.of([one.loaded, cutDown(one, rule, [...records, rule]), test], async () => {
    const output = await promtool({ ...one, withTexts: new Set(), test }, path, rule, [...records, rule]);
    return [
      ...new Set([...output.matchAll(/(?:expr: "count_over_time\(\(|rule: )fault:(\d+)/g)].map(([, index]) => index)),
    ].join();
  });
  return new Set(found.split(',').map((index) => expressions[index]));
}

/** The cases with the most noticed faults for their cost first. Without results the cheapest are first. */
function likeliestFirst(file, name) {
  const worth = (one) => ((noticing.get(idOf(one)) ?? 0) + 1) / one.cost;
  return casesOf(file, name).sort((a, b) => worth(b) - worth(a));
}

function idOf({ testFile, name }) {
  return `${testFile}: ${name}`;
}

async function passes(one, path, rule, changed) {
  const word = await memory.of([one.loaded, cutDown(one, rule, [changed]), one.test], async () =>
    (await promtool(one, path, rule, [changed])) === '' ? 'passes' : 'fails',
  );
  return word === 'passes';
}

/** The output of the failed cases; empty if all pass. */
async function promtool(one, path, rule, replacements) {
  const paths = one.loaded.map((file) => `${path}.${file}`);
  const contents = cutDown(one, rule, replacements);
  await Promise.all(paths.map((each, index) => writeFile(each, JSON.stringify(contents[index]))));
  const test = stringify({ ...one.test, rule_files: paths }, { aliasDuplicateObjects: false, ...asText });
  await writeFile(`${path}.test.yml`, test);
  return new Promise((resolve, reject) => {
    execFile(
      'nice',
      ['-n', '19', 'promtool', 'test', 'rules', `${path}.test.yml`],
      // By default garbage collection takes three times as long.
      { env: { ...process.env, TZ: 'UTC', GOGC: '400' }, maxBuffer: 1e8 },
      (error, stdout, stderr) => {
        const output = stdout + stderr;
        if (error === null) resolve('');
        else if (/could not parse|parse error|invalid/.test(output) || !output.includes('FAILED:'))
          reject(new Error(`not rules: ${JSON.stringify(replacements)}\n${output}`));
        else resolve(output);
      },
    );
  });
}

function reasonOf({ name, what }) {
  return equivalent.find((one) => (one.name ?? /./).test(name) && one.what.test(what))?.reason;
}

/** `2/5` is the second of five parts. Each part has about the same number of faults of each rule. */
function isInPart(_, index) {
  const [part, parts] = values.part.split('/').map(Number);
  return index % parts === part - 1;
}

/** A random sample of the faults, in their order. The same seed gives the same sample. */
function sampled(mutants) {
  if (values.sample === undefined) return mutants;
  let state = Number(values.seed);
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const ranked = mutants.map((mutant, index) => ({ mutant, index, rank: random() }));
  return ranked
    .sort((a, b) => a.rank - b.rank)
    .slice(0, Number(values.sample))
    .sort((a, b) => a.index - b.index)
    .map(({ mutant }) => mutant);
}
