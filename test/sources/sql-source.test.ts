import { query as jsonPath } from 'json-p3';
import { Client } from 'pg';
import t from 'tap';
import { digitsAt } from '../../src/base/json.js';
import { Secret } from '../../src/config/secret.js';
import type { MetricMapping } from '../../src/config/sections/mapping-options.js';
import { aiCrmTables, type SqlSourceConfig } from '../../src/config/sections/sql-sources-section.js';
import { catalogue } from '../../src/metrics/catalogue.js';
import { set } from '../../src/metrics/definition.js';
import { Recorder } from '../../src/metrics/recorder.js';
import { createResolver } from '../../src/net/resolve.js';
import { TlsContexts } from '../../src/net/tls.js';
import { readRows } from '../../src/probes/postgres.js';
import { type ApplyMapping, sqlSourceCollector } from '../../src/sources/sql-source.js';
import { missingPostgres, startPostgres } from '../support/databases.js';
import { until } from '../support/until.js';

const network = { resolve: createResolver(), tlsContexts: new TlsContexts() };
const never = new AbortController().signal;

/** The part of a mapping that these tests need. */
const mapped =
  (mappings: readonly MetricMapping[]): ApplyMapping =>
  async (rows) => {
    const valueOf = (node: unknown, path: string): unknown => jsonPath(path, node as never).values()[0];
    const samples = mappings.flatMap(({ definition, path, value, labels }) =>
      jsonPath(path, rows as never)
        .values()
        .map((node) => {
          const named = [...labels].map(([label, rule]) => [
            label,
            String(valueOf(node, rule.kind === 'path' ? rule.path : '')),
          ]);
          return set(
            definition,
            Object.fromEntries(named) as Record<string, string>,
            Number(valueOf(node, value.kind === 'path' ? value.path : '')),
          );
        }),
    );
    return { samples, notices: ['as mapped'], rejectedValues: 1, isTruncated: false };
  };

t.test('an SQL source with a PostgreSQL', { skip: missingPostgres() }, async (t) => {
  const postgres = await startPostgres();
  t.teardown(() => postgres.stop());
  const { address } = postgres;
  const owner = new Client({
    host: address.host,
    port: address.port,
    user: 'postgres',
    database: 'postgres',
    password: 'open sesame',
  });
  owner.on('error', () => {});
  await owner.connect();
  t.teardown(() => owner.end());
  const source = (query: string, changes: Partial<SqlSourceConfig> = {}): SqlSourceConfig => ({
    name: 'shop',
    target: 'postgres://127.0.0.1/postgres',
    address,
    query,
    intervalSeconds: 300,
    timeoutSeconds: 5,
    maxRows: 1000,
    maxSeries: 1000,
    metrics: [],
    ...changes,
  });
  const read = (query: string, changes: Partial<SqlSourceConfig> = {}, signal = never) =>
    readRows(source(query, changes), network, signal);
  /** Our running queries on the server. */
  const running = async () =>
    (
      await owner.query<{ query: string }>(
        "select query from pg_stat_activity where application_name = 'ai-crm-exporter'",
      )
    ).rows.map(({ query }) => query);

  t.test('keeps the digits of long numbers for labels', async (t) => {
    const { rows } = await read(
      'select 9223372036854775807::int8 as id, 12345678901234567890::numeric as wide, 7::int8 as small, 0.1234567890123456789::numeric as part',
    );
    t.strictSame(rows, [{ id: 2 ** 63, wide: 12345678901234567000, small: 7, part: 0.12345678901234568 }]);
    t.strictSame(
      ['id', 'wide', 'small', 'part'].map((column) => digitsAt(rows, [0, column])),
      ['9223372036854775807', '12345678901234567890', undefined, undefined],
    );
  });

  t.test('returns rows with numbers, flags, times and nulls', async (t) => {
    const { rows, isCut } = await read(`
      -- every kind of column
      select 12345678901::int8 as big, 0.25::numeric as part, 1.5e300::float8 as float, true as yes, null::int as nothing, 'a''b' as text,
             timestamptz '2026-11-23 12:00:00.5+01' as moment, date '1970-01-02' as day, 'NaN'::numeric as nan, 'infinity'::timestamptz as never,
             '{"a": 1}'::jsonb as json, 1 as "__proto__", 2 as "it's ""it""";  -- the end`);
    t.notOk(isCut);
    t.strictSame(Object.entries(rows[0] ?? {}), [
      ['big', 12345678901],
      ['part', 0.25],
      ['float', 1.5e300],
      ['yes', true],
      ['nothing', null],
      ['text', "a'b"],
      ['moment', Date.UTC(2026, 10, 23, 11) / 1000 + 0.5],
      ['day', 86_400],
      ['nan', 'NaN'],
      ['never', 'infinity'],
      ['json', '{"a": 1}'],
      ['__proto__', 1],
      [`it's "it"`, 2],
    ]);
    t.strictSame(await read('select 1 where false'), { rows: [], isCut: false });
    await until('our connections are gone', async () => (await running()).length === 0);
    t.notMatch(
      postgres.log(),
      /unexpected EOF|reset by peer|connection to client lost/,
      'the log of the server has no complaint',
    );
  });

  t.test('returns at most the allowed rows, and does not compute the others', async (t) => {
    const ten = await read('select generate_series(1, 10) as n', { maxRows: 10 });
    t.match(ten, { isCut: false });
    t.equal(ten.rows.length, 10);
    const cut = await read(
      'select g as n from generate_series(1, 100) g where pg_sleep(case when g > 11 then 60 else 0 end) is not null',
      { maxRows: 10 },
    );
    t.match(cut, { isCut: true });
    t.strictSame(cut.rows.at(-1), { n: 10 });
    await t.rejects(read("select repeat('x', 20000000) as x"), {
      reason: 'size',
      message: 'the server sent more than 16 MiB',
    });
    const wide = `select ${Array.from({ length: 1001 }, (_, n) => `1 as c${n}`).join(', ')} from generate_series(1, 500)`;
    await t.rejects(read(wide), {
      reason: 'size',
      message: '500 rows of 1,001 columns are more than 500,000 values: select fewer columns',
    });
  });

  t.test('cannot write in any way', async (t) => {
    await owner.query(
      'create table entries (n int); create sequence numbers; create function note() returns int language sql as $$ insert into entries values (1) returning n $$',
    );
    const writes = { reason: 'status', message: '25006: the query writes, but it may only read' };
    await t.rejects(read('select note()'), writes);
    await t.rejects(read("select nextval('numbers')"), writes);
    await t.rejects(read('with x as (insert into entries values (2) returning n) select * from x'), {
      reason: 'status',
      message: /^0A000: the query does something that a read-only transaction does not permit/,
    });
    await t.rejects(read('select * into copied from entries'), { reason: 'status', message: /^42P11|^0A000|^42601/ });
    await t.rejects(
      read('select 1; commit; insert into entries values (3)'),
      { reason: 'status', message: /^42601/ },
      'queries that the check of the configuration does not find',
    );
    await t.rejects(read("select set_config('transaction_read_only', 'off', false), note()"), {
      reason: 'status',
      message: /^25\w{3}: /,
    });
    t.strictSame((await owner.query('select * from entries')).rows, []);
  });

  t.test('ends a slow query in time, and nothing keeps running', async (t) => {
    const startedAt = performance.now();
    await t.rejects(read('select pg_sleep(60)', { timeoutSeconds: 0.5 }), {
      reason: 'timeout',
      message: '57014: the query took too long and was cancelled',
    });
    t.ok(performance.now() - startedAt < 30_000);
    await until('our connections are gone', async () => (await running()).length === 0);

    const controller = new AbortController();
    const late = read('select pg_sleep(60)', { timeoutSeconds: 3 }, controller.signal);
    late.catch(() => {});
    await until('the query runs', async () => (await running()).some((query) => query.startsWith('FETCH')));
    controller.abort(new DOMException('late', 'TimeoutError'));
    await t.rejects(late, { reason: 'timeout', message: /^no answer before the deadline/ });
    await until('the server has given up as well', async () => (await running()).length === 0);
  });

  t.test('reports the problem of a query and its place, in its own words', async (t) => {
    await t.rejects(read('select hunter2 from pg_class'), {
      reason: 'status',
      message: '42703: there is no such column (character 8 of the query)',
    });
    await t.rejects(read('select 1 from hunter2'), {
      reason: 'status',
      message: '42P01: there is no such table (character 15 of the query)',
    });
    await t.rejects(read('select from where'), { reason: 'status', message: /^42601: the query has a syntax error/ });
    await t.rejects(read("select 'hunter2'::int"), {
      reason: 'status',
      message: /^22P02: the server refused, see its log/,
    });
    await owner.query("create role reader login password 'secret'; create table hidden (n int)");
    await t.rejects(
      read('select * from hidden', { address: { ...address, username: 'reader', password: new Secret('secret') } }),
      { reason: 'auth', message: '42501: this user lacks the permission' },
    );
  });

  t.test('is a collector whose failures are readings', async (t) => {
    const definition = {
      name: 'shop_orders',
      type: 'gauge',
      area: 'configured',
      help: 'Orders.',
      labels: ['state'],
    } as const;
    const metrics: readonly MetricMapping[] = [
      {
        definition,
        path: '$[*]',
        value: { kind: 'path', path: '$["n"]' },
        scale: 1,
        labels: new Map([['state', { kind: 'path', path: '$["state"]' }]]),
      },
    ];
    const rows = "select * from (values ('open', 3), ('done', 5)) as orders (state, n)";
    const recorder = new Recorder(catalogue, { processMetrics: false });
    recorder.define([definition]);
    let made = 0;
    const createMapping = async () => (made++, mapped(metrics));
    const collector = sqlSourceCollector(source(rows, { maxRows: 1 }), { network, createMapping });
    t.match(collector, { name: 'sql:shop', intervalSeconds: 300, timeoutSeconds: 5 });
    const { samples, readings } = await collector.collect(never);
    recorder.record(collector.name, samples);
    t.match(readings, [
      {
        subject: 'source',
        name: 'shop',
        up: true,
        reason: null,
        message: '1 row',
        notices: ['there are more than 1 rows (max_rows): the others were not read', 'as mapped'],
      },
    ]);
    const text = recorder.renderOwn('text');
    for (const line of [
      'shop_orders{state="open"} 3',
      'aicrm_source_up{source="shop"} 1',
      'aicrm_source_truncated{source="shop"} 1',
      'aicrm_source_rejected_values{source="shop"} 1',
    ])
      t.ok(text.includes(`${line}\n`), line);
    t.notMatch(text, /state="done"/);
    await collector.collect(never);
    t.equal(made, 1);

    const failing = sqlSourceCollector(source('select 1 / 0'), { network, createMapping });
    t.match(await failing.collect(never), {
      readings: [{ up: false, reason: 'status', message: '22012: the server refused, see its log' }],
    });
    const late = sqlSourceCollector(source('select pg_sleep(9)'), { network, createMapping });
    t.match(await late.collect(AbortSignal.timeout(100)), { readings: [{ up: false, reason: 'timeout' }] });
    const stopped = new Error('stopped');
    await t.rejects(late.collect(AbortSignal.abort(stopped)), stopped, 'an abort is not a failure of the source');
  });

  t.test("the preset reads AI-CRM's own tables, without the monitoring account", async (t) => {
    await owner.query(`
      create table users (id serial primary key, username varchar(50) not null, email varchar(255) not null, last_login timestamptz);
      create table auth_sessions (id serial primary key, user_id integer not null, refresh_token varchar(255), is_active boolean, expires_at timestamptz not null, last_used timestamptz default now());
      create table audit_logs (id serial primary key, user_id integer, event_type varchar(50) not null, resource varchar(100), action varchar(50), result varchar(20) not null, created_at timestamptz default now());
      insert into users (username, email, last_login) values ('ann', 'ann@crm.test', now() - interval '1 hour'), ('ben', 'ben@crm.test', now() - interval '3 days'), ('cleo', 'cleo@crm.test', now() - interval '30 days'), ('dora', 'dora@crm.test', null),
        ('Monitor', 'watch@crm.test', now()), ('drill', 'Drill@crm.test', now());
      insert into auth_sessions (user_id, is_active, expires_at) values (1, true, now() + '1 day'), (1, true, now() + '2 days'), (2, true, now() + '1 day'), (3, false, now() + '1 day'), (4, true, now() - '1 day'::interval), (5, true, now() + '6 days'), (6, true, now() + '6 days');
      insert into audit_logs (user_id, event_type, action, result) values (null, 'LOGIN_ATTEMPT', null, 'FAILURE'), (5, 'LOGIN_ATTEMPT', null, 'FAILURE'), (1, 'LOGIN_ATTEMPT', null, 'ERROR'), (null, 'TOKEN_REFRESH', null, 'FAILURE'),
        (1, 'LOGIN', null, 'SUCCESS'), (2, 'LOGIN', null, 'SUCCESS'), (5, 'LOGIN', null, 'SUCCESS'), (6, 'LOGIN', null, 'SUCCESS'), (6, 'LOGOUT', null, 'SUCCESS'), (null, 'LOGOUT', null, 'SUCCESS'), (1, 'TASK', 'Create_Task', 'SUCCESS')`);
    const told = async (excludedAccounts: readonly string[]) => {
      const collector = sqlSourceCollector(
        source(aiCrmTables.query, { metrics: aiCrmTables.metrics, excludedAccounts }),
        { network, createMapping: async () => mapped(aiCrmTables.metrics) },
      );
      const { samples, readings } = await collector.collect(never);
      t.match(readings, [{ up: true }]);
      return samples
        .filter(({ series }) => series.definition.area === 'business')
        .map(({ series, value }) => `${series.definition.name}${series.key} ${value}`)
        .sort();
    };
    t.strictSame(await told(['monitor', 'drill@crm.test']), [
      'aicrm_active_users{within="24h"} 1',
      'aicrm_active_users{within="7d"} 2',
      'aicrm_concurrent_users 2',
      'aicrm_failed_logins_total 2',
      'aicrm_feature_usage_total{feature="create_task"} 1',
      'aicrm_feature_usage_total{feature="login"} 2',
      'aicrm_feature_usage_total{feature="logout"} 1',
    ]);
    const all = await told([]);
    for (const line of [
      'aicrm_active_users{within="24h"} 3',
      'aicrm_concurrent_users 4',
      'aicrm_failed_logins_total 2',
      'aicrm_feature_usage_total{feature="login"} 4',
    ])
      t.ok(all.includes(line), line);
    await owner.query('update users set last_login = null');
    t.ok((await told([])).includes('aicrm_active_users{within="7d"} 0'), 'without users the count is 0');
  });
});
