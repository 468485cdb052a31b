import t from 'tap';
import { parseTarget } from '../../src/config/target-url.js';

/** The parts of a URL, or the message about it. */
function read(text: string): unknown {
  const target = parseTarget(text);
  if (typeof target === 'string' || !('shown' in target) || (target.kind !== 'postgres' && target.kind !== 'redis'))
    return target;
  const { kind, shown, username, password, sslMode } = target;
  return [kind, shown, username, password?.reveal(), sslMode];
}

t.test('the forms of DATABASE_URL that other programs use are accepted', async (t) => {
  for (const driver of ['', '+asyncpg', '+psycopg2', '+psycopg']) {
    t.strictSame(
      read(`postgresql${driver}://u:p@db/crm`),
      ['postgres', 'postgres://db:5432/crm', 'u', 'p', undefined],
      driver,
    );
  }
  const passwords: Readonly<Record<string, string>> = {
    'p#w': 'p#w',
    'p/w?x': 'p/w?x',
    'p%w': 'p%w',
    '100%': '100%',
    'p[w]': 'p[w]',
    'p%23w': 'p#w',
    'a:b': 'a:b',
    'p@w': 'p@w',
    '5%2x': '5%2x',
    '12#34': '12#34',
    'ü^|': 'ü^|',
  };
  for (const [written, meant] of Object.entries(passwords)) {
    t.strictSame(
      read(`postgres://u:${written}@db:5433/crm?sslmode=require`),
      ['postgres', 'postgres://db:5433/crm', 'u', meant, 'require'],
      written,
    );
  }
  t.strictSame(read('rediss://:p#w@cache/2'), ['redis', 'rediss://cache:6379/2', undefined, 'p#w', 'verify-full']);
  t.strictSame(read('postgres://u:p@db/crm?connect_timeout=5&application_name=web&schema=public'), [
    'postgres',
    'postgres://db:5432/crm',
    'u',
    'p',
    undefined,
  ]);
  t.strictSame(read('postgres://u:p@db/crm?connect_timeout=5&sslmode=verify-full&pool_timeout=1'), [
    'postgres',
    'postgres://db:5432/crm',
    'u',
    'p',
    'verify-full',
  ]);
  for (const query of [
    'serverVersion=16&charset=utf8',
    'pgbouncer=true&connection_limit=1',
    'pool=5&encoding=unicode',
    'supa=base-pooler.x',
    'ApplicationName=web&loginTimeout=5',
    'async_fallback=True',
  ]) {
    t.strictSame(
      read(`postgres://u:p@db/crm?${query}`),
      ['postgres', 'postgres://db:5432/crm', 'u', 'p', undefined],
      query,
    );
  }
  t.strictSame(read('postgres://u:p@[2001:db8::1]:5433/crm?sslmode=require'), [
    'postgres',
    'postgres://[2001:db8::1]:5433/crm',
    'u',
    'p',
    'require',
  ]);
  t.strictSame(read('redis://:p@cache/1?protocol=3&socket_connect_timeout=5&health_check_interval=30'), [
    'redis',
    'redis://cache:6379/1',
    undefined,
    'p',
    'disable',
  ]);
});

t.test('a database target contains only the parts that the URL contains', async (t) => {
  t.strictSame(parseTarget('postgres+psycopg2://db'), {
    kind: 'postgres',
    host: 'db',
    port: 5432,
    shown: 'postgres://db:5432',
  });
  t.strictSame(parseTarget('postgresql://reader@[::1]:1/my%20crm?sslmode=verify-ca'), {
    kind: 'postgres',
    host: '::1',
    port: 1,
    database: 'my crm',
    username: 'reader',
    sslMode: 'verify-ca',
    shown: 'postgres://[::1]:1/my%20crm',
  });
  t.match(parseTarget('postgres://db?sslmode=disable'), { sslMode: 'disable' });
  t.strictSame(parseTarget('redis://cache'), {
    kind: 'redis',
    host: 'cache',
    port: 6379,
    sslMode: 'disable',
    shown: 'redis://cache:6379',
  });
});

t.test('a DATABASE_URL that is not supported is refused with the right form', async (t) => {
  const tcp =
    'must begin with tcp:// and end with its port: of databases, only PostgreSQL and Redis have a probe of their own; for others the exporter only connects';
  const answers: Readonly<Record<string, string>> = {
    'jdbc:postgresql://db/crm?user=u': 'must be without "jdbc:", as in postgres://user@host:port/database',
    'postgres://u:p@one,two/crm': 'must name one host: configure each as a component of its own',
    'postgres://u:p@one:5432,two:5432/crm': 'must name one host: configure each as a component of its own',
    'postgresql:///crm?host=/run/postgresql': 'must have a host: sockets of the file system are not supported',
    'postgres://u:p@%2Frun%2Fpostgresql/crm': 'must have a host: sockets of the file system are not supported',
    'postgres://u:p@/crm?host=/run/postgresql': 'must have a host: sockets of the file system are not supported',
    'postgres://u:p@db/crm?host=other': 'must name its host after the "@": postgres://user@host:port/database',
    'postgres://u:p@db/crm?ssl=require': 'must have sslmode=require or sslmode=verify-full instead of ssl',
    'postgres://u:p@db/crm?sslmode=prefer':
      'must have one sslmode of disable, require, verify-ca and verify-full; instead of prefer or allow use require or disable',
    'postgres://u:p@db/crm?sslmode=no-verify':
      'must have one sslmode of disable, require, verify-ca and verify-full, where no-verify is called require',
    'postgres://u:p@db/crm?sslmode=require&sslmode=disable':
      'must have one sslmode of disable, require, verify-ca and verify-full',
    'postgres://u:p@db/crm?sslmode=require&channel_binding=require':
      'must have no channel_binding, which this client does not have; sslmode=verify-full proves which server it is',
    'postgres://u:p@db/crm?target_session_attrs=read-write':
      'must have no parameter "target_session_attrs", which this client does not know',
    'postgres://u@db/crm?p%23=w': 'must have no such parameter, which this client does not know',
    'postgres://u:p@db/crm?sslmode=require&sslrootcert=x.pem': 'must have no sslrootcert; use tls.ca_file here',
    'postgres://u:p@db/crm?options=-csearch_path%3Dcrm':
      'must have no options: the exporter makes no settings in the session',
    'postgres://u:%E9@db/crm': 'must have its credentials percent-encoded as UTF-8',
    'redis+sentinel://one:26379/main': 'must be redis://host:port/number of one server: sentinels are not supported',
    'unix:///run/redis.sock': 'must have a host: sockets of the file system are not supported',
    'rediss://cache?ssl_cert_reqs=none': 'must have no ssl_cert_reqs; use tls.insecure_skip_verify here',
    'rediss://cache?ssl_ca_certs=x': 'must have no ssl_ca_certs; use tls.ca_file here',
    'postgres://db/crm?sslcert=x': 'must have no sslcert; use tls.cert_file here',
    'postgres://db/crm?sslkey=x': 'must have no sslkey; use tls.key_file here',
    'postgres://db/crm?user=u': 'must name its user before the "@": postgres://user@host:port/database',
    'redis://cache?username=u': 'must name its user before the "@": redis://user:password@host:port/number',
    'redis://cache?password=p': 'must have its password before the "@", or in auth.basic',
    'redis://cache?db=2': 'must have the number of its database after the "/": redis://host:port/number',
    'valkey://cache': 'must begin with redis://, or rediss:// for TLS',
    'VALKEYS://cache': 'must begin with redis://, or rediss:// for TLS',
    'postgis://u:p@db/crm': 'must begin with postgres://',
    'timescale://db/crm': 'must begin with postgres://',
    'timescaledb://db/crm': 'must begin with postgres://',
    'cockroach://db/crm': 'must begin with postgres://',
    'cockroachdb+psycopg2://db/crm': 'must begin with postgres://',
    'pg:crm': 'must begin with postgres://',
    'see pg:crm': 'must be a URL such as http://localhost:8000/health',
    'see jdbc:a': 'must be a URL such as http://localhost:8000/health',
    'see valkey:a': 'must be a URL such as http://localhost:8000/health',
    'see redis:a': 'must be a URL such as http://localhost:8000/health',
    'see kafka:a': 'must be a URL such as http://localhost:8000/health',
    'the host=a': 'must be a URL such as http://localhost:8000/health',
    'amqp://queue': tcp,
    'amqps://queue/a b': tcp,
    'MariaDB://db/a b': tcp,
    'postgresql+asyncpg://u:p@/crm': 'must have a host: sockets of the file system are not supported',
    'postgres://%E9:p@db/crm': 'must have its credentials percent-encoded as UTF-8',
    'postgres://db/%E9': 'must have its credentials percent-encoded as UTF-8',
    'host = db': 'must be a URL such as postgres://user@host:port/database',
    'postgres://db:0/crm': 'must be postgres://user@host:port/database',
    'postgres://db:99999/crm': 'must be postgres://user@host:port/database',
    'postgres://db/a/b': 'must be postgres://user@host:port/database',
    'postgres://db/crm#x': 'must be postgres://user@host:port/database',
    'postgres://db/%00': 'must be postgres://user@host:port/database',
    'redis://cache/crm': 'must be redis://host:port/number or rediss://',
    'redis://cache/123456': 'must be redis://host:port/number or rediss://',
    'redis://cache:99999': 'must be redis://host:port/number or rediss://',
    'redis-sentinel://one:26379/main': 'must be redis://host:port/number of one server: sentinels are not supported',
    'redis+unix:///run/redis.sock': 'must have a host: sockets of the file system are not supported',
    'redis-socket:///run/redis.sock': 'must have a host: sockets of the file system are not supported',
    'postgresql+asyncpg:///crm': 'must have a host: sockets of the file system are not supported',
    'postgres://u@%2frun/crm': 'must have a host: sockets of the file system are not supported',
    'postgres://db/crm?sslmode=allow':
      'must have one sslmode of disable, require, verify-ca and verify-full; instead of prefer or allow use require or disable',
    'postgres://db/crm?sslmode=on': 'must have one sslmode of disable, require, verify-ca and verify-full',
    'postgres://db/crm?a%20b=1': 'must have no such parameter, which this client does not know',
    [`postgres://db/crm?${'a'.repeat(40)}=1`]: 'must have no such parameter, which this client does not know',
    'mysql+pymysql://u:p@db/crm':
      'must begin with tcp:// and end with its port: of databases, only PostgreSQL and Redis have a probe of their own; for others the exporter only connects',
    'mongodb+srv://u:p@db/crm':
      'must begin with tcp:// and end with its port: of databases, only PostgreSQL and Redis have a probe of their own; for others the exporter only connects',
    'host=db port=5432 dbname=crm': 'must be a URL such as postgres://user@host:port/database',
    'Server=db;Port=5432;Database=crm': 'must be a URL such as postgres://user@host:port/database',
    'http://u:p#w@web/': 'must have its credentials percent-encoded: "#" is %23, "/" is %2F, "?" is %3F',
    'http://web:99999/a@b': 'must have a port between 1 and 65535',
    $DATABASE_URL: 'must be a URL: variables of the environment are written as ${NAME}',
  };
  for (const [url, answer] of Object.entries(answers)) t.equal(read(url), answer, url);
});
