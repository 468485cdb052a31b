import type { Socket } from 'node:net';
import { AbstractConnector, Redis } from 'ioredis';
import { systemCodeOf } from '../base/errors.js';
import { type FailureReason, ProbeFailure } from '../base/reason.js';
import type { DatabaseAddress } from '../config/sections/database-options.js';
import { handshake, openConnection } from '../net/connect.js';
import type { Measurement } from '../net/measurement.js';
import { databaseProbe, supervised } from './database-probe.js';

/** The first words of Redis errors, and what they mean. */
const meanings: Readonly<Record<string, readonly [reason: FailureReason, meaning: string]>> = {
  WRONGPASS: ['auth', 'wrong password, or no such user'],
  NOAUTH: ['auth', 'the server requires a password, and none is configured'],
  NOPERM: ['auth', 'this user has no permission for PING'],
  DENIED: ['auth', 'protected mode: without a password the server accepts only its own machine'],
  LOADING: ['status', 'the server is still loading its data'],
  BUSY: ['status', 'the server is busy with a script'],
  MASTERDOWN: ['status', 'the replica has lost its master'],
  MISCONF: ['status', 'the server cannot save its data'],
};

/**
 * Converts an error of `ioredis` into a failure with a closed reason. Other errors are returned unchanged. The text of
 * the server and the error itself are left out: the error contains the command with the password.
 */
function redisFailure(error: unknown): unknown {
  if (error instanceof ProbeFailure || !(error instanceof Error)) return error;
  if (isReply(error)) return replyFailure(error.message);
  // The decoder throws this for other protocols, and for unexpected answers.
  if (/Please report this\.$/.test(error.message))
    return new ProbeFailure('body', 'the server does not speak the protocol of Redis');
  const code = systemCodeOf(error);
  if (code !== undefined && /^E[A-Z]+$/.test(code))
    return new ProbeFailure('closed', `connection lost before the answer: ${code}`);
  if (/^Connection is closed|^Stream isn't writeable/.test(error.message))
    return new ProbeFailure('closed', 'connection lost before the answer');
  return error;
}

/** Whether the server answered with this error. */
function isReply(error: unknown): error is Error & { readonly command?: unknown } {
  return error instanceof Error && error.name === 'ReplyError';
}

function replyFailure(text: string): ProbeFailure {
  const word = /^[A-Z]{2,20}\b/.exec(text)?.[0] ?? '';
  const known = meanings[word];
  if (known !== undefined) return new ProbeFailure(known[0], `${word}: ${known[1]}`);
  if (/max number of clients/i.test(text)) return new ProbeFailure('status', 'the server has no free connection');
  if (/DB index/i.test(text)) return new ProbeFailure('status', 'there is no database of this number');
  if (/invalid password/i.test(text)) return new ProbeFailure('auth', 'wrong password');
  return new ProbeFailure('status', `${word === '' ? 'ERR' : word}: the server refused`);
}

/** RESP 2, and what RESP 3 sends unasked. */
const protocol = { name: 'Redis', firstBytes: '+-:$*>' };

/** Logs in to Redis if a password is configured, and sends `PING`. */
export const probeRedis = databaseProbe(async (address, network, measurement, signal) => {
  const { host, port, tls } = address;
  let socket = await openConnection(host, port, network, measurement, signal);
  if (tls !== undefined)
    socket = await handshake(socket, host, tls, { contexts: network.tlsContexts, protocols: [] }, measurement, signal);
  try {
    await supervised(socket, protocol, measurement, signal, () => ask(address, socket, measurement));
  } catch (error) {
    throw redisFailure(error);
  }
});

async function ask(
  { username, password, database }: DatabaseAddress,
  socket: Socket,
  measurement: Measurement,
): Promise<void> {
  const redis = createClient(socket);
  try {
    await redis.connect();
    if (password !== undefined) await logIn(redis, username, password.reveal(), measurement);
    if (database !== undefined && database !== '0') await redis.call('SELECT', database);
    const answer = await redis.call('PING');
    if (answer !== 'PONG') throw new ProbeFailure('body', 'the server does not answer PING with PONG');
  } finally {
    redis.disconnect();
  }
}

/** A server without a password is open to everybody, so this is no failure. */
async function logIn(
  redis: Redis,
  username: string | undefined,
  password: string,
  measurement: Measurement,
): Promise<void> {
  try {
    await redis.call('AUTH', ...(username === undefined ? [] : [username]), password);
    measurement.note(() => 'logged in');
  } catch (error) {
    if (!isReply(error) || !/no password is set|without any password configured/.test(error.message)) throw error;
    measurement.note(() => 'the server has no password, but one is configured');
  }
}

/**
 * A client that uses only this connection. It does not log in or check anything itself, because that would write to the
 * console, wait while the server loads, and need more permissions than a probe should have.
 */
function createClient(socket: Socket): Redis {
  const Connector = class extends AbstractConnector {
    constructor() {
      super(0);
    }

    override connect(): Promise<Socket> {
      return Promise.resolve(socket);
    }

    override disconnect(): void {
      socket.destroySoon();
    }
  };
  const redis = new Redis({
    Connector,
    lazyConnect: true,
    protocol: 2,
    enableReadyCheck: false,
    enableOfflineQueue: false,
    disableClientInfo: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
  });
  // The pending command reports the error too.
  redis.on('error', () => {});
  return redis;
}
