import type { DeviceTraffic } from './host-source.js';
import { malformed, quote } from './read-text.js';

/**
 * Bytes by network device from `/proc/net/dev`, of every device. Counters are 64 bits wide and exact up to 2^53.
 * Throws `host_unreadable` for a heading without byte columns and for a line that does not fit it.
 */
export function parseNetDev(text: string, path: string): readonly DeviceTraffic[] {
  const [, heading = '', ...lines] = text.trimEnd().split('\n');
  const [, receive = [], transmit = []] = heading.split('|').map((part) => part.trim().split(/\s+/));
  const receiveColumn = receive.indexOf('bytes');
  const transmitColumn = transmit.indexOf('bytes');
  if (receiveColumn === -1 || transmitColumn === -1)
    throw malformed(path, 2, `expected a heading with bytes, found ${quote(heading)}`);

  return lines.map((line, index) => {
    // A large counter leaves no blank after the colon, and the name of an old alias has a colon of its own.
    const colon = line.lastIndexOf(':');
    const device = line.slice(0, Math.max(0, colon)).trim();
    const counters = line
      .slice(colon + 1)
      .trim()
      .split(/\s+/);
    const received = counters[receiveColumn];
    const sent = counters[receive.length + transmitColumn];
    if (
      device === '' ||
      counters.length < receive.length + transmit.length ||
      !isCounter(received) ||
      !isCounter(sent)
    ) {
      throw malformed(path, index + 3, `expected a device and its counters, found ${quote(line)}`);
    }
    return { device, receivedBytes: Number(received), sentBytes: Number(sent) };
  });
}

function isCounter(text: string | undefined): text is string {
  return text !== undefined && /^\d+$/.test(text);
}
