import { countBy } from './counts.js';
import { type Answer, type DemoRequest, jsonAnswer, pythonTime } from './exchange.js';
import { type Account, demoLogins } from './population.js';
import { type BackendContext, crash, forUser, open, type Routes } from './route.js';
import { textFields } from './validation.js';

const recentSeconds = 30 * 86_400;

/** Login, the account itself, and what administrators see of all accounts. */
export function accountRoutes(context: BackendContext): Routes {
  return {
    'POST /auth/login': open((request) => login(context, request)),
    'POST /auth/logout': forUser((request) => {
      context.tokens.revoke(request.headers.authorization ?? '');
      return jsonAnswer(200, { message: 'Successfully logged out' });
    }),
    // Broken in the real backend; here so that whoever calls it finds out early.
    'POST /auth/refresh': open(() => crash()),
    'GET /auth/me': forUser((_request, user) => jsonAnswer(200, profile(context, user))),
    'GET /users/admin/stats': forUser((_request, user) =>
      user.role === 'admin'
        ? jsonAnswer(200, statistics(context))
        : jsonAnswer(403, { detail: 'Insufficient permissions' }),
    ),
  };
}

function login({ world, clock, tokens, isDatabaseUp }: BackendContext, request: DemoRequest): Answer {
  const checked = textFields(request, ['username_or_email', 'password']);
  if ('status' in checked) return checked;
  if (!isDatabaseUp()) return jsonAnswer(500, { detail: 'Login failed' });
  const { username_or_email: name, password, remember_me: remember } = checked.fields;
  const account = world.population.accounts.find(({ username, email }) => username === name || email === name);
  const known = Object.values(demoLogins).find(({ username }) => username === account?.username);
  if (account === undefined || known?.password !== password) {
    world.population.failedLoginsTotal += 1;
    return jsonAnswer(401, { detail: 'Incorrect username/email or password' });
  }
  account.lastLoginSeconds = clock.nowSeconds();
  const issued = tokens.issue(account.username, remember === true);
  return jsonAnswer(200, {
    access_token: issued.accessToken,
    refresh_token: issued.refreshToken,
    token_type: 'bearer',
    expires_in: issued.expiresInSeconds,
    user: identity(account),
  });
}

function identity({ id, username, email, fullName, role, tier, isVerified }: Account) {
  return { id, username, email, full_name: fullName, role, subscription_tier: tier, is_verified: isVerified };
}

function profile({ world }: BackendContext, user: Account) {
  const { is_verified: isVerified, ...rest } = identity(user);
  return {
    ...rest,
    account_status: user.isEnabled ? 'active' : 'suspended',
    is_verified: isVerified,
    created_at: pythonTime(user.createdAtSeconds),
    last_login: user.lastLoginSeconds === null ? null : pythonTime(user.lastLoginSeconds),
    monthly_tasks_created: [...world.board.tasks.values()].filter(({ creatorId }) => creatorId === user.id).length,
  };
}

function statistics({ world, clock }: BackendContext) {
  const { accounts } = world.population;
  const since = clock.nowSeconds() - recentSeconds;
  return {
    total_users: accounts.length,
    // Accounts that are enabled, whatever the name says.
    active_users: accounts.filter(({ isEnabled }) => isEnabled).length,
    verified_users: accounts.filter(({ isVerified }) => isVerified).length,
    subscription_breakdown: countBy(accounts, ({ tier }) => tier),
    role_breakdown: countBy(accounts, ({ role }) => role),
    recent_registrations: accounts.filter(({ createdAtSeconds }) => createdAtSeconds >= since).length,
  };
}
