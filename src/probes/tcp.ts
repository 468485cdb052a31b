import { ProbeFailure } from '../base/reason.js';
import type { TcpComponent } from '../config/sections/endpoints-section.js';
import { handshake, type Network, openConnection } from '../net/connect.js';
import { attempt, type Measurement, type ProbeOutcome } from '../net/measurement.js';
import { converse, type DialogMeans, dialogParts, type Hearing, unansweredDialog } from './dialog.js';
import { protocolWords } from './known-protocols.js';
import type { BodyMatch } from './verdict.js';

/** The target of a port probe: an open port only, or also TLS with a valid certificate, or a dialog. */
type PortTarget = Pick<TcpComponent, 'host' | 'port'> &
  Partial<Pick<TcpComponent, 'kind' | 'protocol' | 'tls' | 'dialog'>>;

/** Probes a port: connects, starts TLS if configured, runs the dialog if configured, and closes the connection. */
export function probeTcp(target: PortTarget, network: Network, matches: BodyMatch) {
  return async (measurement: Measurement, signal: AbortSignal): Promise<ProbeOutcome> => {
    const hearing: Hearing = { pending: '', hasSent: false };
    const means = { matches, hearing, measurement, signal };
    const outcome = await attempt(measurement, signal, () => askPort(target, network, means));
    const failure = outcome.failure?.reason === 'timeout' ? unansweredDialog(hearing) : undefined;
    return failure === undefined ? outcome : { ...outcome, failure };
  };
}

async function askPort(
  { host, port, kind, protocol, tls, dialog = [] }: PortTarget,
  network: Network,
  means: DialogMeans,
): Promise<void> {
  const { measurement, signal, hearing } = means;
  const words = protocol === undefined ? undefined : protocolWords[protocol];
  const greeting = words?.greeting === undefined ? [] : [words.greeting];
  let socket = await openConnection(host, port, network, measurement, signal);
  socket.on('error', () => {});
  try {
    if (kind !== 'tls' && words !== undefined) {
      await converse(socket, [...greeting, ...words.startTls], { ...means, isBeforeTls: true });
      // An attacker in between may add bytes here, to have them read as an answer within TLS (CVE-2021-23222 and similar).
      if (hearing.pending !== '') throw new ProbeFailure('tls', 'the server sent unexpected data before TLS');
    }
    if (tls !== undefined)
      socket = await handshake(
        socket,
        host,
        tls,
        { contexts: network.tlsContexts, protocols: [] },
        measurement,
        signal,
      );
    const isGreeted = kind === 'tls' && dialog.length === 0;
    const parts = [...(isGreeted ? greeting : []), ...dialogParts(dialog)];
    if (parts.length > 0) await converse(socket, parts, means);
    if (dialog.length === 0 && words?.bye !== undefined) socket.write(words.bye);
    socket.destroySoon();
  } catch (error) {
    socket.destroy();
    throw error;
  }
}
