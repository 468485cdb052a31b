import { connect } from 'node:net';
import { hashSync } from 'bcryptjs';
import t from 'tap';
import { serveWith, webFiles } from '../support/web-files.js';

/** The whole answer to these bytes. */
function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    let received = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.on('data', (chunk) => (received += chunk.toString('latin1')));
    socket.on('error', () => {}).on('close', () => resolve(received));
  });
}

const rest = 'Host: localhost\r\nConnection: close\r\n\r\n';

t.test('an invalid request is answered with 400 and the usual headers, and logged', async (t) => {
  const { port, log } = await serveWith(
    t,
    webFiles(t, 'http_server_config: {headers: {Strict-Transport-Security: max-age=5}}\n').file,
  );
  const requests: readonly (readonly [request: string, status: number, text: RegExp])[] = [
    [`GET http://[ HTTP/1.1\r\n${rest}`, 400, /the request line contains neither a path nor a URL\n$/],
    [`POST http://[ HTTP/1.1\r\n${rest}`, 400, /neither a path/],
    [`GET http://a:99999/ HTTP/1.1\r\n${rest}`, 400, /neither a path/],
    [`GET ftp://localhost/metrics HTTP/1.1\r\n${rest}`, 400, /neither a path/],
    [`GET http://user:word@localhost/ HTTP/1.1\r\n${rest}`, 400, /neither a path/],
    [`GET http://user@localhost/ HTTP/1.1\r\n${rest}`, 400, /neither a path/],
    [`GET http://:word@localhost/ HTTP/1.1\r\n${rest}`, 400, /neither a path/],
    [`GET xhttp://localhost/metrics HTTP/1.1\r\n${rest}`, 400, /neither a path/],
    [`GET httpsx://localhost/metrics HTTP/1.1\r\n${rest}`, 400, /neither a path/],
    ['GET / HTTP/1.1\r\nConnection: close\r\n\r\n', 400, /the Host header is missing\n$/],
    ['GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n', 400, /the Host header is not a valid host name\n$/],
    [
      'GET / HTTP/1.1\r\nHost: user@localhost\r\nConnection: close\r\n\r\n',
      400,
      /the Host header is not a valid host name\n$/,
    ],
    ['GET / HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n', 400, /the Host header is not a valid host name\n$/],
    [
      'GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example.com\r\nConnection: close\r\n\r\n',
      400,
      /more than one Host header\n$/,
    ],
    ['NONSENSE\r\n\r\n', 400, /the request is not valid HTTP\n$/],
    [`GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n${rest}`, 431, /the request is not valid HTTP\n$/],
  ];
  for (const [request, status, text] of requests) {
    const label = request.slice(0, 60);
    const answer = await raw(port, request);
    t.ok(answer.startsWith(`HTTP/1.1 ${status} `), label);
    t.match(answer, text, label);
    for (const header of [
      'Cache-Control: no-store',
      "Content-Security-Policy: default-src 'none'",
      'X-Content-Type-Options: nosniff',
      'Strict-Transport-Security: max-age=5',
      'Content-Type: text/plain; charset=utf-8',
    ])
      t.match(answer, header, `${label} ${header}`);
  }
  const logged = log.lines
    .filter(({ level, message }) => level === 'debug' && /^request (?:answered|refused)$/.test(message))
    .map(({ fields }) => fields?.['status']);
  t.same(
    logged,
    requests.map(([, status]) => status),
  );
  t.same(
    log.lines.flatMap(({ fields }) => (typeof fields?.['path'] === 'string' ? [fields['path']] : [])),
    [...new Array<string>(9).fill('*'), ...new Array<string>(5).fill('/')],
    'an unreadable target is logged as *',
  );
  t.same(
    log.lines.filter(({ level }) => level === 'error'),
    [],
  );
  t.notMatch(JSON.stringify(log.lines), 'word');
});

t.test('of a whole URL the path is used, and its host counts instead of the Host header', async (t) => {
  const { port } = await serveWith(t, webFiles(t, '').file);
  t.match(
    await raw(port, `GET http://localhost:10059/-/healthy?x HTTP/1.1\r\n${rest}`),
    /^HTTP\/1\.1 200 .*ai-crm-exporter is healthy\n$/s,
  );
  t.match(await raw(port, `GET http://evil.example.com/config HTTP/1.1\r\n${rest}`), /^HTTP\/1\.1 403 /);
  t.match(
    await raw(port, 'GET http://localhost/config HTTP/1.1\r\nHost: evil.example.com\r\nConnection: close\r\n\r\n'),
    /^HTTP\/1\.1 200 /,
  );
  t.match(await raw(port, `OPTIONS * HTTP/1.1\r\n${rest}`), /^HTTP\/1\.1 404 /);
  t.match(await raw(port, 'GET /-/healthy HTTP/1.0\r\n\r\n'), /^HTTP\/1\.1 200 /, 'HTTP/1.0 without a host');
  t.match(
    await raw(port, 'POST /-/reload HTTP/1.0\r\nOrigin: http://localhost\r\n\r\n'),
    /^HTTP\/1\.1 403 /,
    'a request without a host has no origin of its own',
  );
  t.match(
    await raw(port, `GET /config HTTP/1.1\r\nX-Kind: host\r\n${rest}`),
    /^HTTP\/1\.1 200 /,
    'a header value does not count as a header name',
  );
});

t.test('the answer to an invalid request shows nothing that needs a login', async (t) => {
  const { port } = await serveWith(t, webFiles(t, `basic_auth_users: {ann: ${hashSync('open sesame', 4)}}\n`).file);
  t.match(await raw(port, `GET http://[ HTTP/1.1\r\n${rest}`), /^HTTP\/1\.1 400 /);
  t.match(await raw(port, `GET /config HTTP/1.1\r\n${rest}`), /^HTTP\/1\.1 401 /);
});
