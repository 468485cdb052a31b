import { request as httpRequest } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { type DemoRequest, type Handler, htmlAnswer, type SimulatedAnswer, textAnswer } from './exchange.js';
import type { FaultKind } from './faults.js';

/** Files of the application, with a build hash in their names. */
const assets: Readonly<Record<string, { readonly type: string; readonly text: string }>> = {
  '/assets/index-8f3c1a.js': {
    type: 'text/javascript',
    text: 'document.getElementById("root").textContent="AI-CRM";\n',
  },
  '/assets/index-5d20be.css': { type: 'text/css', text: 'body{font:16px sans-serif}\n' },
  '/logo.svg': { type: 'image/svg+xml', text: '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"/>\n' },
};
/** The bundle, which a wrong deployment may not include. */
const bundle = '/assets/index-8f3c1a.js';

const page =
  '<!doctype html><html lang="en"><head><title>AI-CRM</title><link rel="icon" href="/logo.svg"><link rel="stylesheet" href="/assets/index-5d20be.css"><script type="module" src="/assets/index-8f3c1a.js"></script></head><body><div id="root"></div></body></html>\n';

const server = 'nginx/1.26.3';

const headers = {
  server,
  'x-frame-options': 'SAMEORIGIN',
  'x-xss-protection': '1; mode=block',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer-when-downgrade',
  'content-security-policy': "default-src 'self' http: https: data: blob: 'unsafe-inline'",
  'accept-ranges': 'bytes',
} as const;

/**
 * The web frontend: an nginx with the files of the application. Every other path gets the application's page, also
 * `/health`. After a wrong deployment (`bundle-404`) the page names a missing bundle. An nginx without a rule for this
 * answers with the page instead of the bundle (`bundle-html`).
 */
export function createFrontend(faultNow: () => FaultKind | undefined): Handler {
  return ({ method, path }) => {
    if (method !== 'GET' && method !== 'HEAD') return htmlAnswer(405, errorPage('405 Not Allowed'), headers);
    const fault = path === bundle ? faultNow() : undefined;
    if (fault === 'bundle-404') return htmlAnswer(404, errorPage('404 Not Found'), headers);
    const asset = fault === 'bundle-html' ? undefined : assets[path];
    return asset === undefined
      ? htmlAnswer(200, page, headers)
      : textAnswer(200, asset.text, { ...headers, 'content-type': asset.type });
  };
}

/** An error page of nginx. */
function errorPage(title: string): string {
  return `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>${server}</center>\r\n</body>\r\n</html>\r\n`;
}

/** Headers of one connection, which are not forwarded (RFC 9110, 7.6.1), and the host, which is replaced. */
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

/** Address of the backend. */
export interface Upstream {
  readonly host: string;
  readonly port: number;
}

/**
 * The reverse proxy: `/api/…` goes to the backend without the prefix, `/health` is answered by the proxy itself and
 * stays healthy when the backend is down, everything else goes to the frontend.
 */
export function createGateway(backend: () => Upstream): Handler {
  const frontend = createFrontend(() => undefined);
  return async (request, signal) => {
    if (request.path === '/health')
      // Two types, as the real configuration gives them: the usual one of nginx, and one that it adds. Most clients read the first.
      return textAnswer(200, 'healthy\n', { server, 'content-type': ['application/octet-stream', 'text/plain'] });
    if (!request.path.startsWith('/api/')) return frontend(request, signal);
    try {
      return await forward(request, backend(), signal);
    } catch {
      return htmlAnswer(502, errorPage('502 Bad Gateway'), { server });
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
            headers: { ...handedOn(incoming.headers), server },
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
