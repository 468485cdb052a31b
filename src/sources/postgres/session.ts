import type { Socket } from 'node:net';
import { Client } from 'pg';
import type { DatabaseAddress } from '../../config/config.js';
import { supervised } from '../database/supervised.js';
import { ProbeFailure } from '../failure.js';
import type { Measurement } from '../measurement.js';
import { handshake } from '../net/handshake.js';
import { type Network, openConnection } from '../net/open.js';
import { postgresFailure } from './failure.js';
import { requestTls } from './request-tls.js';

/**
 * Opens a connection of its own to a PostgreSQL server, logs in, lets `use` have it and closes it, whatever happens. Rejects
 * with a `ProbeFailure`, or with the reason of `signal` as soon as that is aborted.
 */
export async function withPostgres<Result>(
  address: DatabaseAddress,
  network: Network,
  measurement: Measurement,
  signal: AbortSignal,
  use: (client: Client) => Promise<Result>,
): Promise<Result> {
  const { host, port, tls } = address;
  let socket = await openConnection(host, port, network.resolve, measurement, signal);
  if (tls !== undefined) {
    await requestTls(socket, measurement, signal);
    socket = await handshake(
      socket,
      host,
      tls,
      { contexts: network.tlsContexts, protocols: ['postgresql'] },
      measurement,
      signal,
    );
  }
  try {
    return await supervised(socket, 'PostgreSQL', measurement, signal, async () => {
      const client = createClient(address, socket);
      try {
        await client.connect();
        measurement.note(() => `logged in as ${address.username}`);
        return await use(client);
      } finally {
        void client.end();
      }
    });
  } catch (error) {
    throw postgresFailure(error);
  }
}

/** User, password, database and TLS are always said: what is not, `pg` takes from the environment (`PGPASSWORD` and the like). */
function createClient(
  { host, port, username, password, database = username }: DatabaseAddress,
  socket: Socket,
): Client {
  const client = new Client({
    host,
    port,
    user: username,
    database,
    password: () => {
      if (password === undefined)
        throw new ProbeFailure('auth', 'the server asks for a password, and none is configured');
      return password.reveal();
    },
    ssl: false,
    stream: () => alreadyOpen(socket),
    application_name: 'ai-crm-exporter',
  });
  // Whoever waits for an answer hears of it as well.
  client.on('error', () => {});
  return client;
}

/** `pg` tells its stream to connect and waits for the event. */
function alreadyOpen(socket: Socket): Socket {
  return Object.assign(socket, {
    connect: () => {
      process.nextTick(() => socket.emit('connect'));
      return socket;
    },
  });
}
