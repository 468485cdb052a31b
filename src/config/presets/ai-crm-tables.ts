import { activeUsers, concurrentUsers, failedLogins, featureUsage } from '../../metrics/business-metrics.js';
import type { Definition } from '../../metrics/definition.js';
import type { MetricMapping } from '../mapping.js';

/** What `preset` of an entry of `sql_sources` may be. */
export const sqlPresetNames = ['ai_crm_tables'] as const;

/**
 * What AI-CRM's web backend keeps in its own database: `users` (id, username, email, last_login), `auth_sessions` (user_id,
 * is_active, expires_at) and `audit_logs` (user_id, event_type, action, result). A session counts until it is ended or runs out,
 * which is seven days after the login. Logins that were refused are rows of the event type LOGIN_ATTEMPT with the result FAILURE;
 * what succeeded counts by its action, or by its event type where AI-CRM wrote no action.
 *
 * The only parameter is a list of user names and mail addresses in lower case: the accounts of monitoring, which log in again and
 * again and are left out. Not of the refused logins: who tries the password of such an account has to be seen.
 *
 * Counted are all rows, not those of the last hour: a total that only grows is what a counter is. Where old rows are
 * deleted it falls, which Prometheus takes for a restart of the counter, with what is left as the growth since.
 */
export const aiCrmTables: { readonly query: string; readonly metrics: readonly MetricMapping[] } = {
  query: `with monitors as (
  select id from users where lower(username) = any($1::text[]) or lower(email) = any($1::text[])
)
select 'concurrent_users' as measure, null as label, count(distinct user_id) as value
from auth_sessions
where is_active and expires_at > now() and user_id not in (select id from monitors)
union all
select 'active_users', span, count(last_login)
from (values ('24h', interval '24 hours'), ('7d', interval '7 days')) as spans (span, length)
left join users on last_login > now() - length and id not in (select id from monitors)
group by span
union all
select 'failed_logins', null, count(*)
from audit_logs
where event_type = 'LOGIN_ATTEMPT' and result = 'FAILURE'
union all
select 'feature_usage', lower(coalesce(action, event_type)), count(*)
from audit_logs
where result = 'SUCCESS' and (user_id is null or user_id not in (select id from monitors))
group by 2`,
  metrics: [
    rowsOf('concurrent_users', concurrentUsers),
    rowsOf('active_users', activeUsers, 'within'),
    rowsOf('failed_logins', failedLogins),
    rowsOf('feature_usage', featureUsage, 'feature'),
  ],
};

function rowsOf(measure: string, definition: Definition, label?: string): MetricMapping {
  const labels = new Map(label === undefined ? [] : [[label, { kind: 'path', path: '$.label' } as const]]);
  return {
    definition,
    path: `$[?@.measure == '${measure}']`,
    value: { kind: 'path', path: '$.value' },
    scale: 1,
    labels,
  };
}
