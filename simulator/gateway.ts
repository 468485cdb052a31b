import { request as httpRequest } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { type DemoRequest, type Handler, htmlAnswer, type SimulatedAnswer, textAnswer } from './exchange.js';

const page =
  '<!doctype html><html lang="en"><head><title>AI-CRM</title></head><body><div id="root"></div></body></html>\n';

const headers = {
  server: 'nginx/1.26.3',
  'x-frame-options': 'SAMEORIGIN',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer-when-downgrade',
  'accept-ranges': 'bytes',
} as const;

/** The web frontend: nginx that answers every path with the one page of the application, `/health` included. */
export const frontend: Handler = ({ method }) =>
  method === 'GET' || method === 'HEAD'
    ? htmlAnswer(200, page, headers)
    : htmlAnswer(405, errorPage('405 Not Allowed'), headers);

/** An error page of nginx, without its version. */
function errorPage(title: string): string {
  return `<html>\n<head><title>${title}</title></head>\n<body>\n<center><h1>${title}</h1></center>\n<hr><center>nginx</center>\n</body>\n</html>\n`;
}

/** Headers that belong to one connection and are not handed on (RFC 9110, 7.6.1), and the host, which is a new one. */
const ownHeaders = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'host',
]);

/** Where the backend listens. */
export interface Upstream {
  readonly host: string;
  readonly port: number;
}

/**
 * The reverse proxy in front: `/api/…` goes to the backend without the prefix, `/health` is its own and stays well when the
 * backend is down, everything else is the frontend.
 */
export function createGateway(backend: () => Upstream): Handler {
  return async (request, signal) => {
    if (request.path === '/health')
      return textAnswer(200, 'healthy\n', { server: 'nginx/1.26.3', 'content-type': 'text/plain' });
    if (!request.path.startsWith('/api/')) return frontend(request, signal);
    try {
      return await forward(request, backend(), signal);
    } catch {
      return htmlAnswer(502, errorPage('502 Bad Gateway'), { server: 'nginx/1.26.3' });
    }
  };
}

function forward(request: DemoRequest, { host, port }: Upstream, signal: AbortSignal): Promise<SimulatedAnswer> {
  return new Promise((resolve, reject) => {
    const query = request.query.size > 0 ? `?${request.query}` : '';
    const outgoing = httpRequest({
      host,
      port,
      path: request.path.slice('/api'.length) + query,
      method: request.method,
      headers: { ...handedOn(request.headers), 'content-length': Buffer.byteLength(request.body) },
      agent: false,
      signal,
    });
    outgoing.once('error', reject);
    outgoing.once('response', (incoming) => {
      buffer(incoming).then(
        (body) =>
          resolve({
            status: incoming.statusCode ?? 502,
            headers: { ...handedOn(incoming.headers), server: 'nginx/1.26.3' },
            body,
          }),
        reject,
      );
    });
    outgoing.end(request.body);
  });
}

function handedOn(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !ownHeaders.has(name)) kept[name] = String(value);
  }
  return kept;
}
