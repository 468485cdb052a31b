import { isIPv4, isIPv6 } from 'node:net';
import { asciiHost, readUrl } from '../base/host-name.js';

/** What each type of records looks like in a zone file, for messages: what a name server can be asked for. */
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

/** See `RecordType`. */
export const recordTypes = Object.keys(recordForms) as readonly RecordType[];

/** The fields of the records that are more than one word: `name`, or a number. */
const fieldsOf: Readonly<Partial<Record<RecordType, readonly ('name' | 'number')[]>>> = {
  CNAME: ['name'],
  NS: ['name'],
  PTR: ['name'],
  MX: ['number', 'name'],
  SRV: ['number', 'number', 'number', 'name'],
  SOA: ['name', 'name', 'number', 'number', 'number', 'number', 'number'],
};

/**
 * A record in the one spelling in which two that are equal are the same text: names in small letters and without the final dot,
 * the shortest form of an address. Undefined for what no record of this type can be.
 */
export function canonicalRecord(type: RecordType, text: string): string | undefined {
  if (type === 'A') return isIPv4(text) ? text : undefined;
  if (type === 'AAAA') return isIPv6(text) ? readUrl(`http://[${text}]/`)?.hostname.slice(1, -1) : undefined;
  const fields = fieldsOf[type];
  if (fields === undefined) return text;
  const given = text === '' ? [] : text.split(/\s+/);
  if (given.length !== fields.length) return undefined;
  const words = given.map((word, index) => (fields[index] === 'number' ? numberIn(word) : nameIn(word)));
  return words.includes(undefined) ? undefined : words.join(' ');
}

function numberIn(word: string): string | undefined {
  return /^\d{1,10}$/.test(word) ? String(Number(word)) : undefined;
}

/** An answer has the root, which "." is in zone files, as an empty name. */
function nameIn(word: string): string | undefined {
  if (word === '.') return '';
  const name = asciiHost(word)?.toLowerCase().replace(/\.$/, '');
  return name === undefined || name === '' || isIPv4(name) || name.includes(':') ? undefined : name;
}
