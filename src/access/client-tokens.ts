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

/** Maximum size of an answer of a token endpoint. */
const maxBodyBytes = 64 * 1024;
/** Pause after a failure of a token endpoint. Components wait for the token, so the pause is short. */
const endpointWait = { firstSeconds: 5, longestSeconds: 60 } as const;
/** Pause after refused credentials, which will probably fail again a minute later. */
const refusedWait = { firstSeconds: 60, longestSeconds: 600 } as const;
/** Pause between two renewals of a token that servers refuse. */
const renewalWait = { firstSeconds: 60, longestSeconds: 900 } as const;

/** Error codes of a token endpoint (RFC 6749, 5.2). Any other value is text of the server, so it is not shown. */
const knownErrors =
  /^(?:invalid_(?:request|client|grant|scope|target)|unauthorized_client|unsupported_grant_type|access_denied)$/;

/** How a client sends its credentials (RFC 6749, 2.3.1). Servers must support the header, but some support only the body. */
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

/** The token of one client, shared by all its users. */
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

  /** The token. Requests one if there is none, or if it ends soon. Rejects with `NotAsked`: no request with a token was sent. */
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

  /** Records that a token was refused; false when a new one would probably fail too. */
  refused(token: Secret): boolean {
    // Another request replaced it, or is doing so.
    if (this.#current?.token !== token) return true;
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

  /** Sends the credentials as it worked before. If that is refused, tries the other way. */
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
      throw new ProbeFailure('auth', `${statusCode}: ${tokenUrl} issues no token for auth.oauth2${why}`);
    const issued = statusCode === 200 ? tokenIn(content) : undefined;
    if (issued === undefined)
      throw new ProbeFailure('internal', `${statusCode}: ${tokenUrl} issues no token: is auth.oauth2.token_url right?`);
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
 * The tokens of OAuth 2.0 clients. Equal settings share one token. It is dropped with the last settings that use it,
 * because each reload may bring others.
 */
export class ClientTokens {
  readonly #bySettings = new WeakMap<ClientCredentials, ClientToken>();
  readonly #byMeaning = new Map<string, WeakRef<ClientToken>>();

  constructor(private readonly options: TokenOptions) {}

  /**
   * Asks with a token, and once more with a new one if the first is refused. Rejects with `NotAsked` when there is no
   * token: `auth` when the credentials are refused, `internal` when the token endpoint gives no usable answer.
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
