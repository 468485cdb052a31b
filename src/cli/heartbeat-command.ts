import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { isatty } from 'node:tty';
import { messageOf, systemCodeOf } from '../base/errors.js';
import { printable } from '../base/text.js';
import { loadConfig } from '../config/load.js';
import type { Needs } from '../config/resolving.js';
import { Secret } from '../config/secret.js';
import { durationFlag } from '../stack/alertmanager-api.js';
import { createProgramClient, ProgramFailure } from '../stack/other-program.js';
import { type ProgramAccess, programAccess } from '../stack/program-access.js';
import type { CommandSurroundings } from './options.js';
import type { Signal } from './signals.js';

/** Flags of `heartbeat`. */
export interface HeartbeatOptions {
  readonly 'config.file'?: string;
  readonly 'exporter.url'?: string;
  readonly 'exporter.username'?: string;
  readonly 'exporter.passwordFile'?: string;
  readonly 'exporter.tokenFile'?: string;
  readonly timeout: string;
}

/** The token for reports in the environment, which the command does not inherit. */
const tokenVariable = 'AICRM_HEARTBEAT_TOKEN';
/** Nobody else repeats the report of an end, and an exporter that restarts is soon there again. */
const endAttempts = 3;
const pauseMilliseconds = 2000;
/** What shells end with for a command that is not there, and for one that cannot be run. */
const notFoundCode = 127;
const notRunnableCode = 126;
/** Shells add the number of a signal that ended a command to this. */
const signalCode = 128;

/**
 * `heartbeat`: runs a command and reports to the exporter that it begins and how it ended. Returns the command's exit code, also where the
 * exporter cannot be reached: what goes wrong with a report is a line on standard error. Throws `usage` for a bad `--timeout` alone.
 */
export async function heartbeat(
  name: string,
  command: readonly string[],
  options: HeartbeatOptions,
  surroundings: CommandSurroundings,
): Promise<number> {
  const timeoutSeconds = durationFlag('--timeout', options.timeout, { minimum: 0.1, maximum: 60 });
  // The job does not wait for the exporter, and its end is not reported before its begin.
  const run = runCommand(command, surroundings);
  const reporting = reporterOf(name, options, timeoutSeconds, surroundings);
  const begun = reporting.then((report) => report('/start', 1));
  const exitCode = await run;
  await begun;
  await (await reporting)(`/${exitCode}`, endAttempts);
  return exitCode;
}

/** Makes a report so many times, until it is taken. Never fails. */
type Reporter = (report: string, attempts: number) => Promise<void>;

async function reporterOf(
  name: string,
  options: HeartbeatOptions,
  timeoutSeconds: number,
  surroundings: CommandSurroundings,
): Promise<Reporter> {
  let last = '';
  const complain = (error: unknown) => {
    const message = printable(messageOf(error)).replaceAll('\n', '; ');
    // Of begin and end, which differ in their addresses, the same is said once.
    const what = message.replace(/^POST \S+ /, '');
    if (what !== last) surroundings.errors.write(`ai-crm-exporter: heartbeat ${printable(name)}: ${message}\n`);
    last = what;
  };
  let access: ProgramAccess;
  try {
    access = await accessToExporter(name, options, timeoutSeconds, surroundings);
  } catch (error) {
    complain(error);
    return async () => {};
  }
  return async (report, attempts) => {
    const client = await createProgramClient(access);
    try {
      for (let attempt = 1; ; attempt++) {
        try {
          await client.askText(`/heartbeat/${encodeURIComponent(name)}${report}`, 'POST');
          return;
        } catch (error) {
          const mayPass = error instanceof ProgramFailure && ['unreachable', 'starting', 'failed'].includes(error.kind);
          if (!mayPass || attempt >= attempts) throw error;
          await pause(pauseMilliseconds);
        }
      }
    } catch (error) {
      complain(error);
    } finally {
      await client.close();
    }
  };
}

/** Where the exporter is, with the token of the flag, else of the environment, else of the configuration that is named. */
async function accessToExporter(
  name: string,
  options: HeartbeatOptions,
  timeoutSeconds: number,
  { environment, directory }: CommandSurroundings,
): Promise<ProgramAccess> {
  const access = await programAccess(
    { name: 'the exporter', flag: 'exporter', defaultUrl: 'http://localhost:10059' },
    {
      url: options['exporter.url'],
      username: options['exporter.username'],
      passwordFile: options['exporter.passwordFile'],
      tokenFile: options['exporter.tokenFile'],
    },
    undefined,
    { environment, directory, timeoutSeconds },
  );
  if (access.auth !== undefined) return access;
  const given = environment[tokenVariable]?.trim();
  const token = given ? new Secret(given) : await configuredToken(name, options, { environment, directory });
  return token === undefined ? access : { ...access, auth: { kind: 'bearer', token } };
}

/** Jobs run in any folder, so that only a configuration that is named is read. */
async function configuredToken(
  name: string,
  { 'config.file': file }: HeartbeatOptions,
  { environment, directory }: Pick<CommandSurroundings, 'environment' | 'directory'>,
): Promise<Secret | undefined> {
  if (file === undefined && !environment['AICRM_CONFIG_FILE']) return undefined;
  const needs: Needs = ([section, job]) =>
    (section === 'heartbeats' && (job === undefined || job === name)) || String(section).startsWith('heartbeat_token');
  const { heartbeats } = await loadConfig(file, { environment, directory, needs });
  return heartbeats.find((each) => each.name === name)?.token;
}

const passedOn = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const satisfies readonly Signal[];

/** Runs a command with the standard streams of this process; returns its exit code as a shell has it. */
async function runCommand(
  [file = '', ...args]: readonly string[],
  { environment, directory, errors, onSignal }: CommandSurroundings,
): Promise<number> {
  const { [tokenVariable]: _token, ...rest } = environment;
  const child = spawn(file, args, { stdio: 'inherit', cwd: directory, env: rest });
  // A terminal sends its interrupt to the command as well, which would count two as a demand to end at once.
  const isTerminal = isatty(0);
  const stops = passedOn.map((signal) =>
    onSignal(signal, () => void (isTerminal && signal === 'SIGINT' ? undefined : child.kill(signal))),
  );
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    return code ?? signalCode + (signal === null ? 0 : constants.signals[signal]);
  } catch (error) {
    const why = systemCodeOf(error) ?? 'unknown error';
    errors.write(`ai-crm-exporter: ${printable(file)}: cannot be run (${why})\n`);
    return why === 'ENOENT' ? notFoundCode : notRunnableCode;
  } finally {
    for (const stop of stops) stop();
  }
}
