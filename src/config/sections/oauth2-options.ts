import { byName, type Given, list, mapping, optional, required } from '../option.js';
import { text, textLike, url } from '../option-kinds.js';
import type { Path } from '../problem.js';
import type { Context } from '../resolving.js';
import { Secret } from '../secret.js';
import { baseUrl } from '../target-url.js';
import { readSecret, resolveTls, secretOptions, type TlsSettings, tlsOptions } from './credential-options.js';
import { type ProxySettings, proxyOption, resolveProxy } from './proxy-option.js';

/** Token endpoint and client credentials (RFC 6749, 4.4). */
export interface ClientCredentials {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: Secret;
  readonly scopes: readonly string[];
  /** Other parameters for the token endpoint, such as an audience. */
  readonly parameters: ReadonlyMap<string, Secret>;
  readonly tls: TlsSettings;
  readonly proxy?: ProxySettings;
}

/** Parameters that the exporter sends itself. */
const ownParameters: readonly string[] = ['grant_type', 'scope', 'client_id', 'client_secret'];

function refusalOfTokenUrl(given: string): string | undefined {
  const example = 'https://login.example.com/oauth2/token';
  return baseUrl(given, { example, credentialsKey: 'client_id and client_secret' }).refusal;
}

/** `auth.oauth2`. */
export const oauth2Options = {
  token_url: required(url(refusalOfTokenUrl), 'The token endpoint, http:// or https://.', {
    synonyms: 'token_endpoint token_uri',
  }),
  client_id: required(text(), 'Name of the client at the token endpoint.'),
  ...secretOptions('client_secret', 'secret of the client'),
  scopes: optional(
    list(textLike(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'a scope, without blanks'), 'a list of scopes'),
    'Scopes of the token.',
    { default: [], synonyms: 'scope' },
  ),
  endpoint_params: optional(
    byName(/^[\w.-]{1,100}$/, 'not the name of a parameter', text(), 'a mapping of names to values'),
    'Further parameters of the request for a token, such as audience: name -> text. Values count as secrets.',
    { isSecret: true, synonyms: 'parameters params audience' },
  ),
  tls: optional(mapping(tlsOptions), 'TLS of the token endpoint.', { synonyms: 'tls_config' }),
  proxy_url: proxyOption,
};

/** The settings of `auth.oauth2`; undefined after an error was reported, because they are incomplete. */
export async function resolveOauth2(
  given: Given<typeof oauth2Options>,
  path: Path,
  context: Context,
): Promise<ClientCredentials | undefined> {
  const { token_url: tokenUrl, client_id: clientId, scopes = [], endpoint_params: parameters = {} } = given;
  for (const name of Object.keys(parameters))
    if (ownParameters.includes(name))
      context.report([...path, 'endpoint_params', name], 'the exporter sends this parameter itself', 'key');
  const tls = await resolveTls(given.tls ?? {}, [...path, 'tls'], context);
  const proxy = resolveProxy(given.proxy_url, tls, [...path, 'proxy_url'], context);
  const clientSecret = await readSecret(given, 'client_secret', path, context);
  if (clientSecret === undefined) return undefined;
  return {
    tokenUrl,
    clientId,
    clientSecret,
    scopes,
    parameters: new Map(Object.entries(parameters).map(([name, value]) => [name, new Secret(value)])),
    tls,
    ...(proxy === undefined ? {} : { proxy }),
  };
}
