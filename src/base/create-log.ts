import { createLogger, format, transports } from 'winston';
import type { Log, LogFields, LogFormat, LogLevel } from './log.js';
import { printable } from './text.js';

/**
 * Key=value pairs in the format of Prometheus. Quotes a value with spaces, quotes or controls, so that an event stays
 * on one line.
 */
export function logfmt(fields: Readonly<Record<string, unknown>>): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${quoted(String(value))}`)
    .join(' ');
}

function quoted(value: string): string {
  return /^[^\s"=\\\p{Cc}]+$/u.test(value) ? value : JSON.stringify(value);
}

/**
 * A log on standard error with one event a line. Leaves out events below `level` and fields that are undefined. Writing
 * never throws.
 */
export function createLog(options: { readonly level: LogLevel; readonly format: LogFormat }): Log {
  const write = options.format === 'json' ? (fields: object) => JSON.stringify(fields) : logfmt;
  // Any field may contain text of other programs, and terminals obey control characters.
  const render = (fields: Readonly<Record<string, unknown>>) =>
    write(
      Object.fromEntries(
        Object.entries(fields).map(([name, value]) => [name, typeof value === 'string' ? printable(value) : value]),
      ),
    );
  const logger = createLogger({
    level: options.level,
    levels: { error: 0, warn: 1, info: 2, debug: 3 },
    format: format.printf(({ level, message, ...fields }) =>
      render({ ts: new Date().toISOString(), level, msg: message, ...fields }),
    ),
    transports: [new transports.Console({ stderrLevels: ['error', 'warn', 'info', 'debug'] })],
  });
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}) =>
      void logger.log({ ...fields, level, message });
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
