import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** One request to an HTTP sink. */
export interface SunkRequest {
  readonly path: string;
  readonly headers: NodeJS.Dict<string | string[]>;
  /** The parsed JSON body, or the text of any other body. */
  readonly body: unknown;
  readonly atMilliseconds: number;
}

/** A receiver for webhooks and Slack in tests. */
export interface HttpSink {
  readonly url: string;
  readonly requests: readonly SunkRequest[];
  /** Sets the status of all further answers, 200 at first. */
  answerWith(status: number): void;
  /** Sets the status of the next answer only. */
  answerOnceWith(status: number): void;
  stop(): Promise<void>;
}

/** Starts a real HTTP server that keeps all requests, and answers a path with this text. */
export async function httpSink(answerTo: (path: string) => string = () => 'ok'): Promise<HttpSink> {
  const requests: SunkRequest[] = [];
  let status = 200;
  let once: number | undefined;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const isJson = request.headers['content-type']?.startsWith('application/json') === true;
      requests.push({
        path: request.url ?? '',
        headers: request.headers,
        body: isJson ? (JSON.parse(text) as unknown) : text,
        atMilliseconds: Date.now(),
      });
      response.writeHead(once ?? status).end(answerTo(request.url ?? ''));
      once = undefined;
    });
  });
  // As usual for servers of programs. With a short timeout a request fails when it uses a connection that is just being closed.
  server.keepAliveTimeout = 90_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    answerWith: (next) => (status = next),
    answerOnceWith: (next) => (once = next),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** One mail that an SMTP sink accepted. */
export interface SunkMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  /** Headers and body as they arrived. */
  readonly raw: string;
  readonly atMilliseconds: number;
}

/** A mail server in tests. */
export interface SmtpSink {
  readonly port: number;
  readonly mails: readonly SunkMail[];
  /** The number of refused logins. */
  readonly refusedLogins: () => number;
  stop(): Promise<void>;
}

/** Starts a real SMTP server without TLS that accepts this user and keeps every mail. */
export async function smtpSink(user: { readonly username: string; readonly password: string }): Promise<SmtpSink> {
  const mails: SunkMail[] = [];
  let refusedLogins = 0;
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    authMethods: ['PLAIN', 'LOGIN'],
    // A password without TLS is safe here, because it does not leave this machine.
    allowInsecureAuth: true,
    disableReverseLookup: true,
    onAuth({ username, password }, _session, done) {
      if (username === user.username && password === user.password) return done(null, { user: username });
      refusedLogins += 1;
      return done(new Error('Invalid username or password'));
    },
    onData(stream, { envelope }, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const raw = Buffer.concat(chunks).toString();
        const subject = /^Subject: ((?:.*)(?:\r?\n[ \t].*)*)/m.exec(raw)?.[1]?.replace(/\r?\n[ \t]/g, ' ') ?? '';
        mails.push({
          from: envelope.mailFrom === false ? '' : envelope.mailFrom.address,
          to: envelope.rcptTo.map(({ address }) => address),
          subject: decoded(subject),
          raw,
          atMilliseconds: Date.now(),
        });
        done();
      });
    },
  });
  // A client that disconnects early is not a failure of a test.
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.server.address() as AddressInfo).port,
    mails,
    refusedLogins: () => refusedLogins,
    stop: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}

/** A subject with its encoded words (RFC 2047, quoted-printable) as text. */
function decoded(subject: string): string {
  return subject.replace(/\?=\s+=\?/g, '?==?').replace(/=\?utf-8\?q\?(.*?)\?=/gi, (_whole, text: string) =>
    Buffer.from(
      text
        .replaceAll('_', ' ')
        .replace(/=([0-9A-F]{2})/gi, (_hex, code: string) => String.fromCharCode(parseInt(code, 16))),
      'latin1',
    ).toString('utf8'),
  );
}
