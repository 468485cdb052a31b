import { randomBytes } from 'node:crypto';
import { ExporterError } from '../base/errors.js';
import { timeOf } from './alertmanager-api.js';
import type { ProgramClient } from './other-program.js';

/** Name of the test alert. No rule uses it. */
export const testAlertName = 'AiCrmNotifyTest';

/** State of the test alert in Alertmanager. */
export interface TestAlertState {
  /** Names of the receivers that get it. */
  readonly receivers: readonly string[];
  /** Ids of silences, and fingerprints of alerts, that suppress it. */
  readonly silencedBy: readonly string[];
  readonly inhibitedBy: readonly string[];
}

/** A test alert in Alertmanager. */
export interface TestAlert {
  /** Sends the alert, or resolves it with a time in the past. Without a second call it ends at `endsAtSeconds`. */
  post(endsAtSeconds: number): Promise<void>;
  /** Undefined if Alertmanager does not list it. */
  state(): Promise<TestAlertState | undefined>;
}

/** Labels of a test alert. */
export interface TestAlertTerms {
  readonly severity: string;
  readonly channel: string;
  readonly job?: string | undefined;
  /** More labels, from `readLabels`. */
  readonly labels: Readonly<Record<string, string>>;
}

/** Labels that the test alert always has. */
const ownLabels = ['alertname', 'channel', 'component', 'job', 'area', 'severity', 'test'] as const;

/** Reads `name=value` of a command line as more labels for a test alert. Throws `usage`. */
export function readLabels(texts: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    texts.map((text): [string, string] => {
      const [, name = '', value = ''] = /^([a-zA-Z_][a-zA-Z0-9_]*)=(.+)$/s.exec(text) ?? [];
      if (name === '')
        throw new ExporterError(
          'usage',
          `--label: expected NAME=VALUE with a name of Prometheus, found ${JSON.stringify(text.slice(0, 64))}`,
        );
      if (ownLabels.some((own) => own === name))
        throw new ExporterError('usage', `--label: the test alert sets the label ${name} itself; choose another name`);
      return [name, value];
    }),
  );
}

/**
 * A test alert. Its texts for people say so. It has a new component each time, so that it gets its own group and does
 * not wait for an earlier test. The routes of "alertmanager-config" send it only to the channel in its label `channel`.
 * Other routes may ignore this label.
 */
export function createTestAlert(
  client: ProgramClient,
  { severity, channel, job = 'ai-crm', labels }: TestAlertTerms,
): TestAlert {
  const component = `notify-test-${randomBytes(3).toString('hex')}`;
  const startsAt = new Date().toISOString();
  const own: Readonly<Record<(typeof ownLabels)[number], string>> = {
    alertname: testAlertName,
    severity,
    test: 'true',
    job,
    area: 'exporter',
    component,
    channel,
  };
  const alert = {
    labels: { ...labels, ...own },
    annotations: {
      summary: 'Test of the notifications, nothing is wrong',
      description:
        'Sent by "ai-crm-exporter notify-test" to find out whether this channel works. Nothing has to be done; it resolves by itself.',
    },
  };
  return {
    post: async (endsAtSeconds) => {
      await client.ask('POST', '/api/v2/alerts', [{ ...alert, startsAt, endsAt: timeOf(endsAtSeconds) }]);
    },
    state: async () => {
      const filter = encodeURIComponent(`component="${component}"`);
      const alerts = await client.ask('GET', `/api/v2/alerts?filter=${filter}`);
      if (!Array.isArray(alerts))
        throw new ExporterError(
          'program_failed',
          `${client.url}: the answer is not a list of alerts; check --alertmanager.url`,
        );
      const [found] = alerts as readonly {
        readonly receivers?: readonly { readonly name?: string }[];
        readonly status?: { readonly silencedBy?: readonly string[]; readonly inhibitedBy?: readonly string[] };
      }[];
      if (found === undefined) return undefined;
      return {
        receivers: (found.receivers ?? []).map(({ name = '' }) => name),
        silencedBy: found.status?.silencedBy ?? [],
        inhibitedBy: found.status?.inhibitedBy ?? [],
      };
    },
  };
}
