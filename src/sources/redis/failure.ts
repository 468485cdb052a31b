import { systemCodeOf } from '../../errors.js';
import type { FailureReason } from '../../reason.js';
import { ProbeFailure } from '../failure.js';

/** What the words mean with which Redis begins an error. */
const meanings: Readonly<Record<string, readonly [reason: FailureReason, meaning: string]>> = {
  WRONGPASS: ['auth', 'wrong password, or no such user'],
  NOAUTH: ['auth', 'the server asks for a password, and none is configured'],
  NOPERM: ['auth', 'this user may not send PING'],
  DENIED: ['auth', 'protected mode: without a password the server answers only its own machine'],
  LOADING: ['status', 'the server is still loading its data'],
  BUSY: ['status', 'the server is busy with a script'],
  MASTERDOWN: ['status', 'the replica has lost its master'],
  MISCONF: ['status', 'the server cannot save its data'],
};

/**
 * What an error of `ioredis` is in terms of the closed reasons; what is none of its errors comes back as it is. Neither the
 * server's text nor the error itself goes along: the latter has the command in it, password included.
 */
export function redisFailure(error: unknown): unknown {
  if (error instanceof ProbeFailure || !(error instanceof Error)) return error;
  if (isReply(error)) return replyFailure(error.message);
  // What its decoder makes of other protocols, and of answers that nobody asked for.
  if (/Please report this\.$/.test(error.message))
    return new ProbeFailure('body', 'the server does not speak the protocol of Redis');
  const code = systemCodeOf(error);
  if (code !== undefined && /^E[A-Z]+$/.test(code))
    return new ProbeFailure('closed', `connection lost before the answer: ${code}`);
  if (/^Connection is closed|^Stream isn't writeable/.test(error.message))
    return new ProbeFailure('closed', 'connection lost before the answer');
  return error;
}

/** Whether this is an error that the server has answered with. */
export function isReply(error: unknown): error is Error & { readonly command?: unknown } {
  return error instanceof Error && error.name === 'ReplyError';
}

function replyFailure(text: string): ProbeFailure {
  const word = /^[A-Z]{2,20}\b/.exec(text)?.[0] ?? '';
  const known = meanings[word];
  if (known !== undefined) return new ProbeFailure(known[0], `${word}: ${known[1]}`);
  if (/max number of clients/i.test(text)) return new ProbeFailure('status', 'the server has no connection left');
  if (/DB index/i.test(text)) return new ProbeFailure('status', 'there is no database of this number');
  if (/invalid password/i.test(text)) return new ProbeFailure('auth', 'wrong password');
  return new ProbeFailure('status', `${word === '' ? 'ERR' : word}: the server refused`);
}
