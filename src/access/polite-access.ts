import type { Clock } from '../base/clock.js';
import { readUrl } from '../base/host-name.js';
import type { Log } from '../base/log.js';
import type { Config } from '../config/config.js';
import { type AiCrmConfig, aiCrmDefaults } from '../config/sections/ai-crm-section.js';
import type { HttpSettings } from '../config/sections/http-options.js';
import { type HttpProber, probeHttp } from '../net/http-client.js';
import { ClientTokens } from './client-tokens.js';
import {
  type AiCrmAccount,
  type DataAccess,
  type DataAnswer,
  type DataClient,
  DataFailure,
  type DataRequest,
  type FreezeLimits,
  type LoginState,
  type SourceLimits,
} from './data-access.js';
import { type HealthGate, type HealthGates, Lanes } from './lanes.js';
import { accountOf, askIdentity, isPastLogin, isTokenAccepted, type Send, settingsFor } from './login.js';
import { Rests } from './rests.js';
import { mayFreeze, Sender } from './sender.js';
import { AiCrmSession } from './session.js';
import { SharedWork } from './shared-work.js';
import { aiCrmSource, Usages } from './usages.js';

interface DataAccessOptions {
  readonly prober: HttpProber;
  readonly clock: Clock;
  readonly log: Log;
  /** Sends a request. Default: `probeHttp`. */
  readonly probe?: typeof probeHttp;
  /** Tokens of OAuth 2.0 clients, when others use them too. */
  readonly tokens?: ClientTokens;
}

/** The session of `ai_crm.login`, and the configuration that contains it. */
interface Login {
  readonly config: AiCrmConfig;
  readonly session: AiCrmSession;
}

/** Time before AI-CRM is asked again, even if its answer does not identify it. */
const identifyAgainSeconds = 3600;

/**
 * The access to all data sources, with care: see `DataClient`. One object for the life of the process: used budgets,
 * and what is known about servers, survive every reload of the configuration.
 */
export class PoliteDataAccess implements DataAccess, HealthGates {
  readonly client: DataClient = { ask: (request, signal) => this.#ask(request, signal) };
  readonly #options: DataAccessOptions;
  readonly #lanes: Lanes;
  readonly #sender: Sender;
  readonly #rests: Rests;
  readonly #tokens: ClientTokens;
  readonly #accounts = new SharedWork<AiCrmAccount>(
    () =>
      new DataFailure('timeout', 'AI-CRM did not return the account of the login (GET /auth/me) before the deadline'),
  );
  readonly #usages = new Usages();
  #aiCrm: AiCrmConfig | undefined;
  #session: AiCrmSession | undefined;
  #identifyAtSeconds = Number.NEGATIVE_INFINITY;

  constructor(options: DataAccessOptions) {
    this.#options = options;
    this.#rests = new Rests(options.clock);
    this.#tokens = options.tokens ?? new ClientTokens(options);
    this.#lanes = new Lanes(options.clock, options.log);
    this.#sender = new Sender({
      ...options,
      probe: options.probe ?? probeHttp,
      laneOf: (url) => this.#lanes.laneOf(url),
    });
  }

  /** Applies a configuration, when nothing of the previous one is running. */
  configure(config: Config): void {
    this.#lanes.configure(config);
    this.#identifyAtSeconds = Number.NEGATIVE_INFINITY;
    this.#usages.configure(config.aiCrm);
    this.#aiCrm = config.aiCrm;
    this.#session = this.#sessionOf(config.aiCrm);
  }

  gateFor(component: string, url?: string): HealthGate {
    return this.#lanes.gateFor(component, url);
  }

  async account(signal: AbortSignal): Promise<AiCrmAccount> {
    const login = this.#needLogin();
    const { session } = login;
    await session.token(signal);
    return session.account ?? (await this.#accounts.do((shared) => this.#readAccount(login, shared), signal));
  }

  loginState(): LoginState | null {
    return this.#session?.state() ?? null;
  }

  limits(): readonly SourceLimits[] {
    return this.#usages.limits(this.#options.clock.monotonicSeconds());
  }

  freeze(): FreezeLimits {
    return {
      limitRatio: this.#aiCrm?.freezeLimitRatio ?? aiCrmDefaults.freezeLimitRatio,
      frozenSeconds: this.#lanes.frozenSeconds,
    };
  }

  async #ask(request: DataRequest, signal: AbortSignal): Promise<DataAnswer> {
    const { source, url } = request;
    const lane = this.#lanes.laneOf(url);
    const ask = () =>
      request.usesLogin === true ? this.#askLoggedIn(request, signal) : this.#askAlone(request, signal);
    // The result of cleanup says nothing about earlier requests, and a small request does no harm.
    if (request.isCleanup === true || request.isOfProxy === true || !mayFreeze(url))
      return judged(await ask(), request.http);
    this.#rests.permit(source, lane);
    if (this.#lanes.isOfAiCrm(lane)) await this.#identify(signal);
    return judged(await this.#rests.watch(source, lane, ask), request.http);
  }

  #askAlone(request: DataRequest, signal: AbortSignal): Promise<DataAnswer> {
    const { source, http } = request;
    if (http.oauth2 === undefined) return this.#send(source, request, signal);
    return this.#tokens.asking(
      http.oauth2,
      (token) => this.#send(source, { ...request, http: { ...http, auth: { kind: 'bearer', token } } }, signal),
      (answer) => answer.statusCode === 401 && !isExpected(answer, http),
      signal,
    );
  }

  /**
   * Asks AI-CRM once for its health, if that may show that a component with another address is the same server. The
   * next request follows even without an answer.
   */
  async #identify(signal: AbortSignal): Promise<void> {
    const config = this.#aiCrm;
    const now = this.#options.clock.monotonicSeconds();
    if (config === undefined || !this.#lanes.wantsIdentity || now < this.#identifyAtSeconds) return;
    this.#identifyAtSeconds = now + identifyAgainSeconds;
    await askIdentity(config, this.#smallQuestions(config, signal)).then(
      (identity) => this.#lanes.identify(identity),
      unlessFailure,
    );
  }

  async #askLoggedIn(request: DataRequest, signal: AbortSignal): Promise<DataAnswer> {
    const { url, http } = request;
    const { session, config } = this.#needLogin();
    const home = new URL(config.url).origin;
    if (readUrl(url)?.origin !== home)
      throw new DataFailure('refused_target', `the login of ai_crm may be sent to ${home} only`);
    const headers = new Map(http.headers);
    headers.delete('authorization');
    let token = await session.token(signal);
    for (let attempt = 1; ; attempt++) {
      const withLogin = { ...request, http: { ...http, headers, auth: { kind: 'bearer', token } as const } };
      const answer = await this.#send(aiCrmSource, withLogin, signal);
      if (answer.statusCode !== 401 || isExpected(answer, http)) {
        if (isPastLogin(answer)) {
          session.accepted();
          await this.#prove({ session, config }, signal);
        }
        return answer;
      }
      const other = attempt === 1 ? await session.another(token, signal) : undefined;
      if (attempt > 1) session.refused(token);
      if (other === undefined) {
        await this.#prove({ session, config }, signal);
        throw session.refusal();
      }
      token = other;
    }
  }

  /** If it is still unknown, it is checked again later. */
  async #prove({ session, config }: Login, signal: AbortSignal): Promise<void> {
    const send = this.#smallQuestions(config, signal);
    await session.prove((token) => isTokenAccepted(config, token, send), signal).catch(unlessFailure);
  }

  #smallQuestions({ timeoutSeconds }: AiCrmConfig, signal: AbortSignal): Send {
    return (url, http) => this.#send(aiCrmSource, { source: aiCrmSource, url, http, timeoutSeconds }, signal);
  }

  /** `counted`: the source that counts the request. */
  #send(counted: string, request: DataRequest, signal: AbortSignal): Promise<DataAnswer> {
    const { budget, onSent } = this.#usages.of(counted, request.url);
    return this.#sender.send({ ...request, budget, onSent }, signal);
  }

  async #readAccount({ session, config }: Login, signal: AbortSignal): Promise<AiCrmAccount> {
    const { url, timeoutSeconds } = config;
    const answer = await this.#ask(
      { source: aiCrmSource, url: `${url}/auth/me`, http: settingsFor(config), timeoutSeconds, usesLogin: true },
      signal,
    );
    const account = accountOf(answer);
    session.describe(account);
    return account;
  }

  #sessionOf(config: AiCrmConfig | undefined): AiCrmSession | undefined {
    const login = config?.login;
    if (config === undefined || login === undefined) return undefined;
    if (this.#session?.isOf(config.url, login) === true) {
      this.#session.use(config);
      return this.#session;
    }
    return new AiCrmSession(config, login, this.#options.clock, (url, http, timeoutSeconds, signal) =>
      this.#sendLogin(url, http, timeoutSeconds, signal),
    );
  }

  /** Logins are counted, but the remaining numbers are those of the token. */
  #sendLogin(url: string, http: HttpSettings, timeoutSeconds: number, signal: AbortSignal): Promise<DataAnswer> {
    const { budget, onSent } = this.#usages.of(aiCrmSource, url);
    return this.#sender.send(
      { source: aiCrmSource, url, http, timeoutSeconds, budget, onSent: () => onSent() },
      signal,
    );
  }

  #needLogin(): Login {
    const [config, session] = [this.#aiCrm, this.#session];
    if (config === undefined || session === undefined)
      throw new DataFailure('auth', 'ai_crm has no login: give it a username and password, or a token');
    return { config, session };
  }
}

function isExpected({ statusCode }: DataAnswer, { expect }: HttpSettings): boolean {
  return expect.statusCodes?.includes(statusCode) === true;
}

function unlessFailure(error: unknown): void {
  if (!(error instanceof DataFailure)) throw error;
}

/** Codes for no access or too many requests are failures unless expected. The caller judges all others. */
function judged(answer: DataAnswer, http: HttpSettings): DataAnswer {
  const { statusCode } = answer;
  if (isExpected(answer, http)) return answer;
  if (statusCode === 401 || statusCode === 407)
    throw new DataFailure('auth', `${statusCode}: the credentials are not accepted, or are missing`, {
      statusCode,
    });
  if (statusCode === 403)
    throw new DataFailure('auth', '403: the account may not read this: its tier or role is too low', { statusCode });
  if (statusCode === 429)
    throw new DataFailure(
      'rate_limited',
      '429: too many requests; the next query waits as long as the answer requires',
      { statusCode },
    );
  return answer;
}
