/** One or more conditions that all must hold, in Alertmanager's notation `label="value"`. */
export type Matchers = readonly string[];

/** A node of the routing tree; what it does not say it has from the one above. */
export interface Route {
  readonly receiver?: string;
  readonly matchers?: Matchers;
  readonly group_by?: readonly string[];
  readonly group_wait?: string;
  readonly group_interval?: string;
  readonly repeat_interval?: string;
  /** Whether the routes behind this one are tried as well. */
  readonly continue?: true;
  readonly routes?: readonly Route[];
}

/** While an alert of the source fires, alerts of the target with the same values of `equal` do not notify. */
export interface InhibitRule {
  readonly source_matchers: Matchers;
  readonly target_matchers: Matchers;
  /** A label that is missing on both sides is equal. */
  readonly equal: readonly string[];
}

/** Whom a route leads to; without any configuration it notifies nobody. */
export interface Receiver {
  readonly name: string;
  readonly email_configs?: readonly Readonly<Record<string, unknown>>[];
  readonly slack_configs?: readonly Readonly<Record<string, unknown>>[];
  readonly webhook_configs?: readonly Readonly<Record<string, unknown>>[];
}

/** Something with a sentence in front of it that says why it is there. */
export interface Commented<Value> {
  readonly comment: string;
  readonly value: Value;
}
