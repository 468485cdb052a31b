import type { Secret } from './secret.js';

/** How an HTTP probe proves who it is. */
export type Authentication =
  | { readonly kind: 'basic'; readonly username: string; readonly password: Secret }
  | { readonly kind: 'bearer'; readonly token: Secret };

/** TLS of one endpoint; PEM texts are already read from their files. */
export interface TlsSettings {
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: Secret;
  readonly serverName?: string;
  /** The certificate must be valid, but may be one for another host: `sslmode=verify-ca`. */
  readonly acceptsAnyName?: boolean;
  readonly insecureSkipVerify: boolean;
}

/** A value that `expect.json` compares with. */
export type JsonScalar = string | number | boolean | null;

/** What an HTTP answer must be, beyond arriving. */
export interface Expectation {
  /** Accepted status codes; absent: 2xx, and a health answer that says `degraded` makes a 5xx a WARNING. */
  readonly statusCodes?: readonly number[];
  readonly bodyRegex?: RegExp;
  /** The endpoint promises a JSON health status: an answer without one is UNKNOWN. */
  readonly jsonStatus: boolean;
  /**
   * `required`: a health word that is not understood is UNKNOWN. `ignored`: the body is not about health. Absent: a word that
   * is understood counts, any other says nothing.
   */
  readonly healthWord?: 'required' | 'ignored';
  /** Dotted path in the JSON body → accepted values. */
  readonly jsonValues: ReadonlyMap<string, readonly JsonScalar[]>;
}

/** Everything an HTTP probe needs besides its URL; also the shape of a `/probe` module. */
export interface HttpSettings {
  readonly method: string;
  /** Header names in lower case; values may be secrets and are treated as such. */
  readonly headers: ReadonlyMap<string, Secret>;
  readonly body?: Secret;
  readonly expect: Expectation;
  readonly auth?: Authentication;
  readonly tls: TlsSettings;
  readonly followRedirects: boolean;
  readonly maxBodyBytes: number;
}

/** Where a database is, and who asks it. */
export interface DatabaseAddress {
  /** Without the brackets of an IPv6 literal. */
  readonly host: string;
  readonly port: number;
  /** Name of the PostgreSQL database, or number of the Redis one. */
  readonly database?: string;
  readonly username?: string;
  readonly password?: Secret;
  /** Absent: no TLS. */
  readonly tls?: TlsSettings;
}
