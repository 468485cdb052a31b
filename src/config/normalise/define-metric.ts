import { catalogue } from '../../metrics/catalogue.js';
import type { Definition } from '../../metrics/definition.js';
import type { Path, Report } from '../problem.js';

/** The definition of a metric that the configuration names at `path`; undefined, with a report, when there can be no such metric. */
export type DefineMetric = (
  given: { readonly name: string; readonly type: 'gauge' | 'counter'; readonly help: string | undefined; readonly labels: readonly string[] },
  path: Path,
  report: Report,
) => Definition | undefined;

/** Takes what the catalogue has, and otherwise makes a metric of the user's own. */
export const defineMetric: DefineMetric = ({ name, type, help, labels }, path, report) => {
  const known = catalogue.find((definition) => definition.name === name);
  if (known !== undefined && known.type === type) return known;
  if (help === undefined) report([...path, 'help'], 'is missing: say in a sentence what the metric is', 'key');
  return { name, type, room: 'configured', help: help ?? '', labels };
};
