import { Resolver } from 'node:dns/promises';
import { systemCodeOf } from '../base/errors.js';
import { type FailureReason, ProbeFailure } from '../base/reason.js';
import { shortened } from '../base/text.js';
import type { DnsComponent } from '../config/config.js';
import { addPhase, attempt, type Measurement, type ProbeOutcome } from '../net/measurement.js';
import { literalAddress, type Resolve } from '../net/resolve.js';

/** A datagram may get lost: it is sent again after this long, for as long as the deadline lets it. */
const patienceMilliseconds = 1000;
const tries = 8;

/** What the codes of Node.js mean that are answers of the server. */
const meanings: Readonly<Record<string, readonly [reason: FailureReason, meaning: string]>> = {
  ENOTFOUND: ['status', 'NXDOMAIN: there is no such name'],
  ENODATA: ['status', 'the name has no record of this type'],
  ESERVFAIL: ['status', 'SERVFAIL: the server cannot find out'],
  EREFUSED: ['status', 'REFUSED: the server does not answer this question to this machine'],
  EFORMERR: ['status', 'FORMERR: the server does not understand the question'],
  ENOTIMP: ['status', 'NOTIMP: the server does not know this kind of question'],
  EBADRESP: ['body', 'the server does not speak the protocol of DNS'],
  ECONNREFUSED: ['connect', 'connection refused'],
};

/** Asks a name server for the records of a name, and compares them with those that are expected. */
export function probeDns({ host, port, name, recordType, expectedRecords }: DnsComponent, resolve: Resolve) {
  return (measurement: Measurement, signal: AbortSignal): Promise<ProbeOutcome> =>
    attempt(measurement, signal, async () => {
      const records = await ask(
        await serverOf(host, resolve, measurement),
        port,
        name,
        recordType,
        measurement,
        signal,
      );
      measurement.note(() => `${name} ${recordType}: ${records.join(', ')}`);
      const missing = expectedRecords?.filter((record) => !records.includes(record)) ?? [];
      if (missing.length > 0)
        throw new ProbeFailure(
          'body',
          `${recordType} is ${shortened(records.join(', '), 200)}, without ${missing.join(', ')}`,
        );
    });
}

async function serverOf(host: string, resolve: Resolve, measurement: Measurement): Promise<string> {
  const literal = literalAddress(host);
  if (literal !== undefined) {
    measurement.ipProtocol = literal.family;
    return literal.address;
  }
  const startedAt = measurement.elapsedSeconds();
  try {
    const [first] = await resolve(host);
    if (first === undefined) throw new ProbeFailure('dns', `${host} has no address`);
    measurement.ipProtocol = first.family;
    return first.address;
  } finally {
    addPhase(measurement, 'dns', startedAt);
  }
}

async function ask(
  server: string,
  port: number,
  name: string,
  recordType: string,
  measurement: Measurement,
  signal: AbortSignal,
): Promise<readonly string[]> {
  signal.throwIfAborted();
  const resolver = new Resolver({ timeout: patienceMilliseconds, tries });
  resolver.setServers([server.includes(':') ? `[${server}]:${port}` : `${server}:${port}`]);
  const onAbort = () => resolver.cancel();
  signal.addEventListener('abort', onAbort, { once: true });
  const startedAt = measurement.elapsedSeconds();
  try {
    return recordsText(await resolver.resolve(name, recordType));
  } catch (error) {
    const code = systemCodeOf(error) ?? '';
    const known = meanings[code];
    if (known !== undefined) throw new ProbeFailure(known[0], known[1], { cause: error });
    throw code === 'ETIMEOUT' ? new ProbeFailure('timeout', 'no answer from the name server', { cause: error }) : error;
  } finally {
    signal.removeEventListener('abort', onAbort);
    addPhase(measurement, 'first_byte', startedAt);
  }
}

/** Records as zone files have them, in order of their text: servers shuffle them. */
function recordsText(records: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(records) ? records : [records];
  return list.map(recordText).sort();
}

function recordText(record: unknown): string {
  if (typeof record === 'string') return record;
  // The pieces of a TXT record are one text.
  if (Array.isArray(record)) return record.join('');
  // MX: priority exchange; SRV: priority weight port name; SOA: nsname hostmaster serial …
  return Object.values(record as object).join(' ');
}
