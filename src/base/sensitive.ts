/** Printed instead of a secret. */
export const mask = '<secret>';

/**
 * Words in the name of a header, parameter or key whose value may be a secret. Short words must be whole words. A word
 * too many only hides a harmless value.
 */
const sensitiveName =
  /auth|cookie|token|secret|sess(?:ion|id)|sign(?:ature|ed)|passw|passphrase|passcode|passkey|credential|bearer|jwt|dpop|oidc|principal|csrf|xsrf|nonce|assertion|saml|ticket|hmac|wsse|private|licen[cs]e|client-?cert|otp|pwd|api-?key|[-_.]key|key[-_.]|keys?$|(?:^|[-_.])(?:sid|sig|sas|pass|pin)(?:$|[-_.\d])/i;

/** Names that contain such a word and are harmless. */
const harmlessNames: ReadonlySet<string> = new Set(['access-control-allow-credentials', 'public-key-pins']);

/** Whether the name of a header, parameter or key says that its value must not be printed. */
export function isSensitiveName(name: string): boolean {
  return sensitiveName.test(name) && !harmlessNames.has(name.toLowerCase());
}

/** Request headers that never contain a credential. Any other header may. */
export const harmlessRequestHeaders: ReadonlySet<string> = new Set([
  'accept',
  'accept-language',
  'content-type',
  'host',
  'user-agent',
]);

/** Headers whose values are URLs, with or without a scheme. */
const urlHeaders: ReadonlySet<string> = new Set([
  'location',
  'content-location',
  'refresh',
  'referer',
  'link',
  'origin',
]);

/**
 * A JSON Web Token in any header, or the credential after the name of a scheme. A JSON Web Token begins with `{"` in
 * Base64. A credential does not begin with `=`: in `token = …` the token is a name, see `pair`.
 */
const token =
  /\beyJ[\w-]{8,}(?:\.[\w-]*)*|(?=[\w.~+/-])(?<=\b(?:Bearer|Basic|Negotiate|ApiKey|Token)\s{1,8})[\w.~+/=-]+/gi;
/** A name and its value in parameters of headers, JSON and lines of a log. */
const pair = /([\w.-]{1,64})(["']?\s{0,8}[=:]\s{0,8})("(?:[^"\\]|\\.)*"|'[^']*'|[^\s;,&"'}]+)/g;

/** The value of a response header without secrets. */
export function shownHeaderValue(name: string, value: string): string {
  if (isSensitiveName(name)) return mask;
  const shown = withoutSecretsOfUrls(value.replace(token, mask)).replace(/\?[^\s"'<>,;=?]*=[^\s"'<>,;]*/g, `?${mask}`);
  // Browsers also accept `http:me:password@host` and backslashes in a URL.
  const isUrl = urlHeaders.has(name.toLowerCase());
  const bare = isUrl
    ? shown.replace(/[?#][^\s"'<>,;]+/g, `?${mask}`).replace(/[^\s"'<>/\\@]{1,256}@/g, `${mask}@`)
    : shown;
  return bare.replace(pair, (whole, key: string, separator: string) =>
    isSensitiveName(key) ? `${key}${separator}${mask}` : whole,
  );
}

/** A text whose URLs have no credentials, queries and fragments. */
export function withoutSecretsOfUrls(text: string): string {
  return text
    .replace(/(\/\/)[^/\s"'<>?#]*@/g, `$1${mask}@`)
    .replace(/([a-z][a-z0-9+.-]{0,20}:\/\/(?:<secret>@)?[^\s"'<>?#]*)[?#][^\s"'<>]*/gi, `$1?${mask}`);
}

/** A URL, or a failed attempt at one, without credentials and query. */
export function withoutUrlSecrets(text: string): string {
  return text.replace(/^.*@/s, `${mask}@`).replace(/[?#].*$/s, `?${mask}`);
}

/** A text whose web addresses have only scheme and host, because the path of a webhook is a secret, too. */
export function withoutPaths(text: string): string {
  return text.replace(/(https?:\/\/)(?:[^/\s"\\@]*@)?([^/\s"\\?]*)[^\s"\\]*/g, '$1$2/…');
}
