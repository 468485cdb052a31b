import t from 'tap';
import { parseTarget } from '../../src/config/normalise/target.js';

/** What becomes of a URL: its parts, or what it must be. */
function read(text: string): unknown {
  const target = parseTarget(text);
  if (typeof target === 'string' || !('shown' in target) || (target.kind !== 'postgres' && target.kind !== 'redis')) return target;
  const { kind, shown, username, password, sslMode } = target;
  return [kind, shown, username, password?.reveal(), sslMode];
}

t.test('the DATABASE_URL of other programs is taken', async (t) => {
  for (const driver of ['', '+asyncpg', '+psycopg2', '+psycopg']) {
    t.strictSame(read(`postgresql${driver}://u:p@db/crm`), ['postgres', 'postgres://db:5432/crm', 'u', 'p', undefined], driver);
  }
  const passwords: Readonly<Record<string, string>> = {
    'p#w': 'p#w', 'p/w?x': 'p/w?x', 'p%w': 'p%w', '100%': '100%', 'p[w]': 'p[w]', 'p%23w': 'p#w', 'a:b': 'a:b', 'p@w': 'p@w', '12#34': '12#34', 'ü^|': 'ü^|',
  };
  for (const [written, meant] of Object.entries(passwords)) {
    t.strictSame(read(`postgres://u:${written}@db:5433/crm?sslmode=require`), ['postgres', 'postgres://db:5433/crm', 'u', meant, 'require'], written);
  }
  t.strictSame(read('rediss://:p#w@cache/2'), ['redis', 'rediss://cache:6379/2', undefined, 'p#w', 'verify-full']);
  t.strictSame(read('postgres://u:p@db/crm?connect_timeout=5&application_name=web&schema=public'), ['postgres', 'postgres://db:5432/crm', 'u', 'p', undefined]);
  t.strictSame(read('postgres://u:p@db/crm?connect_timeout=5&sslmode=verify-full&pool_timeout=1'), ['postgres', 'postgres://db:5432/crm', 'u', 'p', 'verify-full']);
});

t.test('what is not taken of a DATABASE_URL is told how to write', async (t) => {
  const answers: Readonly<Record<string, string>> = {
    'jdbc:postgresql://db/crm?user=u': 'must be without "jdbc:", as in postgres://user@host:port/database',
    'postgres://u:p@one,two/crm': 'must name one host: each is a component of its own',
    'postgres://u:p@one:5432,two:5432/crm': 'must name one host: each is a component of its own',
    'postgresql:///crm?host=/run/postgresql': 'must be postgres://user@host:port/database',
    'postgres://u:p@db/crm?ssl=require': 'must have sslmode=require or sslmode=verify-full instead of ssl',
    'postgres://u:p@db/crm?sslmode=prefer': 'must have no other parameter than sslmode, with disable, require, verify-ca or verify-full',
    'postgres://u:p@db/crm?sslmode=require&sslrootcert=x.pem': 'must have no sslrootcert, that is tls.ca_file here',
    'postgres://u:p@db/crm?options=-csearch_path%3Dcrm': 'must have no other parameter than sslmode, with disable, require, verify-ca or verify-full',
    'postgres://u:%E9@db/crm': 'must have its credentials percent-encoded as UTF-8',
    'redis+sentinel://one:26379/main': 'must be redis://host:port/number of one server, as sentinels are not asked',
    'unix:///run/redis.sock': 'must name a host, as sockets of the file system are not asked',
    'http://u:p#w@web/': 'must have its credentials percent-encoded: "#" is %23, "/" is %2F, "?" is %3F',
    'http://web:99999/a@b': 'must be a URL such as http://localhost:8000/health',
    '$DATABASE_URL': 'must be a URL: variables of the environment are written as ${NAME}',
  };
  for (const [url, answer] of Object.entries(answers)) t.equal(read(url), answer, url);
});
