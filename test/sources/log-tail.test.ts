import { appendFile, mkdir, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { type LogPosition, type TailLimits, tailLog } from '../../src/sources/log-tail.js';
import { leftOpen } from '../support/left-open.js';
import { run } from '../support/programs.js';

const never = new AbortController().signal;

/** A log, and a function that reads its new lines. */
async function logIn(t: Test, limits: Partial<TailLimits> = {}, content = '') {
  const file = join(t.testdir({}), 'access.log');
  await writeFile(file, content);
  let position: LogPosition | undefined;
  const look = async (signal = never) => {
    const lines: string[] = [];
    const tailed = await tailLog(
      file,
      position,
      { bytes: 1 << 24, lineBytes: 100, ...limits },
      (some) => lines.push(...some),
      signal,
    );
    position = tailed.position;
    return { lines, tooLong: tailed.tooLong, behind: tailed.behindBytes };
  };
  return { file, look, write: (text: string) => appendFile(file, text) };
}

t.test('returns each new complete line once', async (t) => {
  const { look, write } = await logIn(t, {}, 'old\nold, and not com');
  t.same(await look(), { lines: [], tooLong: 0, behind: 0 });
  await write('plete\none\ntw');
  t.same((await look()).lines, ['one'], 'the begin of the existing line was not read');
  t.same(await look(), { lines: [], tooLong: 0, behind: 0 }, 'an incomplete line does not count as behind');
  await write('o\n\nthree\n');
  t.same((await look()).lines, ['two', '', 'three']);
});

t.test('a renamed log is read to its end, then the new one in its place', async (t) => {
  const { file, look, write } = await logIn(t);
  await look();
  await write('one\ntwo\n');
  t.same((await look()).lines, ['one', 'two']);
  await write('last\n');
  await rename(file, `${file}.1`);
  await writeFile(`${file}.2.gz`, 'something else');
  await t.rejects(
    look(),
    { reason: 'status', message: `there is no file ${file}` },
    'there may be a moment without a file',
  );
  await writeFile(file, 'first\n');
  t.same((await look()).lines, ['last', 'first']);
  await write('second\n');
  await rename(file, `${file}-20261130`);
  await rm(`${file}-20261130`);
  await writeFile(file, 'third\n');
  t.same((await look()).lines, ['third'], 'a removed rest is lost');
});

t.test('this works also if the new name begins differently, and if the log is a link', async (t) => {
  const { file, look } = await logIn(t);
  const folder = join(file, '..', 'logs');
  await mkdir(folder);
  const real = join(folder, 'crm.log');
  await rm(file);
  await writeFile(real, '');
  await symlink(real, file);
  await look();
  await appendFile(real, 'one\n');
  await rename(real, join(folder, 'old-crm.log'));
  await writeFile(real, 'two\n');
  t.same((await look()).lines, ['one', 'two']);
});

t.test('a log that is truncated is read from its beginning', async (t) => {
  const { file, look, write } = await logIn(t, {}, 'many lines that were there before\n');
  await look();
  await truncate(file, 0);
  await write('one\n');
  t.same((await look()).lines, ['one']);
  await truncate(file, 0);
  await write('more than there was\nbefore\n');
  t.same((await look()).lines, ['more than there was', 'before'], 'also if it is longer now than before');
});

t.test('lines that are too long are skipped, however they arrive', async (t) => {
  const { look, write } = await logIn(t);
  await look();
  await write(`${'x'.repeat(101)}\nshort\n${'y'.repeat(600_000)}\nshort again\n`);
  t.same(await look(), { lines: ['short', 'short again'], tooLong: 2, behind: 0 });
  await write('z'.repeat(101));
  t.same(await look(), { lines: [], tooLong: 1, behind: 0 });
  await write('zzz');
  t.same(await look(), { lines: [], tooLong: 0, behind: 0 }, 'once');
  await write('zzz\nnext\n');
  t.same((await look()).lines, ['next']);
});

t.test('of a large piece a part is read at once, and the rest later', async (t) => {
  const { file, look, write } = await logIn(t, { bytes: 300_000 });
  await look();
  const line = `${'a'.repeat(49)}\n`;
  await write(line.repeat(10_000));
  const first = await look();
  t.ok(first.lines.length >= 5900 && first.lines.length <= 6000, String(first.lines.length));
  t.equal(first.behind, (10_000 - first.lines.length) * line.length);
  await rename(file, `${file}.1`);
  await writeFile(file, 'new\n');
  const second = await look();
  t.same([first.lines.length + second.lines.length, second.behind], [10_001, 0], 'also across a rotation');
  t.same(leftOpen(dirname(file)), [], 'and no file is left open');
  const stopped = AbortSignal.abort();
  await write(line.repeat(10));
  t.match(await look(stopped), { lines: [], behind: 10 * line.length }, 'and nothing is lost after an abort');
  t.equal((await look()).lines.length, 10);
});

t.test('the rest of a renamed log comes before the new one, whatever its size', async (t) => {
  const { file, look, write } = await logIn(t, { bytes: 1000 });
  await look();
  await write('0123456789012345678901234567890123456789012345678\n'.repeat(50));
  await rename(file, `${file}.1`);
  await writeFile(file, 'new\n');
  const first = await look();
  t.same([first.lines.length, first.behind], [20, 1500 + 'new\n'.length]);
  t.same([(await look()).lines.length, (await look()).lines.at(-1)], [20, 'new']);
});

t.test('a line may be exactly as long as the limit', async (t) => {
  const { look, write } = await logIn(t, { lineBytes: 5 });
  await look();
  await write('12345\n123456\n\n');
  t.same(await look(), { lines: ['12345', ''], tooLong: 1, behind: 0 });
});

t.test('reports why a file cannot be read', async (t) => {
  const { file, look } = await logIn(t);
  await rm(file);
  await symlink('/dev/null', file);
  await t.rejects(look(), {
    reason: 'body',
    message: `${file} is not a regular file; nginx in a container writes to its standard output: mount a folder for its logs`,
  });
  await rm(file);
  run('mkfifo', [file]);
  await t.rejects(
    look(),
    { reason: 'body', message: /is not a regular file/ },
    'a pipe without a writer does not block',
  );
  await rm(file);
  await writeFile(file, '', { mode: 0o000 });
  await t.rejects(
    tailLog(join(dirname(file), 'x'.repeat(300)), undefined, { bytes: 1, lineBytes: 1 }, () => {}, never),
    { reason: 'body', message: /x cannot be read \(ENAMETOOLONG\)$/ },
  );
  await t.rejects(
    tailLog(join(file, 'below'), undefined, { bytes: 1, lineBytes: 1 }, () => {}, never),
    { reason: 'status', message: /^there is no file/ },
  );
  // As a user without permission, because root may read everything.
  const isRoot = process.getuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  const refused = await look().then(
    () => undefined,
    (error: unknown) => error,
  );
  if (isRoot) process.seteuid?.(0);
  t.match(refused, {
    reason: 'auth',
    message: `no permission to read ${file}: the exporter's user may need the group that has it, often adm`,
  });
});
