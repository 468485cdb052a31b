import type { Clock } from '../base/clock.js';
import type { Secret } from '../config/secret.js';
import type { AiCrmConfig, AiCrmLogin } from '../config/sections/ai-crm-section.js';
import type { HttpSettings } from '../config/sections/http-options.js';
import { type AiCrmAccount, type DataAnswer, DataFailure, type LoginState, NotAsked } from './data-access.js';
import { type Issued, loginSettings, readLogin, renewalMarginSeconds } from './login.js';
import { Backoff } from './rests.js';
import { SharedWork } from './shared-work.js';

/** Wait after a failed login: at most ten minutes, so that data is back soon after an outage of any length. */
const loginWait = { firstSeconds: 60, longestSeconds: 600 } as const;
/** Refused credentials will probably fail again a minute later, and may lock the account. */
const refusedWait = { firstSeconds: 300, longestSeconds: 3600 } as const;
/** Wait between two logins that a 401 causes. */
const renewalWait = { firstSeconds: 60, longestSeconds: 900 } as const;
/** This many equal answers in a row are not accidental with two or more workers: all workers accept the token, or none does. */
const provenAnswers = 12;
/** How often workers without a shared key are checked again. */
const proofSeconds = 60;

const refusedMessage =
  '401: AI-CRM does not accept the token of ai_crm.login: it is wrong, has expired or was revoked; create a new one';
const unsharedMessage =
  '401 for a token that AI-CRM has just issued, or accepts at other times: its workers have different values of SECRET_KEY; give all of them the same';

/** The login was refused during another request; `AiCrmSession.state` says why. */
export class LoginRefused extends DataFailure {}

/** Not sent without a login; `AiCrmSession.state` says why. */
export class NotLoggedIn extends NotAsked {}

/** Sends a login, without an Authorization. */
type SendLogin = (url: string, http: HttpSettings, timeoutSeconds: number, signal: AbortSignal) => Promise<DataAnswer>;

interface Token extends Issued {
  readonly renewAtSeconds: number;
  readonly expiresAtSeconds: number;
}

/**
 * The login of `ai_crm`: one shared token, requested when needed and renewed before it ends. A login costs AI-CRM 0.2 s
 * and two rows in its database, so none is repeated in a loop. `/auth/refresh` is broken there and never used.
 */
export class AiCrmSession {
  readonly #logins = new SharedWork<Secret>(() => new NotAsked('timeout', 'not logged in before the deadline'));
  readonly #failedLogins = new Backoff();
  readonly #renewals = new Backoff();
  /** Replacements of tokens that no worker accepts. */
  readonly #replacements = new Backoff();
  #token: Token | undefined;
  #account: AiCrmAccount | undefined;
  #failure: DataFailure | undefined;
  #isUp: boolean | null = null;
  #isRefused = false;
  #isUnshared = false;
  #proofAtSeconds = 0;
  #acceptedInARow = 0;

  constructor(
    private config: AiCrmConfig,
    private readonly login: AiCrmLogin,
    private readonly clock: Clock,
    private readonly send: SendLogin,
  ) {}

  /** Applies the settings of a new configuration with the same login. */
  use(config: AiCrmConfig): void {
    this.config = config;
  }

  /** Whether a login is that of this session. */
  isOf(url: string, login: AiCrmLogin): boolean {
    const own = this.login;
    if (url !== this.config.url) return false;
    if (own.kind === 'token' || login.kind === 'token')
      return own.kind === 'token' && login.kind === 'token' && own.token.reveal() === login.token.reveal();
    return own.username === login.username && own.password.reveal() === login.password.reveal();
  }

  /** The token for a request; logs in if there is none. Rejects with a `DataFailure` when the login fails, or failed a short time ago. */
  async token(signal: AbortSignal): Promise<Secret> {
    if (this.login.kind === 'token') return this.login.token;
    const now = this.clock.monotonicSeconds();
    const current = this.#token;
    if (current !== undefined && now < current.renewAtSeconds) return current.token;
    try {
      return await this.#logIn(signal);
    } catch (error) {
      const isGood =
        current !== undefined && this.#token === current && this.clock.monotonicSeconds() < current.expiresAtSeconds;
      if (isGood && error instanceof DataFailure) return current.token;
      throw error;
    }
  }

  /** Records that a request with the token was accepted. */
  accepted(): void {
    this.#acceptedInARow += 1;
    // A token that is refused permanently is not accepted again. So the workers disagree.
    if (this.#isRefused) this.#noteUnshared();
    this.#isRefused = false;
    this.#isUp = true;
    if (this.#acceptedInARow < provenAnswers) return;
    this.#isUnshared = false;
    this.#renewals.reset();
  }

  /** Records a 401 for this token. Returns another token to try once; undefined when there is none. */
  async another(refused: Secret, signal: AbortSignal): Promise<Secret | undefined> {
    const isNew = this.refused(refused);
    if (this.login.kind === 'token' || isNew) return undefined;
    if (!this.#logins.isUnderWay) {
      if (this.#token !== undefined && this.#token.token !== refused) return this.#token.token;
      this.#renewals.fail(this.clock.monotonicSeconds(), renewalWait.firstSeconds, renewalWait.longestSeconds);
      this.#token = undefined;
    }
    return this.#logIn(signal);
  }

  /** Records a 401 for this token; true when the token is so new that another login would not help. */
  refused(refused: Secret): boolean {
    this.#acceptedInARow = 0;
    if (this.login.kind === 'token') {
      this.#isRefused = true;
      return false;
    }
    const isNew = this.#token?.token === refused && this.clock.monotonicSeconds() < this.#renewals.untilSeconds;
    if (isNew) this.#noteUnshared();
    return isNew;
  }

  /**
   * Checks once a minute whether workers share their key again, while they are reported not to. `isAccepted` sends a
   * small request with a token. A token that no worker accepts is from the time before, so it is replaced.
   */
  async prove(isAccepted: (token: Secret) => Promise<boolean>, signal: AbortSignal): Promise<void> {
    const now = this.clock.monotonicSeconds();
    if (!this.#isUnshared || now < this.#proofAtSeconds) return;
    this.#proofAtSeconds = now + proofSeconds;
    for (;;) {
      const token = await this.token(signal);
      const isGood = await isAccepted(token);
      for (let alike = 1; alike < provenAnswers; alike++) if ((await isAccepted(token)) !== isGood) return;
      if (isGood || this.login.kind === 'token') {
        this.#isUnshared = false;
        this.#isRefused = !isGood;
        this.#renewals.reset();
        this.#replacements.reset();
        return;
      }
      if (now < this.#replacements.untilSeconds) return;
      this.#replacements.fail(now, renewalWait.firstSeconds, renewalWait.longestSeconds);
      this.#token = undefined;
    }
  }

  /** The failure for a 401; `state` says why. */
  refusal(): DataFailure {
    return new LoginRefused('auth', '401: AI-CRM does not accept the login; see the source ai_crm_login', {
      statusCode: 401,
    });
  }

  /** The account; undefined when AI-CRM has not described it. */
  get account(): AiCrmAccount | undefined {
    return this.#account;
  }

  /** Stores AI-CRM's description of a configured token. */
  describe(account: AiCrmAccount): void {
    this.#account = account;
  }

  /** The state of the login, for people. */
  state(): LoginState {
    const account = this.#account === undefined ? {} : { account: this.#account };
    if (this.#isUnshared) return { up: false, failure: { reason: 'auth', message: unsharedMessage }, ...account };
    if (this.#isRefused) return { up: false, failure: { reason: 'auth', message: refusedMessage }, ...account };
    if (this.#failure !== undefined)
      return { up: false, failure: { reason: this.#failure.reason, message: this.#failure.message }, ...account };
    return { up: this.#isUp, failure: null, ...account };
  }

  #noteUnshared(): void {
    if (!this.#isUnshared) this.#proofAtSeconds = this.clock.monotonicSeconds() + proofSeconds;
    this.#isUnshared = true;
  }

  #logIn(signal: AbortSignal): Promise<Secret> {
    return this.#logins.do((shared) => this.#logInOnce(shared), signal);
  }

  async #logInOnce(signal: AbortSignal): Promise<Secret> {
    const { config, login, clock } = this;
    if (login.kind === 'token') return login.token;
    const waitSeconds = this.#failedLogins.untilSeconds;
    if (this.#failure !== undefined && clock.monotonicSeconds() < waitSeconds)
      throw notLoggedIn(this.#failure, waitSeconds);
    try {
      const answer = await this.send(
        `${config.url}/auth/login`,
        loginSettings(config, login.username, login.password),
        config.timeoutSeconds,
        signal,
      );
      return this.#keep(readLogin(answer));
    } catch (error) {
      if (!(error instanceof DataFailure) || error instanceof NotAsked) throw error;
      this.#failure = error;
      this.#acceptedInARow = 0;
      const { firstSeconds, longestSeconds } =
        error.statusCode === 401 || error.statusCode === 403 ? refusedWait : loginWait;
      const untilSeconds = this.#failedLogins.fail(clock.monotonicSeconds(), firstSeconds, longestSeconds);
      throw notLoggedIn(error, untilSeconds);
    }
  }

  #keep(issued: Issued): Secret {
    const now = this.clock.monotonicSeconds();
    const { token, expiresInSeconds } = issued;
    this.#token = {
      ...issued,
      expiresAtSeconds: now + expiresInSeconds,
      renewAtSeconds: now + expiresInSeconds - renewalMarginSeconds(expiresInSeconds),
    };
    this.#account = issued.account ?? this.#account;
    this.#failure = undefined;
    this.#failedLogins.reset();
    this.#isUp = true;
    return token;
  }
}

function notLoggedIn({ reason, statusCode }: DataFailure, notBeforeSeconds: number): NotLoggedIn {
  return new NotLoggedIn(reason, 'not logged in; see the source ai_crm_login', {
    notBeforeSeconds,
    ...(statusCode === undefined ? {} : { statusCode }),
  });
}
