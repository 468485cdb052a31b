import type { Duplex } from 'node:stream';
import { systemCodeOf } from '../base/errors.js';
import { ProbeFailure } from '../base/reason.js';
import { decodeHeader } from '../base/text.js';
import type { DialogStep } from '../config/sections/dialog-options.js';
import { quoted } from '../net/http-headers.js';
import { addPhase, type Measurement } from '../net/measurement.js';
import { endOfTls } from '../net/tls.js';
import type { BodyMatch } from './verdict.js';

/** Maximum number of bytes before the expected answer. */
const longestAnswerBytes = 16 * 1024;

/** One step: send something, expect an answer, or both in this order. */
export interface DialogPart {
  readonly send?: Buffer;
  readonly expect?: RegExp;
  /** An answer that means that the expected one will not come, and what it means. */
  readonly refused?: { readonly pattern: RegExp; readonly meaning: string; readonly isText?: boolean };
  /** How an answer of another protocol starts. */
  readonly stranger?: { readonly pattern: RegExp; readonly protocol: string };
  /** What is sent is no secret, so messages may quote the answer. */
  readonly isPublic?: boolean;
  /** Name of `expect` in messages. */
  readonly name: string;
}

/** The state of a dialog. */
export interface Hearing {
  /** Received and not matched yet, one character per byte. */
  pending: string;
  /** What the last pattern matched, with the text before it. */
  matched?: string;
  /** The name of what is expected now. Absent when nothing is. */
  expected?: string;
  /** Whether something was sent that may be a secret. */
  hasSent: boolean;
}

/** What a dialog needs besides the connection. */
export interface DialogMeans {
  readonly matches: BodyMatch;
  readonly hearing: Hearing;
  readonly measurement: Measurement;
  readonly signal: AbortSignal;
  /** The dialog prepares TLS, so a failure has the reason `tls`. */
  readonly isBeforeTls?: boolean;
}

/**
 * Runs these steps over an open connection, which stays open. Measures the phases `first_byte` and `transfer`.
 * Unmatched text stays in `hearing`.
 *
 * Fails with `closed` or `tls` when the connection ends, with `size` when too much arrives, with `internal` when a
 * pattern takes too long, with `body` (before TLS: `tls`) for a refusal or another protocol, or with the reason of
 * `signal`.
 */
export function converse(
  socket: Duplex,
  parts: readonly DialogPart[],
  { matches, hearing, measurement, signal, isBeforeTls = false }: DialogMeans,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const startedAt = measurement.elapsedSeconds();
    let firstByteAt: number | undefined;
    const reason = isBeforeTls ? 'tls' : 'body';
    let next = 0;
    const finish = () => {
      if (parts.some(({ expect }) => expect !== undefined)) addPhase(measurement, 'first_byte', startedAt, firstByteAt);
      if (firstByteAt !== undefined) addPhase(measurement, 'transfer', firstByteAt);
      signal.removeEventListener('abort', onAbort);
      socket.removeListener('data', onData).removeListener('error', onError).removeListener('close', onEnd);
      socket.removeListener('end', onEnd).pause();
      socket.on('error', () => {});
    };
    const fail = (error: Error) => {
      finish();
      reject(error);
    };
    const onAbort = () => fail(signal.reason as Error);
    const onData = (bytes: Buffer) => {
      firstByteAt ??= measurement.elapsedSeconds();
      hearing.pending += bytes.toString('latin1');
      goOn();
    };
    const onEnd = () => fail(closed(hearing));
    const onError = (error: Error) => fail(error instanceof ProbeFailure ? error : closed(hearing, error));
    /** Whether this step is complete. */
    const hear = ({ expect, refused, stranger }: DialogPart): boolean => {
      if (expect === undefined) return true;
      const end = matchEnd(expect, hearing, matches);
      if (end !== undefined) {
        hearing.matched = hearing.pending.slice(0, end);
        hearing.pending = hearing.pending.slice(end);
        return true;
      }
      if (refused !== undefined && matchEnd(refused.pattern, hearing, matches) !== undefined)
        throw new ProbeFailure(reason, `${refused.meaning}${refused.isText === true ? said(hearing) : ''}`);
      if (stranger !== undefined && matchEnd(stranger.pattern, hearing, matches) !== undefined)
        throw new ProbeFailure(reason, `the server does not speak ${stranger.protocol}${said(hearing)}`);
      if (hearing.pending.length > longestAnswerBytes)
        throw new ProbeFailure(
          'size',
          `${longestAnswerBytes} bytes were received, and none of them match ${hearing.expected}`,
        );
      return false;
    };
    let hasSpoken = false;
    const goOn = () => {
      try {
        for (let part = parts[next]; part !== undefined; part = parts[next]) {
          if (part.send !== undefined && !hasSpoken) {
            socket.write(part.send);
            hasSpoken = true;
            hearing.hasSent ||= part.isPublic !== true;
          }
          if (part.expect !== undefined) hearing.expected = part.name;
          if (!hear(part)) return;
          measurement.note(() => (part.expect === undefined ? 'sent' : `the answer matches ${part.name}`));
          hasSpoken = false;
          next += 1;
        }
        finish();
        delete hearing.expected;
        resolve();
      } catch (error) {
        fail(error as Error);
      }
    };
    socket.on('data', onData).once('error', onError).once('end', onEnd).once('close', onEnd).resume();
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    else goOn();
  });
}

/** End of the match in the received text; undefined without a match. */
function matchEnd(pattern: RegExp, { pending, expected }: Hearing, matches: BodyMatch): number | undefined {
  const text = decodeHeader(pending);
  const isMatch = matches(pattern, text);
  if (isMatch === undefined) throw new ProbeFailure('internal', `${expected} takes too long to match the answer`);
  const found = isMatch ? pattern.exec(text) : null;
  if (found === null) return undefined;
  // Characters of UTF-8 have more than one byte.
  const end = found.index + found[0].length;
  return text === pending ? end : Buffer.byteLength(text.slice(0, end));
}

/** The failure of a dialog at the deadline; undefined when no answer was expected. */
export function unansweredDialog(hearing: Hearing): ProbeFailure | undefined {
  const { expected, pending } = hearing;
  if (expected === undefined) return undefined;
  // A wrong answer says more than no answer.
  return pending === ''
    ? new ProbeFailure('timeout', `no answer before the deadline, still waiting for ${expected}`)
    : new ProbeFailure('body', `nothing that matches ${expected} came before the deadline${said(hearing)}`);
}

function closed(hearing: Hearing, cause?: Error): ProbeFailure {
  const refusal = endOfTls(cause);
  if (refusal !== undefined) return refusal;
  const code = systemCodeOf(cause);
  return new ProbeFailure(
    'closed',
    `the connection was ${code === undefined ? 'closed' : `lost (${code})`} while the exporter waited for ${hearing.expected}${said(hearing)}`,
    { cause },
  );
}

/** A greeting is public, but a later answer may repeat a secret that was sent. */
function said({ pending, hasSent }: Hearing): string {
  const [line = ''] = decodeHeader(pending).trim().split(/\r?\n/);
  return hasSent || line === '' ? '' : `; the server says ${quoted(line)}`;
}

/** The steps of a configured dialog. */
export function dialogParts(dialog: readonly DialogStep[]): readonly DialogPart[] {
  return dialog.map(({ send, expect }, index) => ({
    name: `dialog[${index}].expect`,
    ...(send === undefined ? {} : { send: Buffer.from(send.reveal(), 'latin1') }),
    ...(expect === undefined ? {} : { expect }),
  }));
}
