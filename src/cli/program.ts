import { Command, Help, Option } from 'commander';
import { defaultAlertmanagerVersion } from '../alertmanager/alertmanager-file.js';
import { printable } from '../base/text.js';
import { suggestion } from '../config/nearest.js';
import type { AlertmanagerOptions } from '../stack/alertmanager-api.js';
import type { StatusOptions } from '../stack/stack.js';
import type { AlertmanagerConfigOptions } from './alertmanager-config.js';
import type { CheckOptions } from './check.js';
import type { DemoOptions } from './demo.js';
import {
  absolutePath,
  access,
  alertmanagerFlags,
  allowedHost,
  common,
  configFile,
  listening,
  logging,
  storage,
  thresholdHistory,
} from './flags.js';
import type { HeartbeatOptions } from './heartbeat-command.js';
import type { MaintenanceStartOptions, MaintenanceStopOptions } from './maintenance.js';
import type { MapOptions } from './map.js';
import type { NotifyTestOptions } from './notify-test.js';
import { type CommandSurroundings, checkParts, defaultPort } from './options.js';
import type { ServeOptions } from './run-exporter.js';
import type { SimulateOptions } from './simulate.js';
import type { ThresholdsOptions } from './thresholds.js';

/** File of `--generate-file` without a value. */
const defaultReport = 'dashboard.html';

/**
 * Runs the command in the arguments and returns its exit code. Loads only the module of this command. Calls `onCommand`
 * with its name before its flags are read, because the exit code of an error depends on it. Throws `ExporterError`, and
 * errors of commander for a wrong command line.
 */
export async function runProgram(
  args: readonly string[],
  version: string,
  surroundings: CommandSurroundings,
  onCommand: (name: string) => void = () => {},
): Promise<number> {
  let exitCode = 0;
  // Loaded only for the help of this command, because the declarations slow down the start.
  const channelKinds = args.includes('notify-test')
    ? (await import('../config/sections/alert-channels-section.js')).alertChannelKinds
    : [];
  const program = new Command('ai-crm-exporter')
    .description('Prometheus exporter for AI-CRM: probes its services and host and exposes /metrics.')
    .version(`ai-crm-exporter ${version}`, '--version', 'print the version and exit')
    .helpOption('-h, --help', 'show this help')
    .configureOutput({
      writeOut: (text) => surroundings.out.write(text),
      writeErr: (text) => surroundings.errors.write(text),
      outputError: (text, write) => write(withOwners(text, program)),
    })
    .exitOverride()
    .showHelpAfterError('(--help shows every flag)')
    .hook('preSubcommand', (_program, command) => onCommand(command.name()))
    // Only the exporter handles signals that arrive while it starts: a reload, and an orderly end.
    .hook('preAction', (_program, command) => {
      if (command.name() !== 'serve' || isCheck(command.opts<ServeOptions>())) surroundings.useDefaultSignals();
    });

  // The monitoring document knows no commands, so its flags belong to the default command.
  const serve = program
    .command('serve', { isDefault: true })
    .description('run the exporter (default)')
    .optionsGroup('Configuration:');
  configFile(serve)
    .option('--config.check', 'check the configuration, print all problems and warnings, and exit: 0 valid, 1 not')
    .option('--strict', 'with --config.check: exit 1 for warnings, too')
    .optionsGroup('Web:');
  listening(serve, `:${defaultPort}`, 'where to listen, host:port or :port; may be given several times')
    .addOption(new Option('--once').hideHelp())
    .addOption(new Option('--generate-file [file]').preset(defaultReport).hideHelp())
    .on('option:once', () => onCommand('check'))
    .on('option:generate-file', () => onCommand('check'))
    .option('--web.telemetry-path <path>', 'path of the metrics page', absolutePath, '/metrics')
    .option(
      '--web.config.file <file>',
      'file with TLS and basic auth settings, in the format of the Prometheus exporter toolkit',
    )
    .option(
      '--web.allowed-host <name>',
      'host name that browsers may use, such as that of a proxy; *.name for all its subdomains, * for any name; may be given several times',
      allowedHost,
    )
    .optionsGroup('Storage:');
  storage(serve).optionsGroup('Logging:');
  logging(serve)
    // An unknown command ends up here, because `serve` is the default.
    .allowExcessArguments()
    .hook('preAction', ({ args: [word] }) => {
      if (word !== undefined) serve.error(`error: ${noCommand(word, program)}`);
      const { strict, 'config.check': checksConfig } = serve.opts<ServeOptions>();
      if (strict === true && checksConfig !== true) serve.error('error: --strict works only with --config.check');
    })
    .action(async (options: ServeOptions) => {
      if (options['config.check'] === true)
        exitCode = await (await import('./config-check.js')).configCheck(options, surroundings);
      else if (isCheck(options))
        exitCode = await check({ ...options, ...(options.generateFile && { html: options.generateFile }) });
      else exitCode = await (await import('./serve.js')).serve(options, surroundings);
    });
  const check = async (options: CheckOptions) => (await import('./check.js')).check(options, surroundings);

  storage(
    common(
      program
        .command('check')
        .description(
          'probe everything once and report; exit 0 HEALTHY, 1 WARNING, 2 CRITICAL, 3 UNKNOWN (alias --once)',
        ),
    ),
  )
    .option('--json', 'print the report as JSON')
    .option('--generate-file, --html <file>', 'also write the report as a page')
    .addOption(new Option('--once').hideHelp())
    .option('--component <name...>', 'probe only these components, also during their maintenance')
    .addOption(new Option('--without <part...>', 'parts to leave out').choices(checkParts))
    .action(async (options: CheckOptions) => {
      exitCode = await check(options);
    });

  const status = configFile(
    program
      .command('status')
      .description(
        'check that exporter, Prometheus, Alertmanager and Grafana work together; exit 0 HEALTHY, 1 WARNING, 2 CRITICAL, 3 UNKNOWN',
      ),
  );
  access(status, 'exporter', 'the exporter', 'http://localhost:10059');
  access(status, 'prometheus', 'Prometheus', 'http://localhost:9090');
  access(status, 'alertmanager', 'Alertmanager', 'alertmanager.url of the configuration, else http://localhost:9093');
  access(status, 'grafana', 'Grafana', 'grafana_url of the configuration, else http://localhost:3001')
    .addOption(
      new Option('--without <program...>', 'programs that you do not use').choices([
        'prometheus',
        'alertmanager',
        'grafana',
      ]),
    )
    .option('--timeout <duration>', 'how long to wait for each answer', '5s')
    .option('--json', 'print the report as JSON')
    .action(async (options: StatusOptions) => {
      exitCode = await (await import('./status.js')).status(options, surroundings);
    });

  configFile(
    program
      .command('map')
      .description(
        'print the metrics that a source makes from the JSON document in a file; exit 0, or 1 if there are none',
      ),
  )
    .requiredOption(
      '--source <name>',
      'an entry of json_sources or sql_sources, or ai_crm_metrics, ai_crm_agents_metrics, ai_crm_business_metrics',
    )
    .requiredOption(
      '--file <file>',
      'the document; for sql_sources the rows as a list of objects; - reads the standard input',
    )
    .action(async (options: MapOptions) => {
      exitCode = await (await import('./map.js')).map(options, surroundings);
    });

  configFile(
    program
      .command('alertmanager-config')
      .description(
        'generate the configuration of Alertmanager from alert_channels: print it, or write it with its templates and secrets',
      ),
  )
    .option(
      '--output.dir <dir>',
      'folder to write to; only the user of this command can read the secrets, so run it as the user of Alertmanager',
    )
    .option(
      '--alertmanager.dir <dir>',
      'path of that folder as Alertmanager sees it, for example in a container; default: --output.dir, or /etc/alertmanager',
    )
    .option('--alertmanager.version <version>', 'version of Alertmanager, 0.25 or later', defaultAlertmanagerVersion)
    .option('--fragment', 'only a fragment for your own alertmanager.yml: a route, receivers, inhibitions, templates')
    .action(async (options: AlertmanagerConfigOptions) => {
      exitCode = await (await import('./alertmanager-config.js')).alertmanagerConfig(options, surroundings);
    });

  const maintenance = program.command('maintenance').description('silence components for a while: start, stop, list');
  alertmanagerFlags(
    maintenance.command('start').description('begin maintenance, now or later: creates a silence in Alertmanager'),
  )
    .option('--component <name...>', 'components of the configuration')
    .option('--all', 'everything: all components, the host, agents, tasks')
    .requiredOption('--for <duration>', 'how long, such as 30m or 2h')
    .option(
      '--at <time>',
      'when it begins, such as 22:00 or 2027-01-03T22:00, by the clock of this machine; default: now',
    )
    .option('--comment <text>', 'reason; boards and metrics show it')
    .action(async (options: MaintenanceStartOptions) => {
      exitCode = await (await import('./maintenance.js')).maintenanceStart(options, surroundings);
    });
  alertmanagerFlags(maintenance.command('stop').description('end maintenance that "maintenance start" has begun'))
    .option('--component <name...>', 'end the maintenance of these components')
    .option('--all', 'end the maintenance of everything')
    .option('--id <silence...>', 'end any silence of Alertmanager, by its id')
    .action(async (options: MaintenanceStopOptions) => {
      exitCode = await (await import('./maintenance.js')).maintenanceStop(options, surroundings);
    });
  alertmanagerFlags(
    maintenance
      .command('list')
      .description('list the maintenance windows of the configuration, and the silences of Alertmanager'),
  ).action(async (options: AlertmanagerOptions) => {
    exitCode = await (await import('./maintenance.js')).maintenanceList(options, surroundings);
  });

  access(
    configFile(
      program
        .command('heartbeat')
        .usage('<name> [options] -- <command> [argument...]')
        .description(
          'run a command as a job of heartbeats: report its start and its exit status, and end with the same exit status',
        )
        .argument('<name>', 'name of the job under heartbeats in the configuration')
        .argument('<command...>', 'the command and its arguments'),
    ),
    'exporter',
    'the exporter',
    'http://localhost:10059',
  )
    .option('--timeout <duration>', 'how long to wait for each answer of the exporter', '5s')
    .action(async (name: string, command: readonly string[], options: HeartbeatOptions) => {
      exitCode = await (await import('./heartbeat-command.js')).heartbeat(name, command, options, surroundings);
    });

  alertmanagerFlags(
    program
      .command('notify-test')
      .description(
        'send a test alert through Alertmanager; exit 0 delivered on every channel, 1 not, 2 Alertmanager does not answer',
      ),
  )
    .option(
      '--channel <name...>',
      `channels that must receive the test alert: ${channelKinds.filter((kind) => kind !== 'watchdog').join(', ')}, or a name such as slack_ops; default: all of alert_channels, else of Alertmanager`,
    )
    .option('--timeout <duration>', 'how long to wait for the delivery', '60s')
    .addOption(
      new Option('--severity <severity>', 'severity of the test alert, for your own routes')
        .choices(['warning', 'critical'])
        .default('critical'),
    )
    .option('--label <name=value...>', 'labels that your routes require, such as namespace=monitoring')
    .option('--alertmanager.log <file>', 'log file of Alertmanager, for the reason of a failure')
    .action(async (options: NotifyTestOptions) => {
      exitCode = await (await import('./notify-test.js')).notifyTest(options, surroundings);
    });

  const thresholds = program
    .command('thresholds')
    .description('compare alert_thresholds with the data of Prometheus: suggest, backtest');
  thresholdHistory(
    thresholds
      .command('suggest')
      .description('print the normal values for each hour of the day, how close each threshold is, and a proposal'),
  ).action(async (options: ThresholdsOptions) => {
    exitCode = await (await import('./thresholds.js')).thresholdsSuggest(options, surroundings);
  });
  thresholdHistory(
    thresholds
      .command('backtest')
      .description('print how often each alert fired, and would have fired with the present or other thresholds'),
  )
    .option(
      '--set <limit...>',
      'limits to try, warning/critical: cpu_usage_percent=75/90, or of one component: backend.response_time_ms=800/2000',
    )
    .action(async (options: ThresholdsOptions) => {
      exitCode = await (await import('./thresholds.js')).thresholdsBacktest(options, surroundings);
    });

  listening(
    program
      .command('demo')
      .description(
        'run a simulated AI-CRM, an exporter that probes it, and Prometheus, Alertmanager and Grafana if they are installed',
      ),
    `127.0.0.1:${defaultPort}`,
    'where the exporter listens; port 0: a free port, also for the other programs',
  )
    .option('--fault <service=fault...>', 'begin with a fault, such as database-down, backend=slow or backend=freeze:8')
    .option('--no-stack', 'without Prometheus, Alertmanager and Grafana')
    .action(async (options: DemoOptions) => {
      exitCode = await (await import('./demo.js')).demo(options, surroundings);
    });

  program
    .command('simulate')
    .description('run only the simulated AI-CRM, for other exporters')
    .option('--host <address>', 'the address that its services listen on', '127.0.0.1')
    .option(
      '--advertise <name>',
      'the name under which exporters reach it; default: --host, or 127.0.0.1 for every address',
    )
    .option(
      '--control.host <address>',
      'address of the page that switches faults; it has no login, so it accepts only loopback names such as localhost',
      '127.0.0.1',
    )
    .option(
      '--port.base <port>',
      'first of seven ports in a row, 0 for any; default: 8000, 3000, 5000, 8443, 5432, 6379 and, for faults, 8001',
    )
    .option('--exporter.url <url>', 'exporter to which the jobs of AI-CRM report; default: no jobs run')
    .option('--fault <service=fault...>', 'begin with a fault, as in demo')
    .option(
      '--config.out <file>',
      'write the configuration for an exporter to this file, and the certificate ai-crm-ca.pem into the same folder',
    )
    .action(async (options: SimulateOptions) => {
      exitCode = await (await import('./simulate.js')).simulate(options, surroundings);
    });

  // Flags without a command are those of `serve`, so the help of the program shows them. The commands above have their
  // own help.
  program.configureHelp({
    visibleOptions: (command) => [
      ...new Help().visibleOptions(command),
      ...serve.options.filter(({ hidden }) => !hidden),
    ],
  });
  // The first word is never the value of a flag. It is checked before the flags behind it, which `serve` may not know.
  const [first] = args;
  if (first !== undefined && !first.startsWith('-') && first !== 'help' && !isCommand(first, program))
    program.error(`error: ${noCommand(first, program)}`);
  await program.parseAsync(args, { from: 'user' });
  return exitCode;
}

/** Whether flags of the monitoring document turn `serve` into a check. */
function isCheck({ once, generateFile, 'config.check': checksConfig }: ServeOptions): boolean {
  return once === true || generateFile !== undefined || checksConfig === true;
}

function isCommand(word: string, program: Command): boolean {
  return program.commands.some((command) => command.name() === word);
}

/** For an unknown flag that other commands have: names these commands instead of a similar flag. */
function withOwners(text: string, program: Command): string {
  const flag = /^error: unknown option '(--[^'=]+)/.exec(text)?.[1];
  const all = program.commands.flatMap((command) =>
    command.commands.length > 0
      ? command.commands.map((each) => [`${command.name()} ${each.name()}`, each] as const)
      : [[command.name(), command] as const],
  );
  const owners = all.filter(([, command]) => command.options.some(({ long }) => long === flag)).map(([name]) => name);
  return owners.length === 0
    ? text
    : text.replace(/\n\(Did you mean .*\)/, '').replace(/\n/, `\n(${flag} is a flag of ${owners.join(', ')})\n`);
}

/** The message for a word in the place of a command. */
function noCommand(word: string, program: Command): string {
  const commands = program.commands.map((command) => command.name());
  if (isCommand(word, program)) return `the command comes before its flags: ai-crm-exporter ${word} …`;
  return `there is no command ${JSON.stringify(printable(word.slice(0, 64)))}${suggestion(word, commands)}`;
}
