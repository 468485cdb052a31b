import { type Answer, type DemoRequest, jsonAnswer } from './exchange.js';
import { type Account, type Tier, tiers } from './population.js';
import { type BackendContext, crash } from './route.js';

/** The account behind a request, or the answer that refuses it; accounts stand in the database, so without it a 500. */
export function authenticate({ tokens, world, isDatabaseUp }: BackendContext, request: DemoRequest): Account | Answer {
  if (!isDatabaseUp()) return crash();
  const verdict = tokens.check(request.headers.authorization);
  if (verdict.kind === 'revoked') return jsonAnswer(401, { detail: 'Token has been revoked' });
  const account =
    verdict.kind === 'valid'
      ? world.population.accounts.find(({ username }) => username === verdict.username)
      : undefined;
  if (account !== undefined) return account;
  return jsonAnswer(401, { detail: 'Could not validate credentials' }, { 'www-authenticate': 'Bearer' });
}

/** The refusal of an account whose tier is too low, or undefined when it is not. */
export function refusalBelow(wanted: Tier, user: Account): Answer | undefined {
  if (tiers.indexOf(user.tier) >= tiers.indexOf(wanted)) return undefined;
  return jsonAnswer(403, { detail: `Requires ${wanted} subscription or higher` });
}
