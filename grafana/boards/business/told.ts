/** The same for numbers that only the documented interface has. */
export const whyNotToldByReal = 'the real AI-CRM does not report it; request_sources, sql_sources or json_sources can';

/** The same where a graph would be. */
export const notToldByReal = `not known: ${whyNotToldByReal}`;

/** Why a comparison may be missing. */
export const needsTwoWeeks = 'Last week is shown if Prometheus keeps data for more than two weeks (retention_days).';
