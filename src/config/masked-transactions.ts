import { withoutQuery } from '../base/sensitive.js';
import { maskedHttp } from './masked-http.js';
import type { Capture, TransactionConfig, TransactionStep } from './transaction.js';

/** `transactions` with the file's keys and without their secrets; a path below a base URL has become a whole URL. */
export function maskedTransactions(transactions: readonly TransactionConfig[]): unknown {
  return Object.fromEntries(
    transactions.map(({ name, intervalSeconds, timeoutSeconds, steps, cleanup }) => [
      name,
      {
        interval: intervalSeconds,
        timeout: timeoutSeconds,
        steps: steps.map(maskedStep),
        cleanup: cleanup.map(maskedStep),
      },
    ]),
  );
}

function maskedStep({ name, url, http, usesLogin, timeoutSeconds, captures }: TransactionStep): unknown {
  return {
    name,
    url: withoutQuery(url),
    ...maskedHttp(http),
    use_login: usesLogin,
    timeout: timeoutSeconds,
    capture: Object.fromEntries(captures.map(({ name: captured, from }) => [captured, maskedCapture(from)])),
  };
}

function maskedCapture(from: Capture['from']): unknown {
  return from.kind === 'json' ? { json: from.path } : { header: from.header };
}
