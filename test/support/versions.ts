import { resolve } from 'node:path';
import { missing } from './programs.js';

/** Prometheus and Alertmanager of one age, each with its tool: names on the path, or paths. */
export interface MonitoringPrograms {
  /** For the names of tests. */
  readonly age: 'older' | 'newer';
  readonly prometheus: string;
  readonly promtool: string;
  readonly alertmanager: string;
  readonly amtool: string;
  /** For `alertmanager-config`, which writes what that version knows. */
  readonly alertmanagerVersion: string;
}

type Program = 'prometheus' | 'promtool' | 'alertmanager' | 'amtool';

/** Those of this system: 2.42 and 0.25 on the Debian of CI, the oldest that the rules and routes are written for. */
export const older: MonitoringPrograms = { age: 'older', ...programsIn(), alertmanagerVersion: '0.25' };

/** Those that `scripts/newer-programs.sh prometheus promtool prometheus-alertmanager` brings: Prometheus 3 and Alertmanager 0.33. */
export const newer: MonitoringPrograms = {
  age: 'newer',
  ...programsIn('.cache/newer/usr/bin'),
  alertmanagerVersion: '0.33',
};

/** What every test of rules, queries and alerts runs against. */
export const bothAges: readonly MonitoringPrograms[] = [older, newer];

/** Why a test cannot run with these programs, or false when it can; as `missing` says it of one. */
export function missingOf(programs: MonitoringPrograms, ...needed: readonly Program[]): string | false {
  return needed.map((name) => missing(programs[name])).find((reason) => reason !== false) ?? false;
}

function programsIn(folder?: string): Readonly<Record<Program, string>> {
  const path = (name: string) => (folder === undefined ? name : resolve(folder, name));
  return {
    prometheus: path('prometheus'),
    promtool: path('promtool'),
    alertmanager: path('prometheus-alertmanager'),
    amtool: path('amtool'),
  };
}
