/** What stands in the place of a secret wherever one would be shown. */
export const mask = '<secret>';

/**
 * Words in the name of a header, parameter or key whose value may let its reader in somewhere. Short ones count as a whole word
 * only. Rather too many than too few: nothing but the sight of a value is lost.
 */
const sensitiveName =
  /auth|cookie|token|secret|sess(?:ion|id)|sign(?:ature|ed)|passw|passphrase|passcode|passkey|credential|bearer|jwt|dpop|oidc|principal|csrf|xsrf|nonce|assertion|saml|ticket|hmac|wsse|private|licen[cs]e|client-?cert|otp|api-?key|[-_]key|key[-_]|keys?$|(?:^|[-_])(?:sid|sig|sas|pwd|pass|pin)(?:$|[-_\d])/i;

/** Names that the words above would take for more than they are. */
const harmlessNames: ReadonlySet<string> = new Set(['access-control-allow-credentials', 'public-key-pins']);

/** Whether the value of something with this name must not be printed. */
export function isSensitiveName(name: string): boolean {
  return sensitiveName.test(name) && !harmlessNames.has(name.toLowerCase());
}

/** Request headers that say nothing a stranger must not know; any other may be a credential, whatever it is called. */
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

/** A JSON Web Token, all of which begin with `{"` in Base64, or what follows the name of a scheme, whatever the header is called. */
const token = /\beyJ[\w-]{8,}(?:\.[\w-]*)*|(?<=\b(?:Bearer|Basic|Negotiate|ApiKey|Token) )[\w.~+/=-]+/gi;
/** A name and its value, as parameters of headers, JSON and lines of a log have them. */
const pair = /([\w.-]{1,64})(["']?\s?[=:]\s?)("(?:[^"\\]|\\.)*"|'[^']*'|[^\s;,&"'}]+)/g;

/** The value of an answer's header as it may be shown, as far as secrets are concerned. */
export function shownHeaderValue(name: string, value: string): string {
  if (isSensitiveName(name)) return mask;
  const shown = withoutSecretsOfUrls(value.replace(token, mask)).replace(/\?[^\s"'<>,;=?]*=[^\s"'<>,;]*/g, `?${mask}`);
  // Browsers also take `http:me:password@host` and backslashes for what they are meant to be.
  const isUrl = urlHeaders.has(name.toLowerCase());
  const bare = isUrl
    ? shown.replace(/[?#][^\s"'<>,;]+/g, `?${mask}`).replace(/[^\s"'<>/\\@]{1,256}@/g, `${mask}@`)
    : shown;
  return bare.replace(pair, (whole, key: string, separator: string) =>
    isSensitiveName(key) ? `${key}${separator}${mask}` : whole,
  );
}

/** A text with URLs in it, without their credentials, queries and fragments. */
export function withoutSecretsOfUrls(text: string): string {
  return text
    .replace(/(\/\/)[^/\s"'<>?#]*@/g, `$1${mask}@`)
    .replace(/([a-z][a-z0-9+.-]{0,20}:\/\/(?:<secret>@)?[^\s"'<>?#]*)[?#][^\s"'<>]*/gi, `$1?${mask}`);
}

/** A text that is a URL, or was meant to be one, without credentials and query. */
export function withoutUrlSecrets(text: string): string {
  return text.replace(/^.*@/s, `${mask}@`).replace(/[?#].*$/s, `?${mask}`);
}

/** A text with web addresses in it, of which only scheme and host are left: a path may be a secret as well, as those of webhooks are. */
export function withoutPaths(text: string): string {
  return text.replace(/(https?:\/\/)(?:[^/\s"\\@]*@)?([^/\s"\\?]*)[^\s"\\]*/g, '$1$2/…');
}
