import { type Clock, systemClock } from '../base/clock.js';
import { ProbeFailure } from '../base/reason.js';
import { Secret } from '../config/secret.js';
import type { HttpSettings } from '../config/sections/http-options.js';
import type { ClientCredentials } from '../config/sections/oauth2-options.js';
import { type HttpOutcome, type HttpProber, probeHttp } from '../net/http-client.js';
import { NotAsked } from './data-access.js';
import { objectIn, renewalMarginSeconds, tokenIn } from './login.js';
import { Backoff } from './rests.js';
import { SharedWork } from './shared-work.js';

/** No answer of a token endpoint is larger. */
const maxBodyBytes = 64 * 1024;
/** After a token endpoint gave no token. Components wait for it, so that it is asked again soon. */
const endpointWait = { firstSeconds: 5, longestSeconds: 60 } as const;
/** Credentials that were refused will hardly be accepted a minute later. */
const refusedWait = { firstSeconds: 60, longestSeconds: 600 } as const;
/** After a token that a refusal has made us renew, until the next one that a refusal may. */
const renewalWait = { firstSeconds: 60, longestSeconds: 900 } as const;

/** What a token endpoint may call its refusal (RFC 6749, 5.2); anything else is text of the other side. */
const knownErrors =
  /^(?:invalid_(?:request|client|grant|scope|target)|unauthorized_client|unsupported_grant_type|access_denied)$/;

/** How a client says who it is (RFC 6749, 2.3.1): servers have to know the header, and some know only the other. */
type Style = 'header' | 'body';

interface CurrentToken {
  readonly token: Secret;
  readonly renewAtSeconds: number;
  readonly expiresAtSeconds: number;
}

interface TokenOptions {
  readonly prober: HttpProber;
  readonly clock?: Clock;
}

/** The token of one client, for everybody who uses it. */
class ClientToken {
  readonly #requests = new SharedWork<Secret>(
    () => new NotAsked('internal', `no token came from ${this.credentials.tokenUrl} before the deadline`),
  );
  readonly #failures = new Backoff();
  readonly #renewals = new Backoff();
  #current: CurrentToken | undefined;
  #failure: NotAsked | undefined;
  #style: Style = 'header';

  constructor(
    private readonly credentials: ClientCredentials,
    private readonly prober: HttpProber,
    private readonly clock: Clock,
  ) {}

  /** The token; asks for one where there is none, or where it ends soon. Rejects with `NotAsked`: nothing was sent with a token. */
  async get(signal: AbortSignal): Promise<Secret> {
    const current = this.#current;
    if (current !== undefined && this.clock.monotonicSeconds() < current.renewAtSeconds) return current.token;
    try {
      return await this.#requests.do((shared) => this.#request(shared), signal);
    } catch (error) {
      const isGood = current !== undefined && this.clock.monotonicSeconds() < current.expiresAtSeconds;
      if (isGood && error instanceof NotAsked) return current.token;
      throw error;
    }
  }

  accepted(): void {
    this.#renewals.reset();
  }

  /** Takes note that a token was refused; false where another one would hardly help. */
  refused(token: Secret): boolean {
    if (this.#current !== undefined && this.#current.token !== token) return true;
    const now = this.clock.monotonicSeconds();
    if (now < this.#renewals.untilSeconds) return false;
    this.#renewals.fail(now, renewalWait.firstSeconds, renewalWait.longestSeconds);
    this.#current = undefined;
    return true;
  }

  async #request(signal: AbortSignal): Promise<Secret> {
    const { clock } = this;
    if (this.#failure !== undefined && clock.monotonicSeconds() < this.#failures.untilSeconds) throw this.#failure;
    try {
      const { token, expiresInSeconds: life = Number.POSITIVE_INFINITY } = await this.#ask(signal);
      const now = clock.monotonicSeconds();
      const expiresAtSeconds = now + life;
      this.#current = { token, expiresAtSeconds, renewAtSeconds: expiresAtSeconds - renewalMarginSeconds(life) };
      this.#failure = undefined;
      this.#failures.reset();
      return token;
    } catch (error) {
      if (!(error instanceof ProbeFailure)) throw error;
      const { firstSeconds, longestSeconds } = error.reason === 'auth' ? refusedWait : endpointWait;
      const notBeforeSeconds = this.#failures.fail(clock.monotonicSeconds(), firstSeconds, longestSeconds);
      this.#failure = new NotAsked(error.reason, error.message, { notBeforeSeconds });
      throw this.#failure;
    }
  }

  /** Asks in the way that was right before, and in the other one where that is refused. */
  async #ask(signal: AbortSignal): Promise<NonNullable<ReturnType<typeof tokenIn>>> {
    const { tokenUrl } = this.credentials;
    let outcome = await this.#send(this.#style, signal);
    if (outcome.statusCode === 400 || outcome.statusCode === 401) {
      const other = this.#style === 'header' ? 'body' : 'header';
      const again = await this.#send(other, signal);
      if (again.statusCode === 200) {
        this.#style = other;
        outcome = again;
      }
    }
    const { failure, statusCode = 0, headers, body = Buffer.alloc(0) } = outcome;
    if (failure !== null)
      throw new ProbeFailure('internal', `no token from ${tokenUrl}: ${failure.message}`, { cause: failure });
    const content = objectIn({ headers, body }) ?? {};
    const { error } = content;
    const why = typeof error === 'string' && knownErrors.test(error) ? ` (${error})` : '';
    if (statusCode === 400 || statusCode === 401 || statusCode === 403)
      throw new ProbeFailure('auth', `${statusCode}: ${tokenUrl} gives no token for auth.oauth2${why}`);
    const issued = statusCode === 200 ? tokenIn(content) : undefined;
    if (issued === undefined)
      throw new ProbeFailure('internal', `${statusCode}: ${tokenUrl} gives no token: is auth.oauth2.token_url right?`);
    return issued;
  }

  #send(style: Style, signal: AbortSignal): Promise<HttpOutcome> {
    const { tokenUrl, clientId, clientSecret, scopes, parameters, tls, proxy } = this.credentials;
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
      ...Object.fromEntries([...parameters].map(([name, value]) => [name, value.reveal()])),
      ...(style === 'body' ? { client_id: clientId, client_secret: clientSecret.reveal() } : {}),
    });
    const encoded = (text: string) => new URLSearchParams({ x: text }).toString().slice(2);
    const password = new Secret(encoded(clientSecret.reveal()));
    const http: HttpSettings = {
      method: 'POST',
      headers: new Map([
        ['content-type', new Secret('application/x-www-form-urlencoded')],
        ['accept', new Secret('application/json')],
      ]),
      body: new Secret(form.toString()),
      expect: { jsonStatus: false, jsonValues: new Map() },
      ...(style === 'header' ? { auth: { kind: 'basic', username: encoded(clientId), password } } : {}),
      ...(proxy === undefined ? {} : { proxy }),
      tls,
      followRedirects: false,
      maxBodyBytes,
    };
    return probeHttp({ url: tokenUrl, http }, this.prober, signal);
  }
}

/**
 * The tokens of OAuth 2.0 clients: those who have the same settings share one. It goes with the last settings that use it, since each
 * reload may bring others.
 */
export class ClientTokens {
  readonly #bySettings = new WeakMap<ClientCredentials, ClientToken>();
  readonly #byMeaning = new Map<string, WeakRef<ClientToken>>();

  constructor(private readonly options: TokenOptions) {}

  /**
   * Asks with a token, and once more with another one where the first was refused. Rejects with `NotAsked` when there is no token to be had:
   * `auth` where the credentials are refused, `internal` where the token endpoint gives no answer to go by.
   */
  async asking<Answer>(
    credentials: ClientCredentials,
    ask: (token: Secret) => Promise<Answer>,
    isRefused: (answer: Answer) => boolean,
    signal: AbortSignal,
  ): Promise<Answer> {
    const client = this.#clientOf(credentials);
    for (let attempt = 1; ; attempt++) {
      const token = await client.get(signal);
      const answer = await ask(token);
      if (!isRefused(answer)) client.accepted();
      else if (client.refused(token) && attempt === 1) continue;
      return answer;
    }
  }

  #clientOf(credentials: ClientCredentials): ClientToken {
    const known = this.#bySettings.get(credentials);
    if (known !== undefined) return known;
    const { clientSecret, parameters, tls, ...others } = credentials;
    const secrets = [clientSecret, ...parameters.values()].map((secret) => secret.reveal());
    const meaning = JSON.stringify([others, [...parameters.keys()], secrets, tls, tls.key?.reveal()]);
    const { prober, clock = systemClock } = this.options;
    const client = this.#byMeaning.get(meaning)?.deref() ?? new ClientToken(credentials, prober, clock);
    for (const [other, reference] of this.#byMeaning)
      if (reference.deref() === undefined) this.#byMeaning.delete(other);
    this.#byMeaning.set(meaning, new WeakRef(client));
    this.#bySettings.set(credentials, client);
    return client;
  }
}
