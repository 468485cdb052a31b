import type { IncomingHttpHeaders } from 'node:http';

/** A received request with its body. */
export interface ReceivedRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The client's address. */
  readonly peer: string;
}

/** A request to a simulated service. */
export interface DemoRequest extends ReceivedRequest {
  /** Arrival in monotonic seconds of the simulation's clock. The duration of an analysis starts here. */
  readonly arrivedAtSeconds: number;
}

/** Headers of an answer; a list is sent as one header for each item. */
export type AnswerHeaders = Readonly<Record<string, string | string[]>>;

/** A complete answer; `content-length` is added when it is sent. */
export interface SimulatedAnswer {
  readonly status: number;
  readonly headers: AnswerHeaders;
  readonly body: string | Buffer;
}

/** Answers a request. `signal` is aborted when the client has left. */
export type Handler = (request: DemoRequest, signal: AbortSignal) => SimulatedAnswer | Promise<SimulatedAnswer>;

/** A JSON answer without spaces, as the real services write it. */
export function jsonAnswer(status: number, value: unknown, headers: AnswerHeaders = {}): SimulatedAnswer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(value) };
}

/** An answer in plain text. */
export function textAnswer(status: number, text: string, headers: AnswerHeaders = {}): SimulatedAnswer {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8', ...headers }, body: text };
}

/** An answer in HTML. */
export function htmlAnswer(status: number, html: string, headers: AnswerHeaders = {}): SimulatedAnswer {
  return { status, headers: { 'content-type': 'text/html', ...headers }, body: html };
}

/** The body as JSON; undefined when it is invalid. A JSON `null` is null. */
export function jsonBody(request: ReceivedRequest): unknown {
  try {
    return JSON.parse(request.body);
  } catch {
    return undefined;
  }
}

/** A time as the Python services write it: ISO 8601 in UTC with microseconds and without a zone. */
export function pythonTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('Z', '000');
}
