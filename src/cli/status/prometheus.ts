import type { ProgramClient } from '../other-program/client.js';
import { ProgramFailure } from '../other-program/failure.js';
import { type Answer, answerTo } from './finding.js';
import { askNotifications, type NotificationReading } from './notifications.js';
import { recordsAt, textAt } from './read-json.js';
import { askRules, type LoadedRule } from './rules.js';
import { askScrapes, type Scrape } from './scrapes.js';

/** What a Prometheus says. */
export interface PrometheusReading {
  readonly version: string;
  readonly scrapes: Answer<readonly Scrape[]>;
  /** All that it has loaded, others' as well. */
  readonly rules: Answer<readonly LoadedRule[]>;
  /** Undefined: it scrapes no Alertmanager. */
  readonly notifications: Answer<readonly NotificationReading[] | undefined>;
  /** How many Alertmanagers it sends its alerts to. */
  readonly alertmanagers: Answer<number>;
}

/** Asks a Prometheus for everything that concerns us; the exporter's URL tells where that is expected. Throws `ProgramFailure`. */
export async function askPrometheus(client: ProgramClient, exporterUrl: string): Promise<PrometheusReading> {
  const version = textAt(await client.ask('GET', '/api/v1/status/buildinfo'), 'data', 'version');
  if (version === undefined)
    throw new ProgramFailure(
      'stranger',
      `${client.url}/api/v1/status/buildinfo: the answer is not of a Prometheus`,
      'is --prometheus.url right?',
    );
  const [scrapes, rules, notifications, alertmanagers] = await Promise.all([
    answerTo(askScrapes(client, exporterUrl)),
    answerTo(askRules(client)),
    answerTo(askNotifications(client)),
    answerTo(
      client
        .ask('GET', '/api/v1/alertmanagers')
        .then((answer) => recordsAt(answer, 'data', 'activeAlertmanagers')?.length ?? 0),
    ),
  ]);
  return { version, scrapes, rules, notifications, alertmanagers };
}
