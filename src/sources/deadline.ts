import { ExporterError } from '../errors.js';

/**
 * Whether a signal was aborted because time was up, and not because nobody waits for the result any more (a stop, a reload,
 * a client that hung up): only the former says something about the other side.
 */
export function isDeadline({ aborted, reason }: AbortSignal): boolean {
  if (!aborted) return false;
  return (
    (reason instanceof ExporterError && reason.code === 'collector_timeout') ||
    (reason instanceof DOMException && reason.name === 'TimeoutError')
  );
}

/** Whether nobody waits for the result any more. */
export function isCalledOff(signal: AbortSignal): boolean {
  return signal.aborted && !isDeadline(signal);
}
