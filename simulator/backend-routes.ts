import type { Clock } from '../src/base/clock.js';
import { isRecord } from '../src/base/json.js';
import { type DemoRequest, jsonAnswer, jsonBody, pythonTime, type SimulatedAnswer, textAnswer } from './exchange.js';
import { type Account, type Agent, countBy, demoLogins, percent, type Tier, tiers } from './population.js';
import type { Tokens } from './tokens.js';
import type { SimulatedTaskBoard, Task, World } from './world.js';

/** What the backend needs. */
export interface BackendOptions {
  readonly world: World;
  readonly clock: Clock;
  /** Whether PostgreSQL is reachable now. */
  readonly isDatabaseUp: () => boolean;
  /** Whether endpoints exist that only the monitoring document describes. Without this they are 404, as in reality. */
  readonly hasDocumentedEndpoints: boolean;
  readonly requestsPerHour: number;
}

/** What all routes share. */
export interface BackendContext extends BackendOptions {
  readonly tokens: Tokens;
}

/** A route of the backend. `user` is the account for routes that need a login. */
export type BackendRoute =
  | { readonly access: 'open'; readonly answer: (request: DemoRequest) => SimulatedAnswer }
  | { readonly access: 'user'; readonly answer: (request: DemoRequest, user: Account) => SimulatedAnswer };

/** Routes by `METHOD /path`. */
export type Routes = Readonly<Record<string, BackendRoute>>;

/** A route without a login. */
export function open(answer: (request: DemoRequest) => SimulatedAnswer): BackendRoute {
  return { access: 'open', answer };
}

function forUser(answer: (request: DemoRequest, user: Account) => SimulatedAnswer): BackendRoute {
  return { access: 'user', answer };
}

/** The answer after an unhandled exception. */
function crash(): SimulatedAnswer {
  return textAnswer(500, 'Internal Server Error');
}

/** The account of a request, or an answer that refuses it. Accounts are in the database, so without it the answer is a 500. */
export function authenticate(
  { tokens, world, isDatabaseUp }: BackendContext,
  request: DemoRequest,
): Account | SimulatedAnswer {
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

/** The refusal of an account with too low a tier; undefined when the tier is sufficient. */
function refusalBelow(wanted: Tier, user: Account): SimulatedAnswer | undefined {
  if (tiers.indexOf(user.tier) >= tiers.indexOf(wanted)) return undefined;
  return jsonAnswer(403, { detail: `Requires ${wanted} subscription or higher` });
}

/** A body with these text fields. */
type Fields<Name extends string> = Readonly<Record<Name, string>> & Readonly<Record<string, unknown>>;

/** The fields of a JSON body, all of them text, or a 422 answer that lists all problems as the real backend does. */
function textFields<Name extends string>(
  request: DemoRequest,
  names: readonly Name[],
): { readonly fields: Fields<Name> } | SimulatedAnswer {
  const body = jsonBody(request);
  if (body === undefined) {
    return unprocessable([{ type: 'json_invalid', loc: ['body', 0], msg: 'JSON decode error', input: {} }]);
  }
  if (!isRecord(body)) {
    return unprocessable([
      { type: 'model_attributes_type', loc: ['body'], msg: 'Input should be a valid dictionary', input: body },
    ]);
  }
  const problems = names.flatMap((name) => {
    const value = body[name];
    if (typeof value === 'string') return [];
    if (value === undefined) return [{ type: 'missing', loc: ['body', name], msg: 'Field required', input: body }];
    return [{ type: 'string_type', loc: ['body', name], msg: 'Input should be a valid string', input: value }];
  });
  return problems.length > 0 ? unprocessable(problems) : { fields: body as Fields<Name> };
}

function unprocessable(problems: readonly object[]): SimulatedAnswer {
  return jsonAnswer(422, { detail: problems });
}

const recentSeconds = 30 * 86_400;

/** Login, the account itself, and statistics of all accounts for administrators. */
export function accountRoutes(context: BackendContext): Routes {
  return {
    'POST /auth/login': open((request) => login(context, request)),
    'POST /auth/logout': forUser((request) => {
      context.tokens.revoke(request.headers.authorization ?? '');
      return jsonAnswer(200, { message: 'Successfully logged out' });
    }),
    // Broken in the real backend, so a client that calls it must fail here too.
    'POST /auth/refresh': open(() => crash()),
    'GET /auth/me': forUser((_request, user) => jsonAnswer(200, profile(context, user))),
    'GET /users/admin/stats': forUser((_request, user) =>
      user.role === 'admin'
        ? jsonAnswer(200, statistics(context))
        : jsonAnswer(403, { detail: 'Insufficient permissions' }),
    ),
  };
}

function login({ world, clock, tokens, isDatabaseUp }: BackendContext, request: DemoRequest): SimulatedAnswer {
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
    account_status: 'active',
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
    // Enabled accounts, although the name is "active".
    active_users: accounts.filter(({ isEnabled }) => isEnabled).length,
    verified_users: accounts.filter(({ isVerified }) => isVerified).length,
    subscription_breakdown: countBy(accounts, ({ tier }) => tier),
    role_breakdown: countBy(accounts, ({ role }) => role),
    recent_registrations: accounts.filter(({ createdAtSeconds }) => createdAtSeconds >= since).length,
  };
}

const maxSuggestions = 5;
const stages = ['requirements', 'design', 'implementation', 'testing', 'deployment'] as const;
/** Words that make a task complex. */
const heavyWords = ['platform', 'architecture', 'enterprise', 'migration', 'end-to-end', 'complete', 'security'];

interface Suggestion {
  readonly agent: string;
  readonly confidence: number;
  readonly matched_keywords: readonly string[];
  readonly reasoning: string;
}

/** The two endpoints that analyse a task without creating one. */
export function analysisRoutes({ world, clock }: BackendContext): Routes {
  return {
    'POST /agents/suggest': forUser((request) => {
      const checked = textFields(request, ['title', 'description']);
      if ('status' in checked) return checked;
      return jsonAnswer(200, suggest(world.agents, `${checked.fields.title} ${checked.fields.description}`));
    }),
    'POST /pm/analyze': forUser((request, user) => {
      const refusal = refusalBelow('pro', user);
      if (refusal !== undefined) return refusal;
      const checked = textFields(request, ['title', 'description']);
      if ('status' in checked) return checked;
      // The analysis itself takes no time; the delay comes from the simulated service around it.
      world.recordAnalysis(clock.monotonicSeconds() - request.arrivedAtSeconds, true);
      return jsonAnswer(200, analyse(world.agents, checked.fields.title, checked.fields.description));
    }),
  };
}

/** The agents whose names share words with the text, best match first. */
function suggest(agents: readonly Agent[], text: string): readonly Suggestion[] {
  const words = new Set(wordsOf(text));
  const found = agents.flatMap(({ name }): Suggestion[] => {
    const own = name.split('-');
    const matched = own.filter((word) => words.has(word));
    if (matched.length === 0) return [];
    const reasoning = `Keywords: ${matched.join(', ')}`;
    return [{ agent: name, confidence: (matched.length / own.length) * 100, matched_keywords: matched, reasoning }];
  });
  return found.sort((a, b) => b.confidence - a.confidence).slice(0, maxSuggestions);
}

function analyse(agents: readonly Agent[], title: string, description: string) {
  const text = `${title} ${description}`;
  const complexity = 1 + wordsOf(text).filter((word) => heavyWords.includes(word)).length;
  const isComplex = complexity >= 3;
  const estimatedHours = complexity * (isComplex ? 16 : 2);
  const suggested = suggest(agents, text).map(({ agent }) => agent);
  const [primary = agents[0]?.name ?? '', ...supporting] = suggested;
  const hoursPerStage = estimatedHours / stages.length;
  const common = {
    analysis: {
      complexity,
      estimated_hours: estimatedHours,
      required_agents: [primary, ...supporting],
      dependencies: [],
      risk_factors: text.toLowerCase().includes('security') ? ['Security review needed'] : [],
      success_criteria: ['Accepted by the customer', 'Tests pass'],
    },
    workflow: {
      task_id: '',
      primary_agent: primary,
      supporting_agents: supporting,
      workflow_steps: stages.map((step) => ({ step, agent: primary, duration_hours: hoursPerStage })),
      estimated_completion: `${Math.ceil(estimatedHours / 8)} days`,
      dependencies: [],
    },
    priority: complexity > 1 ? 'HIGH' : 'MEDIUM',
  };
  if (!isComplex) {
    const recommendation = `Give it to ${primary}, about ${estimatedHours} hours`;
    return {
      type: 'direct_assignment',
      task: { title, description },
      ...common,
      assigned_agent: primary,
      recommendation,
    };
  }
  const subtasks = stages.map((stage, index) => ({
    title: `${title}: ${stage}`,
    description: `Part ${index + 1} of ${stages.length}: ${description}`,
    agent: primary,
    estimated_hours: hoursPerStage,
    depends_on: index === 0 ? null : `${title}: ${stages[index - 1] ?? ''}`,
  }));
  return {
    type: 'complex_task',
    original_task: { title, description },
    ...common,
    subtasks,
    recommendation: 'Split it into these subtasks',
  };
}

function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(/[a-z][a-z-]*[a-z]/g) ?? [];
}

/** Maximum number of rows of each request of the real backend to its upstream. */
const rowCap = 1000;

/** Tasks, agents, and analytics computed from them. */
export function taskRoutes({ world }: BackendContext): Routes {
  const { board } = world;
  return {
    'GET /tasks': forUser(({ query }) => {
      const wantsArchived = query.get('archived') === 'true';
      // Cut off first and filtered afterwards, as in the real backend.
      const rows = [...board.tasks.values()].slice(0, rowCap).filter(({ isArchived }) => isArchived === wantsArchived);
      return jsonAnswer(200, rows.map(taskRow));
    }),
    'GET /agents': forUser(() =>
      jsonAnswer(
        200,
        world.agents.map(({ name }) => name),
      ),
    ),
    // The real backend requires the tier PRO here, but also accepts FREE.
    'GET /analytics/task-completion': forUser(() => jsonAnswer(200, completion(board))),
    'GET /analytics/agent-performance': forUser(() => jsonAnswer(200, performanceByAgent(board))),
    'GET /analytics/executive-dashboard': forUser(
      (_request, user) => refusalBelow('enterprise', user) ?? jsonAnswer(200, executive(board)),
    ),
  };
}

function taskRow({ id, title, description, column, owner, isArchived }: Task) {
  return { id, title, description, column_name: column, owner: owner?.name ?? null, archived: isArchived };
}

/** The tasks that the analytics see. By column, so that tasks of other boards are excluded, but archived tasks are included. */
function analysedTasks(board: SimulatedTaskBoard): readonly Task[] {
  const all = [...board.tasks.values()];
  return (['To Do', 'In Progress', 'Done'] as const).flatMap((wanted) =>
    all.filter(({ column }) => column === wanted).slice(0, rowCap),
  );
}

function completion(board: SimulatedTaskBoard) {
  const own = analysedTasks(board);
  const totalTasks = own.length;
  const completedTasks = own.filter(({ column }) => column === 'Done').length;
  return { totalTasks, completedTasks, completionRate: percent(completedTasks, totalTasks) };
}

function performanceByAgent(board: SimulatedTaskBoard) {
  const found: Record<string, { totalTasks: number; completedTasks: number; successRate: number }> = {};
  for (const { owner, column } of analysedTasks(board)) {
    if (owner === null) continue;
    const entry = (found[owner.name] ??= { totalTasks: 0, completedTasks: 0, successRate: 0 });
    entry.totalTasks += 1;
    if (column === 'Done') entry.completedTasks += 1;
    entry.successRate = percent(entry.completedTasks, entry.totalTasks);
  }
  return found;
}

function executive(board: SimulatedTaskBoard) {
  const byRate = Object.entries(performanceByAgent(board)).sort(([, a], [, b]) => b.successRate - a.successRate);
  return {
    // These values are constants in the real backend too, so they must not be exported.
    systemOverview: { totalAgents: 0, activeIntegrations: 2, systemHealth: 95 },
    performanceKPIs: {
      taskCompletionRate: completion(board).completionRate,
      topPerformingAgents: byRate.slice(0, 5).map(([agent, { successRate }]) => ({ agent, successRate })),
      workflowEfficiency: 87.5,
    },
  };
}
