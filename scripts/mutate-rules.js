import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { stringify } from 'yaml';
import { equivalent } from './mutants/equivalent.js';
import { asText, casesOf, cutDown, files, mutantsOf } from './mutants/rules.js';
import { isNoticedByTemplates, mutantsOfTemplate, templateFiles } from './mutants/templates.js';

// `npm run mutate:rules -- [FILE…] [--sample N --seed S]`: puts one small fault after the other into a copy of the rules, and prints those
// that no case of prometheus/tests notices, then for each file how many were noticed. The order is always the same. Likewise for
// alertmanager/templates, with test/alertmanager/templates.test.ts as it was compiled last. Routes are made by src/alertmanager.

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sample: { type: 'string' },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '2' },
    list: { type: 'boolean' },
  },
});
const chosen = positionals.length === 0 ? [...files.keys(), ...templateFiles] : positionals;
const all = sampled(
  chosen
    .flatMap((file) => (files.has(file) ? mutantsOf(file) : mutantsOfTemplate(file)))
    .filter((mutant) => reasonOf(mutant) === undefined),
);
if (values.list)
  for (const { file, name, severity, what } of all) console.log(`${file}: ${name} ${severity ?? ''}: ${what}`);
else await play();

async function play() {
  const directory = await mkdtemp(join(tmpdir(), 'mutate-'));
  const scores = new Map(chosen.map((file) => [file, { noticed: 0, all: 0 }]));
  const sound = new Map();
  const waiting = all.map((mutant, index) => ({ mutant, index }));
  const outcomes = [];
  let printed = 0;
  const work = async (worker) => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      outcomes[next.index] = {
        mutant: next.mutant,
        isNoticed: await isNoticed(next.mutant, join(directory, `${worker}`), sound),
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
  for (const [file, { noticed, all: count }] of scores)
    if (count > 0) console.log(`${file}: ${noticed} of ${count} noticed, ${Math.floor((100 * noticed) / count)} %`);
}

/** Does one of the cases fail? Each has to pass without the fault, cut down as it is. */
async function isNoticed(mutant, path, sound) {
  const { file, rule, name, changed } = mutant;
  if (rule === undefined) return isNoticedByTemplates(mutant, path);
  for (const one of casesOf(file, name)) {
    const key = JSON.stringify([file, name, one.testFile, one.name]);
    if (!sound.has(key)) {
      const { output, isPassed } = await passes(one, path, rule, rule);
      if (!isPassed)
        throw new Error(`${one.testFile} fails without a fault, where it is about ${name}: ${one.name}\n${output}`);
      sound.set(key, true);
    }
    const { output, isPassed } = await passes(one, path, rule, changed);
    if (/could not parse|parse error|invalid/.test(output))
      throw new Error(`not a rule: ${JSON.stringify(changed)}\n${output}`);
    if (!isPassed) return true;
  }
  return false;
}

async function passes({ loaded, keeps, test }, path, rule, changed) {
  const write = (file, content, options) =>
    writeFile(`${path}.${file}`, stringify(content, { aliasDuplicateObjects: false, ...options }));
  await Promise.all(loaded.map((file) => write(file, cutDown(file, keeps, rule, changed))));
  await write('test.yml', { ...test, rule_files: loaded.map((file) => `${path}.${file}`) }, asText);
  return new Promise((resolve) => {
    execFile(
      'nice',
      ['-n', '19', 'promtool', 'test', 'rules', `${path}.test.yml`],
      { env: { ...process.env, TZ: 'UTC' }, maxBuffer: 1e8 },
      (error, stdout, stderr) => resolve({ isPassed: error === null, output: stdout + stderr }),
    );
  });
}

function reasonOf({ name, what }) {
  return equivalent.find((one) => (one.name ?? /./).test(name) && one.what.test(what))?.reason;
}

/** So many of them, as a seed has it, in their order. */
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
