import type { Config } from '../config/config.js';
import { alertmanagerProgram } from './alertmanager-api.js';
import { labelsAt, recordsAt, secondsOf, textAt, valueAt } from './answers.js';
import { answerTo, type Finding, isAnswered, namesText, notKnown, type ProgramAnswer } from './finding.js';
import { askNotifications, type NotificationReading } from './notifications.js';
import { createProgramClient, type ProgramClient, ProgramFailure } from './other-program.js';
import {
  type AskingFrom,
  type ConfiguredAccess,
  type OtherProgram,
  type ProgramAccess,
  programAccess,
} from './program-access.js';
import { askRules, type BundledBoard, type LoadedRule } from './rules.js';
import { askExporter, askScrapes, type ExporterReading, type Scrape } from './scrapes.js';

/** The programs that `status` asks. */
type StackProgram = 'exporter' | 'prometheus' | 'alertmanager' | 'grafana';

/** Flags of `status`. */
export type StatusOptions = {
  readonly [Flag in `${StackProgram}.${'url' | 'username' | 'passwordFile' | 'tokenFile'}`]?: string;
} & {
  readonly 'config.file'?: string;
  readonly without?: readonly string[];
  readonly timeout: string;
  readonly json?: true;
};

interface PrometheusReading {
  readonly version: string;
  readonly scrapes: ProgramAnswer<readonly Scrape[]>;
  /** All loaded rules, also those of others. */
  readonly rules: ProgramAnswer<readonly LoadedRule[]>;
  /** Undefined if it does not scrape Alertmanager. */
  readonly notifications: ProgramAnswer<readonly NotificationReading[] | undefined>;
  /** Number of Alertmanagers that get its alerts. */
  readonly alertmanagers: ProgramAnswer<number>;
}

/**
 * Asks a Prometheus for everything that concerns AI-CRM. `exporterUrl` is where the exporter should be. Throws
 * `ProgramFailure`.
 */
async function askPrometheus(client: ProgramClient, exporterUrl: string): Promise<PrometheusReading> {
  const version = textAt(await client.ask('GET', '/api/v1/status/buildinfo'), 'data', 'version');
  if (version === undefined)
    throw new ProgramFailure(
      'stranger',
      `${client.url}/api/v1/status/buildinfo: the answer is not of a Prometheus`,
      'check --prometheus.url',
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

interface GrafanaReading {
  /** Null if Grafana hides it without a login. */
  readonly version: string | null;
  /** Uids of the boards with the tag `ai-crm`. */
  readonly boards: ProgramAnswer<readonly string[]>;
}

/**
 * Asks a Grafana for its version and boards. Throws `ProgramFailure`; its kind is `starting` also while Grafana has no
 * database.
 */
async function askGrafana(client: ProgramClient): Promise<GrafanaReading> {
  const health = await client.ask('GET', '/api/health');
  if (textAt(health, 'database') === undefined)
    throw new ProgramFailure(
      'stranger',
      `${client.url}/api/health: the answer is not of a Grafana`,
      'check --grafana.url',
    );
  const boards = await answerTo(client.ask('GET', '/api/search?type=dash-db&tag=ai-crm&limit=1000'));
  return {
    version: textAt(health, 'version') ?? null,
    boards: isAnswered(boards)
      ? (recordsAt({ boards }, 'boards') ?? []).map((board) => textAt(board, 'uid') ?? '')
      : boards,
  };
}

/** The bundled boards that a Grafana does not have. */
export function missingBoards(uids: readonly string[], bundled: readonly BundledBoard[]): readonly BundledBoard[] {
  return bundled.filter(({ uid }) => !uids.includes(uid));
}

/** Findings about the boards. */
export function boardFindings(
  boards: ProgramAnswer<readonly string[]>,
  bundled: readonly BundledBoard[],
): readonly Finding[] {
  if (!isAnswered(boards)) {
    if (boards.kind !== 'refused') return [notKnown('boards', boards)];
    return [
      {
        subject: 'boards',
        level: 'unknown',
        text: 'not known: Grafana lists its boards only after a login',
        remedy:
          'create a service account with the role Viewer, and give its token with --grafana.token-file, or --grafana.username and --grafana.password-file',
      },
    ];
  }
  const missing = missingBoards(boards, bundled);
  if (missing.length === 0) return [{ subject: 'boards', level: 'healthy', text: `all ${bundled.length} are there` }];
  return [
    {
      subject: 'boards',
      level: 'warning',
      text: `${missing.length} of ${bundled.length} are missing: ${namesText(missing.map(({ title }) => title))}`,
      remedy: 'provision or import grafana/dashboards, as docs/boards.md says',
    },
  ];
}

/** An alert of an Alertmanager. */
export interface KnownAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly runbookUrl: string;
  /** Unix time. */
  readonly sinceSeconds: number;
  readonly state: 'firing' | 'silenced' | 'inhibited';
}

/** State of an Alertmanager. */
export interface AlertmanagerReading {
  readonly version: string;
  /** Unix time; undefined if the answer does not have it. */
  readonly startedAtSeconds?: number;
  readonly alerts: readonly KnownAlert[];
}

/** Asks an Alertmanager for its version and alerts. Throws `ProgramFailure`. */
async function askAlertmanager(client: ProgramClient): Promise<AlertmanagerReading> {
  const status = await client.ask('GET', '/api/v2/status');
  const version = textAt(status, 'versionInfo', 'version');
  if (version === undefined)
    throw new ProgramFailure(
      'stranger',
      `${client.url}/api/v2/status: the answer is not of an Alertmanager`,
      'check --alertmanager.url',
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

/** The programs of the stack with the addresses of the compose file. */
export const stackPrograms: Readonly<Record<StackProgram, OtherProgram>> = {
  exporter: { name: 'ai-crm-exporter', flag: 'exporter', defaultUrl: 'http://localhost:10059' },
  prometheus: { name: 'Prometheus', flag: 'prometheus', defaultUrl: 'http://localhost:9090' },
  alertmanager: alertmanagerProgram,
  grafana: { name: 'Grafana', flag: 'grafana', defaultUrl: 'http://localhost:3001' },
};

/** A program and its answer. */
export interface Asked<Reading> {
  readonly url: string;
  readonly answer: ProgramAnswer<Reading>;
}

/** Answers of the programs of the stack; undefined for a program that was not asked. */
export interface StackReading {
  readonly exporter: Asked<ExporterReading>;
  readonly prometheus: Asked<PrometheusReading> | undefined;
  readonly alertmanager: Asked<AlertmanagerReading> | undefined;
  readonly grafana: Asked<GrafanaReading> | undefined;
}

/** Asks all programs at the same time. The timeout is for each request. Throws `usage` for a bad flag or variable. */
export async function askStack(
  options: StatusOptions,
  config: Config | undefined,
  from: AskingFrom,
): Promise<StackReading> {
  const configured: Readonly<Partial<Record<StackProgram, ConfiguredAccess | undefined>>> = {
    alertmanager: config?.alertmanager,
    grafana: config?.grafanaUrl === undefined ? undefined : { url: config.grafanaUrl },
  };
  const accessOf = (program: StackProgram): Promise<ProgramAccess> => {
    const flags = {
      url: options[`${program}.url`],
      username: options[`${program}.username`],
      passwordFile: options[`${program}.passwordFile`],
      tokenFile: options[`${program}.tokenFile`],
    };
    return programAccess(stackPrograms[program], flags, configured[program], from);
  };
  const [exporter, prometheus, alertmanager, grafana] = await Promise.all([
    accessOf('exporter'),
    accessOf('prometheus'),
    accessOf('alertmanager'),
    accessOf('grafana'),
  ]);
  const unlessWithout = async <Reading>(access: ProgramAccess, ask: (client: ProgramClient) => Promise<Reading>) =>
    options.without?.some((name) => name === access.flag) === true ? undefined : asked(access, ask);
  const [exporterAsked, prometheusAsked, alertmanagerAsked, grafanaAsked] = await Promise.all([
    asked(exporter, askExporter),
    unlessWithout(prometheus, (client) => askPrometheus(client, exporter.url)),
    unlessWithout(alertmanager, askAlertmanager),
    unlessWithout(grafana, askGrafana),
  ]);
  return {
    exporter: exporterAsked,
    prometheus: prometheusAsked,
    alertmanager: alertmanagerAsked,
    grafana: grafanaAsked,
  };
}

async function asked<Reading>(
  access: ProgramAccess,
  ask: (client: ProgramClient) => Promise<Reading>,
): Promise<Asked<Reading>> {
  const client = await createProgramClient(access);
  try {
    return { url: access.url, answer: await answerTo(ask(client)) };
  } finally {
    await client.close();
  }
}
