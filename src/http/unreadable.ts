import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { messageOf, systemCodeOf } from '../errors.js';
import type { Log } from '../log.js';
import { ownHeaders } from './middleware/security-headers.js';

const statusOf: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** Answers what Node.js cannot read as a request with the headers that every answer has, and ends the connection. */
export function answerUnreadable(log: Log, extraHeaders: () => ReadonlyMap<string, string> | undefined) {
  return (error: Error, socket: Duplex): void => {
    const code = systemCodeOf(error);
    // A client that left, or one that was answered already: there is nobody to be told, or nothing to be told in between.
    const isBegun = 'bytesWritten' in socket && Number(socket.bytesWritten) > 0;
    if (code === 'ECONNRESET' || !socket.writable || isBegun) {
      socket.destroy();
      return;
    }
    const status = statusOf[code ?? ''] ?? 400;
    const body = `${STATUS_CODES[status]?.toLowerCase()}: this is not HTTP as it should be\n`;
    const headers = {
      ...ownHeaders,
      ...Object.fromEntries(extraHeaders() ?? []),
      'Content-Type': 'text/plain; charset=utf-8',
      'Content-Length': body.length,
      Date: new Date().toUTCString(),
      Connection: 'close',
    };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    log.debug('request refused', { status, error: messageOf(error) });
    socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`);
  };
}
