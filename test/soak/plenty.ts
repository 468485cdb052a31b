/** What the simulated AI-CRM allows each login, more than is ever asked: what is soaked is not the politeness. */
export const requestsPerHour = 1_000_000;
