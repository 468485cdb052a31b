import type { AiCrmConfig, AiCrmLogin } from '../config.js';
import { defaults } from '../defaults.js';
import type { Path } from '../problem.js';
import type { Settings } from '../schema/document.js';
import { readSecret } from './authentication.js';
import type { Context } from './context.js';
import { checkNames } from './dependencies.js';
import { normaliseHeaders } from './http.js';
import { aiCrmUrl } from './target.js';
import { normaliseTls } from './tls.js';

type GivenAiCrm = NonNullable<Settings['ai_crm']>;
type GivenLogin = NonNullable<GivenAiCrm['login']>;

const section: Path = ['ai_crm'];

/** `ai_crm` with its defaults and secrets; undefined, with a report, when its URL is not one. */
export async function normaliseAiCrm(given: GivenAiCrm, context: Context): Promise<AiCrmConfig | undefined> {
  const target = aiCrmUrl(given.url);
  if ('refusal' in target) {
    context.report([...section, 'url'], target.refusal);
    return undefined;
  }
  const api = given.api ?? defaults.aiCrm.api;
  const login =
    given.login === undefined ? undefined : await normaliseLogin(given.login, [...section, 'login'], context);
  const headers = normaliseHeaders(given.headers ?? {}, [...section, 'headers'], context);
  if (given.login !== undefined && headers.has('authorization')) {
    context.report([...section, 'headers'], 'an authorization header and a login contradict each other', 'key');
  }
  if (api === 'real' && given.login === undefined && given.collect?.length !== 0) {
    const place = given.collect === undefined ? section : [...section, 'collect'];
    context.report(place, 'needs ai_crm.login: with api: real nothing can be read without one', 'key');
  }
  const { components = [] } = given;
  checkNames(components, [...section, 'components'], context);
  const { sampleTask } = defaults.aiCrm;
  return {
    url: target.url,
    api,
    ...(login === undefined ? {} : { login }),
    ...(given.collect === undefined ? {} : { collect: [...new Set(given.collect)] }),
    ...(components.length === 0 ? {} : { components: [...new Set(components)] }),
    timeoutSeconds: given.timeout ?? defaults.aiCrm.timeoutSeconds,
    requestsPerHour: given.requests_per_hour ?? defaults.aiCrm.requestsPerHour,
    freezeLimitRatio:
      given.freeze_limit_percent === undefined ? defaults.aiCrm.freezeLimitRatio : given.freeze_limit_percent / 100,
    sampleTask: {
      title: given.sample_task?.title ?? sampleTask.title,
      description: given.sample_task?.description ?? sampleTask.description,
    },
    headers,
    tls: await normaliseTls(given.tls ?? {}, [...section, 'tls'], context),
    maxBodyBytes: given.max_body_bytes ?? defaults.aiCrm.maxBodyBytes,
  };
}

/** Either user name and password or a token; undefined, with a report, when it is neither or both. */
async function normaliseLogin(given: GivenLogin, path: Path, context: Context): Promise<AiCrmLogin | undefined> {
  const hasToken = given.token !== undefined || given.token_file !== undefined;
  const hasPassword = given.username !== undefined || given.password !== undefined || given.password_file !== undefined;
  if (hasToken === hasPassword) {
    context.report(path, 'needs either username and password, or token', 'key');
    return undefined;
  }
  if (hasToken) {
    const token = await readSecret(given, 'token', path, context);
    if (token === undefined) return undefined;
    if (!/^[\x21-\x7e]+$/.test(token.reveal())) {
      context.report(path, 'the token contains spaces or characters that no header may have', 'key');
    }
    return { kind: 'token', token };
  }
  const password = await readSecret(given, 'password', path, context);
  if (given.username === undefined) context.report([...path, 'username'], 'is missing', 'key');
  return password === undefined ? undefined : { kind: 'password', username: given.username ?? '', password };
}
