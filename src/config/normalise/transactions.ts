import type { AiCrmConfig } from '../config.js';
import { defaults } from '../defaults.js';
import type { Path } from '../problem.js';
import type { Settings } from '../schema/document.js';
import { builtInNames } from '../template.js';
import type { TransactionConfig, TransactionStep } from '../transaction.js';
import type { Context } from './context.js';
import { checkReferences } from './references.js';
import { parseTarget } from './target.js';
import { normaliseTiming } from './timing.js';
import { type GivenStep, normaliseStep } from './transaction-step.js';

type GivenTransactions = NonNullable<Settings['transactions']>;
type GivenTransaction = GivenTransactions[string];

/** What transactions need to know of the rest of the configuration. */
export interface TransactionSurroundings {
  readonly defaultIntervalSeconds: number;
  /** Whose login `use_login` means; null when it is there and faulty, so that nothing can be said about it. */
  readonly aiCrm: AiCrmConfig | null | undefined;
}

/** `transactions`: every step complete, every `{{name}}` known to be captured before it is used. */
export async function normaliseTransactions(
  given: GivenTransactions,
  surroundings: TransactionSurroundings,
  context: Context,
): Promise<readonly TransactionConfig[]> {
  const transactions: TransactionConfig[] = [];
  for (const [name, transaction] of Object.entries<GivenTransaction>(given)) {
    transactions.push(await normaliseTransaction(name, transaction, surroundings, context));
  }
  return transactions;
}

async function normaliseTransaction(
  name: string,
  given: GivenTransaction,
  { defaultIntervalSeconds, aiCrm }: TransactionSurroundings,
  context: Context,
): Promise<TransactionConfig> {
  const path: Path = ['transactions', name];
  const { intervalSeconds, timeoutSeconds } = normaliseTiming(
    given,
    { intervalSeconds: defaultIntervalSeconds, timeoutSeconds: defaults.transactionTimeoutSeconds },
    path,
    context,
  );
  const baseUrl = normaliseBase(given.base_url, [...path, 'base_url'], context);
  const step = (item: GivenStep, stepPath: Path) =>
    normaliseStep(item, { baseUrl, timeoutSeconds, aiCrm }, stepPath, context);
  const steps: TransactionStep[] = [];
  for (const [index, item] of given.steps.entries()) steps.push(await step(item, [...path, 'steps', index]));
  const cleanup: TransactionStep[] = [];
  for (const [index, item] of (given.cleanup ?? []).entries())
    cleanup.push(await step(item, [...path, 'cleanup', index]));
  checkNames(given, path, context);
  checkReferences(given, path, context);
  return { name, intervalSeconds, timeoutSeconds, steps, cleanup };
}

/** Without its final slash; null, with a report, when it is given and no use. */
function normaliseBase(given: string | undefined, path: Path, context: Context): string | null | undefined {
  if (given === undefined) return undefined;
  const target = /^https?:/i.test(given) ? parseTarget(given) : 'must be a URL that begins with http:// or https://';
  if (typeof target !== 'string' && 'url' in target && target.credentials === undefined && !/[?#{}]/.test(given))
    return target.url.replace(/\/+$/, '');
  context.report(path, typeof target === 'string' ? target : 'must be a URL without credentials, query and {{…}}');
  return null;
}

function checkNames({ steps, cleanup = [] }: GivenTransaction, path: Path, context: Context): void {
  const stepNames = new Set<string>();
  const captureNames = new Map(
    builtInNames.map((name): [string, string] => [name, 'the exporter itself provides this name']),
  );
  for (const [list, items] of [
    ['steps', steps],
    ['cleanup', cleanup],
  ] as const) {
    items.forEach(({ name, capture = {} }, index) => {
      if (stepNames.has(name)) context.report([...path, list, index, 'name'], `another step is called ${name} already`);
      stepNames.add(name);
      for (const captured of Object.keys(capture)) {
        const taken = captureNames.get(captured);
        if (taken !== undefined) context.report([...path, list, index, 'capture', captured], taken, 'key');
        captureNames.set(captured, `step ${name} captures this name already`);
      }
    });
  }
}
