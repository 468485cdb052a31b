import { execFileSync } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { isAlias, parseDocument } from 'yaml';

// `node scripts/write-rule-texts.js`, from the root of the project, updates the texts of alerts that prometheus/tests expect. It changes
// only texts. It does not change which alerts are expected to fire. Read the diff.

const folder = 'prometheus/tests';
for (const name of (await readdir(folder)).filter((file) => file.endsWith('.yml')).sort())
  await renew(`${folder}/${name}`);

async function renew(file) {
  const failures = failuresOf(file);
  if (failures.length === 0) return;
  const text = await readFile(file, 'utf8');
  const edits = new Map();
  const document = parseDocument(text);
  for (const test of document.get('tests').items) {
    for (const expected of test.get('alert_rule_test')?.items ?? []) {
      const alerts = expected.get('exp_alerts');
      const failure = failures.find(
        (one) =>
          one.test === test.get('name') &&
          one.alertname === expected.get('alertname') &&
          one.seconds === secondsOf(expected.get('eval_time')),
      );
      for (const alert of failure === undefined ? [] : (alerts?.items ?? [])) {
        const labels = alert.get('exp_labels').toJSON();
        const got = failure.got.find(
          (one) =>
            Object.keys(labels).length === Object.keys(one.labels).length &&
            Object.entries(labels).every(([key, value]) => one.labels[key] === String(value)),
        );
        if (got !== undefined)
          for (const edit of editsOf(text, resolved(alert.get('exp_annotations'), document), got.annotations))
            edits.set(edit.from, edit);
      }
    }
  }
  let renewed = text;
  for (const { from, to, by } of [...edits.values()].sort((a, b) => b.from - a.from))
    renewed = renewed.slice(0, from) + by + renewed.slice(to);
  await writeFile(file, renewed);
  console.log(`${file}: ${edits.size} changes`);
}

/** The edits that make the annotations equal to promtool's. New annotations go after the description. */
function editsOf(text, annotations, got) {
  const edits = [];
  const known = new Set(annotations.items.map(({ key }) => key.value));
  for (const { key, value } of annotations.items) {
    const [from, to] = value.range;
    if (got[key.value] !== undefined && value.value !== got[key.value])
      edits.push({ from, to, by: quoted(got[key.value]) });
    if (key.value !== 'description') continue;
    const end = text.indexOf('\n', to);
    const indent = ' '.repeat(key.range[0] - text.lastIndexOf('\n', key.range[0]) - 1);
    const added = Object.keys(got)
      .filter((name) => !known.has(name))
      .sort()
      .reverse();
    if (added.length > 0)
      edits.push({ from: end, to: end, by: added.map((name) => `\n${indent}${name}: ${quoted(got[name])}`).join('') });
  }
  return edits;
}

function resolved(node, document) {
  return isAlias(node) ? node.resolve(document) : node;
}

function quoted(text) {
  return `'${text.replaceAll("'", "''")}'`;
}

/** The failed expectations of a file. */
function failuresOf(file) {
  return promtool(file)
    .split(/^ {4}name: /m)
    .slice(1)
    .map((one) => {
      const [, test, alertname, time] = /^(.*),\n +alertname: (\S+), time: (\S+),/.exec(one) ?? [];
      const lines = (one.split(/^ +got:\[/m)[1] ?? '').split('\n');
      const maps = (name) =>
        lines.filter((line) => line.trim().startsWith(`${name}:{`)).map((line) => readLabels(line));
      const annotations = maps('Annotations');
      return {
        test,
        alertname,
        seconds: secondsOf(time ?? ''),
        got: maps('Labels').map(({ alertname: _, ...labels }, index) => ({
          labels,
          annotations: annotations[index] ?? {},
        })),
      };
    });
}

function secondsOf(duration) {
  const units = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
  return [...String(duration).matchAll(/(\d+)([smhdw])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * units[unit],
    0,
  );
}

function readLabels(line) {
  return Object.fromEntries(
    [...line.matchAll(/(\w+)=("(?:[^"\\]|\\.)*")/g)].map(([, name, value]) => [name, JSON.parse(value)]),
  );
}

function promtool(file) {
  try {
    return execFileSync('promtool', ['test', 'rules', file], {
      env: { ...process.env, TZ: 'UTC' },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch ({ stdout, stderr }) {
    return stdout + stderr;
  }
}
