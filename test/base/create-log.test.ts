import t, { type Test } from 'tap';
import { createLog, logfmt } from '../../src/base/create-log.js';
import { type LogFormat, type LogLevel, logLevels } from '../../src/base/log.js';

t.test('values in a line are quoted if they would end it or look like several values', async (t) => {
  const table: readonly (readonly [value: unknown, shown: string | undefined])[] = [
    ['up', 'a=up'],
    ['größe', 'a=größe'],
    [7, 'a=7'],
    [false, 'a=false'],
    [null, 'a=null'],
    ['', 'a=""'],
    ['two words', 'a="two words"'],
    ['b=c', 'a="b=c"'],
    ['b"c', 'a="b\\"c"'],
    ['b\\c', 'a="b\\\\c"'],
    ['b\nc', 'a="b\\nc"'],
    ['b\u007f', 'a="b\u007f"'],
  ];
  for (const [value, shown] of table) t.equal(logfmt({ a: value }), shown);
  t.equal(logfmt({ a: 1, b: undefined, c: 'd' }), 'a=1 c=d', 'what is undefined is left out');
});

/** The lines that a log writes to standard error. */
function written(t: Test, level: LogLevel, format: LogFormat): readonly string[] {
  const captured = t.capture(process.stderr, 'write', () => true);
  const log = createLog({ level, format });
  for (const each of logLevels) log[each](`it is ${each}`, { at: 'a\u001b[2J', count: 7, nothing: undefined });
  log.error('no fields');
  captured.restore();
  return captured().map(({ args: [chunk] }) => String(chunk).replace(/\d{4}-\d\d-\d\dT[\d:.]{12}Z/, 'TIME'));
}

t.test('an event is one line on standard error, without control characters for terminals', async (t) => {
  t.strictSame(written(t, 'error', 'logfmt'), [
    'ts=TIME level=error msg="it is error" at=a\ufffd[2J count=7\n',
    'ts=TIME level=error msg="no fields"\n',
  ]);
  t.strictSame(written(t, 'error', 'json'), [
    '{"ts":"TIME","level":"error","msg":"it is error","at":"a\ufffd[2J","count":7}\n',
    '{"ts":"TIME","level":"error","msg":"no fields"}\n',
  ]);
});

t.test('events below the level are left out', async (t) => {
  for (const [index, level] of logLevels.entries())
    t.same(
      written(t, level, 'logfmt').map((line) => /level=(\w+)/.exec(line)?.[1]),
      [...logLevels.slice(index), 'error'],
      level,
    );
});
