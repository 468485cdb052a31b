import { isIPv6, SocketAddress } from 'node:net';

/**
 * The names, addresses, e-mail addresses and URIs in the `subjectaltname` of a certificate. Node.js puts the value of an entry
 * in quotes, as JSON, where it could be taken for more than one, and writes a comma in it as an escape.
 */
export function alternativeNames(text: string): readonly string[] {
  return text.split(', ').flatMap((entry) => {
    const [, kind, value = ''] = /^(DNS|IP Address|email|URI):(.*)$/s.exec(entry) ?? [];
    if (kind === undefined) return [];
    const plain = value.startsWith('"') ? (JSON.parse(value) as string) : value;
    return [kind === 'IP Address' ? comparable(plain) : plain];
  });
}

/** An IPv6 address in its shortest form; any other text as it is. */
export function comparable(name: string): string {
  return isIPv6(name) ? new SocketAddress({ address: name, family: 'ipv6' }).address : name;
}
