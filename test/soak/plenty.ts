/** The request limit of the simulated AI-CRM for each login. It is never reached, because the soak does not test politeness. */
export const requestsPerHour = 1_000_000;
