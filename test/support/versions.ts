import { resolve } from 'node:path';
import { missing } from './programs.js';

/** Prometheus and Alertmanager of one age, with their tools: names on PATH, or paths. */
export interface MonitoringPrograms {
  /** For the titles of tests. */
  readonly age: 'older' | 'newer';
  readonly prometheus: string;
  readonly promtool: string;
  readonly alertmanager: string;
  readonly amtool: string;
  /** For `alertmanager-config`, whose output depends on the version. */
  readonly alertmanagerVersion: string;
}

type Program = 'prometheus' | 'promtool' | 'alertmanager' | 'amtool';

/** The versions of this system: 2.42 and 0.25 on the Debian of CI, the oldest versions that rules and routes support. */
export const older: MonitoringPrograms = { age: 'older', ...programsIn(), alertmanagerVersion: '0.25' };

/** The versions from `scripts/newer-programs.sh prometheus promtool prometheus-alertmanager`: Prometheus 3 and Alertmanager 0.33. */
export const newer: MonitoringPrograms = {
  age: 'newer',
  ...programsIn('.cache/newer/usr/bin'),
  alertmanagerVersion: '0.33',
};

/** The versions for every test of rules, queries and alerts. */
export const bothAges: readonly MonitoringPrograms[] = [older, newer];

/** The reason to skip a test without these programs, or false; as `missing`. */
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
