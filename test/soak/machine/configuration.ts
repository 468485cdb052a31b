import { readFileSync } from 'node:fs';
import { hashSync } from 'bcryptjs';
import { demoLogins } from '../../../simulator/population.js';
import { requestsPerHour } from '../plenty.js';
import type { Backends } from './backends.js';
import { user } from './exporter.js';
import { dnsName } from './surroundings.js';

/** Components that are never well. */
export const rudeNames: ReadonlySet<string> = new Set([
  'rude_hangs',
  'rude_resets',
  'rude_pours',
  'rude_stops',
  'rude_babbles',
]);

/** The component with a maintenance window in the night in which Berlin's clocks change. */
export const nightComponent = 'night';

/** Changes to the usual configuration. */
export interface Changes {
  /** This many more components, with new names. */
  readonly more?: number;
  /** Only two components. */
  readonly isSmall?: boolean;
  /** A number that makes names, certificates and metrics new. */
  readonly serial?: number;
  /** Whether there is a name to look up. */
  readonly hasName: boolean;
}

/** Files by name. The `monitoring.yml` has every kind of component and source; it is written as JSON, which is YAML. */
export function configurationOf(
  backends: Backends,
  { more = 0, isSmall = false, serial = 0, hasName }: Changes,
): Readonly<Record<'ca.pem' | 'monitoring.yml', string>> {
  const { postgres, redis, documentUrl, rude } = backends;
  const faulty = backends.faulty();
  const asked = backends.asked();
  const databaseUrl = `postgres://postgres:open%20sesame@127.0.0.1:${postgres?.port}/postgres`;
  const endpoints: Record<string, unknown> = {
    backend: { url: `${faulty.urls.backend}/health`, expect: { json: true }, depends_on: ['postgres_port'] },
    frontend: { url: `${faulty.urls.frontend}/`, expect: { body_regex: 'id="root"' } },
    monitoring: { url: `${faulty.urls.monitoring}/health/detailed`, expect: { json: true } },
    gateway: { url: `${faulty.urls.gateway}/api/health`, tls: { ca_file: 'ca.pem', server_name: 'localhost' } },
    postgres_port: faulty.urls.postgres,
    redis_port: faulty.urls.redis,
    asked: `${asked.urls.backend}/health`,
    document: { url: documentUrl, depends_on: ['backend'] },
    [nightComponent]: documentUrl,
    ...Object.fromEntries(
      [...rude].map(([name, { port }]) => [`rude_${name}`, { url: `http://127.0.0.1:${port}/`, timeout: '500ms' }]),
    ),
    ...(hasName && { named: `http://${dnsName}:${new URL(documentUrl).port}/` }),
    ...(postgres !== undefined && { postgres: databaseUrl }),
    ...(redis !== undefined && { redis: `redis://127.0.0.1:${redis.port}` }),
    ...Object.fromEntries(
      Array.from({ length: more }, (_, i) => [`more_${serial}_${i}`, { url: documentUrl, interval: '5s' }]),
    ),
  };
  const configuration = {
    endpoints: isSmall ? { frontend: endpoints['frontend'], document: documentUrl } : endpoints,
    check_intervals: { health_checks: '2s', system_metrics: '2s', agent_performance: '5s', detailed_analysis: '5s' },
    maintenance_windows: [
      {
        name: 'night',
        components: [isSmall ? 'document' : nightComponent],
        time_zone: 'Europe/Berlin',
        weekly: { days: ['sun'], start: '01:30', end: '03:30' },
      },
      { name: 'monthly', components: ['document'], time_zone: 'America/New_York', cron: '0 2 1 * *', duration: '1h' },
    ],
    probe: { allowed_targets: [`http://127.0.0.1:${new URL(documentUrl).port}/*`] },
    alert_channels: { console: true },
    ...(!isSmall && {
      ai_crm: {
        url: asked.urls.backend,
        api: 'real',
        login: { username: demoLogins.admin.username, password: demoLogins.admin.password },
        requests_per_hour: requestsPerHour,
        timeout: '2s',
      },
      json_sources: {
        orders: {
          url: documentUrl,
          metrics: [
            {
              name: 'shop_order_total',
              type: 'counter',
              help: 'Orders.',
              path: '$.orders[*]',
              value: '$.total',
              labels: { state: '$.state', serial: { text: String(serial) } },
            },
          ],
        },
        traffic: { url: `${asked.urls.backend}/metrics`, preset: 'ai_crm_metrics' },
      },
      ...(postgres !== undefined && {
        sql_sources: {
          tables: {
            url: databaseUrl,
            query: 'select relkind as kind, count(*) as tables from pg_class group by relkind',
            metrics: [{ name: 'crm_tables', help: 'Tables.', value: 'tables', labels: { kind: 'kind' } }],
          },
        },
      }),
      transactions: {
        log_in: {
          base_url: asked.urls.backend,
          timeout: '4s',
          steps: [
            {
              name: 'log_in',
              path: '/auth/login',
              json: { username_or_email: demoLogins.pro.username, password: demoLogins.pro.password },
              capture: { token: '$.access_token' },
            },
            { name: 'list', path: '/tasks', headers: { Authorization: 'Bearer {{token}}' } },
          ],
          cleanup: [
            { name: 'log_out', path: '/auth/logout', method: 'POST', headers: { Authorization: 'Bearer {{token}}' } },
          ],
        },
      },
    }),
  };
  // For the exporter the certificate is a new one, as after a renewal.
  return {
    'ca.pem': `${readFileSync(faulty.caFile, 'utf8')}# ${serial}\n`,
    'monitoring.yml': JSON.stringify(configuration),
  };
}

/** A `web.yml` with new password hashes each time. */
export function webConfiguration(): string {
  return JSON.stringify({
    basic_auth_users: { [user.name]: hashSync(user.password, 5), other: hashSync('other', 5) },
    http_server_config: { headers: { 'X-Frame-Options': 'deny' } },
  });
}
