import type { Definition } from '../../metrics/definition.js';
import { concurrentUsers, failedLogins, featureUsage } from '../../metrics/families/business.js';
import type { MetricMapping } from '../mapping.js';

/** What `preset` of an entry of `sql_sources` may be. */
export const sqlPresetNames = ['ai_crm_tables'] as const;

/**
 * What AI-CRM's web backend keeps in its own database: `auth_sessions` (user_id, is_active, expires_at) and `audit_logs`
 * (event_type, action, result). A session counts until it is ended or runs out, which is seven days after the login. Logins
 * that were refused are rows of the event type LOGIN_ATTEMPT with the result FAILURE; what succeeded counts by its action, or
 * by its event type where AI-CRM wrote no action.
 *
 * Counted are all rows, not those of the last hour: a total that only grows is what a counter is. Where old rows are
 * deleted it falls, which Prometheus takes for a restart of the counter, with what is left as the growth since.
 */
export const aiCrmTables: { readonly query: string; readonly metrics: readonly MetricMapping[] } = {
  query: `select 'concurrent_users' as measure, null as feature, count(distinct user_id) as value
from auth_sessions
where is_active and expires_at > now()
union all
select 'failed_logins', null, count(*)
from audit_logs
where event_type = 'LOGIN_ATTEMPT' and result = 'FAILURE'
union all
select 'feature_usage', lower(coalesce(action, event_type)), count(*)
from audit_logs
where result = 'SUCCESS'
group by 2`,
  metrics: [
    rowsOf('concurrent_users', concurrentUsers),
    rowsOf('failed_logins', failedLogins),
    { ...rowsOf('feature_usage', featureUsage), labels: new Map([['feature', { kind: 'path', path: '$.feature' }]]) },
  ],
};

function rowsOf(measure: string, definition: Definition): MetricMapping {
  return { definition, path: `$[?@.measure == '${measure}']`, value: { kind: 'path', path: '$.value' }, scale: 1, labels: new Map() };
}
