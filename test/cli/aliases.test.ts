import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { logfmt } from '../../src/base/create-log.js';
import { parseListenAddress } from '../../src/cli/options.js';
import { main } from '../support/main-program.js';

t.test('flags of the monitoring document work as before', async (t) => {
  const directory = t.testdir({
    'x.json': JSON.stringify({ endpoints: { a: 'tcp://127.0.0.1:1' }, retries: 0, host: { enabled: false } }),
    'bad.json': '{"endpoint": 1}',
  });
  /** The exit code and the whole output. */
  const of = async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await main(args, { cwd: directory });
    return { exitCode, text: stdout + stderr };
  };
  const down = { exitCode: 2, text: /✖ CRITICAL {2}a / };
  for (const args of [
    ['--once', '--config', 'x.json'],
    ['--config=x.json', '--once', '--verbose'],
    ['check', '--once', '--config', 'x.json'],
    ['--config.file=x.json', '--once'],
  ])
    t.match(await of(...args), down, args.join(' '));
  for (const [args, page] of [
    [['--generate-file', 'out.html', '--config', 'x.json'], 'out.html'],
    [['--config', 'x.json', '--generate-file'], 'dashboard.html'],
    [['--generate-file=other.html', '--config', 'x.json'], 'other.html'],
    [['check', '--generate-file', 'third.html', '--config', 'x.json'], 'third.html'],
  ] as const) {
    t.match(await of(...args), down, args.join(' '));
    t.match(await readFile(join(directory, page), 'utf8'), /<!doctype html>/i, page);
  }
  t.match(
    await of('--once', '--config', 'bad.json'),
    { exitCode: 3, text: /unknown key/ },
    'an impossible check is UNKNOWN',
  );
  t.match(await of('--port', '70000'), { exitCode: 2, text: /must be host:port or :port, not ":70000"/ });
  t.match(await of('demo', '--port=x'), { exitCode: 2, text: /must be host:port or :port, not ":x"/ });
});

t.test('listen addresses may be written as for Prometheus', async (t) => {
  t.same(parseListenAddress(':10059'), { host: '::', port: 10059 });
  t.same(parseListenAddress('10059'), { host: '::', port: 10059 });
  t.same(parseListenAddress('127.0.0.1:0'), { host: '127.0.0.1', port: 0 });
  t.same(parseListenAddress('[::1]:1'), { host: '::1', port: 1 });
  t.same(parseListenAddress('localhost:65535'), { host: 'localhost', port: 65535 });
  for (const text of ['', ':', 'x', ':65536', '1:2:3', ':-1', 'a b:1:'])
    t.throws(() => parseListenAddress(text), { code: 'usage' }, text);
});

t.test('logfmt quotes values that would break a line', async (t) => {
  t.equal(
    logfmt({ a: 1, b: 'x y', c: 'a"b', d: undefined, e: '', f: 'ä\n', g: 'k=v', h: true }),
    'a=1 b="x y" c="a\\"b" e="" f="ä\\n" g="k=v" h=true',
  );
});
