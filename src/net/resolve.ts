import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { isOwnTrouble, systemCodeOf } from '../base/errors.js';
import { ProbeFailure } from '../base/reason.js';

/** An IP address with its version. */
export interface Address {
  readonly address: string;
  readonly family: 4 | 6;
}

/** Turns a host name into its addresses, in the order of preference; fails with `dns`, or `internal` for want of something on this machine. */
export type Resolve = (host: string) => Promise<readonly Address[]>;

/** The address itself if `host` is a literal one (which needs no look-up), otherwise undefined. */
export function literalAddress(host: string): Address | undefined {
  const family = isIP(host);
  return family === 4 || family === 6 ? { address: host, family } : undefined;
}

/**
 * A resolver over the system's own (`getaddrinfo`: hosts file, search domains and all), which asks once for a name that
 * several probes want at the same moment. Each question holds a thread of Node's small pool until the system answers,
 * so a name server that hangs must not collect one thread per component. Answers are not kept: a health check that
 * remembers an address hides that the name has moved.
 */
export function createResolver(
  ask: (host: string) => Promise<readonly { address: string; family: number }[]> = askSystem,
): Resolve {
  const underWay = new Map<string, Promise<readonly Address[]>>();
  return (host) => {
    const asked = underWay.get(host);
    if (asked !== undefined) return asked;
    const answer = ask(host)
      .then(
        (found) => found.filter((entry): entry is Address => entry.family === 4 || entry.family === 6),
        (error: unknown) => {
          throw new ProbeFailure(
            isOwnTrouble(error) ? 'internal' : 'dns',
            `cannot resolve ${host}: ${explain(error)}`,
            { cause: error },
          );
        },
      )
      .finally(() => underWay.delete(host));
    underWay.set(host, answer);
    return answer;
  };
}

function askSystem(host: string): Promise<{ address: string; family: number }[]> {
  return lookup(host, { all: true, verbatim: true });
}

function explain(error: unknown): string {
  const code = systemCodeOf(error);
  if (code === 'ENOTFOUND') return 'no such host';
  if (code === 'EMFILE' || code === 'ENFILE') return 'no file descriptor left: raise the limit, or lower concurrency';
  if (code === 'EAI_AGAIN') return 'the name server does not answer';
  return code ?? 'look-up failed';
}
