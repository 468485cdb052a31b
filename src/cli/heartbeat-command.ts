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

/** Environment variable with the token for reports. The command does not inherit it. */
const tokenVariable = 'AICRM_HEARTBEAT_TOKEN';
/** The report of an end is repeated, because nothing else does so and a restart of the exporter is short. */
const endAttempts = 3;
const pauseMilliseconds = 2000;
/** Exit codes of shells for a command that does not exist, and for one that cannot be run. */
const notFoundCode = 127;
const notRunnableCode = 126;
/** Shells add the number of a signal to this for a command that it ended. */
const signalCode = 128;

/**
 * `heartbeat`: runs a command and reports its start and its end to the exporter. Returns the command's exit code, even
 * if the exporter cannot be reached. A failed report prints a line on standard error. Throws `usage` only for an
 * invalid `--timeout`.
 */
export async function heartbeat(
  name: string,
  command: readonly string[],
  options: HeartbeatOptions,
  surroundings: CommandSurroundings,
): Promise<number> {
  const timeoutSeconds = durationFlag('--timeout', options.timeout, { minimum: 0.1, maximum: 60 });
  // The job starts without waiting for the exporter. Its end is reported after its start.
  const run = runCommand(command, surroundings);
  const reporting = reporterOf(name, options, timeoutSeconds, surroundings);
  const begun = reporting.then((report) => report('/start', 1));
  const exitCode = await run;
  await begun;
  await (await reporting)(`/${exitCode}`, endAttempts);
  return exitCode;
}

/** Sends a report, at most `attempts` times. Never fails. */
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
    // If both reports fail for the same reason, it is printed once. The messages differ only in their addresses.
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

/** Access to the exporter. The token is that of the flag, else of the environment, else of the configuration. */
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

/** Reads a configuration only if a flag or variable names it, because jobs run in any folder. */
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

/** Runs a command with the standard streams of this process. Returns its exit code as a shell would. */
async function runCommand(
  [file = '', ...args]: readonly string[],
  { environment, directory, errors, onSignal }: CommandSurroundings,
): Promise<number> {
  const { [tokenVariable]: _token, ...rest } = environment;
  const child = spawn(file, args, { stdio: 'inherit', cwd: directory, env: rest });
  // A terminal sends SIGINT to the command, too. If it came twice, the command might end at once.
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
