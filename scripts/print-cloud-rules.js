import { readdir, readFile } from 'node:fs/promises';
import { parse, stringify } from 'yaml';

// `node scripts/print-cloud-rules.js plain`, `google` or `azure`, from the root of the project, prints the bundled rules for stores other
// than Prometheus and Mimir, see deploy/cloud/README.md. The texts of all three contain no `query`: Azure does not support it. In the
// others it is a request over the network for every firing alert at every evaluation.

/** Azure evaluates rules every 1 to 15 minutes. */
const shortestIntervalSeconds = 60;
const longestIntervalSeconds = 900;

const folder = 'prometheus/rules';
const files = (await readdir(folder)).filter((name) => name.endsWith('.yml')).sort();
const bundled = (
  await Promise.all(files.map(async (name) => parse(await readFile(`${folder}/${name}`, 'utf8')).groups))
).flat();
const plain = bundled.map((group) => ({ ...group, rules: group.rules.map(plainRule) }));
/** Google and Azure do not support keep_firing_for. */
const forgetful = plain.map((group) => ({
  ...group,
  rules: group.rules.map(({ keep_firing_for: _, ...rule }) => rule),
}));

const documents = {
  plain: () => ({ groups: plain }),
  google: () => ({
    apiVersion: 'monitoring.googleapis.com/v1',
    kind: 'Rules',
    metadata: { name: 'ai-crm' },
    spec: { groups: forgetful },
  }),
  azure: () => ({ groups: forgetful.flatMap(forAzure) }),
};
const [, , store = ''] = process.argv;
if (!Object.hasOwn(documents, store)) {
  console.error(`print-cloud-rules: "${store}" is none of ${Object.keys(documents).join(', ')}`);
  process.exitCode = 1;
} else {
  console.log(stringify(documents[store](), { aliasDuplicateObjects: false, lineWidth: 0 }));
}

function plainRule({ annotations, ...rule }) {
  if (annotations === undefined) return rule;
  const texts = Object.entries(annotations).map(([name, text]) => [
    name,
    // The runbook of a component needs a query. Without queries every alert has its own runbook.
    name === 'runbook_url' ? (/https:[^{}\s]+/.exec(text)?.[0] ?? '') : withoutQueries(text),
  ]);
  return { ...rule, annotations: Object.fromEntries(texts.filter(([, text]) => text !== '')) };
}

/** The text without its `with query` blocks. Their `else` parts are removed too, because they also depend on the query. */
function withoutQueries(text) {
  let kept = '';
  let from = 0;
  /** Number of open blocks, from the removed block on. */
  let depth = 0;
  for (const { index, 0: action, groups } of text.matchAll(
    /\{\{(?<before>-?)\s*(?<body>(?:"(?:[^"\\]|\\.)*"|[^"}])*?)\s*(?<after>-?)\}\}/g,
  )) {
    const opens = /^(?:with|if|range)\b/.test(groups.body);
    if (depth === 0) {
      if (!opens || !/\bquery\b/.test(groups.body)) continue;
      kept += groups.before === '' ? text.slice(from, index) : text.slice(from, index).trimEnd();
      depth = 1;
    } else {
      if (opens) depth += 1;
      else if (groups.body === 'end') depth -= 1;
      from = index + action.length;
      if (groups.after !== '') from += text.slice(from).search(/\S|$/);
    }
  }
  return (kept + text.slice(from)).trim();
}

/**
 * Removes groups with an interval above the limit of Azure: records of one value per hour are wrong at a shorter interval. Removes alerts
 * of severity none too: the converter gives every alert the same severity and action group, so these would page people all day.
 */
function forAzure({ interval = '1m', rules, ...group }) {
  const told = rules.filter(({ labels }) => labels?.severity !== 'none');
  if (secondsOf(interval) > longestIntervalSeconds || told.length === 0) return [];
  return [{ ...group, interval: secondsOf(interval) < shortestIntervalSeconds ? '1m' : interval, rules: told }];
}

function secondsOf(duration) {
  return Number.parseInt(duration, 10) * { s: 1, m: 60, h: 3600 }[duration.at(-1)];
}
