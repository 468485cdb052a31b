import { isIP } from 'node:net';
import { Parser } from 'htmlparser2';
import { readUrl } from '../base/host-name.js';
import type { ResourceKind } from './page-verdict.js';

/** A file that a browser loads for a page. */
export interface PageResource {
  readonly kind: ResourceKind;
  /** Where browsers ask for it. */
  readonly url: URL;
  /** A module script: its type must be one of JavaScript. */
  readonly isModule: boolean;
  /** The element has `crossorigin`. */
  readonly crossOrigin: boolean;
  /** The digests that a script or style must have, as the element says; empty when it says nothing. */
  readonly integrity: string;
}

/** The files of a page. */
export interface PageContents {
  /** Each file once, in the order of the page. */
  readonly resources: readonly PageResource[];
  /** `upgrade-insecure-requests` applies: browsers load each `http://` file over `https://`. */
  readonly upgrades: boolean;
  /** Without a doctype browsers take styles of the page's origin with any type. */
  readonly isQuirky: boolean;
}

/** The types of JavaScript, in lower case (MIME Sniffing, JavaScript MIME type). */
export const javaScript =
  /^(?:(?:text|application)\/(?:x-)?(?:java|ecma)script|text\/(?:jscript|livescript|javascript1\.[0-5]))$/;
/** Browsers with scripts show nothing of these elements. */
const inert: ReadonlySet<string> = new Set(['noscript', 'template']);

/**
 * The scripts, styles and images that an HTML page at this URL names. Files that scripts and styles load are unknown
 * without running them. Invalid URLs, and `data:`, are left out. `policy` is the header Content-Security-Policy.
 */
export function readPage(markup: string, pageUrl: URL, policy = ''): PageContents {
  const found = new Map<string, PageResource>();
  let base = pageUrl;
  let inertDepth = 0;
  let isInBody = false;
  let upgrades = wantsUpgrade(policy);
  const add = (
    kind: ResourceKind,
    address: string | undefined,
    attributes: Readonly<Record<string, string>>,
    isModule = false,
  ) => {
    const named = address === undefined || address.trim() === '' ? undefined : readUrl(address, base.href);
    if (named === undefined || (named.protocol !== 'http:' && named.protocol !== 'https:')) return;
    named.hash = '';
    const url = askedUrl(named, kind, pageUrl, upgrades);
    const known = found.get(url.href);
    // A preload or an image that is refused changes nothing for what uses the same file.
    const isUsed = kind !== 'image' && !relationsOf(attributes).has('preload');
    const crossOrigin = isUsed && attributes['crossorigin'] !== undefined;
    const integrity = (isUsed && attributes['integrity']) || '';
    // What uses a file twice must be able to use it both times.
    found.set(url.href, {
      kind: known === undefined || known.kind === 'image' ? kind : known.kind,
      url,
      isModule: isModule || known?.isModule === true,
      crossOrigin: crossOrigin || known?.crossOrigin === true,
      integrity: known?.integrity || integrity,
    });
  };
  const parser = new Parser({
    onopentag: (name, attributes) => {
      if (inert.has(name)) inertDepth++;
      if (inertDepth > 0) return;
      const { href, src, type = '' } = attributes;
      switch (name) {
        case 'body':
          isInBody = true;
          break;
        case 'meta':
          if (!isInBody && attributes['http-equiv']?.toLowerCase() === 'content-security-policy')
            upgrades ||= wantsUpgrade(attributes['content'] ?? '');
          break;
        case 'base':
          // Only the first `<base>` counts.
          if (base === pageUrl && href !== undefined) base = readUrl(href, pageUrl.href) ?? base;
          break;
        case 'script':
          if (type.toLowerCase() === 'module') add('script', src, attributes, true);
          else if (isClassic(type) && attributes['nomodule'] === undefined) add('script', src, attributes);
          break;
        case 'img':
          // Of images with widths browsers take one of `srcset`, and `src` is for old browsers.
          if (!/\s\d+w\s*(?:,|$)/.test(attributes['srcset'] ?? '')) add('image', src, attributes);
          break;
        case 'link':
          for (const kind of linkKinds(attributes)) add(kind, href, attributes, isModulePreload(attributes));
      }
    },
    onclosetag: (name) => {
      if (inert.has(name)) inertDepth = Math.max(0, inertDepth - 1);
    },
  });
  parser.end(markup);
  const isQuirky = !/^\ufeff?\s*(?:<!--[^]*?-->\s*)*<!doctype\s+html\b/i.test(markup.slice(0, 4096));
  return { resources: [...found.values()], upgrades, isQuirky };
}

/**
 * Where browsers ask for a file of a page: over `https://` for an `http://` file if `upgrade-insecure-requests`
 * applies, or if it is an image of a named host on a page of `https://` (Mixed Content, Level 2). This machine is never
 * upgraded.
 */
export function askedUrl(url: URL, kind: ResourceKind, pageUrl: URL, upgrades: boolean): URL {
  const isUpgradedImage =
    kind === 'image' && pageUrl.protocol === 'https:' && isIP(url.hostname.replace(/^\[|\]$/g, '')) === 0;
  if (url.protocol !== 'http:' || isThisMachine(url) || !(upgrades || isUpgradedImage)) return url;
  const upgraded = new URL(url);
  upgraded.protocol = 'https:';
  return upgraded;
}

/** Whether browsers refuse this file of the page, because it would come without TLS. */
export function isMixedContent(url: URL, pageUrl: URL): boolean {
  return pageUrl.protocol === 'https:' && url.protocol === 'http:' && !isThisMachine(url);
}

/** Browsers trust `http://` of this machine. */
function isThisMachine({ hostname }: URL): boolean {
  return /^(?:(?:.+\.)?localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
}

function wantsUpgrade(policy: string): boolean {
  return policy.split(/[;,]/).some((directive) => /^\s*upgrade-insecure-requests\s*$/i.test(directive));
}

/** Scripts of other types, such as `importmap`, are data, or are inside the page. */
function isClassic(type: string): boolean {
  const bare = type.trim().toLowerCase();
  return bare === '' || javaScript.test(bare);
}

/** Files that a `<link>` loads. */
function linkKinds(attributes: Readonly<Record<string, string>>): readonly ResourceKind[] {
  const { as = '', disabled, type = '', media = '' } = attributes;
  const relations = relationsOf(attributes);
  const isOtherStyle = !/^\s*(?:text\/css\s*(?:;.*)?)?$/i.test(type);
  if (relations.has('stylesheet'))
    return relations.has('alternate') || disabled !== undefined || isOtherStyle ? [] : ['style'];
  // Files of `as` such as json have no JavaScript.
  if (isModulePreload(attributes)) return /^(?:|script|.*wor(?:ker|klet))$/i.test(as) ? ['script'] : [];
  if (relations.has('icon')) return ['image'];
  // Whether the media match is unknown. The element that uses the file has it, too.
  if (!relations.has('preload') || !/^\s*(?:|all|screen)\s*$/i.test(media)) return [];
  const kinds: Readonly<Record<string, ResourceKind>> = { script: 'script', style: 'style', image: 'image' };
  const kind = kinds[as.toLowerCase()];
  return kind === undefined || (kind === 'style' && isOtherStyle) ? [] : [kind];
}

function isModulePreload(attributes: Readonly<Record<string, string>>): boolean {
  return relationsOf(attributes).has('modulepreload');
}

function relationsOf({ rel = '' }: Readonly<Record<string, string>>): ReadonlySet<string> {
  return new Set(rel.toLowerCase().split(/\s+/));
}
