/** Reason why a number of AI-CRM itself is absent. It is also absent while AI-CRM or its database is down. */
export const whyNotKnown = 'AI-CRM does not report it now, or ai_crm is not configured';

/** The same text for a graph. */
export const notKnown = `not known: ${whyNotKnown}`;

/** Reason why a number is absent that only the documented interface has. */
export const whyUnknownToReal = 'the real AI-CRM does not report it; request_sources, sql_sources or json_sources can';

/** The same text for a graph. */
export const unknownToReal = `not known: ${whyUnknownToReal}`;

/** Reason why a comparison with last week may be absent. */
export const needsTwoWeeks = 'Last week is shown if Prometheus keeps data for more than two weeks (retention_days).';
