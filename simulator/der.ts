/** One encoded ASN.1 value: tag, length and content. */
export type Der = Buffer;

const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** A value with any tag byte. Lengths from 128 use the long form (X.690, 8.1.3). */
function tagged(tag: number, content: Uint8Array): Der {
  const length = content.length;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const bytes = Buffer.from(length.toString(16).padStart(length > 0xffff ? 6 : length > 0xff ? 4 : 2, '0'), 'hex');
  return Buffer.concat([Buffer.from([tag, 0x80 | bytes.length]), bytes, content]);
}

/** SEQUENCE of the given values, in order. */
export function sequence(...parts: readonly Der[]): Der {
  return tagged(tags.sequence, Buffer.concat(parts));
}

/** SET of one value. A single member needs no DER sorting. */
export function setOf(member: Der): Der {
  return tagged(tags.set, member);
}

/** A non-negative INTEGER from its big-endian bytes. */
export function integer(bytes: Uint8Array): Der {
  const first = bytes.findIndex((byte) => byte !== 0);
  const significant = first < 0 ? Buffer.from([0]) : Buffer.from(bytes.subarray(first));
  const isNegative = ((significant[0] ?? 0) & 0x80) !== 0;
  return tagged(tags.integer, isNegative ? Buffer.concat([Buffer.from([0]), significant]) : significant);
}

/** BOOLEAN TRUE. DER never writes FALSE here, because it is a default, and defaults are left out. */
export function booleanTrue(): Der {
  return tagged(tags.boolean, Buffer.from([0xff]));
}

/** BIT STRING; `unusedBits`: number of unused low bits of the last byte. */
export function bitString(bytes: Uint8Array, unusedBits = 0): Der {
  return tagged(tags.bitString, Buffer.concat([Buffer.from([unusedBits]), bytes]));
}

/** OCTET STRING. */
export function octetString(bytes: Uint8Array): Der {
  return tagged(tags.octetString, bytes);
}

/** UTF8String. */
export function utf8String(text: string): Der {
  return tagged(tags.utf8String, Buffer.from(text, 'utf8'));
}

/** OBJECT IDENTIFIER from its dotted form. */
export function objectIdentifier(dotted: string): Der {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap(base128);
  return tagged(tags.objectIdentifier, Buffer.from(bytes));
}

function base128(value: number): number[] {
  const bytes = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) bytes.unshift(0x80 | (rest % 128));
  return bytes;
}

/** A time in seconds: UTCTime until 2049, then GeneralizedTime, as RFC 5280 (4.1.2.5) requires. */
export function time(moment: Date): Der {
  const digits = moment
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replace(/[-:T]/g, '');
  const year = moment.getUTCFullYear();
  return year >= 1950 && year < 2050
    ? tagged(tags.utcTime, Buffer.from(digits.slice(2)))
    : tagged(tags.generalizedTime, Buffer.from(digits));
}

/** An explicitly tagged context-specific value, `[number]`. */
export function explicit(number: number, content: Der): Der {
  return tagged(0xa0 | number, content);
}

/** An implicitly tagged context-specific primitive, `[number]`. */
export function implicit(number: number, content: Uint8Array): Der {
  return tagged(0x80 | number, content);
}
