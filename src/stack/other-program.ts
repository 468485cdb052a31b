import type { Dispatcher } from 'undici';
import { ExporterError, messageOf, systemCodeOf } from '../base/errors.js';
import { withoutSecretsOfUrls } from '../base/sensitive.js';
import { oneLine } from '../base/text.js';
import { connectTls, sentHeaders } from '../net/undici-settings.js';
import type { ProgramAccess } from './program-access.js';

/**
 * Why a program gave no useful answer. `unreachable`: no answer. `refused`: other credentials are needed. `starting`:
 * it is not ready. `stranger`: another program, or a wrong path. `failed`: the program reports an error.
 */
type FailureKind = 'unreachable' | 'refused' | 'starting' | 'stranger' | 'failed';

/** A program gave no useful answer. The message is `what` and `remedy` on one line, without secrets. */
export class ProgramFailure extends ExporterError {
  constructor(
    readonly kind: FailureKind,
    /** What happened, with the address. */
    readonly what: string,
    /** What to do. */
    readonly remedy: string,
    options: { readonly cause?: unknown } = {},
  ) {
    super('program_failed', remedy === '' ? what : `${what}; ${remedy}`, options);
  }
}

/** Longer answers are refused. */
const maxAnswerBytes = 10 * 1024 * 1024;

/** HTTP client of one other program. */
export interface ProgramClient {
  /** Its address without secrets. */
  readonly url: string;
  /** The JSON document of an answer; undefined for an empty answer. Throws `ProgramFailure`. */
  ask(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<unknown>;
  /** The answer as text. A POST has no body. */
  askText(path: string, method?: 'GET' | 'POST'): Promise<string>;
  close(): Promise<void>;
}

/** Makes a client of a program. Loads the HTTP library late, because most commands do not need it. */
export async function createProgramClient(access: ProgramAccess): Promise<ProgramClient> {
  // Uses the default export, because a bundled CommonJS package that is loaded late has no named exports.
  const { default: undici } = await import('undici');
  const agent = new undici.Agent({
    connect: { ...(access.http && connectTls(access.http.tls)), timeout: access.timeoutSeconds * 1000 },
    headersTimeout: access.timeoutSeconds * 1000,
    bodyTimeout: access.timeoutSeconds * 1000,
    maxResponseSize: maxAnswerBytes,
  });
  const headers = sentHeaders({ headers: new Map(), ...access.http }, access.auth ?? access.http?.auth);

  async function askText(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<string> {
    let answer: Dispatcher.ResponseData;
    let text: string;
    try {
      answer = await undici.request(`${access.url}${path}`, {
        method,
        dispatcher: agent,
        signal: AbortSignal.timeout(access.timeoutSeconds * 1000),
        headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
        body: body === undefined ? null : JSON.stringify(body),
      });
      text = await answer.body.text();
    } catch (error) {
      if (error instanceof Error && error.name === 'HTTPParserError')
        throw new ProgramFailure(
          'stranger',
          `the program at ${access.url} does not speak HTTP, so it is not ${access.name}`,
          `check --${access.flag}.url`,
          { cause: error },
        );
      throw new ProgramFailure(
        'unreachable',
        `no answer of ${access.name} at ${access.url}: ${reasonOf(error)}`,
        `start it, or check --${access.flag}.url`,
        { cause: error },
      );
    }
    if (answer.statusCode >= 200 && answer.statusCode <= 299) return text;
    throw refusal(access, `${method} ${access.url}${path.replace(/\?.*/s, '')}`, answer.statusCode, text);
  }

  return {
    url: access.url,
    askText: (path, method = 'GET') => askText(method, path),
    ask: async (method, path, body) => {
      const text = await askText(method, path, body);
      if (text === '') return undefined;
      try {
        return JSON.parse(text) as unknown;
      } catch (error) {
        throw new ProgramFailure(
          'stranger',
          `${access.url}${path.replace(/\?.*/s, '')}: the answer is not JSON, so it is not ${access.name}`,
          `check --${access.flag}.url`,
          { cause: error },
        );
      }
    },
    close: () => agent.close(),
  };
}

const unknownAuthority =
  'its certificate is from an unknown authority; set NODE_EXTRA_CA_CERTS to the certificate file of that authority';

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'the name is unknown',
  EAI_AGAIN: 'the name cannot be resolved now',
  ECONNRESET: 'connection reset',
  UND_ERR_SOCKET: 'the connection was closed',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
  UND_ERR_BODY_TIMEOUT: 'no complete answer in time',
  UND_ERR_RES_EXCEEDED_MAX_SIZE: 'the answer is too large',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS; try http://',
  EPROTO: 'it does not speak TLS; try http://',
  EHOSTUNREACH: 'no route to this machine',
  ENETUNREACH: 'no route to this network',
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
};

function reasonOf(error: unknown): string {
  if (error instanceof DOMException && error.name === 'TimeoutError') return 'no answer in time';
  return reasons[systemCodeOf(error) ?? ''] ?? messageOf(error);
}

function refusal({ flag }: ProgramAccess, question: string, statusCode: number, text: string): ProgramFailure {
  // The exporter's own message for a refused host name says what to do.
  if (statusCode === 401 || (statusCode === 403 && !text.includes('--web.allowed-host'))) {
    return new ProgramFailure(
      'refused',
      `${question}: ${statusCode}, it does not accept the credentials`,
      `set them with --${flag}.token-file, or --${flag}.username and --${flag}.password-file`,
    );
  }
  const said = oneLine(withoutSecretsOfUrls(text.slice(0, 4096)), 200);
  // The exporter's own message for an unknown job says where jobs are configured.
  if (statusCode === 404 && !said.includes('see heartbeats'))
    return new ProgramFailure('stranger', `${question}: 404, not found`, `check the path prefix of --${flag}.url`);
  if (statusCode >= 300 && statusCode <= 399)
    return new ProgramFailure(
      'stranger',
      `${question}: ${statusCode}, it redirects to another address`,
      `check --${flag}.url`,
    );
  if (statusCode === 503)
    return new ProgramFailure(
      'starting',
      `${question}: 503, it is not ready`,
      'wait a moment; if this stays, see its log',
    );
  return new ProgramFailure(
    statusCode === 404 ? 'refused' : 'failed',
    `${question}: ${said === '' || said.startsWith('<') ? statusCode : `${statusCode}: ${said}`}`,
    '',
  );
}
