import { createHash, type Hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { javaScript, type PageResource } from './page-resources.js';

/** Browsers run a classic script of most types. These they refuse, or they are what an error page has. */
const noScript = /^(?:(?:image|audio|video)\/.*|text\/(?:csv|css|html|xml)|application\/(?:.*\+)?(?:json|xml))$/;
/** Browsers inspect the bytes of an image. */
const noImage = /^(?:text\/.*|application\/(?:(?:.*\+)?(?:json|xml)|(?:x-)?javascript))$/;

type Headers = IncomingHttpHeaders;

/**
 * Why browsers do not use a file with these headers; undefined when they do. Checked with Chromium; from the standards
 * Fetch and HTML.
 */
export function typeRefusal({ kind, isModule }: PageResource, headers: Headers, isQuirky: boolean): string | undefined {
  const type = typeOf(headers['content-type']);
  const isStrict = firstOf(headers['x-content-type-options']).split(',')[0]?.trim().toLowerCase() === 'nosniff';
  const what = isModule ? 'module script' : kind;
  const shown = type === '' ? 'has no Content-Type' : `has the Content-Type ${type.slice(0, 40)}`;
  const isGood = (): boolean => {
    if (kind === 'image') return !noImage.test(type);
    if (kind === 'style')
      return type === 'text/css' || (!isStrict && (type === '' || (isQuirky && !noScript.test(type))));
    return javaScript.test(type) || (!isModule && !isStrict && !noScript.test(type));
  };
  if (isGood()) return undefined;
  const isOnlyStrict = !isModule && kind === 'script' && !noScript.test(type);
  return `${shown}, which is not valid for ${what === 'image' ? 'an' : 'a'} ${what}${isOnlyStrict ? ' with X-Content-Type-Options: nosniff' : ''}`;
}

function firstOf(header: string | readonly string[] | undefined): string {
  return typeof header === 'string' ? header : (header?.[0] ?? '');
}

function typeOf(header: string | readonly string[] | undefined): string {
  return (firstOf(header).split(';')[0] ?? '').trim().toLowerCase();
}

/** Whether browsers want the permission of another origin (CORS) for this file. */
export function wantsPermission({ isModule, crossOrigin }: PageResource, url: URL, pageUrl: URL): boolean {
  return (isModule || crossOrigin) && url.origin !== pageUrl.origin;
}

/** Why browsers do not use this file of another origin; undefined when they do. */
export function originRefusal(resource: PageResource, headers: Headers, url: URL, pageUrl: URL): string | undefined {
  if (url.origin === pageUrl.origin) return undefined;
  if (!wantsPermission(resource, url, pageUrl))
    return strongest(resource.integrity).length === 0
      ? undefined
      : 'browsers cannot check the integrity of another origin without crossorigin';
  const allowed = firstOf(headers['access-control-allow-origin']).trim();
  if (allowed === '*' || allowed === pageUrl.origin) return undefined;
  return 'the other origin does not allow the page to use it (Access-Control-Allow-Origin)';
}

/** Compares a body with the `integrity` of its element. */
export interface IntegrityCheck {
  update(chunk: Buffer): void;
  /** After the whole body. */
  matches(): boolean;
}

/** Undefined when the element demands nothing, or when the body comes encoded and the decoded one is demanded. */
export function integrityCheck({ integrity }: PageResource, headers: Headers): IntegrityCheck | undefined {
  const wanted = strongest(integrity);
  const [first] = wanted;
  if (first === undefined || !/^(?:identity)?$/i.test(firstOf(headers['content-encoding']))) return undefined;
  const hash: Hash = createHash(first.algorithm);
  return {
    update: (chunk) => void hash.update(chunk),
    matches: () => {
      const found = hash.digest();
      return wanted.some(({ digest }) => digest.equals(found));
    },
  };
}

/** The digests of the strongest algorithm: one of them has to match, and others do not count. Unknown ones are ignored. */
function strongest(integrity: string): readonly { readonly algorithm: string; readonly digest: Buffer }[] {
  const all = integrity.split(/\s+/).flatMap((token) => {
    const [, algorithm, digest] = /^(sha(?:256|384|512))-([\w+/-]+={0,2})(?:\?.*)?$/i.exec(token) ?? [];
    if (algorithm === undefined || digest === undefined) return [];
    return [{ algorithm: algorithm.toLowerCase(), digest: Buffer.from(digest, 'base64') }];
  });
  const best = all
    .map(({ algorithm }) => algorithm)
    .sort()
    .at(-1);
  return all.filter(({ algorithm }) => algorithm === best);
}
