/** The same for numbers that only the documented interface has. */
export const notToldByReal = 'not told: the real AI-CRM does not say it; a preset or a mapping of json_sources or sql_sources can';

/** Why a comparison may be missing. */
export const needsTwoWeeks = 'Last week is there when Prometheus keeps data for more than two weeks (retention_days).';
