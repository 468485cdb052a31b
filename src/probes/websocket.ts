import { createHash, randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { ProbeFailure } from '../base/reason.js';
import { Secret } from '../config/secret.js';
import type { WebSocketComponent } from '../config/sections/endpoints-section.js';
import type { HttpSettings } from '../config/sections/http-options.js';
import { handshake, openConnection } from '../net/connect.js';
import type { HttpProber } from '../net/http-client.js';
import { fieldOf } from '../net/http-headers.js';
import { writeRequest } from '../net/http-request.js';
import { ResponseReader } from '../net/http-response.js';
import { attempt, type Measurement, type ProbeOutcome } from '../net/measurement.js';
import { converse, type DialogMeans, dialogParts, type Hearing, unansweredDialog } from './dialog.js';
import { type BodyMatch, judgeCode } from './verdict.js';

/** RFC 6455, 1.3: a WebSocket server appends this to the key. */
const magic = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** Maximum size of a message. */
const longestFrameBytes = 64 * 1024;

const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** Does the handshake with a WebSocket server, runs the dialog of messages if there is one, and closes the connection. */
export function probeWebSocket(component: WebSocketComponent, prober: HttpProber, matches: BodyMatch) {
  return async (measurement: Measurement, signal: AbortSignal): Promise<ProbeOutcome> => {
    const hearing: Hearing = { pending: '', hasSent: false };
    const means = { matches, hearing, measurement, signal };
    const outcome = await attempt(measurement, signal, () => ask(component, prober, means));
    const failure = outcome.failure?.reason === 'timeout' ? unansweredDialog(hearing) : undefined;
    return failure === undefined ? outcome : { ...outcome, failure };
  };
}

async function ask(
  { host, port, address, http, dialog = [], kind }: WebSocketComponent,
  prober: HttpProber,
  means: DialogMeans,
): Promise<void> {
  const { hearing, measurement, signal } = means;
  const key = randomBytes(16).toString('base64');
  const upgrade = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': key,
  };
  const fields = Object.entries(upgrade).map(([name, value]) => [name, new Secret(value)] as const);
  const settings = { ...http, headers: new Map([...http.headers, ...fields]) };
  const request = writeRequest(new URL(address), 'GET', settings, prober.userAgent);
  let socket = await openConnection(host, port, prober, measurement, signal);
  socket.on('error', () => {});
  try {
    if (kind === 'wss')
      socket = await handshake(
        socket,
        host,
        http.tls,
        { contexts: prober.tlsContexts, protocols: ['http/1.1'] },
        measurement,
        signal,
      );
    await converse(
      socket,
      [
        {
          send: request.bytes,
          expect: /^HTTP\/[^]*?\n\r?\n/,
          stranger: { pattern: /^(?:[^H]|H[^T]|HT[^T]|HTT[^P]|HTTP[^/])/, protocol: 'HTTP' },
          name: 'an answer to the handshake',
        },
      ],
      means,
    );
    checkHandshake(hearing.matched ?? '', key, http);
    measurement.note(() => 'the server speaks WebSocket');
    const messages = new Messages(socket, Buffer.from(hearing.pending, 'latin1'));
    hearing.pending = '';
    hearing.hasSent = false;
    if (dialog.length > 0) await converse(messages, dialogParts(dialog), means);
    socket.write(frameOf(opcodes.close, Buffer.from([0x03, 0xe8])));
    socket.destroySoon();
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** Fails unless the answer to the handshake is that of a WebSocket server (RFC 6455, 4.1). */
function checkHandshake(head: string, key: string, http: HttpSettings): void {
  const reader = new ResponseReader('HEAD', 0);
  reader.push(Buffer.from(head, 'latin1'));
  const { statusCode = 0, headers } = reader;
  if (statusCode !== 101) {
    const { reason, message, level } = judgeCode(statusCode, http) ?? {};
    throw new ProbeFailure(
      reason ?? 'body',
      message ?? `${statusCode}: not switched to WebSocket`,
      level ? { level } : {},
    );
  }
  const accept = createHash('sha1')
    .update(key + magic)
    .digest('base64');
  if (fieldOf(headers, 'upgrade').toLowerCase() !== 'websocket' || fieldOf(headers, 'sec-websocket-accept') !== accept)
    throw new ProbeFailure(
      'body',
      '101, but with a wrong Sec-WebSocket-Accept: the server does not speak the protocol of WebSocket',
    );
}

/** A client frame, which must be masked. */
function frameOf(opcode: number, payload: Buffer): Buffer {
  const mask = randomBytes(4);
  const length = payload.length < 126 ? Buffer.from([0x80 | payload.length]) : Buffer.from([0xfe, 0, 0]);
  if (payload.length >= 126) length.writeUInt16BE(payload.length, 1);
  const masked = payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  return Buffer.concat([Buffer.from([0x80 | opcode]), length, mask, masked]);
}

/** The messages of an open WebSocket as a stream of lines: each write sends one text message, each received message is a line. */
class Messages extends Duplex {
  readonly #socket: Socket;
  #pending: Buffer;

  constructor(socket: Socket, pending: Buffer) {
    super();
    this.#socket = socket;
    this.#pending = pending;
    this.on('error', () => {});
    socket
      .on('data', (bytes: Buffer) => this.#take(bytes))
      .once('end', () => this.push(null))
      .once('error', (error) => this.destroy(error))
      .resume();
    this.#take(Buffer.alloc(0));
  }

  override _read(): void {}

  override _write(payload: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#socket.write(frameOf(opcodes.text, payload));
    done();
  }

  #take(bytes: Buffer): void {
    this.#pending = Buffer.concat([this.#pending, bytes]);
    while (!this.destroyed && !this.readableEnded && this.#readFrame());
  }

  /** RFC 6455, 5.2. False when more bytes are needed. */
  #readFrame(): boolean {
    const [first = 0, second = 0] = this.#pending;
    const short = second & 0x7f;
    const headBytes = 2 + (short === 126 ? 2 : short === 127 ? 8 : 0);
    if (this.#pending.length < headBytes) return false;
    const length =
      short === 126 ? this.#pending.readUInt16BE(2) : short === 127 ? Number(this.#pending.readBigUInt64BE(2)) : short;
    // The other bits need an agreed extension, and servers do not mask.
    if ((first & 0x70) !== 0 || (second & 0x80) !== 0)
      return this.#refuse(new ProbeFailure('body', 'the server does not speak the protocol of WebSocket'));
    if (length > longestFrameBytes)
      return this.#refuse(new ProbeFailure('size', `a message is larger than ${longestFrameBytes} bytes`));
    if (this.#pending.length < headBytes + length) return false;
    const payload = this.#pending.subarray(headBytes, headBytes + length);
    this.#pending = this.#pending.subarray(headBytes + length);
    this.#obey(first & 0x0f, payload, (first & 0x80) !== 0);
    return true;
  }

  #obey(opcode: number, payload: Buffer, isLast: boolean): void {
    if (opcode === opcodes.ping) this.#socket.write(frameOf(opcodes.pong, payload));
    else if (opcode === opcodes.close) this.push(null);
    else if (opcode <= opcodes.binary) this.push(isLast ? Buffer.concat([payload, Buffer.from('\n')]) : payload);
  }

  #refuse(failure: ProbeFailure): false {
    this.destroy(failure);
    return false;
  }
}
