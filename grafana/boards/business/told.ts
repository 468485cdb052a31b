/** The same for numbers that only the documented interface has. */
export const notToldByReal =
  'not told: the real AI-CRM does not say it; request_sources, sql_sources or json_sources can';

/** Why a comparison may be missing. */
export const needsTwoWeeks = 'Last week is there when Prometheus keeps data for more than two weeks (retention_days).';
