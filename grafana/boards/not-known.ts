/** Why a number of AI-CRM's own is not there. It is also gone while AI-CRM, or its database, is down. */
export const whyNotKnown = 'AI-CRM does not report it now, or ai_crm is not configured';

/** The same where a graph would be. */
export const notKnown = `not known: ${whyNotKnown}`;

/** Why a number that only the documented interface has is not there. */
export const whyUnknownToReal = 'the real AI-CRM does not report it; request_sources, sql_sources or json_sources can';

/** The same where a graph would be. */
export const unknownToReal = `not known: ${whyUnknownToReal}`;

/** Why a comparison may be missing. */
export const needsTwoWeeks = 'Last week is shown if Prometheus keeps data for more than two weeks (retention_days).';
