import type { Config } from '../../config/config.js';
import { alertmanagerProgram } from '../alertmanager/access.js';
import type { StackProgram, StatusOptions } from '../options.js';
import {
  type AskingFrom,
  type ConfiguredAccess,
  type OtherProgram,
  type ProgramAccess,
  programAccess,
} from '../other-program/access.js';
import { createProgramClient, type ProgramClient } from '../other-program/client.js';
import { type AlertmanagerReading, askAlertmanager } from './alertmanager.js';
import { askExporter, type ExporterReading } from './exporter.js';
import { type Answer, answerTo } from './finding.js';
import { askGrafana, type GrafanaReading } from './grafana.js';
import { askPrometheus, type PrometheusReading } from './prometheus.js';

/** The programs of the stack, where the compose file publishes them. */
export const stackPrograms: Readonly<Record<StackProgram, OtherProgram>> = {
  exporter: { name: 'ai-crm-exporter', flag: 'exporter', defaultUrl: 'http://localhost:10059' },
  prometheus: { name: 'Prometheus', flag: 'prometheus', defaultUrl: 'http://localhost:9090' },
  alertmanager: alertmanagerProgram,
  grafana: { name: 'Grafana', flag: 'grafana', defaultUrl: 'http://localhost:3001' },
};

/** A program that was asked. */
export interface Asked<Reading> {
  readonly url: string;
  readonly answer: Answer<Reading>;
}

/** What the programs of the stack said; undefined is one that was not to be asked. */
export interface StackReading {
  readonly exporter: Asked<ExporterReading>;
  readonly prometheus: Asked<PrometheusReading> | undefined;
  readonly alertmanager: Asked<AlertmanagerReading> | undefined;
  readonly grafana: Asked<GrafanaReading> | undefined;
}

/** Asks all programs at the same time, each within the timeout per request. Throws `usage` for a bad flag or variable. */
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
