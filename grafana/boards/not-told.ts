/** What stands where a number of AI-CRM's own would be. It is also gone while AI-CRM, or its database, is down. */
export const notTold = 'not known: AI-CRM does not tell it now, or ai_crm is not configured';
