import { createProgramClient, type ProgramClient } from '../other-program/client.js';
import type { AlertmanagerAccess } from './access.js';

/** Asks one Alertmanager over HTTP. */
export type AlertmanagerClient = ProgramClient;

/** A client of this Alertmanager. */
export function createClient(access: AlertmanagerAccess): Promise<AlertmanagerClient> {
  return createProgramClient(access);
}
