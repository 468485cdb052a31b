import type { Dispatcher } from 'undici';
import { ExporterError, messageOf, systemCodeOf } from '../../errors.js';
import { printable } from '../../http/printable.js';
import type { AlertmanagerAccess } from './access.js';

/** A longer answer is refused. */
const maxAnswerBytes = 10 * 1024 * 1024;

/** Asks one Alertmanager over HTTP. */
export interface AlertmanagerClient {
  /** Its address, for people. */
  readonly url: string;
  /** The document of an answer, undefined where it is empty. Throws `alertmanager_failed`, in one line: what, where, how to mend. */
  ask(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<unknown>;
  /** The same as text. */
  askText(path: string): Promise<string>;
  /** Ends its connections. */
  close(): Promise<void>;
}

/** A client of this Alertmanager. The HTTP library is loaded here, because most commands never need it. */
export async function createClient(access: AlertmanagerAccess): Promise<AlertmanagerClient> {
  // Its default and not its names, which a CommonJS package does not have when it is loaded late out of a bundle.
  const { default: undici } = await import('undici');
  const agent = new undici.Agent({
    connect: { ...tlsOf(access), timeout: access.timeoutSeconds * 1000 },
    headersTimeout: access.timeoutSeconds * 1000,
    bodyTimeout: access.timeoutSeconds * 1000,
    maxResponseSize: maxAnswerBytes,
  });
  const headers = headersOf(access);

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
      throw new ExporterError('alertmanager_failed', `no answer of Alertmanager at ${access.url}: ${reasonOf(error)}; is it running, and is --alertmanager.url right?`, { cause: error });
    }
    if (answer.statusCode >= 200 && answer.statusCode <= 299) return text;
    throw new ExporterError('alertmanager_failed', `${method} ${access.url}${path}: ${refusalOf(answer.statusCode, text)}`);
  }

  return {
    url: access.url,
    askText: (path) => askText('GET', path),
    ask: async (method, path, body) => {
      const text = await askText(method, path, body);
      if (text === '') return undefined;
      try {
        return JSON.parse(text) as unknown;
      } catch (error) {
        throw new ExporterError('alertmanager_failed', `${access.url}${path}: the answer is no JSON, so that this is no Alertmanager; is --alertmanager.url right?`, { cause: error });
      }
    },
    close: () => agent.close(),
  };
}

function headersOf({ http, auth = http?.auth }: AlertmanagerAccess): Readonly<Record<string, string>> {
  const own = Object.fromEntries([...(http?.headers ?? [])].map(([name, value]) => [name, value.reveal()]));
  if (auth === undefined) return own;
  const basic = auth.kind === 'basic' ? Buffer.from(`${auth.username}:${auth.password.reveal()}`).toString('base64') : '';
  return { ...own, authorization: auth.kind === 'basic' ? `Basic ${basic}` : `Bearer ${auth.token.reveal()}` };
}

function tlsOf({ http }: AlertmanagerAccess) {
  if (http === undefined) return {};
  const { ca, certificate, key, serverName, insecureSkipVerify } = http.tls;
  return {
    rejectUnauthorized: !insecureSkipVerify,
    ...(ca === undefined ? {} : { ca }),
    ...(certificate === undefined ? {} : { cert: certificate }),
    ...(key === undefined ? {} : { key: key.reveal() }),
    ...(serverName === undefined ? {} : { servername: serverName }),
  };
}

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
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
};

function reasonOf(error: unknown): string {
  if (error instanceof DOMException && error.name === 'TimeoutError') return 'no answer in time';
  return reasons[systemCodeOf(error) ?? ''] ?? messageOf(error);
}

function refusalOf(statusCode: number, text: string): string {
  if (statusCode === 401 || statusCode === 403) return `${statusCode}, it wants other credentials; give them with --alertmanager.token-file, or --alertmanager.username and --alertmanager.password-file`;
  if (statusCode === 404) return '404, there is no such thing; is the path prefix of --alertmanager.url right?';
  const said = printable(text.replace(/\s+/g, ' ').trim().slice(0, 200));
  return said === '' || said.startsWith('<') ? String(statusCode) : `${statusCode}: ${said}`;
}
