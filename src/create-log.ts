import { createLogger, format, transports } from 'winston';
import type { Log, LogFields, LogFormat, LogLevel } from './log.js';
import { logfmt } from './logfmt.js';

/**
 * A log on standard error, one event per line, through winston; what is below `level` is left out, as are fields that are
 * undefined. Writing never throws.
 */
export function createLog(options: { readonly level: LogLevel; readonly format: LogFormat }): Log {
  const render = options.format === 'json' ? (fields: object) => JSON.stringify(fields) : logfmt;
  const logger = createLogger({
    level: options.level,
    levels: { error: 0, warn: 1, info: 2, debug: 3 },
    format: format.printf(({ level, message, ...fields }) => render({ ts: new Date().toISOString(), level, msg: message, ...fields })),
    transports: [new transports.Console({ stderrLevels: ['error', 'warn', 'info', 'debug'] })],
  });
  const write = (level: LogLevel) => (message: string, fields: LogFields = {}) => void logger.log({ ...fields, level, message });
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}
