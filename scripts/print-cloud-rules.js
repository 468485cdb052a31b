import { readFile, readdir } from 'node:fs/promises';
import { parse, stringify } from 'yaml';

// `node scripts/print-cloud-rules.js google` or `azure`, from the root of the project: the bundled rules as those services take them.
// Neither knows keep_firing_for: an alert that comes and goes is told more often there.

/** Azure evaluates every 1 to 15 minutes, and takes no longer annotation. */
const shortestIntervalSeconds = 60;
const longestIntervalSeconds = 900;
const longestAnnotation = 1024;

const folder = 'prometheus/rules';
const files = (await readdir(folder)).filter((name) => name.endsWith('.yml')).sort();
const groups = (await Promise.all(files.map(async (name) => parse(await readFile(`${folder}/${name}`, 'utf8')).groups))).flat();
const known = groups.map(({ rules, ...group }) => ({ ...group, rules: rules.map(({ keep_firing_for: _, ...rule }) => rule) }));

const secondsOf = (duration) => Number.parseInt(duration, 10) * { s: 1, m: 60, h: 3600 }[duration.at(-1)];

/** What is worked out once an hour means nothing when it is worked out more often: those groups are left out. */
function forAzure({ interval = '1m', rules, ...group }) {
  if (secondsOf(interval) > longestIntervalSeconds) return [];
  const short = rules.map(({ annotations, ...rule }) => ({ ...rule, ...(annotations === undefined ? {} : { annotations: Object.fromEntries(Object.entries(annotations).filter(([, text]) => text.length <= longestAnnotation)) }) }));
  return [{ ...group, interval: secondsOf(interval) < shortestIntervalSeconds ? '1m' : interval, rules: short }];
}

const documents = {
  google: () => ({ apiVersion: 'monitoring.googleapis.com/v1', kind: 'Rules', metadata: { name: 'ai-crm' }, spec: { groups: known } }),
  azure: () => ({ groups: known.flatMap(forAzure) }),
};
const [, , cloud = ''] = process.argv;
if (!Object.hasOwn(documents, cloud)) {
  console.error(`print-cloud-rules: "${cloud}" is neither google nor azure`);
  process.exitCode = 1;
} else {
  console.log(stringify(documents[cloud](), { aliasDuplicateObjects: false, lineWidth: 0 }));
}
