import { bracketed } from '../base/host-name.js';
import { type FailureReason, ProbeFailure } from '../base/reason.js';
import type { GrpcComponent } from '../config/sections/endpoints-section.js';
import { handshakeHttp2, openConnection } from '../net/connect.js';
import type { HttpProber } from '../net/http-client.js';
import { fieldOf, quoted } from '../net/http-headers.js';
import { authorizationOf } from '../net/http-request.js';
import { exchangeHttp2, type Http2Answer } from '../net/http2-exchange.js';
import { attempt, type Measurement, type ProbeOutcome } from '../net/measurement.js';

/** The health answer itself has two bytes, but a server may send more. */
const maxBodyBytes = 64 * 1024;

/** `ServingStatus` of grpc/health/v1/health.proto. */
const serving = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'] as const;

/** What each status except OK means here (google.rpc.Code). */
const meanings: Readonly<Record<number, readonly [reason: FailureReason, meaning: string]>> = {
  4: ['timeout', 'DEADLINE_EXCEEDED: the server did not finish in time'],
  5: ['status', 'NOT_FOUND: the server has no service of this name'],
  7: ['auth', 'PERMISSION_DENIED: access refused'],
  8: ['rate_limited', 'RESOURCE_EXHAUSTED: too many requests'],
  12: ['status', 'UNIMPLEMENTED: the server has no grpc.health.v1.Health'],
  14: ['status', 'UNAVAILABLE: the server is not available'],
  16: ['auth', 'UNAUTHENTICATED: credentials are required'],
};

/** Asks a gRPC server for its health, or for that of one service: `grpc.health.v1.Health/Check`. */
export function probeGrpc({ kind, host, port, service, http }: GrpcComponent, prober: HttpProber) {
  const { tlsContexts: contexts, userAgent } = prober;
  const authorization = authorizationOf(http);
  const headers = {
    ':method': 'POST',
    ':path': '/grpc.health.v1.Health/Check',
    ':authority': `${bracketed(host)}:${port}`,
    'content-type': 'application/grpc',
    te: 'trailers',
    'user-agent': userAgent,
    ...(authorization === undefined ? {} : { authorization }),
    ...Object.fromEntries([...http.headers].map(([name, value]) => [name, value.reveal()])),
  };
  return (measurement: Measurement, signal: AbortSignal): Promise<ProbeOutcome> =>
    attempt(measurement, signal, async () => {
      let socket = await openConnection(host, port, prober, measurement, signal);
      if (kind === 'grpcs') socket = await handshakeHttp2(socket, host, http.tls, contexts, measurement, signal);
      const request = { headers, body: frame(requestOf(service)), maxBodyBytes };
      const answer = await exchangeHttp2(socket, request, measurement, signal);
      measurement.note(() => `answered ${answer.statusCode}, ${answer.body.length} bytes`);
      refuseOthers(answer, authorization !== undefined || http.tls.certificate !== undefined);
      const status = statusOf(answer.body);
      measurement.note(() => `says ${serving[status] ?? status}`);
      if (status === 1) return;
      const said = `says ${serving[status] ?? `the unknown status ${status}`}`;
      if (status === 2) throw new ProbeFailure('unhealthy', said);
      throw new ProbeFailure('body', said, { level: 'unknown' });
    });
}

/** Fails for every answer that is not a good answer of a gRPC server. */
function refuseOthers({ statusCode, headers, trailers }: Http2Answer, hasCredentials: boolean): void {
  // An answer without a message has its trailer in the headers.
  const given = fieldOf(trailers, 'grpc-status') || fieldOf(headers, 'grpc-status');
  if (statusCode !== 200 && given === '')
    throw new ProbeFailure('status', `${statusCode}: not the answer of a gRPC server`);
  if (!fieldOf(headers, 'content-type').startsWith('application/grpc') || !/^\d{1,2}$/.test(given))
    throw new ProbeFailure('body', 'the server does not speak the protocol of gRPC');
  if (given === '0') return;
  const [reason, meaning] = meanings[Number(given)] ?? ['status', `gRPC status ${quoted(given)}`];
  // If the server refuses configured credentials, its health is unknown. If none are configured, the failure is critical.
  throw new ProbeFailure(reason, meaning, reason === 'auth' && !hasCredentials ? { level: 'critical' } : {});
}

/** `HealthCheckRequest`: the name of the service as its first field. Empty for the server itself. */
function requestOf(service: string): Buffer {
  const name = Buffer.from(service);
  // A length has seven bits per byte (varint).
  const length = name.length < 128 ? [name.length] : [(name.length & 0x7f) | 0x80, name.length >> 7];
  return name.length === 0 ? name : Buffer.concat([Buffer.from([0x0a, ...length]), name]);
}

/** An uncompressed message, with its length before it. */
function frame(message: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** `status` of a `HealthCheckResponse`, its first field; 0 when it is absent. Other fields are ignored. */
function statusOf(body: Buffer): number {
  const length = body.length >= 5 && body[0] === 0 ? body.readUInt32BE(1) : -1;
  if (length !== body.length - 5) throw new ProbeFailure('body', 'the server does not speak the protocol of gRPC');
  const message = body.subarray(5);
  return message[0] === 0x08 ? (message[1] ?? 0) : 0;
}
