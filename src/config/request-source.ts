import type { HttpSettings } from './connection.js';

/** Where requests are counted: in the access log of a server before AI-CRM, or by an nginx itself. */
export type RequestSourceConfig = {
  readonly name: string;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
} & (
  | {
      readonly kind: 'stub_status';
      readonly url: string /** For people. */;
      readonly target: string;
      readonly http: HttpSettings;
    }
  | { readonly kind: 'access_log' /** Absolute. */; readonly file: string; readonly pattern: RegExp }
);

/**
 * The combined format of nginx and Apache, the common one, and whatever has more behind. Each part ends with what the next begins
 * with and cannot contain, so that no line takes long.
 */
export const combinedFormat =
  /^\S+ \S+ [^[]*\[[^\]]*\] "(?:[^"\\]|\\.)*" (?<status>\d{3}) (?:\d+|-)(?: "(?:[^"\\]|\\.)*" "(?<user_agent>(?:[^"\\]|\\.)*)")?/;
