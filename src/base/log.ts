/** Values that may stand in a log line; secrets are not among them. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** One event per line, with fields; `message` is a constant text that can be searched for. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** The levels of `--log.level`, most talkative first. */
export const logLevels = ['debug', 'info', 'warn', 'error'] as const;

/** The values of `--log.format`. */
export const logFormats = ['logfmt', 'json'] as const;

/** See `logLevels`. */
export type LogLevel = (typeof logLevels)[number];

/** See `logFormats`. */
export type LogFormat = (typeof logFormats)[number];
