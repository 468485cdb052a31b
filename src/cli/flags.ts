import { type Command, InvalidArgumentError, Option } from 'commander';
import { logFormats, logLevels } from '../base/log.js';
import { parseListenAddress } from './options.js';

/** The flag for addresses. Each use adds an address. `--port N` of the monitoring document means `:N`. */
export function listening(command: Command, address: string, description: string): Command {
  const unlessGiven: readonly string[] = [address];
  const add = (value: string, before: readonly string[]) => {
    parseListenAddress(value);
    return before === unlessGiven ? [value] : [...before, value];
  };
  const option = new Option('--web.listen-address <address>', `${description} (alias --port N)`)
    .default(unlessGiven, JSON.stringify(address))
    .argParser(add);
  const key = option.attributeName();
  return command
    .addOption(option)
    .addOption(new Option('--port <port>').hideHelp())
    .on('option:port', (port: string) =>
      command.setOptionValue(key, add(`:${port}`, command.getOptionValue(key) as readonly string[])),
    );
}

/** Parser of a flag that can be repeated. Throws `InvalidArgumentError` for an invalid name. */
export function allowedHost(value: string, before: readonly string[] = []): readonly string[] {
  if (!/^(?:\*|(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)$/i.test(value)) {
    throw new InvalidArgumentError(
      'It must be a name such as monitoring.example.com, without scheme, port or path, or *.example.com, or *.',
    );
  }
  return [...before, value];
}

/** The flags for the configuration and the log. */
export function common(command: Command): Command {
  return logging(configFile(command));
}

/** The flags for the log. */
export function logging(command: Command): Command {
  return command
    .addOption(
      new Option('--log.level <level>', 'lowest level of messages in the log').choices(logLevels).default('info'),
    )
    .addOption(new Option('--log.format <format>', 'format of the log').choices(logFormats).default('logfmt'))
    .option('-v, --verbose', 'log more: every request (serve), every step of each probe (check)');
}

/** The flag for the folder with the reports of jobs. */
export function storage(command: Command): Command {
  return command.option(
    '--storage.path <folder>',
    'folder in which the exporter keeps the reports of jobs; default: environment variable AICRM_STORAGE_PATH or STATE_DIRECTORY, else reports are not kept',
  );
}

/** The flags for the configuration and for access to Alertmanager. */
export function alertmanagerFlags(command: Command): Command {
  return access(
    configFile(command),
    'alertmanager',
    'Alertmanager',
    'alertmanager.url of the configuration, else http://localhost:9093',
  );
}

/** The flags of both commands about thresholds. */
export function thresholdHistory(command: Command): Command {
  return access(command, 'prometheus', 'Prometheus', 'http://localhost:9090')
    .option('--days <number>', 'how far to look back', wholeDays, 14)
    .option('--job <name>', 'job label of the exporters; required if Prometheus scrapes exporters of several jobs')
    .option('--timeout <duration>', 'how long to wait for each answer', '60s')
    .option('--json', 'print the report as JSON');
}

function wholeDays(value: string): number {
  const days = Number(value);
  if (!Number.isInteger(days) || days < 1 || days > 366)
    throw new InvalidArgumentError('It must be a whole number from 1 to 366.');
  return days;
}

/** The flags for access to another program. */
export function access(command: Command, flag: string, name: string, defaultText: string): Command {
  return command
    .option(
      `--${flag}.url <url>`,
      `address of ${name}; default: environment variable AICRM_${flag.toUpperCase()}_URL, else ${defaultText}`,
    )
    .option(`--${flag}.username <name>`, `user name for ${name}`)
    .option(`--${flag}.password-file <file>`, 'file with the password of that user')
    .option(`--${flag}.token-file <file>`, 'file with a bearer token, instead of user and password');
}

/** The flag for the file of the configuration. */
export function configFile(command: Command): Command {
  return command.option(
    '--config, --config.file <file>',
    'configuration file; default: environment variable AICRM_CONFIG_FILE, else monitoring.yml, monitoring.yaml or monitoring-config.json in the current folder, else the built-in configuration',
  );
}

/** Parser for a path other than `/`. Throws `InvalidArgumentError`. */
export function absolutePath(value: string): string {
  if (!/^\/[\w./-]*$/.test(value) || value === '/')
    throw new InvalidArgumentError('must begin with / and have at least one more character.');
  return value;
}
