import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { isOwnTrouble, systemCodeOf } from '../base/errors.js';
import { ProbeFailure } from '../base/reason.js';

/** An IP address with its version. */
export interface Address {
  readonly address: string;
  readonly family: 4 | 6;
}

/** 4 or 6. */
export type IpVersion = Address['family'];

/**
 * Resolves a host name to its addresses in the order of preference; with `ipVersion`, only to those of that version.
 * Fails with `dns`, or with `internal` when this machine lacks something.
 */
export type Resolve = (host: string, ipVersion?: IpVersion) => Promise<readonly Address[]>;

/** The address itself if `host` is a literal address, which needs no look-up; otherwise undefined. */
export function literalAddress(host: string): Address | undefined {
  const family = isIP(host);
  return family === 4 || family === 6 ? { address: host, family } : undefined;
}

/**
 * A resolver that uses the one of the system (`getaddrinfo`: hosts file, search domains). Probes that need the same
 * name at the same moment share one question: each question takes a thread of Node's small pool until the system
 * answers, and a name server that hangs must not block one thread per component. Answers are not cached, because a
 * cached address hides that the name has moved.
 */
export function createResolver(
  ask: (host: string, ipVersion?: IpVersion) => Promise<readonly { address: string; family: number }[]> = askSystem,
): Resolve {
  const underWay = new Map<string, Promise<readonly Address[]>>();
  return (host, ipVersion) => {
    const question = `${host} ${ipVersion ?? ''}`;
    const asked = underWay.get(question);
    if (asked !== undefined) return asked;
    const answer = ask(host, ipVersion)
      .then(
        (found) => found.filter((entry): entry is Address => entry.family === 4 || entry.family === 6),
        (error: unknown) => {
          throw new ProbeFailure(
            isOwnTrouble(error) ? 'internal' : 'dns',
            `cannot resolve ${host}: ${explain(error, ipVersion)}`,
            { cause: error },
          );
        },
      )
      .finally(() => underWay.delete(question));
    underWay.set(question, answer);
    return answer;
  };
}

function askSystem(host: string, ipVersion: IpVersion | 0 = 0): Promise<{ address: string; family: number }[]> {
  return lookup(host, { all: true, verbatim: true, family: ipVersion });
}

function explain(error: unknown, ipVersion: IpVersion | undefined): string {
  const code = systemCodeOf(error);
  if (code === 'ENOTFOUND')
    return ipVersion === undefined ? 'no such host' : `no such host, or it has no IPv${ipVersion} address`;
  if (code === 'EMFILE' || code === 'ENFILE')
    return 'no file descriptor left: raise the limit of open files, or lower concurrency';
  if (code === 'EAI_AGAIN') return 'the name server does not answer';
  return code ?? 'look-up failed';
}
