import { ExporterError } from '../errors.js';

/** Whether nobody waits for the result any more, after a stop, a reload or a hang-up: unlike a deadline, that is no failure of the other side. */
export function isCalledOff({ aborted, reason }: AbortSignal): boolean {
  const isDeadline = (reason instanceof ExporterError && reason.code === 'collector_timeout') || (reason instanceof DOMException && reason.name === 'TimeoutError');
  return aborted && !isDeadline;
}
