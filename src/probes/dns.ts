import { Resolver } from 'node:dns/promises';
import { systemCodeOf } from '../base/errors.js';
import { bracketed } from '../base/host-name.js';
import { type FailureReason, ProbeFailure } from '../base/reason.js';
import { shortened } from '../base/text.js';
import { canonicalRecord, type RecordType } from '../config/dns-records.js';
import type { DnsComponent } from '../config/sections/endpoints-section.js';
import { addressesOf, type Lookup } from '../net/connect.js';
import { addPhase, attempt, type Measurement, type ProbeOutcome } from '../net/measurement.js';

/** A datagram may get lost, so it is sent again after this time until the deadline. */
const patienceMilliseconds = 1000;
const tries = 8;

/** Codes of Node.js that are answers of the server, and what they mean. */
const meanings: Readonly<Record<string, readonly [reason: FailureReason, meaning: string]>> = {
  ENOTFOUND: ['status', 'NXDOMAIN: there is no such name'],
  ENODATA: ['status', 'the name has no record of this type'],
  ESERVFAIL: ['status', 'SERVFAIL: the server cannot resolve the name'],
  EREFUSED: ['status', 'REFUSED: the server refuses this query from this machine'],
  EFORMERR: ['status', 'FORMERR: the server does not understand the query'],
  ENOTIMP: ['status', 'NOTIMP: the server does not support this kind of query'],
  EBADRESP: ['body', 'the server does not speak the protocol of DNS'],
  ECONNREFUSED: ['connect', 'connection refused'],
  ETIMEOUT: ['timeout', 'no answer'],
};

/** Asks a name server for the records of a name, and compares them with the expected ones. */
export function probeDns({ host, port, question, recordType, expectedRecords }: DnsComponent, lookup: Lookup) {
  return (measurement: Measurement, signal: AbortSignal): Promise<ProbeOutcome> =>
    attempt(measurement, signal, async () => {
      const [server] = await addressesOf(host, lookup, measurement, signal);
      if (server === undefined) throw new ProbeFailure('dns', `${host} has no address`);
      measurement.ipProtocol = server.family;
      const address = `${bracketed(server.address)}:${port}`;
      measurement.note(() => `asking ${address} for ${question} ${recordType}`);
      const records = await ask(address, question, recordType, measurement, signal);
      measurement.note(() => `answered ${records.join(', ')}`);
      const answered = new Set(records.map((record) => canonicalRecord(recordType, record) ?? record));
      const missing = expectedRecords?.filter((record) => !answered.has(record)) ?? [];
      if (missing.length > 0)
        throw new ProbeFailure('body', `answered ${shortened(records.join(', '), 200)}, without ${missing.join(', ')}`);
    });
}

async function ask(
  server: string,
  question: string,
  recordType: RecordType,
  measurement: Measurement,
  signal: AbortSignal,
): Promise<readonly string[]> {
  signal.throwIfAborted();
  const resolver = new Resolver({ timeout: patienceMilliseconds, tries });
  resolver.setServers([server]);
  const onAbort = () => resolver.cancel();
  signal.addEventListener('abort', onAbort, { once: true });
  const startedAt = measurement.elapsedSeconds();
  try {
    return (await look(resolver, question, recordType)).sort();
  } catch (error) {
    const [reason, meaning] = meanings[systemCodeOf(error) ?? ''] ?? [];
    throw reason === undefined ? error : new ProbeFailure(reason, meaning ?? reason, { cause: error });
  } finally {
    signal.removeEventListener('abort', onAbort);
    addPhase(measurement, 'first_byte', startedAt);
  }
}

/** Records as in zone files. */
async function look(resolver: Resolver, question: string, recordType: RecordType): Promise<string[]> {
  switch (recordType) {
    case 'A':
      return resolver.resolve4(question);
    case 'AAAA':
      return resolver.resolve6(question);
    case 'CNAME':
      return resolver.resolveCname(question);
    case 'NS':
      return resolver.resolveNs(question);
    case 'PTR':
      return resolver.resolvePtr(question);
    case 'TXT':
      // The pieces of one record are one text.
      return (await resolver.resolveTxt(question)).map((pieces) => pieces.join(''));
    case 'MX':
      return (await resolver.resolveMx(question)).map(({ priority, exchange }) => `${priority} ${exchange}`);
    case 'SRV':
      return (await resolver.resolveSrv(question)).map(
        ({ priority, weight, port, name }) => `${priority} ${weight} ${port} ${name}`,
      );
    case 'SOA': {
      const { nsname, hostmaster, serial, refresh, retry, expire, minttl } = await resolver.resolveSoa(question);
      return [[nsname, hostmaster, serial, refresh, retry, expire, minttl].join(' ')];
    }
  }
}
