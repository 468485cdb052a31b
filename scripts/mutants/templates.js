import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

// Makes small faults of the templates in alertmanager/templates: each fault changes one place of a text.

const folder = 'alertmanager/templates';
const testFile = '.build/test/alertmanager/templates.test.js';
const texts = new Map(
  await Promise.all(
    (await readdir(folder)).sort().map(async (file) => [file, await readFile(join(folder, file), 'utf8')]),
  ),
);

export const templateFiles = [...texts.keys()];

/** Patterns, and the text that replaces each match. Colours of text and lines in HTML have no meaning, so no pattern matches them. */
const mutators = [
  [/(?<=(?:severity "\w+"|Status "resolved"|else) *\}\})#[0-9a-f]{6}/g, () => '#123456'],
  [
    /(?<=(?:severity "\w+"|Status "resolved"|else) *\}\})(?:over|critical|info|warning|✅|🔴|🔵|🟠)(?=\{\{)/g,
    () => 'x',
  ],
  [/(?<=(?:lt \$i|Firing\)|Resolved\)) )\d+/g, (number) => String(Number(number) + 1)],
  [
    /\b(?:eq|ne)(?= (?:\.Status|\.Labels\.severity|\.CommonLabels\.severity|\(len))/g,
    (word) => (word === 'eq' ? 'ne' : 'eq'),
  ],
  [/\bgt(?= \(len)/g, () => 'le'],
  [/(?:%7B|%7D|%22|%3D|%2C%20|\/#\/silences\/new\?filter=)/g, () => ''],
  [/\{\{ template "aicrm\.(?:email\.)?silence" [^}]*\}\}/g, () => ''],
  [/\| urlquery|reReplaceAll "\\\\\+" "%20"/g, (text) => (text === '| urlquery' ? '' : 'reReplaceAll "x" "x"')],
  [/\b(?:and|or)(?= [.(])/g, (word) => (word === 'and' ? 'or' : 'and')],
];

export function mutantsOfTemplate(file) {
  const text = texts.get(file);
  return mutators.flatMap(([pattern, change]) =>
    [...text.matchAll(pattern)].map((match) => {
      const by = change(match[0]);
      const name = /\{\{ define "([^"]+)" \}\}(?![^]*\{\{ define)/.exec(text.slice(0, match.index))?.[1] ?? file;
      return {
        file,
        name,
        what: `${text.slice(Math.max(0, match.index - 30), match.index)}⟦${match[0]} → ${by}⟧`.replace(/\s+/g, ' '),
        text: text.slice(0, match.index) + by + text.slice(match.index + match[0].length),
      };
    }),
  );
}

/**
 * True if the test of templates fails with this text. The test must pass without a fault. It reads the templates of its working directory.
 */
export async function isNoticedByTemplates({ file, text }, path) {
  sound ??= fails({ file, text: texts.get(file) }, path);
  if (await sound) throw new Error(`${testFile} fails without a fault, or is not compiled`);
  return fails({ file, text }, path);
}

let sound;

async function fails({ file, text }, path) {
  const project = `${path}.project`;
  await rm(project, { recursive: true, force: true });
  await mkdir(project);
  for (const name of ['.build', '.cache', 'node_modules', 'package.json'])
    await symlink(resolve(name), join(project, name));
  await cp('alertmanager', join(project, 'alertmanager'), { recursive: true });
  await writeFile(join(project, folder, file), text);
  return new Promise((done) => {
    execFile(
      'nice',
      ['-n', '19', process.execPath, resolve(testFile)],
      { cwd: project, env: { ...process.env, TAP_BAIL: '1' }, maxBuffer: 1e8 },
      (error) => done(error !== null),
    );
  });
}
