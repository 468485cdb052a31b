import { databaseProbe } from '../database/probe.js';
import { withPostgres } from './session.js';

/** Logs in to PostgreSQL and asks `SELECT 1`. */
export const probePostgres = databaseProbe(async (address, network, measurement, signal) => {
  await withPostgres(address, network, measurement, signal, (client) => client.query('SELECT 1'));
});
