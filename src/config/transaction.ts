import type { HttpSettings } from './connection.js';

/** Takes a value out of an answer for the steps after it, which write it as `{{name}}`. */
export interface Capture {
  readonly name: string;
  readonly from:
    | { readonly kind: 'json' /** JSONPath (RFC 9535). */; readonly path: string }
    | { readonly kind: 'header'; readonly header: string };
}

/** One request of a transaction. */
export interface TransactionStep {
  readonly name: string;
  /** May contain `{{captures}}` in path and query, as may header values, the body and a bearer token. */
  readonly url: string;
  readonly http: HttpSettings;
  /** Asks with the login of `ai_crm` instead of `http.auth`. */
  readonly usesLogin: boolean;
  readonly timeoutSeconds: number;
  readonly captures: readonly Capture[];
}

/** An entry of `transactions`: a synthetic workflow. */
export interface TransactionConfig {
  readonly name: string;
  readonly intervalSeconds: number;
  /** Of all steps together, waiting for their turns not counted; cleanup has as much again. */
  readonly timeoutSeconds: number;
  readonly steps: readonly TransactionStep[];
  /** Run after the steps, whether they went well or not. */
  readonly cleanup: readonly TransactionStep[];
}
