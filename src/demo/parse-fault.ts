import { ExporterError } from '../errors.js';
import {
  defaultSeconds,
  faultKinds,
  isScenarioName,
  isServiceName,
  isTimed,
  scenarios,
  serviceNames,
} from './fault.js';
import type { Faults } from './faults.js';

/**
 * Switches on what `--fault` names: a scenario (`database-down`), or a service with its fault (`backend=500`,
 * `backend=slow:3` or `backend=freeze:8` with seconds). Throws `usage` for anything else, with what there is.
 */
export async function switchOn(faults: Faults, text: string): Promise<void> {
  if (isScenarioName(text)) return faults.setScenario(text);
  const [service = '', given = ''] = text.split('=', 2);
  const [kind = '', seconds] = given.split(':', 2);
  const known = faultKinds.find((name) => name === kind);
  if (!isServiceName(service) || known === undefined) {
    const shape = `${Object.keys(scenarios).join(', ')}, or SERVICE=FAULT with ${serviceNames.join(', ')} and ${faultKinds.join(', ')}`;
    throw new ExporterError('usage', `--fault ${JSON.stringify(text)}: must be ${shape}`);
  }
  if (!isTimed(known)) return faults.set(service, { kind: known });
  const duration = seconds === undefined ? defaultSeconds[known] : Number(seconds);
  if (!(duration > 0))
    throw new ExporterError('usage', `--fault ${JSON.stringify(text)}: the seconds must be a positive number`);
  await faults.set(service, { kind: known, seconds: duration });
}
