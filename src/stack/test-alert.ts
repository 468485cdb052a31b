import { randomBytes } from 'node:crypto';
import { ExporterError } from '../base/errors.js';
import { timeOf } from './alertmanager-api.js';
import type { ProgramClient } from './other-program.js';

/** The name of the test alert, which no rule uses. */
export const testAlertName = 'AiCrmNotifyTest';

/** What became of the test alert in Alertmanager. */
export interface TestAlertState {
  /** Names of the receivers that the routes give it to. */
  readonly receivers: readonly string[];
  /** Ids of silences, and fingerprints of alerts, that keep it from being sent. */
  readonly silencedBy: readonly string[];
  readonly inhibitedBy: readonly string[];
}

/** An alert of our own making on its way through Alertmanager. */
export interface TestAlert {
  /** Sends it, or with a time that is past resolves it. It ends by itself at `endsAtSeconds`, should nobody resolve it. */
  post(endsAtSeconds: number): Promise<void>;
  /** Undefined when Alertmanager does not list it. */
  state(): Promise<TestAlertState | undefined>;
}

/** What a test alert says of itself. */
export interface TestAlertTerms {
  readonly severity: string;
  readonly channel: string;
  readonly job?: string | undefined;
  /** More labels, as `readLabels` has them. */
  readonly labels: Readonly<Record<string, string>>;
}

/** Labels that the test alert has already. */
const ownLabels = ['alertname', 'channel', 'component', 'job', 'area', 'severity', 'test'] as const;

/** Reads `name=value` of a command line: labels that a test alert has besides its own. Throws `usage`. */
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
        throw new ExporterError('usage', `--label: the test alert has a label ${name} of its own`);
      return [name, value];
    }),
  );
}

/**
 * A test alert, marked as such wherever a person may read it. Its component is a new one each time, so that it is a group of its
 * own and does not wait until a test before it is over. The routes of "alertmanager-config" give it to the one channel that it
 * names; others may not look at that label.
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
          `${client.url}: the answer is no list of alerts; is --alertmanager.url right?`,
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
