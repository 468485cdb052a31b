import type { Finding, Subject } from './finding.js';

/** What the rules, the rendered configuration and the boards need: versions, by the program. */
const oldest: Readonly<Partial<Record<Subject, readonly [major: number, minor: number]>>> = { Prometheus: [2, 42], Alertmanager: [0, 25], Grafana: [10, 0] };

/** That a program is older than our files need; undefined for one that is not, and for a version that is none. */
export function tooOld(subject: Subject, version: string | null): Finding | undefined {
  const parts = /^v?(\d+)\.(\d+)/.exec(version ?? '');
  const least = oldest[subject];
  if (parts === null || least === undefined) return undefined;
  const [major, minor] = [Number(parts[1]), Number(parts[2])];
  if (major > least[0] || (major === least[0] && minor >= least[1])) return undefined;
  return { subject, level: 'warning', text: `${version} is too old: ${least.join('.')} is needed`, mend: `install ${subject} ${least.join('.')} or newer` };
}
