import type { Socket } from 'node:net';
import { AbstractConnector, Redis } from 'ioredis';
import type { DatabaseAddress } from '../../config/config.js';
import { databaseProbe } from '../database/probe.js';
import { supervised } from '../database/supervised.js';
import { ProbeFailure } from '../failure.js';
import type { Measurement } from '../measurement.js';
import { handshake } from '../net/handshake.js';
import { openConnection } from '../net/open.js';
import { isReply, redisFailure } from './failure.js';

/** Logs in to Redis, where a password is configured, and asks `PING`. */
export const probeRedis = databaseProbe(async (address, network, measurement, signal) => {
  const { host, port, tls } = address;
  let socket = await openConnection(host, port, network.resolve, measurement, signal);
  if (tls !== undefined)
    socket = await handshake(socket, host, tls, { contexts: network.tlsContexts, protocols: [] }, measurement, signal);
  try {
    await supervised(socket, 'Redis', measurement, signal, () => ask(address, socket, measurement));
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

/** A server that knows no passwords is as open to us as to anybody, and that is no failure of it. */
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
    measurement.note(() => 'the server asks for no password');
  }
}

/**
 * A client that talks over this connection and never over another. It logs in and checks nothing by itself: its ways would
 * write to the console, wait while the server loads, and need more permissions than a probe should have.
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
  // Whoever waits for an answer hears of it as well.
  redis.on('error', () => {});
  return redis;
}
