import { complete, type Given, list, mapping, optional, required } from '../option.js';
import { numberBetween, text, url, wholeNumber, word } from '../option-kinds.js';
import type { Path } from '../problem.js';
import { type Context, checkComponentNames, timeoutKind } from '../resolving.js';
import type { Secret } from '../secret.js';
import { baseUrl } from '../target-url.js';
import { readSecret, resolveTls, secretOptions, type TlsSettings, tlsOptions } from './credential-options.js';
import { bodySize, headersOption, resolveHeaders } from './http-options.js';
import type { Schedule } from './schedule-section.js';
import { type AiCrmSubject, aiCrmSubjects, switchedOffBy, type Tracked, type Tracking } from './tracking-section.js';

/** Credentials for AI-CRM. */
export type AiCrmLogin =
  | { readonly kind: 'password'; readonly username: string; readonly password: Secret }
  | { readonly kind: 'token'; readonly token: Secret };

/** The two interfaces of AI-CRM; see `api` in `reference.yml`. */
type AiCrmApi = 'auto' | 'real' | 'documented';

/** `ai_crm`: the source of AI-CRM's own numbers. */
export interface AiCrmConfig {
  /** Without credentials, query and final slash. Paths such as `/tasks` are appended. */
  readonly url: string;
  readonly api: AiCrmApi;
  readonly login?: AiCrmLogin;
  /** Absent: everything that the account may read. */
  readonly collect?: readonly AiCrmSubject[];
  /** More components that the same backend answers, besides those with its address. Absent: none. */
  readonly components?: readonly string[];
  /** For each request. */
  readonly timeoutSeconds: number;
  /** Maximum number of requests in an hour, for each Authorization. */
  readonly requestsPerHour: number;
  /** Maximum share of time in which queries may block AI-CRM for others. */
  readonly freezeLimitRatio: number;
  /** The task for the suggestion of agents and the analysis by the PM gateway. */
  readonly sampleTask: { readonly title: string; readonly description: string };
  readonly headers: ReadonlyMap<string, Secret>;
  readonly tls: TlsSettings;
  readonly maxBodyBytes: number;
}

function readUrl(given: string) {
  return baseUrl(given, { example: 'http://localhost:8000 or https://crm.example.com/api', credentialsKey: 'login' });
}

const sampleTaskOptions = {
  title: optional(text(), 'Its title.', { default: 'Fix a slow database query' }),
  description: optional(text({ mayBeEmpty: true }), 'Its description.', {
    default: 'The sales report takes a minute to load. Find the slow PostgreSQL query behind it and propose an index.',
  }),
};

const loginOptions = {
  username: optional(text(), 'User name or mail address; with password.'),
  ...secretOptions('password', 'password'),
  ...secretOptions('token', 'bearer token, instead of user name and password'),
};

/** `ai_crm`. */
export const aiCrmOptions = {
  url: required(
    url((given) => readUrl(given).refusal),
    'Address of its API, http:// or https://, with its base path; without credentials and query.',
  ),
  api: optional(
    word(['auto', 'real', 'documented']),
    'real: the API of the web backend. documented: /metrics, /agents/metrics and /business/metrics of the monitoring document. auto: a request for /agents/metrics decides; while it fails, it is repeated every ten minutes.',
    { default: 'auto' },
  ),
  login: optional(
    mapping(loginOptions),
    'Account of the exporter: user name and password, or token with a bearer token. The real API needs it for all numbers. The exporter logs in once a day.',
    { quotes: 'never' },
  ),
  collect: optional(
    list(word(aiCrmSubjects), `a list of ${aiCrmSubjects.join(', ')}`),
    `What to read: list of ${aiCrmSubjects.join(', ')}. An empty list reads nothing, if you need only the login. users needs the role admin, pm_gateway the tier pro. tasks and agents are read every check_intervals.agent_performance, users and pm_gateway every detailed_analysis, database every health_checks.`,
    { defaultIs: 'all that the account may read' },
  ),
  components: optional(
    list(text(), 'a list of component names'),
    'Components that the same backend answers at another address. While a query may keep the backend busy, a probe of them without an answer does not count. You need not list components below this url, those that depend on one of them, or those that the exporter recognises. It recognises a health answer with the same fields and the same version, name or flags. List all others here.',
  ),
  timeout: optional(timeoutKind, 'Deadline of each request. Time in a queue does not count.', { default: 30 }),
  requests_per_hour: optional(
    wholeNumber({ minimum: 10, maximum: 1_000_000 }),
    'Most requests within an hour; AI-CRM itself allows 1000 for each login. Intervals that need more are an error. With a token, a twentieth of them (at least 5) is kept in reserve: after a start the exporter needs one request to learn how many were sent before.',
    { default: 500 },
  ),
  freeze_limit_percent: optional(
    numberBetween(0, 50, 'Percent'),
    'AI-CRM answers no other request while it works on a query of its tasks. Queries may take this share of its time. With 2, a query of 0.5 s is followed by a pause of 25 s; the first second or so has no pause.',
    { default: 2 },
  ),
  sample_task: optional(
    mapping(sampleTaskOptions),
    'Sample task, for which the exporter measures a suggestion of agents and an analysis by the PM gateway. Neither creates anything.',
  ),
  headers: headersOption,
  tls: optional(mapping(tlsOptions), 'TLS, as for an endpoint.'),
  max_body_bytes: optional(bodySize, 'A longer answer is a failure of reason size.', { default: 10 * 1024 * 1024 }),
};

type GivenAiCrm = Given<typeof aiCrmOptions>;
type GivenLogin = Given<typeof loginOptions>;

/** Defaults of `ai_crm`. */
export const aiCrmDefaults = {
  api: aiCrmOptions.api.default,
  timeoutSeconds: aiCrmOptions.timeout.default,
  requestsPerHour: aiCrmOptions.requests_per_hour.default,
  freezeLimitRatio: aiCrmOptions.freeze_limit_percent.default / 100,
  sampleTask: { title: sampleTaskOptions.title.default, description: sampleTaskOptions.description.default },
  maxBodyBytes: aiCrmOptions.max_body_bytes.default,
};

/** `ai_crm` with its defaults and secrets. */
export async function resolveAiCrm(given: GivenAiCrm, context: Context): Promise<AiCrmConfig> {
  const section: Path = ['ai_crm'];
  const settings = complete(aiCrmOptions, given);
  const login = given.login === undefined ? undefined : await resolveLogin(given.login, [...section, 'login'], context);
  const headers = resolveHeaders(given.headers ?? {}, [...section, 'headers'], context);
  if (given.login !== undefined && headers.has('authorization')) {
    context.report([...section, 'headers'], 'use either an authorization header or a login, not both', 'key');
  }
  if (settings.api === 'real' && given.login === undefined && given.collect?.length !== 0) {
    const place = given.collect === undefined ? section : [...section, 'collect'];
    context.report(place, 'needs ai_crm.login, because with api: real every request needs a login', 'key');
  }
  const { components = [] } = given;
  checkComponentNames(components, [...section, 'components'], context);
  return {
    url: readUrl(given.url).url ?? given.url,
    api: settings.api,
    ...(login === undefined ? {} : { login }),
    ...(given.collect === undefined ? {} : { collect: [...new Set(given.collect)] }),
    ...(components.length === 0 ? {} : { components: [...new Set(components)] }),
    timeoutSeconds: settings.timeout,
    requestsPerHour: settings.requests_per_hour,
    freezeLimitRatio: settings.freeze_limit_percent / 100,
    sampleTask: complete(sampleTaskOptions, given.sample_task ?? {}),
    headers,
    tls: await resolveTls(given.tls ?? {}, [...section, 'tls'], context),
    maxBodyBytes: settings.max_body_bytes,
  };
}

/** User name and password, or a token; undefined after an error was reported. */
async function resolveLogin(given: GivenLogin, path: Path, context: Context): Promise<AiCrmLogin | undefined> {
  const hasToken = given.token !== undefined || given.token_file !== undefined;
  const hasPassword = given.username !== undefined || given.password !== undefined || given.password_file !== undefined;
  if (hasToken === hasPassword) {
    context.report(path, 'needs either username and password, or token', 'key');
    return undefined;
  }
  if (hasToken) {
    const token = await readSecret(given, 'token', path, context);
    if (token === undefined) return undefined;
    if (!/^[\x21-\x7e]+$/.test(token.reveal())) {
      context.report(path, 'the token contains spaces or characters that no header may have', 'key');
    }
    return { kind: 'token', token };
  }
  const password = await readSecret(given, 'password', path, context);
  if (given.username === undefined) context.report([...path, 'username'], 'is missing', 'key');
  return password === undefined ? undefined : { kind: 'password', username: given.username ?? '', password };
}

type Planned = { readonly aiCrm: AiCrmConfig } & Pick<Schedule, 'intervals'> & { readonly tracking: Tracking };

/** Requests for reading each subject once, and its interval. The documented interface needs no more. */
const costs: readonly {
  readonly subject: AiCrmSubject;
  readonly what: Tracked;
  readonly requests: number;
  readonly interval: keyof Schedule['intervals'];
}[] = [
  { subject: 'tasks', what: 'tasks', requests: 2, interval: 'agentPerformanceSeconds' },
  { subject: 'agents', what: 'agents', requests: 1, interval: 'agentPerformanceSeconds' },
  { subject: 'agents', what: 'agent_response', requests: 1, interval: 'agentPerformanceSeconds' },
  { subject: 'users', what: 'users', requests: 1, interval: 'detailedAnalysisSeconds' },
  { subject: 'pm_gateway', what: 'pm_gateway', requests: 1, interval: 'detailedAnalysisSeconds' },
  { subject: 'database', what: 'database', requests: 1, interval: 'healthChecksSeconds' },
];

/** Requests an hour that follow from the configuration, for each subject of `ai_crm`, without logins. */
export function plannedRequestsPerHour({ aiCrm, intervals, tracking }: Planned): ReadonlyMap<AiCrmSubject, number> {
  const collected = aiCrm.collect ?? aiCrmSubjects;
  const planned = new Map<AiCrmSubject, number>();
  const isRead = (what: Tracked) => switchedOffBy(tracking, what) === undefined;
  for (const { subject, what, requests, interval } of costs) {
    if (!collected.includes(subject) || !isRead(what)) continue;
    // Numbers of agents need the tasks, too. If tasks are collected anyway, no more requests are needed.
    const needsTasks = what === 'agents' && !(collected.includes('tasks') && isRead('tasks'));
    const hourly = Math.ceil(((requests + (needsTasks ? 2 : 0)) * 3600) / intervals[interval]);
    planned.set(subject, (planned.get(subject) ?? 0) + hourly);
  }
  return planned;
}

/** Reports intervals that need more requests than `requests_per_hour` permits, because some would never be sent. */
export function checkRequestBudget(planned: Planned, given: GivenAiCrm, context: Context): void {
  const sections = ['check_intervals', 'performance_metrics', 'business_metrics', 'security_monitoring'] as const;
  if (!sections.every((section) => context.isSound(section))) return;
  const bySubject = plannedRequestsPerHour(planned);
  const total = [...bySubject.values()].reduce((sum, requests) => sum + requests, 0);
  const { requestsPerHour } = planned.aiCrm;
  if (total <= requestsPerHour) return;
  const isGiven = given.requests_per_hour !== undefined;
  const parts = [...bySubject].map(([subject, requests]) => `${subject} ${requests}`).join(', ');
  context.report(
    isGiven ? ['ai_crm', 'requests_per_hour'] : ['check_intervals'],
    `${total} requests an hour are needed for check_intervals (${parts}), but requests_per_hour allows only ${requestsPerHour}: make the intervals longer or raise requests_per_hour`,
    isGiven ? 'value' : 'key',
  );
}
