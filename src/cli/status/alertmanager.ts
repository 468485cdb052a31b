import type { ProgramClient } from '../other-program/client.js';
import { ProgramFailure } from '../other-program/failure.js';
import { labelsAt, recordsAt, secondsOf, textAt, valueAt } from './read-json.js';

/** An alert that an Alertmanager has. */
export interface ReceivedAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly runbookUrl: string;
  /** Unix time. */
  readonly sinceSeconds: number;
  readonly state: 'firing' | 'silenced' | 'inhibited';
}

/** What an Alertmanager says. */
export interface AlertmanagerReading {
  readonly version: string;
  /** Unix time; undefined where it does not say. */
  readonly startedAtSeconds?: number;
  readonly alerts: readonly ReceivedAlert[];
}

/** Asks an Alertmanager for its version and alerts. Throws `ProgramFailure`. */
export async function askAlertmanager(client: ProgramClient): Promise<AlertmanagerReading> {
  const status = await client.ask('GET', '/api/v2/status');
  const version = textAt(status, 'versionInfo', 'version');
  if (version === undefined)
    throw new ProgramFailure(
      'stranger',
      `${client.url}/api/v2/status: the answer is not of an Alertmanager`,
      'is --alertmanager.url right?',
    );
  const startedAtSeconds = secondsOf(textAt(status, 'uptime'));
  const alerts = recordsAt({ alerts: await client.ask('GET', '/api/v2/alerts') }, 'alerts') ?? [];
  return {
    version,
    ...(startedAtSeconds === undefined ? {} : { startedAtSeconds }),
    alerts: alerts.map((alert) => ({
      labels: labelsAt(alert, 'labels'),
      summary: labelsAt(alert, 'annotations')['summary'] ?? '',
      runbookUrl: labelsAt(alert, 'annotations')['runbook_url'] ?? '',
      sinceSeconds: secondsOf(textAt(alert, 'startsAt')) ?? 0,
      state: isAny(alert, 'silencedBy') ? 'silenced' : isAny(alert, 'inhibitedBy') ? 'inhibited' : 'firing',
    })),
  };
}

function isAny(alert: unknown, key: 'silencedBy' | 'inhibitedBy'): boolean {
  const ids = valueAt(alert, 'status', key);
  return Array.isArray(ids) && ids.length > 0;
}
