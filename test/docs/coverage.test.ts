import { readFile } from 'node:fs/promises';
import t from 'tap';
import { trackedFiles } from '../support/documents.js';

const text = await readFile('docs/coverage.md', 'utf8');
const rows = text.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| The document '));

t.test('every promise has a place and a test', async (t) => {
  t.ok(rows.length > 40);
  for (const row of rows) {
    const [, promise = '', place = '', tests = ''] = row.split(/(?<!\\)\|/).map((cell) => cell.trim());
    t.ok(promise !== '' && place !== '', row);
    t.match(tests, /^`test\/[\w./-]+\.test\.ts`(?:, `test\/[\w./-]+\.test\.ts`)*$/, row);
  }
});

t.test('every named test and metric exists', async (t) => {
  const files = new Set(trackedFiles());
  const metrics = await readFile('docs/metrics.md', 'utf8');
  t.same(
    [...text.matchAll(/`(test\/[^`]+)`/g)].map(([, file = '']) => file).filter((file) => !files.has(file)),
    [],
  );
  t.same(
    [...text.matchAll(/`(aicrm_\w+)`/g)]
      .map(([, name = '']) => name)
      .filter((name) => !metrics.includes(`\`${name}\``) && !name.endsWith('_')),
    [],
  );
});
