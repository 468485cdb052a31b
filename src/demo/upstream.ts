import { type Answer, jsonAnswer, type ReceivedRequest } from './exchange.js';
import type { Fault } from './fault.js';

/** How often the real backend calls its upstream for one of these, and nothing else is done meanwhile. */
const calls: readonly (readonly [prefix: string, count: number])[] = [
  ['/tasks', 2],
  ['/analytics/executive', 8],
  ['/analytics/', 4],
];

/** As recorded: a call that hangs is tried three times, 31 s each; one that is refused is as well, with pauses of 3 s in all. */
const freezeSeconds = { hang: 93, refused: 3 } as const;

/** For how long a request makes the real backend stand still, and whether what it wanted came in the end. */
export interface UpstreamCall {
  readonly seconds: number;
  readonly isAnswered: boolean;
}

/** How often the real backend would call its upstream for this request; never for those of nobody, which are refused before that. */
export function upstreamCalls({ path, headers }: Pick<ReceivedRequest, 'path' | 'headers'>): number {
  if (headers.authorization === undefined) return 0;
  return calls.find(([prefix]) => path.startsWith(prefix))?.[1] ?? 0;
}

/** What the fault makes of a request that needs the upstream so many times; undefined where it makes nothing of it. */
export function upstreamCall(fault: Fault | undefined, count: number): UpstreamCall | undefined {
  if (count === 0) return undefined;
  switch (fault?.kind) {
    case 'freeze':
      return { seconds: fault.seconds, isAnswered: true };
    case 'upstream-slow':
      return { seconds: fault.seconds * count, isAnswered: true };
    case 'upstream-hang':
      // The first call fails, and no other follows it.
      return { seconds: freezeSeconds.hang, isAnswered: false };
    case 'upstream-refuse':
      return { seconds: freezeSeconds.refused, isAnswered: false };
    default:
      return undefined;
  }
}

/** What the backend answers when its upstream did not: with the address in it, as the real one does. */
export function upstreamFailure(): Answer {
  return jsonAnswer(500, {
    detail:
      "Failed to fetch tasks: HTTPConnectionPool(host='upstream.invalid', port=443): Max retries exceeded with url: /api/tasks?limit=1000",
  });
}
