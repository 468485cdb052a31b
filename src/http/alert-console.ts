import type { ConsoleLevel } from '../config/alert-channel.js';
import type { Config } from '../config/config.js';
import { defaults } from '../config/defaults.js';
import type { Log, LogFields } from '../log.js';
import { seriesOf } from '../metrics/definition.js';
import { alertSeverities, alertsReceived, type CountedSeverity } from '../metrics/families/exporter.js';
import { addSeries, type Sample } from '../metrics/sample.js';
import { oneLine, shortened } from '../text.js';
import type { AlertNotification, ReceivedAlert } from './alert-notification.js';

/** Alerts that are remembered so that a repetition can be told from news. */
const rememberedAlerts = 10_000;

/** Lines for one notification; the console's receiver asks for no more alerts than that. */
const maxLines = 100;

/** Labels that say what an alert is about, in the order of the line. */
const subjects = ['job', 'instance', 'component', 'mountpoint', 'agent', 'transaction', 'source', 'collector'] as const;

const maxLabelLength = 200;
const maxSummaryLength = 500;

/** What is printed and how loud, by severity; what nobody has heard of is as a warning. */
const levelOf: Readonly<Record<CountedSeverity, 'error' | 'warn' | 'info'>> = {
  critical: 'error',
  warning: 'warn',
  other: 'warn',
  info: 'info',
  none: 'info',
};

const loudness = { info: 0, warn: 1, error: 2 } as const;

const leastLoudness: Readonly<Record<ConsoleLevel, number>> = {
  debug: 0,
  info: 0,
  warning: 1,
  warn: 1,
  error: 2,
  critical: 2,
};

/** How severe an alert must be to be printed, as the configuration says. */
export function consoleLevel({ alertChannels }: Pick<Config, 'alertChannels'>): ConsoleLevel {
  const channel = alertChannels.find(({ name }) => name === 'console');
  return (
    (channel?.name === 'console' ? channel.settings.log_level : undefined) ?? defaults.alertChannels.console.log_level
  );
}

/** The console channel: prints a line for every alert that Alertmanager sends, and says what there is to count. */
export class AlertConsole {
  readonly #log: Log;
  /** Fingerprint → what was heard of it last; the least recent first. */
  readonly #heard = new Map<string, string>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** Every count at zero: a series that has never been there cannot be seen to grow. */
  static zeros(): readonly Sample[] {
    return (['firing', 'resolved'] as const).flatMap((status) =>
      alertSeverities.map((severity) => counted(status, severity, 0)),
    );
  }

  /**
   * Prints what is at least as severe as `level`, and returns what to count: all of it. What is not printed is not remembered
   * either, so that a notification costs no more than its lines.
   */
  receive({ alerts, truncatedAlerts }: AlertNotification, level: ConsoleLevel): readonly Sample[] {
    let lines = 0;
    let left = truncatedAlerts;
    const samples = alerts.map((alert) => {
      const severity = severityOf(alert);
      if (loudness[levelOf[severity]] >= leastLoudness[level]) {
        if (lines++ < maxLines) this.#print(alert, severity, this.#isRepeated(alert));
        else left += 1;
      }
      return counted(alert.status, severity, 1);
    });
    if (left > 0) this.#log.warn('more alerts than are printed', { alerts: left });
    return samples;
  }

  /** One line; the end of an alert is news, but nothing to be alarmed at. */
  #print(
    { status, labels, annotations, startsAt, endsAt }: ReceivedAlert,
    severity: CountedSeverity,
    isRepeated: boolean,
  ): void {
    const fields: Record<string, LogFields[string]> = { alertname: line(labels['alertname'], maxLabelLength) };
    for (const name of subjects) if (labels[name] !== undefined) fields[name] = line(labels[name], maxLabelLength);
    Object.assign(fields, {
      severity: line(labels['severity'], maxLabelLength),
      status,
      summary: line((status === 'resolved' && annotations['resolved']) || annotations['summary'], maxSummaryLength),
      // Where the rule says since when, that is the time: the alert itself begins and ends later.
      since: line(annotations['since'], maxLabelLength) || startsAt || undefined,
      ...(status === 'resolved' && endsAt !== '' && !annotations['since'] && { until: endsAt }),
      ...(isRepeated && { repeated: true }),
    });
    if (status === 'resolved') this.#log.info('alert resolved', fields);
    else this.#log[levelOf[severity]]('alert firing', fields);
  }

  #isRepeated({ fingerprint, status, startsAt }: ReceivedAlert): boolean {
    const state = `${status} ${startsAt}`;
    const isRepeated = this.#heard.get(fingerprint) === state;
    this.#heard.delete(fingerprint);
    this.#heard.set(fingerprint, state);
    const [oldest] = this.#heard.keys();
    if (this.#heard.size > rememberedAlerts && oldest !== undefined) this.#heard.delete(oldest);
    return isRepeated;
  }
}

function counted(status: ReceivedAlert['status'], severity: CountedSeverity, value: number): Sample {
  return addSeries(seriesOf(alertsReceived, { status, severity }), value);
}

function severityOf({ labels }: ReceivedAlert): CountedSeverity {
  const given = labels['severity'];
  return (
    alertSeverities.find((severity) => severity === given) ?? (given === undefined || given === '' ? 'none' : 'other')
  );
}

/** Text of others as part of one line: no line ends, no controls, no more than so much. */
function line(text: string | undefined, maxLength: number): string | undefined {
  return text === undefined ? undefined : shortened(oneLine(text), maxLength);
}
