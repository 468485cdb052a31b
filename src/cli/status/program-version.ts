import { isOlder, oldestVersions } from '../../oldest-versions.js';
import type { Finding, Subject } from './finding.js';

const oldest: Readonly<Partial<Record<Subject, string>>> = oldestVersions;

/** That a program is older than our files need; undefined for one that is not, and for a version that is none. */
export function tooOld(subject: Subject, version: string | null): Finding | undefined {
  const least = oldest[subject];
  if (version === null || least === undefined || !isOlder(version, least)) return undefined;
  return {
    subject,
    level: 'warning',
    text: `${version} is too old: ${least} is needed`,
    mend: `install ${subject} ${least} or newer`,
  };
}
