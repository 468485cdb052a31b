import { isIPv4, isIPv6 } from 'node:net';
import { asciiHost, readUrl } from '../base/host-name.js';

/** The types of DNS records that can be queried, and their form in a zone file, for error messages. */
export const recordForms = {
  A: 'an IPv4 address such as 10.0.0.7',
  AAAA: 'an IPv6 address such as 2001:db8::7',
  CNAME: 'a name such as crm.example.com',
  MX: 'a priority and a name such as "10 mail.example.com"',
  NS: 'a name such as ns1.example.com',
  PTR: 'a name such as crm.example.com',
  SOA: 'seven fields such as "ns1.example.com admin.example.com 7 3600 900 604800 300"',
  SRV: 'priority, weight, port and a name such as "0 5 5060 sip.example.com"',
  TXT: 'a text',
} as const;

/** A type of records. */
export type RecordType = keyof typeof recordForms;

/** All types of records. */
export const recordTypes = Object.keys(recordForms) as readonly RecordType[];

/** The fields of types with a fixed form. */
const fieldsOf: Readonly<Partial<Record<RecordType, readonly ((word: string) => string | undefined)[]>>> = {
  CNAME: [nameIn],
  NS: [nameIn],
  PTR: [nameIn],
  MX: [numberIn, nameIn],
  SRV: [numberIn, numberIn, numberIn, nameIn],
  SOA: [nameIn, nameIn, numberIn, numberIn, numberIn, numberIn, numberIn],
};

/**
 * A record in a canonical form, so that equal records are equal texts: names in small letters without the final dot,
 * and the shortest form of an address. Undefined for an invalid record.
 */
export function canonicalRecord(type: RecordType, text: string): string | undefined {
  if (type === 'A') return isIPv4(text) ? text : undefined;
  if (type === 'AAAA') return isIPv6(text) ? readUrl(`http://[${text}]/`)?.hostname.slice(1, -1) : undefined;
  const fields = fieldsOf[type];
  if (fields === undefined) return text;
  const given = text.split(/\s+/);
  if (given.length !== fields.length) return undefined;
  const words = given.map((word, index) => fields[index]?.(word));
  return words.includes(undefined) ? undefined : words.join(' ');
}

function numberIn(word: string): string | undefined {
  return /^\d{1,10}$/.test(word) ? String(Number(word)) : undefined;
}

/** The root is "." in zone files and empty here, as in the answer of a name server. */
function nameIn(word: string): string | undefined {
  const name = asciiHost(word)?.toLowerCase().replace(/\.$/, '');
  return name === undefined || isIPv4(name) || name.includes(':') ? undefined : name;
}
