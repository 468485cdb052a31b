import type { Definition } from '../metrics/definition.js';
import type { DatabaseAddress, HttpSettings } from './connection.js';

/** Where a label's value comes from. Paths are JSONPath (RFC 9535) from the node in question, which is their `$`. */
export type LabelRule =
  /** A value inside the node that became the series. */
  | { readonly kind: 'path'; readonly path: string }
  /** A value inside an ancestor of the node: 1 is its parent. */
  | { readonly kind: 'parent'; readonly levels: number; readonly path: string }
  /** The key or index under which the node stands (0), or its parent (1), and so on. */
  | { readonly kind: 'key'; readonly levels: number }
  | { readonly kind: 'text'; readonly text: string };

/** How one metric is made of a JSON document. */
export interface MetricMapping {
  /** One of the catalogue, or the user's own. A counter mirrors the total that the document states. */
  readonly definition: Definition;
  /** JSONPath of the nodes: each becomes a series. */
  readonly path: string;
  /** Where in the node its value is, as JSONPath; or `count`: how many nodes have the same labels. */
  readonly value: { readonly kind: 'path'; readonly path: string } | { readonly kind: 'count' };
  /** Numbers for words and for true and false; a word that is not in it is no value. Keys in lower case. */
  readonly words?: ReadonlyMap<string, number>;
  /** Factor to the base unit: 0.001 for milliseconds, 0.01 for percent. */
  readonly scale: number;
  readonly labels: ReadonlyMap<string, LabelRule>;
}

/** An entry of `json_sources`: a JSON document of whatever kind. */
export interface JsonSourceConfig {
  readonly name: string;
  readonly url: string;
  /** Without credentials and query, for people. */
  readonly target: string;
  readonly http: HttpSettings;
  /** Asks with the login of `ai_crm` instead of `http.auth`. */
  readonly usesLogin: boolean;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  /** Series beyond this many are left out, and that is said. */
  readonly maxSeries: number;
  readonly metrics: readonly MetricMapping[];
}

/** An entry of `sql_sources`: the rows of a query, as a JSON list of objects by column. */
export interface SqlSourceConfig {
  readonly name: string;
  /** Without credentials, for people. */
  readonly target: string;
  readonly address: DatabaseAddress;
  /** A single statement that only reads. */
  readonly query: string;
  /** What stands for $1 in a ready-made query: user names and mail addresses, in lower case, of accounts that it leaves out. */
  readonly excludedAccounts?: readonly string[];
  readonly intervalSeconds: number;
  /** Also the statement timeout of the server. */
  readonly timeoutSeconds: number;
  /** More rows are not read, and that is said. */
  readonly maxRows: number;
  readonly maxSeries: number;
  readonly metrics: readonly MetricMapping[];
}
