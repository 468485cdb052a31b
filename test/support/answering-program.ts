import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Test } from 'tap';
import { createProgramClient, type ProgramClient } from '../../src/stack/other-program.js';
import type { ProgramAccess } from '../../src/stack/program-access.js';

/** A request as it arrived. */
export interface Question {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A program that gives recorded answers. */
export interface AnsweringProgram {
  readonly client: ProgramClient;
  readonly url: string;
  readonly questions: readonly Question[];
}

/** An answer with another status than 200. */
export class Refusal {
  constructor(
    readonly status: number,
    readonly text: string,
  ) {}
}

/**
 * Starts an HTTP server in place of Prometheus or another program, with a client of it. `answer` returns a document for JSON, a text, the
 * number of a status or a `Refusal`; undefined is 404.
 */
export async function answeringProgram(
  t: Test,
  answer: (question: Question) => unknown,
  access: Partial<Omit<ProgramAccess, 'url'>> = {},
): Promise<AnsweringProgram> {
  const questions: Question[] = [];
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
    const body = (await request.toArray()).join('');
    const { method = '', headers } = request;
    const question = { method, path: pathname, query: searchParams, headers, body };
    questions.push(question);
    const answered = (await answer(question)) ?? 404;
    if (typeof answered === 'number') response.writeHead(answered).end();
    else if (answered instanceof Refusal) response.writeHead(answered.status).end(answered.text);
    else response.end(typeof answered === 'string' ? answered : JSON.stringify(answered));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = await createProgramClient({
    name: 'Prometheus',
    flag: 'prometheus',
    timeoutSeconds: 10,
    ...access,
    url,
  });
  t.teardown(async () => {
    await client.close();
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  });
  return { client, url, questions };
}

/** The answer of Prometheus to an instant query: the labels and the value of each series. */
export function vector(
  ...series: readonly (readonly [labels: Readonly<Record<string, string>>, value: number | string])[]
): object {
  return {
    status: 'success',
    data: {
      resultType: 'vector',
      result: series.map(([metric, value]) => ({ metric, value: [1_795_000_000, String(value)] })),
    },
  };
}
