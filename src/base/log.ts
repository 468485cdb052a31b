/** Fields of a log line. They never contain secrets. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** One event a line, with fields. `message` is constant, so that people can search for it. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** The values of `--log.level`, from most to fewest lines. */
export const logLevels = ['debug', 'info', 'warn', 'error'] as const;

/** The values of `--log.format`. */
export const logFormats = ['logfmt', 'json'] as const;

/** See `logLevels`. */
export type LogLevel = (typeof logLevels)[number];

/** See `logFormats`. */
export type LogFormat = (typeof logFormats)[number];
