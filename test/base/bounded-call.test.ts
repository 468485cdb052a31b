import t from 'tap';
import { createBoundedCall } from '../../src/base/bounded-call.js';
import { run } from '../support/programs.js';

t.test('a call returns its result, throws its error, and is stopped when it takes too long', async (t) => {
  const call = createBoundedCall();
  t.equal(
    call(() => 7, 1000),
    7,
  );
  t.throws(
    () =>
      call(() => {
        throw new RangeError('mine');
      }, 1000),
    new RangeError('mine'),
  );
  t.throws(
    () =>
      call(() => {
        for (;;);
      }, 10),
    { message: 'not done within 10 ms' },
  );
  t.equal(
    call(() => 8, 1000),
    8,
    'the next call works',
  );
});

t.test('without free file descriptors it fails, and the process goes on', async (t) => {
  const module = new URL('../../src/base/bounded-call.js', import.meta.url).href;
  const script = `
    const { createBoundedCall } = await import(${JSON.stringify(module)});
    const { closeSync, openSync } = await import('node:fs');
    const call = createBoundedCall();
    const taken = [];
    try { for (;;) taken.push(openSync('/dev/null')); } catch {}
    const told = [];
    while (taken.length > 0) {
      try { told.push(call(() => 'works', 1000)); } catch (error) { told.push(error.code); }
      closeSync(taken.pop());
    }
    console.log(told.join(' '));`;
  const { exitCode, stdout, stderr } = run('sh', [
    '-c',
    'ulimit -n 64 && exec "$0" --input-type=module -e "$1"',
    process.execPath,
    script,
  ]);
  t.equal(exitCode, 0, stderr);
  t.match(stdout, /^EMFILE(?: EMFILE)*(?: works)+\n$/, 'without free descriptors it fails, and later it works again');
});
