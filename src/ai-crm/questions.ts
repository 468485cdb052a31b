import type { DataClient } from '../access/data-access.js';
import { Secret } from '../config/secret.js';
import type { AiCrmConfig } from '../config/sections/ai-crm-section.js';
import type { HttpSettings } from '../config/sections/http-options.js';
import { jsonOf } from './json-answer.js';

/** An answer of AI-CRM. */
interface Answer {
  /** The parsed body. */
  readonly value: unknown;
  readonly durationSeconds: number;
}

/** Requests JSON from AI-CRM with the login of `ai_crm.login`. Rejects with a `DataFailure`, or with the reason of `signal`. */
export interface Questions {
  get(path: string, source: string, signal: AbortSignal): Promise<Answer>;
  /** With the sample task as its body. */
  postSampleTask(path: string, source: string, signal: AbortSignal): Promise<Answer>;
  /** Like `get`, without a login. */
  getAnonymously(path: string, source: string, signal: AbortSignal): Promise<Answer>;
}

/** Creates the requests to the configured AI-CRM. */
export function createQuestions(aiCrm: AiCrmConfig, client: DataClient): Questions {
  const reading = httpSettings(aiCrm, { method: 'GET' });
  const posting = httpSettings(aiCrm, { method: 'POST', body: new Secret(JSON.stringify(aiCrm.sampleTask)) });
  const ask = async (
    path: string,
    source: string,
    http: HttpSettings,
    usesLogin: boolean,
    signal: AbortSignal,
  ): Promise<Answer> => {
    const answer = await client.ask(
      { source, url: aiCrm.url + path, http, timeoutSeconds: aiCrm.timeoutSeconds, usesLogin },
      signal,
    );
    return { value: jsonOf(answer, `${http.method} ${path}`), durationSeconds: answer.durationSeconds };
  };
  return {
    get: (path, source, signal) => ask(path, source, reading, true, signal),
    postSampleTask: (path, source, signal) => ask(path, source, posting, true, signal),
    getAnonymously: (path, source, signal) => ask(path, source, reading, false, signal),
  };
}

function httpSettings(
  { headers, tls, maxBodyBytes }: AiCrmConfig,
  { method, body }: { readonly method: string; readonly body?: Secret },
): HttpSettings {
  return {
    method,
    headers: new Map([
      ['accept', new Secret('application/json')],
      ...(body === undefined ? [] : [['content-type', new Secret('application/json')] as const]),
      ...headers,
    ]),
    ...(body === undefined ? {} : { body }),
    expect: { jsonStatus: false, jsonValues: new Map() },
    tls,
    // A redirect costs AI-CRM a second request each time. The message says which address to configure.
    followRedirects: false,
    maxBodyBytes,
  };
}
