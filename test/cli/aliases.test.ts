import t from 'tap';
import { logfmt } from '../../src/base/create-log.js';
import { parseListenAddress } from '../../src/cli/options.js';
import { translateAliases } from '../../src/cli/program.js';

t.test('flags of the monitoring document become ours', async (t) => {
  const table: readonly (readonly [string, string])[] = [
    ['', ''],
    ['serve --log.level debug', 'serve --log.level debug'],
    ['--once', 'check'],
    ['--once --verbose', 'check --verbose'],
    ['check --once', 'check'],
    ['--config x.json', '--config.file x.json'],
    ['--config=x.json --once', 'check --config.file x.json'],
    ['--generate-file out.html', 'check --html out.html'],
    ['--generate-file', 'check --html dashboard.html'],
    ['--generate-file --verbose', 'check --html dashboard.html --verbose'],
    ['--port 9000', '--web.listen-address :9000'],
    ['demo --port=9000', 'demo --web.listen-address :9000'],
    ['--config.file=x.yml', '--config.file=x.yml'],
  ];
  const words = (text: string) => text.split(' ').filter((word) => word !== '');
  for (const [given, meant] of table) t.same(translateAliases(words(given)), words(meant), given || 'nothing');
});

t.test('listen addresses as Prometheus people write them', async (t) => {
  t.same(parseListenAddress(':10059'), { host: '::', port: 10059 });
  t.same(parseListenAddress('10059'), { host: '::', port: 10059 });
  t.same(parseListenAddress('127.0.0.1:0'), { host: '127.0.0.1', port: 0 });
  t.same(parseListenAddress('[::1]:1'), { host: '::1', port: 1 });
  t.same(parseListenAddress('localhost:65535'), { host: 'localhost', port: 65535 });
  for (const text of ['', ':', 'x', ':65536', '1:2:3', ':-1', 'a b:1:'])
    t.throws(() => parseListenAddress(text), { code: 'usage' }, text);
});

t.test('logfmt quotes what would break a line', async (t) => {
  t.equal(
    logfmt({ a: 1, b: 'x y', c: 'a"b', d: undefined, e: '', f: 'ä\n', g: 'k=v', h: true }),
    'a=1 b="x y" c="a\\"b" e="" f="ä\\n" g="k=v" h=true',
  );
});
