import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ExporterError, isOwnTrouble, messageOf, systemCodeOf, whyUnwritable } from '../../src/base/errors.js';

const withCode = (code: unknown) => Object.assign(new Error('odd\nthing'), { code });

t.test('clients see an error only if it allows that, and a cause is present only if there is one', async (t) => {
  const plain = new ExporterError('usage', 'no such command');
  t.match(plain, { name: 'ExporterError', code: 'usage', message: 'no such command', expose: false });
  t.notOk('cause' in plain);
  const cause = new Error('why');
  const exposed = new ExporterError('usage', 'no such command', { cause, expose: true });
  t.equal(exposed.expose, true);
  t.equal(exposed.cause, cause);
});

t.test('anything that is thrown gives a message of one line', async (t) => {
  const table: readonly (readonly [thrown: unknown, message: string])[] = [
    [new Error('two\n lines'), 'two lines'],
    [new RangeError(''), 'RangeError'],
    ['a text', 'a text'],
    ['', 'unknown error'],
    [new Error(' \n'), 'unknown error'],
    [undefined, 'undefined'],
    [7, '7'],
    [Object.create(null), 'unknown error'],
    [Object.assign(new Error('a'), { message: 7 }), '7'],
  ];
  for (const [thrown, message] of table) t.equal(messageOf(thrown), message);
});

t.test('lack of resources on this machine is distinguished from faults of the service', async (t) => {
  for (const code of ['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM']) t.equal(isOwnTrouble(withCode(code)), true, code);
  for (const thrown of [withCode('ECONNREFUSED'), withCode(''), new Error('EMFILE'), 'EMFILE', undefined])
    t.equal(isOwnTrouble(thrown), false);
});

t.test('only system errors have a code', async (t) => {
  t.equal(systemCodeOf(withCode('ENOENT')), 'ENOENT');
  for (const thrown of [withCode(7), new Error('ENOENT'), {}, null, undefined, 'ENOENT'])
    t.equal(systemCodeOf(thrown), undefined);
});

t.test('the message about a file that cannot be written has the reason and a remedy', async (t) => {
  const table: Readonly<Record<string, RegExp>> = {
    EACCES:
      /^this user has no permission to write there; choose another path, or run the command as a user with that permission$/,
    EPERM:
      /^this user has no permission to write there; choose another path, or run the command as a user with that permission$/,
    EROFS: /read-only; choose another path$/,
    ENOSPC: /^the disk is full; free some space/,
    EDQUOT: /^the quota .* is used up; free some space/,
    EIO: /^cannot be written \(EIO\)$/,
  };
  for (const [code, why] of Object.entries(table)) t.match(whyUnwritable(withCode(code)), why, code);
  t.equal(whyUnwritable(new Error('odd\nthing')), 'cannot be written (odd thing)');

  const folder = t.testdir({ file: '' });
  const attempts: readonly (readonly [attempt: () => void, why: RegExp])[] = [
    [() => writeFileSync(folder, ''), /^this is a folder; choose the path of a file$/],
    [() => writeFileSync(join(folder, 'none', 'file'), ''), /^its parent folder does not exist; create it first$/],
    [
      () => writeFileSync(join(folder, 'file', 'file'), ''),
      /^a part of the path is a file instead of a folder; choose another path$/,
    ],
    [() => mkdirSync(join(folder, 'file')), /^a part of the path is a file instead of a folder; choose another path$/],
  ];
  for (const [attempt, why] of attempts)
    try {
      attempt();
      t.fail(`${why} was expected`);
    } catch (error) {
      t.match(whyUnwritable(error), why);
    }
});
