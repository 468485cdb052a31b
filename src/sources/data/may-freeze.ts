/**
 * What AI-CRM answers by itself, within milliseconds: logins, accounts, agents and their suggestions, the analysis of a task. When it
 * does not, it stands still for somebody else.
 */
const ownAnswers = /\/(?:auth\/[\w-]+|agents(?:\/suggest)?|pm\/analyze|users\/admin\/stats|health)\/?$/;

/**
 * Whether a query can be what freezes AI-CRM: for its tasks and analytics it calls another service and does nothing else until that
 * has answered. Of any other server nothing is known, so everything else may.
 */
export function mayFreeze(url: string): boolean {
  return !URL.canParse(url) || !ownAnswers.test(new URL(url).pathname);
}
