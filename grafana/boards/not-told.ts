/** Why a number of AI-CRM's own is not there. It is also gone while AI-CRM, or its database, is down. */
export const whyNotTold = 'AI-CRM does not report it now, or ai_crm is not configured';

/** The same where a graph would be. */
export const notTold = `not known: ${whyNotTold}`;
