import type { Overview } from '../../status/overview.js';

/** Why there is no reading to show: nobody looked yet, which `before` says, or it cannot be done. */
export function whyNothing(
  before: string,
  collectorName: string,
  { collectors }: Pick<Overview, 'collectors'>,
): string {
  const error = collectors.find(({ name }) => name === collectorName)?.error;
  return error === undefined ? before : `could not be measured: ${error}`;
}
